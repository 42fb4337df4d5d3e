//! First answers about a heap dump on a terminal, while the rest is computed.

use super::progress::Bar;
use crate::{
    heap::{Early, Watch},
    words::Text,
};
use std::{fmt, sync::Arc};

/// Prints above the bar.
struct OnTerminal(Arc<Bar>);

impl fmt::Debug for OnTerminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnTerminal")
    }
}

/// A watcher that prints above `bar`.
pub fn watcher(bar: &Arc<Bar>) -> Arc<dyn Watch> {
    Arc::new(OnTerminal(bar.clone()))
}

fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

impl Watch for OnTerminal {
    fn counted(&self, objects: u64, memory: u64) {
        let need = megabytes(memory);
        self.0.say(&Text::new(
            format!("对象 {objects} 个，后续计算约需内存 {need} MB"),
            format!("{objects} objects; the rest takes about {need} MB of memory"),
        ));
    }

    fn early(&self, early: &Early) {
        let total = megabytes(early.shallow);
        self.0.say(&Text::new(
            format!("共 {total} MB（含不可达对象），最大的类和数组："),
            format!("{total} MB, unreachable objects included; largest classes and arrays:"),
        ));
        for row in &early.classes {
            let line = format!("{:>8} MB  {:>11}  {}", megabytes(row.shallow), row.objects, row.class);
            self.0.say(&Text::same(&line));
        }
        for row in &early.arrays {
            let line = format!(
                "{:>8} MB               {} @ 0x{:x}",
                megabytes(row.shallow),
                row.class,
                row.object
            );
            self.0.say(&Text::same(&line));
        }
    }
}
