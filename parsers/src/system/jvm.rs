//! `jcmd`, `jmap` and `jstat` other than thread dumps.

use super::{
    Listing,
    limits::StatusValue,
    table::{Header, decimal},
};

/// One class of a histogram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistogramRow {
    /// Java notation.
    pub class: String,
    /// Instances.
    pub instances: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Metaspace and loaders.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MetaspaceUse {
    /// Bytes in use.
    pub used: Option<u64>,
    /// Bytes committed.
    pub committed: Option<u64>,
    /// Limit (`MaxMetaspaceSize`, `MCMX`).
    pub limit: Option<u64>,
    /// Loaders altogether.
    pub loaders_total: Option<u64>,
    /// Classes altogether.
    pub classes: Option<u64>,
    /// Loaders by class, most first.
    pub loaders: Vec<LoaderCount>,
}

/// Loaders of one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoaderCount {
    /// Class of the loader.
    pub class: String,
    /// How many.
    pub count: u64,
    /// Classes they loaded.
    pub classes: u64,
}

/// `   1:          1770       15325648  [C (java.base@17.0.15)`.
pub(super) fn histogram(lines: &[&str]) -> Vec<HistogramRow> {
    let row = |line: &&str| {
        let mut words = line.split_ascii_whitespace();
        words.next()?.strip_suffix(':')?.parse::<u64>().ok()?;
        Some(HistogramRow {
            instances: words.next()?.parse().ok()?,
            bytes: words.next()?.parse().ok()?,
            class: java_name(words.next()?),
        })
    };
    lines.iter().filter_map(row).collect()
}

/// `[Ljava.lang.String;` to `java.lang.String[]`, `[[B` to `byte[][]`.
fn java_name(descriptor: &str) -> String {
    let depth = descriptor.bytes().take_while(|b| *b == b'[').count();
    if depth == 0 {
        return descriptor.to_owned();
    }
    let inner = descriptor.get(depth..).unwrap_or_default();
    let base = match inner {
        "B" => "byte",
        "C" => "char",
        "D" => "double",
        "F" => "float",
        "I" => "int",
        "J" => "long",
        "S" => "short",
        "Z" => "boolean",
        class => class.trim_start_matches('L').trim_end_matches(';'),
    };
    format!("{base}{}", "[]".repeat(depth))
}

/// `jcmd VM.metaspace`: `Total Usage - 2720 loaders, 6262 classes:`, `Both: … 37.12 MB ( 77%) used, …`.
pub(super) fn metaspace(lines: &[&str]) -> MetaspaceUse {
    let mut found = MetaspaceUse::default();
    for line in lines {
        let text = line.trim();
        if let Some(rest) = text.strip_prefix("Total Usage - ") {
            let mut numbers = rest.split(|c: char| !c.is_ascii_digit()).filter_map(|w| w.parse().ok());
            (found.loaders_total, found.classes) = (numbers.next(), numbers.next());
        } else if let Some(rest) = text.strip_prefix("Both:") {
            if found.used.is_none() && text.contains(" used") {
                found.used = figure_before(rest, "used");
                found.committed = figure_before(rest, "committed");
            }
        } else if let Some(rest) = text.strip_prefix("MaxMetaspaceSize:") {
            found.limit = amount(rest);
        }
    }
    found
}

/// `37.12 MB ( 77%) used`: the amount in front of a word.
fn figure_before(text: &str, word: &str) -> Option<u64> {
    let part = text.split(',').find(|p| p.trim_end().ends_with(word))?;
    amount(part.rsplit(':').next().unwrap_or(part))
}

/// `37.12 MB`, `544 bytes`, `unlimited`.
fn amount(text: &str) -> Option<u64> {
    let mut words = text.split_ascii_whitespace();
    let number: f64 = words.next()?.parse().ok()?;
    let scale = match words.next() {
        Some("KB") => 1024.0,
        Some("MB") => 1_048_576.0,
        Some("GB") => 1_073_741_824.0,
        _ => 1.0,
    };
    Some((number * scale) as u64)
}

/// `jcmd VM.classloader_stats`: rows of loaders; with a filter before it, the header may be missing.
pub(super) fn loaders(lines: &[&str]) -> MetaspaceUse {
    let mut found = MetaspaceUse::default();
    for line in lines {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        if words.first() == Some(&"Total") && words.get(1) == Some(&"=") {
            found.loaders_total = words.get(2).and_then(|w| w.parse().ok());
            found.classes = words.get(3).and_then(|w| w.parse().ok());
            found.used = words.get(5).and_then(|w| w.parse().ok());
            found.committed = words.get(4).and_then(|w| w.parse().ok());
            continue;
        }
        if !words.first().is_some_and(|w| w.starts_with("0x")) || words.len() < 7 {
            continue;
        }
        let class = words.get(6..).unwrap_or_default().join(" ");
        let classes = words.get(3).and_then(|w| w.parse().ok()).unwrap_or(0);
        match found.loaders.iter_mut().find(|l| l.class == class) {
            Some(l) => {
                l.count += 1;
                l.classes += classes;
            }
            None => found.loaders.push(LoaderCount {
                class,
                count: 1,
                classes,
            }),
        }
    }
    found
        .loaders
        .sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.class.cmp(&b.class)));
    found
}

/// `jstat`, `GC.heap_info`, `VM.flags`, `VM.uptime`, `VM.version`, and what else `jcmd` prints.
pub(super) fn other(lines: &[&str], command: &str) -> (&'static str, Listing) {
    let lower = command.to_ascii_lowercase();
    if lower.contains("jstat") || lines.iter().any(|l| jstat_header(l)) {
        return ("jstat", jstat(lines));
    }
    if lower.contains("heap_info")
        || lines
            .iter()
            .any(|l| l.trim_start().starts_with("Metaspace") && l.contains(" used "))
    {
        return ("heap-info", Listing::Metaspace(heap_info(lines)));
    }
    if lower.contains("vm.flags") || lines.iter().any(|l| l.trim_start().starts_with("-XX:")) {
        return ("vm-flags", Listing::Status(flags(lines)));
    }
    if lower.contains("vm.uptime") {
        let uptime = lines
            .iter()
            .find_map(|l| l.trim().strip_suffix(" s"))
            .and_then(|n| n.trim().parse::<f64>().ok());
        let value = uptime.map(|s| StatusValue {
            name: "uptime_s".to_owned(),
            value: Ok(s as u64),
        });
        return ("vm-uptime", Listing::Status(value.into_iter().collect()));
    }
    ("jvm", Listing::Other)
}

fn jstat_header(line: &str) -> bool {
    let header = Header::new(line);
    header.len() >= 6 && header.at(&["YGC", "YGCT"]).is_some() && header.at(&["GCT"]).is_some()
}

/// Last row of `jstat`, figures in KiB; class metadata where it prints it.
fn jstat(lines: &[&str]) -> Listing {
    let Some(at) = lines.iter().position(|l| jstat_header(l)) else {
        return Listing::Other;
    };
    let header = Header::new(lines.get(at).copied().unwrap_or_default());
    let last = lines
        .iter()
        .rev()
        .find(|l| !l.trim().is_empty())
        .copied()
        .unwrap_or_default();
    let words: Vec<&str> = last.split_ascii_whitespace().collect();
    let kib = |names: &[&str]| decimal(&words, header.at(names)).map(|k| (k * 1024.0) as u64);
    Listing::Metaspace(MetaspaceUse {
        used: kib(&["MU"]).or_else(|| kib(&["MC"])),
        committed: kib(&["MC"]),
        // `MCMX` is the reserved range, not MaxMetaspaceSize.
        limit: None,
        ..MetaspaceUse::default()
    })
}

/// ` Metaspace       used 38918K, capacity 40000K, committed 40192K, reserved 1085440K`.
fn heap_info(lines: &[&str]) -> MetaspaceUse {
    let line = lines
        .iter()
        .find(|l| l.trim_start().starts_with("Metaspace"))
        .copied()
        .unwrap_or_default();
    let kib = |label: &str| -> Option<u64> {
        let rest = line.split_once(label)?.1.trim_start();
        let end = rest.find('K')?;
        rest.get(..end)?.parse::<u64>().ok().map(|k| k.saturating_mul(1024))
    };
    MetaspaceUse {
        used: kib(" used "),
        committed: kib(" committed "),
        ..MetaspaceUse::default()
    }
}

/// `-XX:MaxHeapSize=134217728 -XX:+UseG1GC …`.
fn flags(lines: &[&str]) -> Vec<StatusValue> {
    lines
        .iter()
        .flat_map(|l| l.split_ascii_whitespace())
        .filter_map(|w| w.strip_prefix("-XX:"))
        .filter_map(|flag| flag.split_once('='))
        .map(|(name, value)| StatusValue {
            name: name.to_owned(),
            value: value.parse::<u64>().map_err(|_| value.to_owned()),
        })
        .collect()
}
