//! Which kind is this, and what lies inside it?
#![no_main]

use goldenhour_parsers as parsers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let kind = parsers::kind::recognise(input, "evidence");
    let _ = parsers::embedded::split(input, kind);
});
