//! Pictures of the report as SVG, each with a text alternative.
