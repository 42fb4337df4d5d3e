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
        Reason::Compression { detail } => format!("压缩数据损坏（{detail}）"),
        Reason::Limit { what } => format!("达到本工具的上限（{what}）"),
        Reason::Unreadable { detail } => format!("无法读取（{detail}）"),
        Reason::UnknownKind => "不是本工具能读的文件类型".to_owned(),
        Reason::Internal { detail } => format!("本工具的一个部件在此失败（{detail}），其余结果不受影响"),
        Reason::WriterSays { detail } => format!("写入方自己说明此处缺失或不可靠（{detail}）"),
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

/// What parsers expect, as they name it. A test over the parsers' source fails when one is missing.
const PHRASES: &[(&str, &str)] = &[
    ("a GC log", "一份 GC 日志"),
    ("the end of a GC record", "一条 GC 记录的结尾"),
    ("the end of a collection", "一次回收的结尾"),
    ("the end of a pause", "一次停顿的结尾"),
    ("the end of an XML element", "一个 XML 元素的结尾"),
    ("HPROF header", "HPROF 文件头"),
    ("HPROF version 1.0.1 or later", "HPROF 1.0.1 或更高版本"),
    ("HPROF version text", "HPROF 版本文字"),
    ("a heap dump record", "一条堆转储记录"),
    ("a record", "一条记录"),
    ("an identifier", "标识符"),
    ("an object record", "一条对象记录"),
    ("end of dump", "转储的结束标记"),
    ("portable heap dump header", "PHD 文件头"),
    ("portable heap dump version 4, 5 or 6", "PHD 版本 4、5 或 6"),
    ("the rest of a record", "一条记录的其余部分"),
    ("the rest of an object record", "一条对象记录的其余部分"),
    ("the rest of an archive member", "压缩包成员的其余部分"),
];
