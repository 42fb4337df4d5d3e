//! Dominators, loaders and packages, classes.

use super::{ROWS, Screen};
use crate::cli::{
    heap::text::{grouped, percent},
    table::Table,
};

impl Screen<'_> {
    pub(super) fn dominators(&mut self, top: usize) {
        let facts = self.facts;
        self.heading("最大的对象（支配者）", "biggest objects (dominators)");
        let mut table = Table::new(self.heads([
            ("保留大小", "retained"),
            ("占比", "share"),
            ("地址", "address"),
            ("对象", "object"),
        ]))
        .figures(2);
        for row in facts.dominators.iter().take(top) {
            let label = row.label.as_deref().map(|l| format!(" {}", self.shown.words(l)));
            table.row([
                grouped(row.retained),
                percent(row.share),
                format!("0x{:x}", row.object),
                format!("{}{}", row.class, label.unwrap_or_default()),
            ]);
        }
        self.out.push_str(&table.render(self.width));
    }

    /// Packages, loaders, garbage.
    pub(super) fn groups(&mut self) {
        let inside = &self.facts.inside;
        if !inside.packages.is_empty() {
            self.heading("按包", "by package");
            let mut table = Table::new(self.heads([
                ("对象数", "objects"),
                ("浅大小", "shallow"),
                ("保留大小", "retained"),
                ("包", "package"),
            ]))
            .figures(3);
            for row in inside.packages.iter().take(ROWS) {
                table.row([
                    grouped(row.objects),
                    grouped(row.shallow),
                    row.retained.map(grouped).unwrap_or_default(),
                    row.name.clone(),
                ]);
            }
            self.out.push_str(&table.render(self.width));
        }
        if !inside.loaders.is_empty() {
            self.heading("按类加载器", "by class loader");
            let mut table = Table::new(self.heads([
                ("类", "classes"),
                ("对象数", "objects"),
                ("浅大小", "shallow"),
                ("加载器", "loader"),
            ]))
            .figures(3);
            for row in inside.loaders.iter().take(ROWS) {
                let label = row.label.as_deref().map(|l| format!(" {}", self.shown.words(l)));
                table.row([
                    grouped(row.classes),
                    grouped(row.objects),
                    grouped(row.shallow),
                    format!("{} @ {}{}", row.class, row.loader, label.unwrap_or_default()),
                ]);
            }
            self.out.push_str(&table.render(self.width));
        }
        if !inside.garbage.is_empty() {
            self.heading("不可达对象是什么", "what the unreachable objects are");
            let mut table =
                Table::new(self.heads([("对象数", "objects"), ("浅大小", "shallow"), ("类", "class")])).figures(2);
            for row in inside.garbage.iter().take(ROWS) {
                table.row([grouped(row.objects), grouped(row.shallow), row.name.clone()]);
            }
            self.out.push_str(&table.render(self.width));
        }
    }

    pub(super) fn histogram(&mut self) {
        let facts = self.facts;
        self.heading("类直方图", "class histogram");
        let mut table = Table::new(self.heads([
            ("对象数", "objects"),
            ("浅大小", "shallow"),
            ("保留大小", "retained"),
            ("类", "class"),
        ]))
        .figures(3);
        for row in &facts.histogram {
            table.row([
                grouped(row.objects),
                grouped(row.shallow),
                row.retained.map_or_else(String::new, grouped),
                row.class.clone(),
            ]);
        }
        self.out.push_str(&table.render(self.width));
    }
}
