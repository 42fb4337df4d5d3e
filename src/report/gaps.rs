//! Why something could not be read, as a sentence in both languages.

use crate::words::Text;
use goldenhour_parsers::Reason;

/// The sentence for a reason.
pub fn reason_text(reason: &Reason) -> Text {
    let zh = match reason {
        Reason::Empty => "文件为空".to_owned(),
        Reason::Truncated { expected } => format!("文件在此中断，后面本应有{}", phrase(expected)),
        Reason::UnknownRecord { tag } => format!("跳过一条未知类型的记录（{tag}）"),
        Reason::BadLength { what, stated } => format!("{}所写的长度 {stated} 不可能成立", phrase(what)),
        Reason::Malformed { expected } => format!("此处本应是{}，内容不符", phrase(expected)),
        Reason::Zeroes => "本应有记录的地方全是零字节".to_owned(),
        Reason::Compression { detail } => format!("压缩数据损坏（{}）", detail_zh(detail)),
        Reason::Limit { what } => format!("达到本工具的上限（{}）", detail_zh(what)),
        Reason::Unreadable { detail } => format!("无法读取（{}）", detail_zh(detail)),
        Reason::UnknownKind => "不是本工具能读的文件类型".to_owned(),
        Reason::Foreign { format, advice } => format!("{}，本工具不读此格式：{}", phrase(format), phrase(advice)),
        Reason::Internal { detail } => format!("本工具的一个部件在此失败（{}），其余结果不受影响", detail_zh(detail)),
        Reason::WriterSays { detail } => format!("写入方自己说明此处缺失或不可靠（{}）", detail_zh(detail)),
    };
    Text::new(zh, reason.to_string())
}

/// The parsers' phrase in Chinese; a phrase not yet in the list stands in quotes.
fn phrase(en: &str) -> String {
    PHRASES
        .iter()
        .find(|(known, _)| *known == en)
        .map_or_else(|| format!("“{en}”"), |(_, zh)| (*zh).to_owned())
}

/// A detail with figures in it in Chinese; the words of the system or of another program stay as they are.
fn detail_zh(en: &str) -> String {
    DETAILS
        .iter()
        .find_map(|(pattern, zh)| fill(zh, &holes(pattern, en)?))
        .unwrap_or_else(|| format!("原文：{en}"))
}

/// What stands at each `#` of a pattern; `None` when the text does not fit it.
fn holes<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut parts = pattern.split('#');
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    for part in parts {
        let at = if part.is_empty() { rest.len() } else { rest.find(part)? };
        found.push(rest.get(..at)?);
        rest = rest.get(at + part.len()..)?;
    }
    rest.is_empty().then_some(found)
}

/// The Chinese pattern with its `#` filled in order.
fn fill(pattern: &str, holes: &[&str]) -> Option<String> {
    let mut parts = pattern.split('#');
    let mut out = parts.next()?.to_owned();
    for (part, hole) in parts.zip(holes) {
        out.push_str(hole);
        out.push_str(part);
    }
    Some(out)
}

/// What parsers expect, as they name it. A test over the parsers' source fails when one is missing.
const PHRASES: &[(&str, &str)] = &[
    ("HPROF version 1.0.1 or later", "HPROF 1.0.1 或更高版本"),
    ("HPROF header", "HPROF 文件头"),
    ("a GC log", "一份 GC 日志"),
    ("a heap dump record", "一条堆转储记录"),
    ("a javacore", "一份 javacore"),
    ("a line of a javacore", "javacore 的一行"),
    ("a line of a thread dump", "线程转储的一行"),
    ("a line of the GC history", "垃圾回收历史的一行"),
    ("a record", "一条记录"),
    ("a thread dump", "一份线程转储"),
    ("an identifier", "一个标识符"),
    ("end of dump", "转储的结尾"),
    ("portable heap dump header", "PHD 文件头"),
    ("portable heap dump version 4, 5 or 6", "版本 4、5 或 6 的 PHD 文件"),
    ("the end of a GC record", "一条 GC 记录的结尾"),
    ("the end of a collection", "一次回收的结尾"),
    ("the end of a pause", "一次停顿的结尾"),
    ("the end of an XML element", "一个 XML 元素的结尾"),
    ("the end of the fatal error log", "崩溃日志的结尾"),
    ("the end of the javacore", "javacore 的结尾"),
    ("the end of the thread dump", "线程转储的结尾"),
    ("the rest of a record", "一条记录的其余部分"),
    ("the rest of an archive member", "压缩包成员的其余部分"),
    ("the rest of an object record", "一条对象记录的其余部分"),
    ("threads", "线程数"),
    ("a 7-Zip archive", "7-Zip 压缩包"),
    ("a RAR archive", "RAR 压缩包"),
    ("a bzip2 file", "bzip2 压缩文件"),
    ("an xz file", "xz 压缩文件"),
    ("a Zstandard file", "Zstandard 压缩文件"),
    ("a file made by compress (.Z)", "compress 压缩文件（.Z）"),
    ("an LZ4 file", "LZ4 压缩文件"),
    ("a cabinet archive", "CAB 压缩包"),
    ("a PDF document", "PDF 文档"),
    ("an Office document", "Office 文档"),
    ("a picture", "图片"),
    ("a Java class file", "Java 类文件"),
    ("a Java archive (.jar, .war, .ear)", "Java 程序包（.jar、.war、.ear）"),
    ("unpack it first", "请先解压"),
    (
        "save what it tells as a text file beside it",
        "请把其中内容另存为文本文件，放在旁边",
    ),
    ("no evidence of a run", "不是运行证据"),
];

/// Details that carry figures, `#` for each figure or name.
const DETAILS: &[(&str, &str)] = &[
    ("archives # deep", "压缩包嵌套 # 层"),
    ("# members of an archive", "一个压缩包 # 个成员"),
    ("# objects or references in one dump", "一份转储 # 个对象或引用"),
    ("# of command output", "# 的命令输出"),
    ("# damaged places of one heap record", "一条堆记录 # 处损坏"),
    ("#: the stated size of # bytes", "#：所写的大小 # 字节"),
    ("# (# compressed bytes gave #)", "#；压缩数据 # 字节，解出 # 字节"),
    (
        "stored as a sparse file: holes are left out",
        "按稀疏文件存放，空洞未写出",
    ),
    ("zip: #; members were searched for one by one", "zip：#；已逐个搜索成员"),
    ("looking for dumps inside the text", "在文本中查找转储"),
    ("intake", "证据接收"),
    ("reading #: #", "读取 #：#"),
    ("tar: #", "tar：#"),
    (
        "# links and devices of the archive are left out: #",
        "压缩包中 # 个链接或设备文件未读：#",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_with_figures_are_translated() {
        let limit = |what: &str| reason_text(&Reason::Limit { what: what.to_owned() }).zh;
        assert_eq!(limit("archives 5 deep"), "达到本工具的上限（压缩包嵌套 5 层）");
        assert_eq!(
            limit("512 MiB of command output"),
            "达到本工具的上限（512 MiB 的命令输出）"
        );
        assert_eq!(
            limit("a/b.zip: the stated size of 9 bytes"),
            "达到本工具的上限（a/b.zip：所写的大小 9 字节）"
        );
        assert_eq!(limit("odd"), "达到本工具的上限（原文：odd）");
    }

    #[test]
    fn english_is_the_reasons_own() {
        let reason = Reason::Truncated {
            expected: "end of dump",
        };
        assert_eq!(
            reason_text(&reason),
            Text::new(
                "文件在此中断，后面本应有转储的结尾",
                "the file ends where end of dump was expected"
            )
        );
    }
}
