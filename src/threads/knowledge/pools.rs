//! Pools of connections: the frames in which a thread waits for one.

/// Frame and the product it belongs to.
pub(in super::super) const POOLS: &[(&str, &str)] = &[
    ("bitronix.tm.resource.common.XAPool.", "Bitronix"),
    ("cn.beecp.", "BeeCP"),
    ("com.alibaba.druid.pool.DruidDataSource.", "Druid"),
    ("com.atomikos.datasource.pool.", "Atomikos"),
    ("com.ibm.ejs.j2c.FreePool.", "WebSphere J2C"),
    ("com.ibm.ejs.j2c.PoolManager.", "WebSphere J2C"),
    ("com.ibm.ejs.j2c.poolmanager.", "WebSphere J2C"),
    ("com.ibm.ws.j2c.poolmanager.", "WebSphere J2C"),
    ("com.jolbox.bonecp.", "BoneCP"),
    ("com.mchange.v2.resourcepool.", "c3p0"),
    ("com.sun.enterprise.resource.pool.", "GlassFish"),
    ("com.zaxxer.hikari.pool.HikariPool.getConnection", "HikariCP"),
    ("com.zaxxer.hikari.util.ConcurrentBag.borrow", "HikariCP"),
    ("io.agroal.pool.", "Agroal"),
    (
        "oracle.jdbc.pool.OracleImplicitConnectionCache.",
        "Oracle implicit cache",
    ),
    ("oracle.ucp.", "UCP"),
    ("org.apache.commons.dbcp", "DBCP"),
    (
        "org.apache.commons.httpclient.MultiThreadedHttpConnectionManager.",
        "HttpClient",
    ),
    (
        "org.apache.commons.pool.impl.GenericKeyedObjectPool.borrowObject",
        "commons-pool",
    ),
    (
        "org.apache.commons.pool.impl.GenericObjectPool.borrowObject",
        "commons-pool",
    ),
    (
        "org.apache.commons.pool2.impl.GenericKeyedObjectPool.borrowObject",
        "commons-pool",
    ),
    (
        "org.apache.commons.pool2.impl.GenericObjectPool.borrowObject",
        "commons-pool",
    ),
    ("org.apache.hc.core5.pool.", "HttpClient"),
    ("org.apache.http.impl.conn.", "HttpClient"),
    ("org.apache.http.pool.", "HttpClient"),
    ("org.apache.tomcat.dbcp.", "DBCP"),
    ("org.apache.tomcat.jdbc.pool.ConnectionPool.", "Tomcat JDBC"),
    ("org.jboss.jca.core.connectionmanager.pool.", "IronJacamar"),
    ("org.jboss.resource.connectionmanager.", "JBoss JCA"),
    ("org.logicalcobwebs.proxool.", "Proxool"),
    ("weblogic.common.resourcepool.", "WebLogic"),
];

/// True when an application's own frame waits for something from a pool: the class is called so and the method gets.
pub(in super::super) fn names_a_pool(method: &str) -> bool {
    let Some((class, method)) = method.rsplit_once('.') else {
        return false;
    };
    let class = class.rsplit('.').next().unwrap_or(class);
    let gets = [
        "acquire",
        "borrow",
        "checkout",
        "getConnection",
        "lease",
        "obtain",
        "reserve",
        "take",
        "get",
    ];
    class.contains("Pool") && !class.contains("Thread") && gets.iter().any(|verb| method.starts_with(verb))
}
