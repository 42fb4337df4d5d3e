//! Connections, routes, interfaces.

use super::table::{Header, integer, word};

/// `netstat -an` of AIX, Linux, Windows and Solaris, `ss`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sockets {
    /// `aix`, `linux`, `windows` or `ss`.
    pub family: &'static str,
    /// TCP sockets.
    pub tcp: Vec<Socket>,
    /// UDP rows.
    pub udp: u64,
    /// Rows by the first column (`ss`), in order of first appearance.
    pub netids: Vec<(String, u64)>,
}

/// One TCP socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socket {
    /// State as printed.
    pub state: String,
    /// Local address without port.
    pub local: String,
    /// Local port (a service name when printed so).
    pub local_port: String,
    /// Peer address.
    pub peer: String,
    /// Peer port.
    pub peer_port: String,
    /// Bytes waiting to be read.
    pub recv_q: u64,
    /// Bytes waiting to be sent or acknowledged.
    pub send_q: u64,
}

impl Socket {
    /// True for a listening socket, whatever the system calls it.
    pub fn listens(&self) -> bool {
        matches!(self.state.as_str(), "LISTEN" | "LISTENING" | "侦听")
    }
}

pub(super) fn sockets(lines: &[&str]) -> Sockets {
    let mut found = Sockets::default();
    let mut is_ss = false;
    let mut has_netid = false;
    let mut tcp_only = false;
    for line in lines {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let Some(first) = words.first().copied() else { continue };
        match first {
            "Netid" => {
                (is_ss, has_netid) = (true, true);
                found.family = "ss";
            }
            "State" if line.contains("Local Address") => {
                (is_ss, tcp_only) = (true, true);
                found.family = "ss";
            }
            _ if is_ss && has_netid => {
                count(&mut found.netids, first);
                found.udp += u64::from(first == "udp");
                if first == "tcp" {
                    found.tcp.extend(ss_row(words.get(1..).unwrap_or_default()));
                }
            }
            _ if is_ss && tcp_only => found.tcp.extend(ss_row(&words)),
            _ => netstat_row(line, &words, &mut found),
        }
    }
    found
}

fn count(list: &mut Vec<(String, u64)>, name: &str) {
    match list.iter_mut().find(|(n, _)| n == name) {
        Some((_, n)) => *n += 1,
        None => list.push((name.to_owned(), 1)),
    }
}

/// `LISTEN 0 128 *:8080 *:*`; `ESTAB` and its kin become the names of netstat.
fn ss_row(words: &[&str]) -> Option<Socket> {
    let state = match *words.first()? {
        "ESTAB" => "ESTABLISHED".to_owned(),
        other => other.replace('-', "_"),
    };
    let (local, local_port) = split_address(words.get(3)?, ':')?;
    let (peer, peer_port) = split_address(words.get(4)?, ':')?;
    Some(Socket {
        state,
        local,
        local_port,
        peer,
        peer_port,
        recv_q: integer(words, Some(1)).unwrap_or(0),
        send_q: integer(words, Some(2)).unwrap_or(0),
    })
}

fn netstat_row(line: &str, words: &[&str], found: &mut Sockets) {
    let Some(first) = words.first() else { return };
    match *first {
        "TCP" => {
            found.family = "windows";
            found.tcp.extend(windows_row(words));
        }
        "UDP" => {
            found.family = "windows";
            found.udp += 1;
        }
        p if p.starts_with("tcp") => {
            let Some(local) = words.get(3) else { return };
            let linux = local.contains(':') && words.len() >= 6 || local.starts_with(':');
            let separator = if linux { ':' } else { '.' };
            found.family = if linux { "linux" } else { "aix" };
            found.tcp.extend(unix_row(words, separator));
        }
        p if p.starts_with("udp") => found.udp += 1,
        _ => {
            // A long local address may push the rest to a line of its own; such rows are rare and only lose one socket.
            let _ = line;
        }
    }
}

fn unix_row(words: &[&str], separator: char) -> Option<Socket> {
    let (local, local_port) = split_address(words.get(3)?, separator)?;
    let (peer, peer_port) = split_address(words.get(4)?, separator)?;
    Some(Socket {
        state: word(words, Some(5)).unwrap_or_default().to_owned(),
        local,
        local_port,
        peer,
        peer_port,
        recv_q: integer(words, Some(1)).unwrap_or(0),
        send_q: integer(words, Some(2)).unwrap_or(0),
    })
}

fn windows_row(words: &[&str]) -> Option<Socket> {
    let (local, local_port) = split_address(words.get(1)?, ':')?;
    let (peer, peer_port) = split_address(words.get(2)?, ':')?;
    Some(Socket {
        state: (*words.get(3)?).to_owned(),
        local,
        local_port,
        peer,
        peer_port,
        recv_q: 0,
        send_q: 0,
    })
}

/// Address and port at the last separator.
fn split_address(text: &str, separator: char) -> Option<(String, String)> {
    let (address, port) = text.rsplit_once(separator)?;
    Some((address.to_owned(), port.to_owned()))
}

/// One route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Destination.
    pub destination: String,
    /// Gateway.
    pub gateway: String,
    /// Flags.
    pub flags: String,
    /// Interface.
    pub interface: Option<String>,
}

impl Route {
    /// True for a default route.
    pub fn is_default(&self) -> bool {
        matches!(self.destination.as_str(), "default" | "0.0.0.0")
    }
}

pub(super) fn routes(lines: &[&str]) -> Vec<Route> {
    let mut interface_at = None;
    let mut flags_at = Some(2);
    let mut rows = Vec::new();
    for line in lines {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        if words.first() == Some(&"Destination") {
            let header = Header::new(line);
            interface_at = header.at(&["If", "Iface", "Interface", "Netif"]);
            flags_at = header.at(&["Flags"]);
            continue;
        }
        let (Some(destination), Some(gateway)) = (words.first(), words.get(1)) else {
            continue;
        };
        let Some(flags) = word(&words, flags_at).filter(|f| f.starts_with('U') || f.starts_with('!')) else {
            continue;
        };
        rows.push(Route {
            destination: (*destination).to_owned(),
            gateway: (*gateway).to_owned(),
            flags: flags.to_owned(),
            interface: word(&words, interface_at).map(str::to_owned),
        });
    }
    rows
}

/// Counters of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Name.
    pub name: String,
    /// Packets in.
    pub packets_in: u64,
    /// Errors and drops in.
    pub errors_in: u64,
    /// Packets out.
    pub packets_out: u64,
    /// Errors and drops out.
    pub errors_out: u64,
}

/// `netstat -in`: AIX counts from the end (`Ipkts Ierrs Opkts Oerrs Coll`), Linux by name.
pub(super) fn interfaces(lines: &[&str]) -> Vec<Interface> {
    let mut header = Header::default();
    let mut rows: Vec<Interface> = Vec::new();
    for line in lines {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let Some(name) = words.first() else { continue };
        if matches!(*name, "Name" | "Iface") {
            header = Header::new(line);
            continue;
        }
        if header.len() == 0 || words.len() < 5 {
            continue;
        }
        let end = |names: &[&str]| {
            let back = header.back_from_end(names)?;
            integer(&words, words.len().checked_sub(1 + back))
        };
        let sum = |a: &[&str], b: &[&str]| end(a).unwrap_or(0).saturating_add(end(b).unwrap_or(0));
        let Some(packets_in) = end(&["Ipkts", "RX-OK"]) else {
            continue;
        };
        let row = Interface {
            name: name.trim_end_matches('*').to_owned(),
            packets_in,
            errors_in: sum(&["Ierrs", "RX-ERR"], &["RX-DRP", "Idrops"]),
            packets_out: end(&["Opkts", "TX-OK"]).unwrap_or(0),
            errors_out: sum(&["Oerrs", "TX-ERR"], &["TX-DRP", "Odrops"]),
        };
        // AIX repeats an interface for every address.
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    rows
}
