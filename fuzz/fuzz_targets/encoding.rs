//! Encodings: whatever is sniffed decodes without a panic.
#![no_main]

use goldenhour_parsers::{kind, system, text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let _ = kind::recognise(input, "x.log");
    let _ = system::decode(input);
    let _ = text::decode(input);
    let _ = text::detect(input).decode(input);
});
