//! Messages of a server's life that carry no code: start, stop, deployment, pools.

use aho_corasick::AhoCorasick;
use std::sync::LazyLock;

/// Texts of Tomcat, Jetty, Spring Boot, JBoss, WebLogic, the pools, and of the VM.
const TEXTS: &[&str] = &[
    "Server startup in",
    "Server initialization in",
    "Starting service [",
    "Stopping service [",
    "Stopping service Catalina",
    "A valid shutdown command was received",
    "Pausing ProtocolHandler",
    "Stopping ProtocolHandler",
    "Destroying ProtocolHandler",
    "Starting ProtocolHandler",
    "Deploying web application",
    "Deployment of web application",
    "Undeploying context",
    "Reloading context",
    "Reloading Context",
    "is completed",
    "Started ServerConnector",
    "Stopped ServerConnector",
    "Started @",
    "Stopped Server@",
    "Started Server@",
    "Started o.e.j",
    "Graceful shutdown",
    "Commencing graceful shutdown",
    "Started application in",
    "JVM running for",
    "Closing JPA EntityManagerFactory",
    "Shutdown initiated",
    "Shutdown completed",
    "Start completed",
    "Added connection",
    "Pool stats",
    "Thread starvation or clock leap",
    "{dataSource-",
    "closed} ",
    "inited",
    "state changed to",
    "Server state changed",
    "Server started in",
    "server is ready",
    "received fast shutdown request",
    "received smart shutdown request",
    "database system is ready",
    "database system is shut down",
    "database system was shut down",
    "database system was interrupted",
    "terminating connection",
    "Log file started at:",
    "SIGTERM",
    "SIGKILL",
    "shutdown hook",
    "ShutdownHook",
    "应用启动",
    "应用停止",
    "应用关闭",
    "启动完成",
    "停止完成",
    "服务启动",
    "服务停止",
    "application started",
    "application stopped",
    "Application started",
    "Application stopped",
    "maintenance",
    "restart",
    "stopped",
    "marked as broken",
    "Marking ",
];

static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(TEXTS).ok());

/// True for a message of the server's life. Only the first bytes count: long payloads quote anything.
pub(super) fn is_lifecycle(message: &[u8]) -> bool {
    let head = message.get(..200).unwrap_or(message);
    FINDER.as_ref().is_some_and(|finder| finder.is_match(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        assert!(is_lifecycle(b"Server startup in [2325] milliseconds"));
        assert!(is_lifecycle("应用启动完成".as_bytes()));
        assert!(!is_lifecycle(b"request uri=/a took 3 ms"));
    }
}
