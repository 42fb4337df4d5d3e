//! Log records: layout from the head of the input, then every record.
#![no_main]

use goldenhour_parsers as parsers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let format = parsers::log::LogFormat::detect(input, None);
    for item in parsers::log::Records::new(input, &format, 1, &[]) {
        std::hint::black_box(&item);
    }
});
