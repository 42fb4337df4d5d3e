//! Tests of the time layouts.

use super::*;
use jiff::civil::date;

fn shown(parser: StampParser, text: &str) -> Option<(String, usize)> {
    parser.parse(text.as_bytes()).map(|f| {
        let zone = f
            .stamp
            .offset
            .map_or("?".to_owned(), |o| (o.seconds() / 60).to_string());
        (format!("{} {zone}", f.stamp.civil), f.length)
    })
}

#[track_caller]
fn is(order: DateOrder, text: &str, wanted: &str, rest: &str) {
    let near = Some(date(2026, 11, 25));
    let (got, length) = shown(StampParser { order, near }, text).unwrap_or_else(|| panic!("{text}: nothing found"));
    assert_eq!((got.as_str(), text.get(length..)), (wanted, Some(rest)), "{text}");
}

#[test]
fn long_layouts() {
    let o = DateOrder::MonthDayYear;
    is(o, "2026-11-20 10:11:12,345 INFO", "2026-11-20T10:11:12.345 ?", " INFO");
    is(
        o,
        "2026-11-20T10:11:12.345678+08:00 x",
        "2026-11-20T10:11:12.345678 480",
        " x",
    );
    is(o, "2020-08-06T14:25:02.835618Z 0", "2020-08-06T14:25:02.835618 0", " 0");
    is(
        o,
        "2026-11-20T10:11:12+08:00[Asia/Shanghai] x",
        "2026-11-20T10:11:12 480",
        " x",
    );
    is(o, "2018-06-21T19:23:21.356+0000", "2018-06-21T19:23:21.356 0", "");
    is(
        o,
        "2022-06-09, 13:03:03:918 PDT] 0",
        "2022-06-09T13:03:03.918 -420",
        "] 0",
    );
    is(o, "2016-5-20 下午08时52分36秒 CST> <", "2016-05-20T20:52:36 480", "> <");
    is(o, "2016-5-23 上午12时47分58秒 CST", "2016-05-23T00:47:58 480", "");
    is(o, "2016/9/27:20:30:31.455 W", "2016-09-27T20:30:31.455 ?", " W");
    is(o, "2017-09-25_12:38:52.686 [", "2017-09-25T12:38:52.686 ?", " [");
    is(
        o,
        "2020-05-12-10.11.12.345678+480 I",
        "2020-05-12T10:11:12.345678 480",
        " I",
    );
    is(o, "2026年11月20日 下午3:04:05 x", "2026-11-20T15:04:05 ?", " x");
    is(
        o,
        "2025-08-13 01:45:01.123 PDT [1]",
        "2025-08-13T01:45:01.123 -420",
        " [1]",
    );
    is(
        o,
        "2015-07-29 17:41:44,747 - INFO",
        "2015-07-29T17:41:44.747 ?",
        " - INFO",
    );
    is(
        o,
        "2026-11-20 10:11:12 -12 apples",
        "2026-11-20T10:11:12 ?",
        " -12 apples",
    );
    is(o, "20171223-22:15:29:606|Step", "2017-12-23T22:15:29.606 ?", "|Step");
}

#[test]
fn short_layouts() {
    is(
        DateOrder::MonthDayYear,
        "3/3/23 14:28:45:211 CET] ",
        "2023-03-03T14:28:45.211 60",
        "] ",
    );
    is(
        DateOrder::YearMonthDay,
        "10-11-10 8:46:03:295 CST] ",
        "2010-11-10T08:46:03.295 480",
        "] ",
    );
    is(
        DateOrder::YearMonthDay,
        "18-9-13 10:36:01:279 GMT+08:00] ",
        "2018-09-13T10:36:01.279 480",
        "] ",
    );
    is(
        DateOrder::YearMonthDay,
        "17/06/09 20:10:40 INFO",
        "2017-06-09T20:10:40 ?",
        " INFO",
    );
    is(
        DateOrder::DayMonthYear,
        "12.05.20 10:11:12:345 MESZ] ",
        "2020-05-12T10:11:12.345 120",
        "] ",
    );
    is(
        DateOrder::MonthDayYear,
        "5/12/20, 10:11:12:345 PM CST] ",
        "2020-05-12T22:11:12.345 480",
        "] ",
    );
    is(
        DateOrder::YearMonthDay,
        "20-5-12 下午10:11:12:345 CST] ",
        "2020-05-12T22:11:12.345 480",
        "] ",
    );
    is(
        DateOrder::MonthDayYear,
        "13/5/2020 10:11:12 x",
        "2020-05-13T10:11:12 ?",
        " x",
    );
    is(
        DateOrder::MonthDayYear,
        "03-17 16:13:38.811  1702",
        "2026-03-17T16:13:38.811 ?",
        "  1702",
    );
    is(
        DateOrder::MonthDayYear,
        "12:11:03,788 INFO",
        "2026-11-25T12:11:03.788 ?",
        " INFO",
    );
}

#[test]
fn worded_layouts() {
    let o = DateOrder::MonthDayYear;
    is(
        o,
        "17-Nov-2018 16:37:38.873 SEVERE",
        "2018-11-17T16:37:38.873 ?",
        " SEVERE",
    );
    is(o, "20/Nov/2026:17:31:04 +0800] \"", "2026-11-20T17:31:04 480", "] \"");
    is(o, "Nov 20, 2012 3:02:00 AM org", "2012-11-20T03:02:00 ?", " org");
    is(o, "Nov 20, 2012 12:02:00 AM org", "2012-11-20T00:02:00 ?", " org");
    is(o, "一月 21, 2017 1:05:32 上午 org", "2017-01-21T01:05:32 ?", " org");
    is(o, "十一月 2, 2017 1:05:32 下午 org", "2017-11-02T13:05:32 ?", " org");
    is(o, "1月 21, 2017 1:05:32 上午 org", "2017-01-21T01:05:32 ?", " org");
    is(
        o,
        "Sep 20, 2010 8:05:08 PM GMT+08:00> ",
        "2010-09-20T20:05:08 480",
        "> ",
    );
    is(
        o,
        "Mar 26, 2022, 6:10:04,123 PM CST> ",
        "2022-03-26T18:10:04.123 480",
        "> ",
    );
    is(o, "Nov  3 09:23:38 host", "2026-11-03T09:23:38 ?", " host");
    is(o, "Dec 10 06:55:46 LabSZ", "2025-12-10T06:55:46 ?", " LabSZ");
    is(o, "Tue May 12 10:11:12 2020", "2020-05-12T10:11:12 ?", "");
    is(
        o,
        "Fri Nov 13 09:49:09.45048 2026] 0079",
        "2026-11-13T09:49:09.45048 ?",
        "] 0079",
    );
    is(o, "Thu Feb 25 03:59:12 KORST 2010", "2010-02-25T03:59:12 540", "");
    is(o, "Tue, 12 May 2020 10:11:12 GMT", "2020-05-12T10:11:12 0", "");
}

#[test]
fn gbk_bytes_are_read_without_decoding() {
    let (text, _, _) = encoding_rs::GB18030.encode("2016-5-20 下午08时52分36秒 CST");
    let found = stamp(&text).unwrap();
    assert_eq!(found.stamp.civil, date(2016, 5, 20).at(20, 52, 36, 0));
    assert_eq!(found.length, text.len());
}

#[test]
fn what_is_no_time() {
    for text in [
        "",
        "INFO x",
        "2026-11-20",
        "2026-13-20 10:11:12",
        "10.20.30.101 - -",
        "1.2.3.4:80",
        "12:61:00",
        "Marshal 3",
        "123456789012",
        "2026-11-20 25:00:00",
        "10-11",
        "Mon",
        "0:0:0:0:0:0:0:1 - -",
        "99999999999999999999",
        "1/2",
        "三月",
        "Nov 31, 2012 3:02:00 AM",
    ] {
        assert_eq!(shown(StampParser::default(), text), None, "{text}");
    }
}

#[test]
fn no_prefix_or_damage_panics() {
    let text =
        "一月 21, 2017 1:05:32 上午 2016-5-20 下午08时52分36秒 CST Nov 20, 2012 3:02:00.123 PM GMT+08:00".as_bytes();
    for start in 0..text.len() {
        for end in start..text.len() {
            let _ = stamp(text.get(start..end).unwrap());
        }
    }
}

#[test]
fn order_by_evidence() {
    let guess = |all: &[&str]| guess_order(all.iter().map(|s| s.as_bytes()));
    assert_eq!(guess(&["3/3/23 14:28:45:211 CET"]), Some(DateOrder::MonthDayYear));
    assert_eq!(guess(&["23/3/23 14:28:45:211 CET"]), Some(DateOrder::YearMonthDay));
    assert_eq!(
        guess(&["23/3/23 1:1:1:1", "24/3/23 1:1:1:1"]),
        Some(DateOrder::DayMonthYear)
    );
    assert_eq!(guess(&["10-12-22 17:11:09:179 CST"]), Some(DateOrder::YearMonthDay));
    assert_eq!(guess(&["17/06/09 20:10:40"]), Some(DateOrder::YearMonthDay));
    assert_eq!(guess(&["11/16/26 10:24:38:414 CST"]), Some(DateOrder::MonthDayYear));
    assert_eq!(guess(&["12.05.20 10:11:12:345"]), Some(DateOrder::DayMonthYear));
    assert_eq!(guess(&["2026-01-01 00:00:00"]), None);
}
