//! Server logs: the layouts of the middleware with traces, for tests, benches and fuzz seeds.

use std::fmt::Write as _;

/// Layouts that can be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLayout {
    /// WebSphere traditional, English dates.
    WebSphere,
    /// WebLogic's server log.
    WebLogic,
    /// log4j with thread, level and logger.
    Log4j,
    /// JULI on two lines, Chinese level words.
    JuliZh,
    /// JSON lines.
    Json,
    /// NCSA access log with microseconds.
    Access,
}

/// A log of `records` records, one a second from 08:00 on; every tenth is an error, with a trace where the layout has
/// them.
pub fn log(layout: LogLayout, records: u32) -> String {
    let mut out = String::new();
    for n in 0..records {
        record(&mut out, layout, n);
    }
    out
}

/// One record. Writing to a string does not fail, so the results are dropped.
fn record(out: &mut String, layout: LogLayout, n: u32) {
    let (hour, minute, second) = (8 + n / 3600 % 15, n / 60 % 60, n % 60);
    let error = n % 10 == 9;
    let trace = "java.sql.SQLException: ORA-00060: deadlock\n\tat oracle.jdbc.Driver.run(Driver.java:1)\n\tat com.hosp.his.Dao.save(Dao.java:42)\n";
    let text = if error {
        format!("save failed id={n}")
    } else {
        format!("request uri=/his/order/{n} took {} ms", n % 300)
    };
    let _ = match layout {
        LogLayout::WebSphere => writeln!(
            out,
            "[11/20/26 {hour}:{minute:02}:{second:02}:120 CST] 000000{:02x} OrderService  {}   {text}",
            n % 50 + 16,
            if error { "E" } else { "I" }
        ),
        LogLayout::WebLogic => writeln!(
            out,
            "####<Nov 20, 2026 {hour}:{minute:02}:{second:02} AM CST> <{}> <HTTP> <m1> <s1> <[ACTIVE] ExecuteThread: '{}'> <<anonymous>> <> <> <{}> <BEA-{:06}> <{text}> ",
            if error { "Error" } else { "Info" },
            n % 50,
            1_795_132_800_000_u64 + u64::from(n) * 1000,
            101_020 + n % 3
        ),
        LogLayout::Log4j => writeln!(
            out,
            "2026-11-20 {hour:02}:{minute:02}:{second:02},120 {} [exec-{}] com.hosp.his.OrderService - {text}",
            if error { "ERROR" } else { "INFO " },
            n % 50
        ),
        LogLayout::JuliZh => writeln!(
            out,
            "十一月 20, 2026 {}:{minute:02}:{second:02} 上午 com.hosp.his.OrderService save\n{}: {text}",
            hour % 12 + 1,
            if error { "严重" } else { "信息" }
        ),
        LogLayout::Json => writeln!(
            out,
            "{{\"@timestamp\":\"2026-11-20T{hour:02}:{minute:02}:{second:02}.120+08:00\",\"level\":\"{}\",\"thread_name\":\"exec-{}\",\"message\":\"{text}\"}}",
            if error { "ERROR" } else { "INFO" },
            n % 50
        ),
        LogLayout::Access => writeln!(
            out,
            "10.20.30.{} - - [20/Nov/2026:{hour:02}:{minute:02}:{second:02} +0800] \"GET /his/order/{n} HTTP/1.1\" {} 512 {}",
            n % 200,
            if error { 500 } else { 200 },
            20_000 + n % 7_000
        ),
    };
    if error && matches!(layout, LogLayout::WebSphere | LogLayout::Log4j | LogLayout::JuliZh) {
        out.push_str(trace);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_has_its_records() {
        for layout in [
            LogLayout::WebSphere,
            LogLayout::WebLogic,
            LogLayout::Log4j,
            LogLayout::JuliZh,
            LogLayout::Json,
            LogLayout::Access,
        ] {
            assert!(log(layout, 20).lines().count() >= 20);
        }
    }
}
