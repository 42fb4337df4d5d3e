//! What well-known libraries call their objects. A row names the project whose classes it means;
//! a class of an application never stands here. J2C's row was read off Open Liberty's source; the field names of the other
//! pools were written from knowledge of those projects and not compared with their source again: a pool whose fields do not
//! fit is not shown, never guessed.

/// A pool whose figures are fields of one object.
#[derive(Debug)]
pub(super) struct PoolRule {
    /// Name of the library.
    pub library: &'static str,
    /// Class of the pool object, or a superclass.
    pub class: &'static str,
    /// A path whose object must have a class that contains the text: the pool is one of connections.
    pub only: Option<(&'static str, &'static str)>,
    /// Paths of the name, first found.
    pub name: &'static [&'static str],
    /// Path of the connections in use.
    pub in_use: Option<&'static str>,
    /// Path of the connections at rest.
    pub idle: Option<&'static str>,
    /// Path of all connections.
    pub total: Option<&'static str>,
    /// Path of the greatest number allowed.
    pub max: &'static str,
    /// Path of the number of threads that wait.
    pub waiting: Option<&'static str>,
    /// Connections with a state, where the pool does not count them itself.
    pub entries: Option<EntryRule>,
}

/// Connections with a state of their own.
#[derive(Debug)]
pub(super) struct EntryRule {
    /// Class of a connection's entry.
    pub class: &'static str,
    /// Its field that refers to the pool.
    pub pool: &'static str,
    /// Its state.
    pub state: &'static str,
    /// States that mean "in use".
    pub in_use: &'static [u64],
    /// States that mean "at rest".
    pub idle: &'static [u64],
}

const NOTHING: PoolRule = PoolRule {
    library: "",
    class: "",
    only: None,
    name: &[],
    in_use: None,
    idle: None,
    total: None,
    max: "",
    waiting: None,
    entries: None,
};

/// commons-dbcp2 over commons-pool2: GenericObjectPool, BaseGenericObjectPool.
const DBCP2: PoolRule = PoolRule {
    library: "DBCP2",
    class: "org.apache.commons.pool2.impl.GenericObjectPool",
    only: Some(("factory", "ConnectionFactory")),
    name: &[
        "factory.connectionFactory.connectionString",
        "factory.connFactory.connectString",
    ],
    idle: Some("idleObjects"),
    total: Some("allObjects"),
    max: "maxTotal",
    ..NOTHING
};

/// The pools.
pub(super) const POOLS: &[PoolRule] = &[
    // github.com/brettwooldridge/HikariCP: HikariPool, PoolBase, ConcurrentBag; IConcurrentBagEntry: 0 not in use, 1 in use.
    PoolRule {
        library: "HikariCP",
        class: "com.zaxxer.hikari.pool.HikariPool",
        name: &["poolName", "config.poolName", "config.jdbcUrl"],
        total: Some("connectionBag.sharedList"),
        max: "config.maxPoolSize",
        waiting: Some("connectionBag.waiters"),
        entries: Some(EntryRule {
            class: "com.zaxxer.hikari.pool.PoolEntry",
            pool: "hikariPool",
            state: "state",
            in_use: &[1],
            idle: &[0],
        }),
        ..NOTHING
    },
    // github.com/alibaba/druid: DruidDataSource, DruidAbstractDataSource.
    PoolRule {
        library: "Druid",
        class: "com.alibaba.druid.pool.DruidDataSource",
        name: &["name", "jdbcUrl"],
        in_use: Some("activeCount"),
        idle: Some("poolingCount"),
        max: "maxActive",
        waiting: Some("notEmptyWaitThreadCount"),
        ..NOTHING
    },
    // github.com/apache/commons-dbcp 1.x over commons-pool 1.x: GenericObjectPool.
    PoolRule {
        library: "DBCP",
        class: "org.apache.commons.pool.impl.GenericObjectPool",
        only: Some(("_factory", "ConnectionFactory")),
        name: &["_factory._connFactory._connectUri", "_factory._connFactory._uri"],
        in_use: Some("_numActive"),
        idle: Some("_pool"),
        max: "_maxActive",
        ..NOTHING
    },
    DBCP2,
    // The same as Tomcat repackages it.
    PoolRule {
        library: "Tomcat DBCP2",
        class: "org.apache.tomcat.dbcp.pool2.impl.GenericObjectPool",
        ..DBCP2
    },
    // github.com/apache/tomcat modules/jdbc-pool: ConnectionPool, PoolProperties.
    PoolRule {
        library: "Tomcat JDBC",
        class: "org.apache.tomcat.jdbc.pool.ConnectionPool",
        name: &["poolProperties.name", "poolProperties.url"],
        in_use: Some("busy"),
        idle: Some("idle"),
        total: Some("size"),
        max: "poolProperties.maxActive",
        waiting: Some("waitcount"),
        ..NOTHING
    },
    // github.com/swaldman/c3p0: BasicResourcePool.
    PoolRule {
        library: "c3p0",
        class: "com.mchange.v2.resourcepool.BasicResourcePool",
        idle: Some("unused"),
        total: Some("managed"),
        max: "max",
        ..NOTHING
    },
    // WebSphere and Liberty J2C, github.com/OpenLiberty/open-liberty com.ibm.ws.jca.cm: PoolManager; MCWrapper.state: 1
    // active and free, 2 active in use, 3 a transaction wrapper in use.
    PoolRule {
        library: "J2C",
        class: "com.ibm.ejs.j2c.PoolManager",
        name: &[
            "gConfigProps.jndiName",
            "gConfigProps.cfDetailsKey",
            "gConfigProps.XpathId",
        ],
        total: Some("totalConnectionCount"),
        max: "maxConnections",
        waiting: Some("waiterCount"),
        entries: Some(EntryRule {
            class: "com.ibm.ejs.j2c.MCWrapper",
            pool: "pm",
            state: "state",
            in_use: &[2, 3],
            idle: &[1],
        }),
        ..NOTHING
    },
];

/// Classes of HTTP sessions (their subclasses too) and the paths of the session's id.
pub(super) const SESSIONS: &[(&str, &[&str])] = &[
    ("org.apache.catalina.session.StandardSession", &["id"]),
    (
        "org.eclipse.jetty.server.session.AbstractSession",
        &["_clusterId", "_id"],
    ),
    ("org.eclipse.jetty.server.session.Session", &["_sessionData._id"]),
    (
        "io.undertow.server.session.InMemorySessionManager$SessionImpl",
        &["sessionId"],
    ),
    ("com.ibm.ws.session.store.memory.MemorySession", &["_sessionId"]),
    (
        "com.ibm.ws.session.store.common.BackedSession",
        &["_sessionId", "sessionId"],
    ),
    (
        "com.ibm.ws.webcontainer.httpsession.SessionData",
        &["sessionId", "mSwappableData.sessionId"],
    ),
    (
        "weblogic.servlet.internal.session.SessionData",
        &["sessionid", "sessionId"],
    ),
    ("com.caucho.server.session.SessionImpl", &["_id"]),
    ("org.springframework.session.MapSession", &["id"]),
];

/// Boxes of numbers.
pub(super) const BOXES: &[&str] = &[
    "java.lang.Boolean",
    "java.lang.Byte",
    "java.lang.Character",
    "java.lang.Short",
    "java.lang.Integer",
    "java.lang.Long",
    "java.lang.Float",
    "java.lang.Double",
];

/// A collection of the JDK: its number of elements and its table are fields that this class declares.
#[derive(Debug)]
pub(super) struct CollectionRule {
    /// The class, or a superclass.
    pub class: &'static str,
    /// Field with the number of elements.
    pub size: &'static str,
    /// Field with the table.
    pub table: Option<&'static str>,
    /// Places of the table an element takes.
    pub places: u64,
    /// Elements are spread by hash over the places of the table.
    pub hashed: bool,
}

const fn rule(
    class: &'static str,
    size: &'static str,
    table: Option<&'static str>,
    places: u64,
    hashed: bool,
) -> CollectionRule {
    CollectionRule {
        class,
        size,
        table,
        places,
        hashed,
    }
}

/// Collections of OpenJDK's `java.util` (OpenJ9 uses the same class library; IBM Java 6 and 7 name the map's fields
/// `elementCount` and `elementData`).
pub(super) const COLLECTIONS: &[CollectionRule] = &[
    rule("java.util.HashMap", "size", Some("table"), 1, true),
    rule("java.util.HashMap", "elementCount", Some("elementData"), 1, true),
    rule("java.util.Hashtable", "count", Some("table"), 1, true),
    rule("java.util.Hashtable", "elementCount", Some("elementData"), 1, true),
    rule("java.util.WeakHashMap", "size", Some("table"), 1, true),
    rule("java.util.IdentityHashMap", "size", Some("table"), 2, false),
    rule(
        "java.util.concurrent.ConcurrentHashMap",
        "baseCount",
        Some("table"),
        1,
        true,
    ),
    rule("java.util.ArrayList", "size", Some("elementData"), 1, false),
    rule("java.util.Vector", "elementCount", Some("elementData"), 1, false),
    rule("java.util.PriorityQueue", "size", Some("queue"), 1, false),
    rule(
        "java.util.concurrent.ArrayBlockingQueue",
        "count",
        Some("items"),
        1,
        false,
    ),
    rule("java.util.TreeMap", "size", None, 1, false),
    rule("java.util.LinkedList", "size", None, 1, false),
    rule("java.util.concurrent.LinkedBlockingDeque", "count", None, 1, false),
];
