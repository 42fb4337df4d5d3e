//! The help texts: English from the definitions in [`super::args`], Chinese and the examples from the tables here.

use super::args::Cli;
use crate::words::Lang;
use clap::{Arg, ArgAction, Command, CommandFactory};

/// The command line, described in `lang`.
pub fn command(lang: Lang) -> Command {
    let mut command = Cli::command();
    command = with_examples(command, "", lang);
    if lang == Lang::Zh {
        command = in_chinese(command, "", true);
    }
    command
}

/// Adds the examples behind the options of each command.
fn with_examples(command: Command, path: &str, lang: Lang) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let mut command = names.into_iter().fold(command, |command, name| {
        let path = join(path, &name);
        command.mut_subcommand(name, |sub| with_examples(sub, &path, lang))
    });
    if let Some((_, lines)) = EXAMPLES.iter().find(|(at, _)| *at == path) {
        let title = if lang == Lang::Zh { "示例：" } else { "Examples:" };
        let lines: Vec<String> = lines.iter().map(|line| format!("  goldenhour {line}")).collect();
        command = command.after_help(format!("{title}\n{}", lines.join("\n")));
    }
    command
}

/// Puts the Chinese words in place of the English ones; what is missing in the table stays English (a test looks for that).
fn in_chinese(command: Command, path: &str, top: bool) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let has_commands = !names.is_empty();
    let mut command = names.into_iter().fold(command, |command, name| {
        let path = join(path, &name);
        command.mut_subcommand(name, |sub| in_chinese(sub, &path, false))
    });
    let ids: Vec<String> = command.get_arguments().map(|arg| arg.get_id().to_string()).collect();
    for id in ids {
        let global = command
            .get_arguments()
            .any(|arg| arg.get_id() == id.as_str() && arg.is_global_set());
        let key = if global { format!("--{id}") } else { join(path, &id) };
        let words = chinese(&key);
        command = command.mut_arg(id, |arg| {
            let arg = match words {
                Some(words) => arg.help(words),
                None => arg,
            };
            arg.help_heading(if global { "通用选项" } else { "选项" })
        });
    }
    if let Some(about) = chinese(if top { "goldenhour" } else { path }) {
        command = command.about(about);
    }
    let commands = if has_commands {
        "命令：\n{subcommands}\n\n"
    } else {
        ""
    };
    command
        .help_template(format!(
            "{{about-with-newline}}\n用法： {{usage}}\n\n{commands}{{options}}{{after-help}}"
        ))
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(flag("help", 'h', ArgAction::Help, "显示帮助"))
        .arg(flag("version", 'V', ArgAction::Version, "显示版本"))
}

/// The switches that clap itself would describe in English.
fn flag(name: &'static str, short: char, action: ArgAction, words: &'static str) -> Arg {
    let arg = Arg::new(name).short(short).long(name).action(action);
    arg.help(words).help_heading("选项")
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn chinese(key: &str) -> Option<&'static str> {
    ZH.iter().find(|(known, _)| *known == key).map(|(_, words)| *words)
}

/// Examples of each command, without the program's name.
const EXAMPLES: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "analyze evidence/",
            "analyze was01.tar.gz was02.zip --out report --site hospital.toml",
            "heap java_pid4711.hprof",
            "collect --os aix > collect.sh",
        ],
    ),
    (
        "analyze",
        &[
            "analyze evidence/",
            "analyze evidence.zip --out report --format html",
            "analyze evidence/ --inspection",
            "analyze evidence/ --lang en --fail-on high --no-store",
        ],
    ),
    (
        "heap",
        &[
            "heap java_pid4711.hprof",
            "heap heapdump.phd --javacore javacore.txt",
            "heap monday.hprof friday.hprof",
            "heap big.hprof --memory-limit 4G --top 10",
        ],
    ),
    ("threads", &["threads javacore.*.txt", "threads catalina.out --json"]),
    ("gc", &["gc gc.log", "gc native_stderr.log --json"]),
    ("logs", &["logs SystemOut*.log", "logs logs/ --assign templates.tsv"]),
    (
        "trends",
        &[
            "trends --period quarter",
            "trends --since 2026-01-01 --out trends --export records",
        ],
    ),
    (
        "incidents",
        &[
            "incidents list",
            "incidents set 3f2a --restored-at '2026-11-20 11:05' --cause connection-leak",
            "incidents purge --older-than 1y",
        ],
    ),
    (
        "collect",
        &["collect --os linux > collect.sh", "collect --os windows > collect.ps1"],
    ),
    ("render", &["render report.json --lang en --format html"]),
    ("explain", &["explain heap-leak", "explain WSVR0605W", "explain --list"]),
    ("site", &["site init hospital.toml", "site check hospital.toml"]),
];

/// Command and option (`command.option`, an option of all commands by its name) in Chinese.
const ZH: &[(&str, &str)] = &[
    ("goldenhour", "Java 中间件宕机离线取证分析：从证据文件夹到恢复报告"),
    ("analyze", "完整分析：从证据到结论、报告和登记"),
    ("heap", "单个堆转储：概要、嫌疑对象、直方图、支配树"),
    ("threads", "javacore 与线程转储：死锁、阻塞者、线程池、连续转储"),
    ("gc", "GC 日志：停顿、占比、泄漏斜率"),
    ("logs", "日志：首个错误、突发、模板、消息码"),
    ("trends", "历次事件的趋势"),
    ("incidents", "列出、查看、补录、比较、导入、清除已登记事件"),
    ("collect", "打印在服务器上取证的只读脚本"),
    ("render", "用保存的 report.json 重新生成其他格式，无需证据"),
    ("explain", "解释发现、原因、处置或消息码的含义"),
    ("site", "生成或检查站点文件"),
    ("site.init", "生成带注释的站点文件"),
    ("site.check", "检查站点文件的错误"),
    ("incidents.list", "事件，新的在前，并说明保留了什么、多大"),
    ("incidents.show", "查看一个事件；编号开头若干位即可"),
    ("incidents.set", "补录事件的后续情况"),
    ("incidents.compare", "并排比较两个事件"),
    (
        "incidents.import",
        "从 report.json 或 JSON Lines 文件合并其他电脑的事件；重复导入不会改变什么",
    ),
    ("incidents.purge", "永久删除事件，或只删除其中引用的证据"),
    ("--json", "标准输出只给出机器可读的 JSON"),
    ("--lang", "报告与消息的语言（默认取自 LANG，否则中文）"),
    ("--site", "站点文件：业务模块、阈值、时区"),
    ("--timezone", "未写明时区的证据所用的时差"),
    ("--memory_limit", "内存上限，如 4G；超出部分写临时文件"),
    ("--no_progress", "不显示进度条"),
    ("--color", "终端颜色"),
    ("--unmask", "按原样显示个人信息、号码和 SQL 字面值"),
    ("--no_store", "不读也不写事件库"),
    ("--store", "事件库文件（默认 GOLDENHOUR_STORE，否则在用户数据目录）"),
    ("--hash", "单项命令也计算每个文件的 SHA-256"),
    ("--fail_on", "有不低于此级别的发现时，退出码为 1"),
    ("--verbose", "在标准错误上多说一些"),
    ("--threads", "工作线程数（默认每处理器一个）"),
    ("analyze.paths", "证据：文件、文件夹、压缩包"),
    ("analyze.out", "报告目录"),
    ("analyze.format", "report.json 之外的报告格式"),
    ("analyze.inspection", "日常巡检：只列风险，不下结论"),
    ("analyze.priority", "指定优先级，代替自动判定"),
    ("heap.dumps", "堆转储；给同一进程的两到四个则按类比较增长"),
    ("heap.histogram_only", "只出类直方图"),
    ("heap.deep", "另外分析字符串、集合和重复内容"),
    ("heap.object", "查看一个对象"),
    ("heap.export_objects", "每个可达对象写一行"),
    ("heap.top", "每张表的行数"),
    ("heap.dump", "一个文件有多份转储时选哪一份（从 1 数，默认最后一份）"),
    ("heap.javacore", "与 PHD 同一时刻的 javacore"),
    ("heap.sizes", "浅层大小按 MAT 的算法或虚拟机的实际值"),
    ("threads.files", "javacore 和线程转储，单独的或在控制台日志里的"),
    ("gc.files", "任何虚拟机的 GC 日志"),
    ("logs.files", "文件、文件夹或压缩包"),
    ("logs.assign", "每条记录写一行：行号、模板号、模板"),
    ("trends.period", "一期的长度"),
    ("trends.since", "只看这一天以后的事件"),
    ("trends.out", "把趋势写到这个目录"),
    ("trends.format", "要写的格式"),
    (
        "trends.export",
        "把登记内容以 JSON Lines 和 CSV 导出到这个目录，按月份和站点分区",
    ),
    ("incidents.show.id", "事件编号"),
    ("incidents.set.id", "事件编号"),
    ("incidents.set.responded_at", "开始处理的时间"),
    ("incidents.set.restored_at", "业务恢复的时间"),
    ("incidents.set.resolved_at", "彻底解决的时间"),
    ("incidents.set.cause", "最终查明的原因（原因编号）"),
    ("incidents.set.fix", "用什么办法解决的，一句话"),
    ("incidents.list.limit", "最多列出几条（默认 100；--json 时列出全部）"),
    ("incidents.compare.a", "第一个事件编号"),
    ("incidents.compare.b", "第二个事件编号"),
    ("incidents.import.files", "文件，或导出目录"),
    ("incidents.purge.ids", "事件编号"),
    ("incidents.purge.older_than", "早于此时长的事件，如 90d、12w、6m、2y"),
    ("incidents.purge.evidence_only", "保留登记，删除引用的证据和消息"),
    ("collect.os", "服务器的操作系统"),
    ("render.report", "保存的报告"),
    ("render.format", "要写的格式"),
    ("render.out", "写到哪里（默认与报告同目录）"),
    ("explain.id", "发现、原因、处置或消息码"),
    ("explain.list", "列出全部可解释的条目"),
    ("site.init.file", "写到哪里；`-` 为标准输出"),
    ("site.init.force", "覆盖已有文件"),
    ("site.check.file", "文件（默认 --site 所指的）"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn english_words(command: &Command, path: &str, into: &mut Vec<String>) {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        if about.is_ascii() {
            into.push(path.to_owned());
        }
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            if help.is_ascii() {
                into.push(join(path, arg.get_id().as_str()));
            }
        }
        for sub in command.get_subcommands() {
            english_words(sub, &join(path, sub.get_name()), into);
        }
    }

    #[test]
    fn every_command_and_option_has_chinese_words() {
        let mut missing = Vec::new();
        english_words(&command(Lang::Zh), "", &mut missing);
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn both_languages_parse_the_same_line_and_their_examples_are_valid() {
        for lang in [Lang::Zh, Lang::En] {
            command(lang).debug_assert();
            for line in EXAMPLES.iter().flat_map(|(_, lines)| *lines) {
                let words = line.split(" > ").next().unwrap_or(line);
                // The only quoted word holds a blank.
                let words = words.replace("'2026-11-20 11:05'", "2026-11-20T11:05");
                let parsed = command(lang).try_get_matches_from(std::iter::once("goldenhour").chain(words.split(' ')));
                assert!(parsed.is_ok(), "{line}: {parsed:?}");
            }
        }
    }
}
