//! GC logs of all families.
#![no_main]

use goldenhour_parsers as parsers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let _ = parsers::gc::parse(input);
});
