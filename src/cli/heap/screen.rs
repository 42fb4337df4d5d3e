//! The heap command's screen: the verdict first, then what it rests on, then the tables.

mod inside;
mod tables;

use super::text::{grouped, percent};
use crate::{
    cli::{args::HeapArgs, settings::Settings},
    heap::{HeapFacts, Suspect, SuspectKind, TrueSizes},
    report::{HeapThreadView, Shown, bytes, heap_json},
    words::{Lang, Text},
};
use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthChar;

/// A thread that retains this share of the heap is named beside the verdict (HEURISTICS: one request, one fifth).
const HEAVY_THREAD: f64 = 0.2;
/// Rows of a table.
const ROWS: usize = 8;

const STRONG: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const ALARM: Style = AnsiColor::Red.on_default().bold();

/// The screen of one dump.
pub(super) struct Screen<'a> {
    facts: &'a HeapFacts,
    threads: Vec<HeapThreadView>,
    shown: Shown,
    lang: Lang,
    width: usize,
    color: bool,
    /// What was written.
    pub out: String,
}

/// All of it.
pub(super) fn render(path: &str, facts: &HeapFacts, args: &HeapArgs, settings: &Settings) -> String {
    let shown = Shown::at(settings.offset(), !settings.unmask);
    let view = heap_json(facts, &shown);
    let mut screen = Screen {
        facts,
        threads: view.threads,
        shown,
        lang: settings.lang,
        width: settings.width(),
        color: settings.color,
        out: String::new(),
    };
    screen.title(path);
    screen.rule();
    if !args.histogram_only {
        screen.verdict();
    }
    screen.heap();
    screen.rule();
    if !args.histogram_only {
        for (number, suspect) in facts.suspects.iter().enumerate() {
            screen.suspect(number + 1, suspect);
        }
        screen.threads();
        screen.pools();
        screen.outside();
        screen.sessions();
        screen.copies();
        screen.strings();
        screen.collections();
        screen.dominators(args.top);
        screen.groups();
    }
    screen.histogram();
    screen.out
}

impl Screen<'_> {
    fn say(&self, zh: impl Into<String>, en: impl Into<String>) -> String {
        Text::new(zh.into(), en.into()).in_lang(self.lang).to_owned()
    }

    fn paint(&self, style: Style, words: &str) -> String {
        if self.color {
            format!("{style}{words}{style:#}")
        } else {
            words.to_owned()
        }
    }

    fn line(&mut self, words: &str) {
        self.out.extend(
            words
                .chars()
                .map(|c| if c.is_control() && c != '\u{1b}' { ' ' } else { c }),
        );
        self.out.push('\n');
    }

    fn rule(&mut self) {
        let line = self.paint(FAINT, &"─".repeat(self.width));
        self.line(&line);
    }

    /// A heading in front of a section.
    fn heading(&mut self, zh: &str, en: &str) {
        let words = self.say(zh, en);
        let words = self.paint(STRONG, &words);
        self.out.push('\n');
        self.line(&words);
    }

    /// `label` in six columns, then words, wrapped under each other.
    fn entry(&mut self, zh: &str, en: &str, words: &str, style: Style) {
        let label = self.say(zh, en);
        let used: usize = label.chars().filter_map(char::width).sum();
        let mut first = format!(
            " {}{}",
            self.paint(FAINT, &label),
            " ".repeat(8_usize.saturating_sub(used))
        );
        for line in wrapped(words, self.width.saturating_sub(9)) {
            let line = self.paint(style, &line);
            self.line(&format!("{first}{line}"));
            first = " ".repeat(9);
        }
    }

    fn title(&mut self, path: &str) {
        let facts = self.facts;
        let which = if facts.dumps_in_file > 1 {
            self.say(
                format!(" · 第 {}/{} 个", facts.dump, facts.dumps_in_file),
                format!(" · dump {} of {}", facts.dump, facts.dumps_in_file),
            )
        } else {
            String::new()
        };
        let name = self.paint(STRONG, path);
        self.line(&format!(" {name}  {}{which}", facts.format));
    }

    fn verdict(&mut self) {
        let facts = self.facts;
        match facts.suspects.first() {
            Some(suspect) => {
                let words = sentence(suspect);
                let words = words.in_lang(self.lang).to_owned();
                self.entry("结论", "verdict", &words, ALARM);
            }
            None => {
                let words = self.say(
                    "没有一个对象占有堆的较大部分（10 % 以上）",
                    "no single object holds a large part of the heap (10 % or more)",
                );
                self.entry("结论", "verdict", &words, STRONG);
            }
        }
        for thread in self.threads.clone() {
            let name = thread.name.clone().unwrap_or_else(|| thread.object.clone());
            if thread.out_of_memory {
                let words = self.say(
                    format!("内存溢出发生在线程 {name}（占 {}）", percent(thread.share)),
                    format!("thread {name} ran out of memory (it holds {})", percent(thread.share)),
                );
                self.entry("溢出", "OOM", &words, STRONG);
            } else if thread.share >= HEAVY_THREAD {
                let words = self.say(
                    format!(
                        "线程 {name} 独占 {}（{}）",
                        percent(thread.share),
                        bytes(thread.retained)
                    ),
                    format!("{name} holds {} ({})", percent(thread.share), bytes(thread.retained)),
                );
                self.entry("线程", "thread", &words, STRONG);
            }
        }
    }

    fn heap(&mut self) {
        let facts = self.facts;
        let mut words = self.say(
            format!(
                "对象 {} 个，{}，类 {} 个",
                grouped(facts.objects),
                bytes(facts.shallow),
                grouped(facts.classes)
            ),
            format!(
                "{} objects, {}, {} classes",
                grouped(facts.objects),
                bytes(facts.shallow),
                grouped(facts.classes)
            ),
        );
        if facts.loaders > 0 {
            words += &self.say(
                format!("，类加载器 {} 个", facts.loaders),
                format!(", {} class loaders", facts.loaders),
            );
        }
        self.entry("堆", "heap", &words, Style::new());
        if facts.unreachable.objects > 0 {
            let words = self.say(
                format!(
                    "另有不可达对象 {} 个，{}（可回收，未计入）",
                    grouped(facts.unreachable.objects),
                    bytes(facts.unreachable.shallow)
                ),
                format!(
                    "{} unreachable objects, {} (collectable, left out)",
                    grouped(facts.unreachable.objects),
                    bytes(facts.unreachable.shallow)
                ),
            );
            self.entry("垃圾", "garbage", &words, Style::new());
        }
        if let Some(sizes) = &facts.true_sizes {
            let words = size_words(sizes).in_lang(self.lang).to_owned();
            self.entry("大小", "sizes", &words, Style::new());
        }
        if facts.roots_inferred {
            let words = self.say(
                "此格式不含 GC 根，根由推断得出，保留大小为估计值；字段名、字符串、集合内容无从得知",
                "this format has no GC roots: they were concluded, retained sizes are estimates; field names, texts and contents cannot be known",
            );
            self.entry("注意", "note", &words, Style::new());
        }
        if facts.coverage < 1.0 || !facts.gaps.is_empty() {
            let words = self.say(
                format!(
                    "文件不完整：只读到 {}，缺口 {} 处；以上数字只含读到的部分",
                    percent(facts.coverage),
                    facts.gaps.len()
                ),
                format!(
                    "the file is damaged: {} was read, {} gaps; the figures cover what was read",
                    percent(facts.coverage),
                    facts.gaps.len()
                ),
            );
            self.entry("注意", "note", &words, ALARM);
        }
    }

    fn suspect(&mut self, number: usize, suspect: &Suspect) {
        let head = self.say(format!("嫌疑 {number}  "), format!("suspect {number}  "));
        let words = sentence(suspect).in_lang(self.lang).to_owned();
        self.out.push('\n');
        for (i, line) in wrapped(&format!("{head}{words}"), self.width).into_iter().enumerate() {
            let line = if i == 0 { line } else { format!("  {line}") };
            self.line(&line);
        }
        // To the byte, as other analysers print it: whoever compares wants no rounded figure.
        let exact = grouped(suspect.retained);
        let words = self.say(
            format!("  保留大小 {exact} 字节"),
            format!("  retained size {exact} bytes"),
        );
        self.line(&words);
        let same = suspect.holder == suspect.accumulator;
        let holder = suspect.holder_label.as_ref().filter(|_| !same);
        let labels = [
            (&suspect.holder_class, holder),
            (&suspect.accumulator_class, suspect.accumulator_label.as_ref()),
        ];
        for (class, label) in labels {
            if let Some(label) = label {
                let label = self.shown.words(label);
                self.line(&format!("  {class} {label}"));
            }
        }
        if suspect.inferred {
            let words = self.say(
                "  （持有者由推断得出：转储中没有对象引用它）",
                "  (holder concluded: nothing in the dump refers to it)",
            );
            self.line(&words);
        }
        for (depth, step) in suspect.path.iter().enumerate() {
            let step = self.shown.words(step);
            let mark = if depth == 0 { "  " } else { "  └ " };
            let indent = " ".repeat(depth.saturating_sub(1).min(10));
            self.line(&format!("{indent}{mark}{step}"));
        }
    }

    fn heads<const N: usize>(&self, words: [(&str, &str); N]) -> [String; N] {
        words.map(|(zh, en)| self.say(zh, en))
    }
}

/// A suspect in one sentence.
fn sentence(suspect: &Suspect) -> Text {
    let (retained, share) = (bytes(suspect.retained), percent(suspect.share));
    let holder = match &suspect.holder_field {
        Some(field) => format!("{}.{field}", suspect.holder_class),
        None => suspect.holder_class.clone(),
    };
    let (accumulator, content) = (&suspect.accumulator_class, &suspect.content_class);
    let count = grouped(suspect.content_count);
    match (suspect.kind, &suspect.thread) {
        (SuspectKind::ClassLoader, _) => Text::new(
            format!(
                "{share}（{retained}）在 {} 份未卸载的应用中（类加载器 {holder}），由 {accumulator} 持有，主要是 {content}",
                suspect.copies
            ),
            format!(
                "{share} ({retained}) in {} copies of one application that were never unloaded (loader {holder}), held by {accumulator}, mostly {content}",
                suspect.copies
            ),
        ),
        (SuspectKind::Thread, Some(thread)) => Text::new(
            format!("{share}（{retained}）由线程 {thread} 的局部变量持有：{accumulator}，内容 {count} 个 {content}"),
            format!(
                "{share} ({retained}) held by a local variable of thread {thread}: {accumulator} with {count} × {content}"
            ),
        ),
        (SuspectKind::Group, _) if holder.is_empty() => Text::new(
            format!("{share}（{retained}）是 {count} 个 {content}，没有共同的持有者"),
            format!("{share} ({retained}) are {count} × {content} without a common holder"),
        ),
        _ => Text::new(
            format!("{share}（{retained}）堆积在 {accumulator}，持有者 {holder}，内容 {count} 个 {content}"),
            format!("{share} ({retained}) piled up in a {accumulator} held by {holder}: {count} × {content}"),
        ),
    }
}

fn size_words(sizes: &TrueSizes) -> Text {
    let (header, array, reference) = (sizes.header, sizes.array_header, sizes.reference);
    let layout = Text::new(
        format!("虚拟机实际大小：对象头 {header} 字节，数组头 {array} 字节，引用 {reference} 字节"),
        format!("the VM's own: object header {header} bytes, array header {array}, reference {reference}"),
    );
    match sizes.explained {
        Some(share) => Text::new(
            format!("{}；与 {} 的相邻地址间距吻合", layout.zh, percent(share)),
            format!(
                "{}; exact for {} of the distances between objects",
                layout.en,
                percent(share)
            ),
        ),
        None => Text::new(
            format!("{}；地址不可测，按常见布局推定", layout.zh),
            format!("{}; ids are no addresses, the usual layout is assumed", layout.en),
        ),
    }
}

/// Lines of at most `width` columns; breaks at blanks, and between any two Chinese characters.
fn wrapped(words: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    let mut word = String::new();
    let mut word_width = 0;
    let mut flush = |word: &mut String, word_width: &mut usize| {
        if used + *word_width > width && used > 0 {
            lines.push(word.trim_start().to_owned());
            used = word.trim_start().chars().filter_map(char::width).sum();
        } else if let Some(line) = lines.last_mut() {
            line.push_str(word);
            used += *word_width;
        }
        word.clear();
        *word_width = 0;
    };
    for c in words.chars() {
        let columns = c.width().unwrap_or(0);
        if c == ' ' || columns == 2 {
            flush(&mut word, &mut word_width);
        }
        word.push(c);
        word_width += columns;
        if columns == 2 {
            flush(&mut word, &mut word_width);
        }
    }
    flush(&mut word, &mut word_width);
    lines
}

/// At most `width` columns, with `…` where it was cut.
fn cut(text: &str, width: usize) -> String {
    let mut used = 1;
    let kept: String = text
        .chars()
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= width
        })
        .collect();
    if kept.len() == text.len() {
        kept
    } else {
        format!("{kept}…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_to_their_width() {
        let words = "61 % 堆积在 java.util.HashMap，持有者 com.example.Registry.CARDS，内容很多";
        for line in wrapped(words, 40) {
            assert!(line.chars().filter_map(char::width).sum::<usize>() <= 40, "{line}");
        }
        assert_eq!(wrapped(words, 40).concat().replace(' ', ""), words.replace(' ', ""));
        assert_eq!(cut("abcdef", 4), "abc…");
    }
}
