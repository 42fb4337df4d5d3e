//! Thread dumps of HotSpot, jcmd, JRockit and SAP.
#![no_main]

use goldenhour_parsers as parsers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let _ = parsers::thread_dump::parse(input);
    let _ = parsers::thread_dump::find_dumps(input);
});
