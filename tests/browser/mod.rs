//! A headless browser over the WebDriver protocol: just what the tests of the report need, on the standard library.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "a test stops with a message and says what it skips"
)]

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A running chromedriver with one session.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    /// Starts a headless Chromium, with or without script; `None`, and a note, when this machine has none.
    pub fn start(script: bool) -> Option<Self> {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let Ok(mut driver) = command.spawn() else {
            println!("skipped: no chromedriver on this machine");
            return None;
        };
        let mut lines = BufReader::new(driver.stdout.take()?).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let number = line.split("on port ").nth(1)?.trim_end_matches('.').to_owned();
            number.parse::<u16>().ok().filter(|port| *port != 0)
        })?;
        // the pipe must stay read, or the driver stops when it is full
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let mut browser = Self {
            driver,
            port,
            session: String::new(),
        };
        let prefs = if script {
            json!({})
        } else {
            json!({"profile.managed_default_content_settings.javascript": 2})
        };
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {
                "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                    "--force-color-profile=srgb", "--hide-scrollbars", "--window-size=1280,1000"],
                "prefs": prefs,
            },
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let answer = browser.call("POST", "/session", &wanted);
        browser.session = answer.get("sessionId")?.as_str()?.to_owned();
        Some(browser)
    }

    /// Opens a file.
    pub fn open(&self, file: &Path) {
        let url = format!("file://{}", file.canonicalize().unwrap().display());
        self.post("url", &json!({"url": url}));
    }

    /// Runs a function body in the page and gives what it returns.
    pub fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Lines of the browser's console, all levels.
    pub fn console(&self) -> Vec<String> {
        self.log("browser")
            .iter()
            .filter_map(|e| e.get("message")?.as_str().map(str::to_owned))
            .collect()
    }

    /// Addresses asked for since the last call.
    pub fn requests(&self) -> Vec<String> {
        let events = self.log("performance");
        let sent = events.iter().filter_map(|event| {
            let message: Value = serde_json::from_str(event.get("message")?.as_str()?).ok()?;
            let sent = message.pointer("/message/method")? == "Network.requestWillBeSent";
            let url = message.pointer("/message/params/request/url")?.as_str()?.to_owned();
            sent.then_some(url)
        });
        sent.collect()
    }

    /// The page printed to PDF on A4.
    pub fn print(&self) -> Vec<u8> {
        let a4 = json!({"page": {"width": 21.0, "height": 29.7}, "background": true, "shrinkToFit": false});
        decode(self.post("print", &a4).as_str().unwrap())
    }

    /// A picture of the window.
    pub fn screenshot(&self) -> Vec<u8> {
        decode(
            self.call("GET", &format!("/session/{}/screenshot", self.session), &Value::Null)
                .as_str()
                .unwrap(),
        )
    }

    /// Makes the window this large.
    pub fn resize(&self, width: u32, height: u32) {
        self.post("window/rect", &json!({"width": width, "height": height}));
    }

    fn log(&self, kind: &str) -> Vec<Value> {
        self.post("se/log", &json!({"type": kind}))
            .as_array()
            .cloned()
            .unwrap_or_default()
    }

    fn post(&self, what: &str, body: &Value) -> Value {
        self.call("POST", &format!("/session/{}/{what}", self.session), body)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("chromedriver listens");
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json; charset=utf-8\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut reader = BufReader::new(stream);
        let mut length = 0_usize;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer).unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        let value = answer.get("value").cloned().unwrap_or_default();
        assert!(value.get("error").is_none(), "{path}: {value}");
        value
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() && !std::thread::panicking() {
            self.call("DELETE", &format!("/session/{}", self.session), &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Base64 of RFC 4648.
fn decode(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    out
}
