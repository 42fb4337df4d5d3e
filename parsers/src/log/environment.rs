//! What the environment block of WebSphere and the header of Liberty tell about the process.

/// The process behind a log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environment {
    /// Process id.
    pub pid: Option<u64>,
    /// Server name (`cell\node\server`, last part), Liberty's server or host.
    pub server: Option<String>,
    /// Product line.
    pub product: Option<String>,
}

impl Environment {
    /// Reads a block as decoded text.
    pub fn read(text: &str) -> Environment {
        let mut found = Environment::default();
        for line in text.lines().take(60) {
            if line.starts_with("WebSphere") {
                found.product = line.split(" running with ").next().map(str::to_owned);
            }
            // `running with process name cell\node\server1 and process id 9830514`, and its translations: the id is the
            // last number of the line, the name holds two backslashes.
            if line.contains("process id") || line.contains("进程标识") {
                found.pid = last_number(line);
                found.server = line
                    .split([' ', '“', '”', '"'])
                    .find(|w| w.matches('\\').count() == 2)
                    .and_then(last_part);
            }
            if let Some(product) = line.strip_prefix("product = ") {
                found.product = Some(product.to_owned());
            }
            if let Some(process) = line.strip_prefix("process = ") {
                found.pid = process.split('@').next().and_then(|pid| pid.trim().parse().ok());
            }
        }
        found
    }
}

fn last_part(name: &str) -> Option<String> {
    name.rsplit('\\')
        .next()
        .map(|s| s.trim_end_matches(['.', '。', ',']).to_owned())
        .filter(|s| !s.is_empty())
}

fn last_number(line: &str) -> Option<u64> {
    line.split(|c: char| !c.is_ascii_digit())
        .rfind(|part| !part.is_empty())?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn websphere_and_liberty() {
        let e = Environment::read(
            "WebSphere Platform 9.0.5.1 [ND 9.0.5.1 cf011935.02]  running with process name hisCell01\\hisNode01\\server1 and process id 9830514\nHost Operating System is AIX",
        );
        assert_eq!((e.pid, e.server.as_deref()), (Some(9_830_514), Some("server1")));
        let e = Environment::read("product = Open Liberty 22\nprocess = 30412@emr-node3");
        assert_eq!(e.pid, Some(30412));
    }
}
