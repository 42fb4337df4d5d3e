//! Packages that are not the application's own.

use goldenhour_parsers::text::is_library_frame;

/// Drivers and helpers beside those that the log rooms know too.
const MORE: &[&str] = &[
    "bitronix.",
    "bsh.",
    "cn.beecp.",
    "cn.hutool.",
    "com.aliyun.",
    "com.baomidou.",
    "com.bea.",
    "com.clickhouse.",
    "com.dameng.",
    "com.gbase",
    "com.huawei.gauss",
    "com.huawei.opengauss.",
    "com.ingres.",
    "com.jolbox.",
    "com.kingbase",
    "com.oceanbase.",
    "com.oscar.",
    "com.p6spy.",
    "com.sap.db.",
    "com.teradata.",
    "com.vertica.",
    "com.xugu.",
    "io.agroal.",
    "lombok.",
    "org.activiti.",
    "org.flowable.",
    "org.python.",
    "org.thymeleaf.",
    "ru.yandex.clickhouse.",
    "springfox.",
];

/// True for a method of the JDK, a container, a driver, a library, or of a class made at run time.
pub(in super::super) fn is_library(method: &str) -> bool {
    method.starts_with('.')
        || is_library_frame(method)
        || super::begins(MORE, method)
        || super::is_driver(method)
        || method.starts_with("jdk.proxy")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_and_applications() {
        for method in [
            "java.lang.Thread.run",
            "com.ibm.ws.util.ThreadPool$Worker.run",
            "jdk.proxy2.$Proxy33.find",
            "$Proxy1.x",
            "dm.jdbc.driver.DmdbStatement.execute",
            "com.kingbase8.jdbc.KbStatement.execute",
        ] {
            assert!(is_library(method), "{method}");
        }
        for method in [
            "com.hosp.his.Order.save",
            "nc.bs.Tool.run",
            "Main.main",
            "oraclelike.X.y",
            "javax1.Y.z",
        ] {
            assert!(!is_library(method), "{method}");
        }
    }
}
