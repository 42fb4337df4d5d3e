//! The site file: any text is a site or an error with its place.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input) {
        let _ = goldenhour::site::parse(text);
    }
});
