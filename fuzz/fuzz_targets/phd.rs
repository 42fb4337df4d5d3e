//! PHD: header and every record.
#![no_main]

use goldenhour_parsers as parsers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(header) = parsers::phd::header(input) else {
        return;
    };
    let entries = parsers::phd::Entries::new(input, &header);
    for entry in entries {
        std::hint::black_box(&entry);
    }
});
