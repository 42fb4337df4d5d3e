//! Which frames belong to the platform and its libraries, and not to the application.

/// Package prefixes of JDKs, containers, drivers and common libraries, sorted. A frame of any of them is not the
/// application's own code.
const LIBRARIES: &[&str] = &[
    "akka.",
    "antlr.",
    "brave.",
    "ch.qos.logback.",
    "com.alibaba.",
    "com.atomikos.",
    "com.beust.",
    "com.caucho.",
    "com.codahale.",
    "com.datastax.",
    "com.dm.",
    "com.esotericsoftware.",
    "com.fasterxml.",
    "com.github.",
    "com.google.",
    "com.hazelcast.",
    "com.ibatis.",
    "com.ibm.",
    "com.informix.",
    "com.ing.data.",
    "com.intersys.",
    "com.jcraft.",
    "com.kingbase8.",
    "com.lmax.",
    "com.lowagie.",
    "com.mchange.",
    "com.microsoft.",
    "com.mongodb.",
    "com.mysql.",
    "com.netflix.",
    "com.ning.",
    "com.opensymphony.",
    "com.oracle.",
    "com.querydsl.",
    "com.rabbitmq.",
    "com.sap.jvm.",
    "com.sshtools.",
    "com.sun.",
    "com.sybase.",
    "com.thoughtworks.",
    "com.tongweb.",
    "com.twitter.",
    "com.typesafe.",
    "com.vaadin.",
    "com.zaxxer.",
    "commonj.",
    "dm.jdbc.",
    "edu.emory.mathcs.",
    "feign.",
    "freemarker.",
    "groovy.",
    "io.grpc.",
    "io.jsonwebtoken.",
    "io.lettuce.",
    "io.micrometer.",
    "io.micronaut.",
    "io.netty.",
    "io.openliberty.",
    "io.opentelemetry.",
    "io.quarkus.",
    "io.reactivex.",
    "io.smallrye.",
    "io.undertow.",
    "io.vertx.",
    "jakarta.",
    "java.",
    "java_cup.",
    "javafx.",
    "javassist.",
    "javax.",
    "jdk.",
    "jrockit.",
    "junit.",
    "kotlin.",
    "kotlinx.",
    "net.bytebuddy.",
    "net.jpountz.",
    "net.sf.",
    "net.sourceforge.",
    "net.spy.",
    "nonapi.",
    "ognl.",
    "okhttp3.",
    "okio.",
    "openj9.",
    "oracle.",
    "org.aopalliance.",
    "org.apache.",
    "org.aspectj.",
    "org.bouncycastle.",
    "org.codehaus.",
    "org.dom4j.",
    "org.eclipse.",
    "org.ehcache.",
    "org.elasql.",
    "org.elasticsearch.",
    "org.firebirdsql.",
    "org.gjt.",
    "org.glassfish.",
    "org.graalvm.",
    "org.gradle.",
    "org.h2.",
    "org.hibernate.",
    "org.hornetq.",
    "org.hsqldb.",
    "org.ietf.",
    "org.infinispan.",
    "org.jacorb.",
    "org.jboss.",
    "org.jcp.",
    "org.jdom.",
    "org.jgroups.",
    "org.joda.",
    "org.jooq.",
    "org.jruby.",
    "org.junit.",
    "org.logicalcobwebs.",
    "org.mariadb.",
    "org.mockito.",
    "org.mortbay.",
    "org.mozilla.javascript.",
    "org.mybatis.",
    "org.objectweb.",
    "org.omg.",
    "org.opengauss.",
    "org.openxmlformats.",
    "org.osgi.",
    "org.postgresql.",
    "org.quartz.",
    "org.reactivestreams.",
    "org.redisson.",
    "org.restlet.",
    "org.scala",
    "org.slf4j.",
    "org.springframework.",
    "org.sqlite.",
    "org.terracotta.",
    "org.tmatesoft.",
    "org.w3c.",
    "org.wildfly.",
    "org.xerial.",
    "org.xml.",
    "org.xnio.",
    "org.yaml.",
    "rapid.",
    "reactor.",
    "redis.clients.",
    "retrofit2.",
    "rx.",
    "scala.",
    "schemacom_bea_xml.",
    "sun.",
    "weblogic.",
    "zipkin2.",
];

/// True for a frame of the JDK, a container, a driver or a common library, also generated ones (proxies, accessors).
/// Takes a frame as printed (`at a.b.C.m(C.java:1)`, `java.base@17/java.lang…`, `app//a.b.C.m`) or a bare class name.
pub fn is_library_frame(frame: &str) -> bool {
    let name = frame_name(frame);
    if !name.contains('.') || is_generated(name) {
        return true;
    }
    let after = LIBRARIES.partition_point(|prefix| *prefix <= name);
    // The prefixes that could fit stand just before: all of them begin alike, the longest last.
    LIBRARIES
        .get(..after)
        .unwrap_or_default()
        .iter()
        .rev()
        .take_while(|prefix| prefix.as_bytes().first() == name.as_bytes().first())
        .any(|prefix| name.starts_with(prefix))
}

/// Code that the VM or a library made at run time.
fn is_generated(name: &str) -> bool {
    name.starts_with("$Proxy") || name.starts_with("GeneratedMethodAccessor") || name.starts_with("LambdaForm$")
}

/// The class and method of a frame, without `at`, module and loader.
pub fn frame_name(frame: &str) -> &str {
    let frame = frame.trim_start();
    let frame = frame.strip_prefix("at ").unwrap_or(frame).trim_start();
    let end = frame.find(['(', ' ']).unwrap_or(frame.len());
    let name = frame.get(..end).unwrap_or(frame);
    // A hidden class of a lambda has its own slash (`A$$Lambda/0x…`), which is no module.
    let modules = name.find("$$Lambda").unwrap_or(name.len());
    match name.get(..modules).and_then(|head| head.rfind('/')) {
        Some(slash) if name.get(..slash).is_some_and(is_module) => name.get(slash + 1..).unwrap_or(name),
        _ => name,
    }
}

/// `java.base`, `java.base@17.0.1`, `app/`, `app//`; not the path notation `java/lang/Object` of a javacore.
fn is_module(prefix: &str) -> bool {
    let last = prefix.rsplit('/').next().unwrap_or(prefix);
    last.is_empty() || last.contains(['.', '@']) || prefix == "app" || prefix == "platform"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(LIBRARIES.is_sorted());
    }

    #[test]
    fn platform_and_libraries_are_not_the_application() {
        for frame in [
            "\tat java.base/java.lang.Thread.run(Thread.java:840)",
            "at java.base@17.0.1/java.util.HashMap.put(HashMap.java:1)",
            "com.ibm.ws.util.ThreadPool$Worker.run(ThreadPool.java:1892)",
            "org.apache.catalina.core.StandardWrapperValve.invoke(StandardWrapperValve.java:1)",
            "oracle.jdbc.driver.T4C8Oall.execute",
            "com.sun.proxy.$Proxy34.find",
            "weblogic.work.ExecuteThread.run",
            "com.zaxxer.hikari.pool.HikariPool.getConnection",
            "$Proxy12.save",
        ] {
            assert!(is_library_frame(frame), "{frame}");
        }
    }

    #[test]
    fn the_application_is_found() {
        for frame in [
            "at com.hosp.his.Order.save(Order.java:3)",
            "app//cn.winning.emr.Record.load(Record.java:1)",
            "nc.bs.hr.Tool.run(Tool.java)",
            "orange.shop.Cart.add",
            "javabeans.x.Y.z",
        ] {
            assert!(!is_library_frame(frame), "{frame}");
        }
    }

    #[test]
    fn names_lose_their_wrapping() {
        assert_eq!(frame_name("\tat app//a.b.C.m(C.java:1)"), "a.b.C.m");
        assert_eq!(
            frame_name("at java.base@21/java.lang.Thread.run(Thread.java)"),
            "java.lang.Thread.run"
        );
        assert_eq!(
            frame_name("a.b.C$$Lambda/0x00007f.run(Unknown Source)"),
            "a.b.C$$Lambda/0x00007f.run"
        );
    }
}
