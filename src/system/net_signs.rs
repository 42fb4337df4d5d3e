//! What connections and interfaces say.

use super::{Sign, SignKind, source::Source};
use goldenhour_parsers::system::{Interface, Socket, Sockets};
use std::collections::{BTreeMap, BTreeSet};

/// Established connections to one backend from this number on are told.
const MANY_ESTABLISHED: u64 = 1;

/// Connections of clients in one state from this number on are told.
const MANY_CLIENTS: u64 = 5;

pub(super) fn sockets(sockets: &Sockets, source: &Source<'_>) -> Vec<Sign> {
    let listening: BTreeSet<&str> = sockets
        .tcp
        .iter()
        .filter(|s| s.listens())
        .map(|s| s.local_port.as_str())
        .collect();
    let mut signs = Vec::new();
    let ports: Vec<u32> = {
        let set: BTreeSet<u32> = listening.iter().filter_map(|p| p.parse().ok()).collect();
        set.into_iter().collect()
    };
    if !ports.is_empty() {
        let line = source.find(|l| l.contains("LISTEN"));
        signs.push(source.sign(SignKind::Listening { ports }, line));
    }
    signs.extend(backlog(sockets, source));
    signs.extend(outgoing(sockets, &listening, source));
    signs.extend(incoming(sockets, &listening, source));
    signs
}

/// Linux prints the accept queue of a listening socket as its Recv-Q.
fn backlog(sockets: &Sockets, source: &Source<'_>) -> Vec<Sign> {
    if !matches!(sockets.family, "linux" | "ss") {
        return Vec::new();
    }
    sockets
        .tcp
        .iter()
        .filter(|s| s.listens() && s.recv_q > 0)
        .filter_map(|s| {
            let port = s.local_port.parse().ok()?;
            let line = source.find(|l| l.contains("LISTEN") && l.contains(&format!(":{port} ")));
            Some(source.sign(SignKind::Backlog { port, queued: s.recv_q }, line))
        })
        .collect()
}

/// Connections that this host opened: by state and peer.
fn outgoing(sockets: &Sockets, listening: &BTreeSet<&str>, source: &Source<'_>) -> Vec<Sign> {
    let mut groups: BTreeMap<(&str, String), (u64, &Socket)> = BTreeMap::new();
    for s in &sockets.tcp {
        if s.listens() || listening.contains(s.local_port.as_str()) || s.peer_port == "*" || !is_service(s) {
            continue;
        }
        groups
            .entry((s.state.as_str(), format!("{}:{}", s.peer, s.peer_port)))
            .or_insert((0, s))
            .0 += 1;
    }
    let mut signs = Vec::new();
    for ((state, peer), (count, first)) in groups {
        let least = if state == "ESTABLISHED" || state == "TIME_WAIT" {
            MANY_ESTABLISHED
        } else {
            1
        };
        if count >= least {
            let line = line_of(first, source);
            signs.push(source.sign(
                SignKind::Connections {
                    state: state.to_owned(),
                    peer,
                    count,
                },
                line,
            ));
        }
    }
    signs
}

/// The peer's port is a service's rather than a client's: the lower of the two, and below the ephemeral range. A
/// connection that is still being opened (`SYN_SENT`) was opened here, whatever its port.
fn is_service(s: &Socket) -> bool {
    let number = |p: &str| p.parse::<u32>().ok();
    match (number(&s.local_port), number(&s.peer_port)) {
        (Some(local), Some(peer)) => s.state == "SYN_SENT" || peer < 32_768 && peer < local,
        (_, None) => true,
        (None, Some(_)) => false,
    }
}

/// Connections of clients to a listening port: by state.
fn incoming(sockets: &Sockets, listening: &BTreeSet<&str>, source: &Source<'_>) -> Vec<Sign> {
    let mut groups: BTreeMap<&str, (u64, &Socket)> = BTreeMap::new();
    for s in &sockets.tcp {
        if !s.listens() && listening.contains(s.local_port.as_str()) {
            groups.entry(s.state.as_str()).or_insert((0, s)).0 += 1;
        }
    }
    groups
        .into_iter()
        .filter(|(_, (count, _))| *count >= MANY_CLIENTS)
        .map(|(state, (count, first))| {
            let line = line_of(first, source);
            source.sign(
                SignKind::Connections {
                    state: state.to_owned(),
                    peer: "*".to_owned(),
                    count,
                },
                line,
            )
        })
        .collect()
}

fn line_of(s: &Socket, source: &Source<'_>) -> u64 {
    source.find(|l| l.contains(&s.state) && l.contains(&s.peer) && l.contains(&s.local_port))
}

pub(super) fn interfaces(interfaces: &[Interface], source: &Source<'_>) -> Vec<Sign> {
    interfaces
        .iter()
        .filter(|i| i.errors_in.saturating_add(i.errors_out) > 0)
        .map(|i| {
            let line = source.find(|l| l.trim_start().starts_with(&i.name));
            let errors = i.errors_in.saturating_add(i.errors_out);
            source.sign(
                SignKind::InterfaceErrors {
                    interface: i.name.clone(),
                    errors,
                },
                line,
            )
        })
        .collect()
}
