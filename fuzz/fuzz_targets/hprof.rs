//! HPROF: header, records, and the heap entries of every segment at both identifier widths.
#![no_main]

use goldenhour_parsers as parsers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(header) = parsers::hprof::header(input) else {
        return;
    };
    let mut records = parsers::hprof::Records::new(input, header.length, header.id_size);
    while let Some(record) = records.next() {
        if record.is_heap() {
            let mut wide = parsers::hprof::Entries::<8>::new(record.body, record.offset as u64);
            while wide.next_at().is_some() {}
            let mut narrow = parsers::hprof::Entries::<4>::new(record.body, record.offset as u64);
            while narrow.next_at().is_some() {}
        } else {
            let _ = (record.item::<8>(), record.item::<4>());
        }
    }
    let _ = records.take_gaps();
});
