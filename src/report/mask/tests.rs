use super::mask;

fn masked(cases: &[(&str, &str)]) {
    for (words, expected) in cases {
        assert_eq!(mask(words), *expected, "for {words}");
        assert_eq!(mask(expected), *expected, "masked twice: {words}");
    }
}

fn kept(cases: &[&str]) {
    for words in cases {
        assert_eq!(mask(words), *words);
    }
}

#[test]
fn id_numbers_go() {
    masked(&[
        ("患者证件 11010519491231002X 已登记", "患者证件 *** 已登记"),
        ("id 440524188001010014.", "id ***."),
        ("旧证件 130503670401001", "旧证件 ***"),
        ("身份证号：11010519491231002X", "身份证号：***"),
        ("idCard=11010519491231002x&x=1", "idCard=***&x=1"),
    ]);
    kept(&[
        "110105194912310021 has another check digit",
        "0x110105194912310020",
        "a11010519491231002X",
    ]);
}

#[test]
fn phones_go() {
    masked(&[
        ("联系 13812345679 或 0571-87654321", "联系 *** 或 ***"),
        ("+8613812345679", "+***"),
        ("+86-13812345679", "+86-***"),
        ("138-1234-5679", "***"),
        ("138 1234 5679 转", "*** 转"),
        ("电话：87654321", "电话：***"),
        ("phone=021 6543 2101, ok", "phone=***, ok"),
        ("\"mobile\":\"13912345678\"", "\"mobile\":\"***\""),
    ]);
}

#[test]
fn cards_go() {
    masked(&[
        ("卡 6222021234567890128 支付", "卡 *** 支付"),
        ("4111 1111 1111 1111", "***"),
        ("4111111111111111,", "***,"),
        ("银行卡号：6217001234567", "银行卡号：***"),
    ]);
    kept(&["4111111111111112", "1111 2222 3333 4444"]);
}

#[test]
fn times_ids_and_sizes_stay() {
    kept(&[
        "1732070000123 epoch millis",
        "1732070000 s, 1732070000123456 µs, 1732070000123456789 ns",
        "tid=0x00007f1c4c0a1000 nid=0x1a2b",
        "3XMTHREADINFO \"WebContainer : 12\" J9VMThread:0x0000000031245000, java/lang/Thread:0x00000000E0123456",
        "native thread ID:0x4A21, 0000000031245000",
        "traceId=4bf92f3577b34da6a3ce929d0e0e4736",
        "1234567890abcdef 0123456789012345",
        "total 17179869184 used 13958643712",
        "17179869184 and 13958643713 bytes",
        "heap used=13958643713",
        "elapsed 13958643713 ns",
        "com.x.Foo$$Lambda$14/13812345679 run",
        "java.lang.Object@13812345",
        "550e8400-e29b-41d4-a716-446655440000",
        "2026-11-20 10:31:22.120 +0800",
        "20261120103122",
        "javacore.20261120.103512.4587604.0001.txt",
        "1.13812345679",
        "pool-13812345679-thread",
        "2XHREGISTER      V7: 4036000000000000",
        "termination for sessionid: 0x14ede63a5a70002",
        "1LKMONPOOLDUMP 2LKMONINUSE sys_mon_t:0x000000003A6C3E88",
    ]);
}

#[test]
fn the_middlewares_own_names_stay() {
    kept(&[
        "[11/20/26 10:31:22:120 CST] 0000004a ThreadMonitor W   WSVR0605W: Thread \"WebContainer : 12\" (0000004a) has been active for 612345 milliseconds and may be hung.  There is/are 46 thread(s) in total in the server that may be hung.",
        "J2CA0045E: Connection not available while invoking method createOrWaitForConnection for resource jdbc/hisDS.",
        "java.net.ConnectException: Connection refused: connect to 10.20.1.5:1521",
        "at com.kangbo.his.order.OrderService.submit(OrderService.java:128)",
        "name=dataSource, name=WebContainer, thread name: http-nio-8080-exec-7",
        "name=\"hisDS\" class=com.zaxxer.hikari.HikariDataSource",
        "host=hisdb01.hospital.local port=1521",
        "ORA-00060: deadlock detected while waiting for resource",
        "ORA-12541: TNS:no listener",
        "java.lang.OutOfMemoryError: Java heap space",
        "<*> of <*> connections in use, waited <*> ms",
        "HikariPool-1 - Connection is not available, request timed out after 30000ms (total=10, active=10, idle=0, waiting=190)",
        "LoginModule rejected the password",
        "invalid token at line 12",
        "unexpected token: }",
        "PWD=/opt/IBM/WebSphere/AppServer",
        "basic authentication is off",
        "java.base@17.0.9-internal/java.lang.Thread.run",
        "com.x.Lock@com.x.Other",
        "lib@1.0.Final",
        "患者信息查询失败，患者主索引服务超时",
        "患者方案保存失败；患者于 10:31 入院；医生工作站卡顿",
        "用户登录失败",
        "请在门诊号源池中重试",
        "name=门诊挂号",
        "pid=4587604, PID: 4587604, process id 4587604",
        "  PID    PPID  TTY",
        "Error 404: /outpatient/register.do",
        "Please select an item from the list 'A'",
        "cannot update server 'server2' set by cluster 'c1'",
        "For input string: \"12a\"",
        "cardinality=10, discard number 5",
        "valid number 12",
    ]);
}

#[test]
fn names_go_where_a_label_tells() {
    masked(&[
        ("姓名：王小明 性别：男", "姓名：*** 性别：男"),
        ("患者姓名=Zhang San, bed 3", "患者姓名=***, bed 3"),
        ("<姓名>王小明</姓名>", "<姓名>***</姓名>"),
        (
            "<patientName>Wang Xiaoming</patientName>",
            "<patientName>***</patientName>",
        ),
        (
            "{\"patientName\":\"王小明\",\"bed\":3}",
            "{\"patientName\":\"***\",\"bed\":3}",
        ),
        ("{\\\"realName\\\":\\\"王小明\\\"}", "{\\\"realName\\\":\\\"***\\\"}"),
        ("name=王小明, host=h1", "name=***, host=h1"),
        ("患者：欧阳小明 挂号", "患者：*** 挂号"),
        ("医生 = 李雷", "医生 = ***"),
        ("患者张三已挂号", "患者***已挂号"),
        ("患者王小明的医嘱保存失败", "患者***的医嘱保存失败"),
        (
            "家庭住址：浙江省杭州市某路1号，电话：0571-87654321",
            "家庭住址：***，电话：***",
        ),
    ]);
}

#[test]
fn patient_and_visit_numbers_go() {
    masked(&[
        ("住院号：0012345", "住院号：***"),
        ("病历号 A0012345 不存在", "病历号 *** 不存在"),
        ("患者ID=10023, 就诊卡号: 88001", "患者ID=***, 就诊卡号: ***"),
        ("patientId=10023&visitNo=V20261120001", "patientId=***&visitNo=***"),
        ("{\"card_no\": \"A0012\", \"n\": 1}", "{\"card_no\": \"***\", \"n\": 1}"),
        ("GET /his/patient/10023/orders", "GET /his/patient/***/orders"),
        ("PID|1||10023^^^HIS^PI||王^小明||19800101|M", "PID|***"),
        ("医保卡号为330100123456", "医保卡号为***"),
    ]);
}

#[test]
fn secrets_go() {
    masked(&[
        ("password=Tiger#123, user=his", "password=***, user=his"),
        ("\"password\": \"a b,c\"", "\"password\": \"***\""),
        (
            "-Djavax.net.ssl.keyStorePassword=changeit -Xmx2g",
            "-Djavax.net.ssl.keyStorePassword=*** -Xmx2g",
        ),
        ("密码：abc123", "密码：***"),
        ("<password>abc</password>", "<password>***</password>"),
        ("Authorization: Bearer abc.def.ghi", "Authorization: Bearer ***"),
        ("authorization=Basic dXNlcjpwYXNz", "authorization=Basic ***"),
        ("Cookie: JSESSIONID=0000abc:-1; LtpaToken2=xyz", "Cookie: ***"),
        (
            "{\"Cookie\":[\"a=1; b=2\"],\"Host\":[\"h\"]}",
            "{\"Cookie\":[\"***\"],\"Host\":[\"h\"]}",
        ),
        ("JSESSIONID=0000FGH1234567:1a2b", "JSESSIONID=***"),
        ("access_token=a1b2c3d4e5f6&x=1", "access_token=***&x=1"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_1", "***"),
        (
            "jdbc:oracle:thin:his/tiger@10.20.1.5:1521:orcl",
            "jdbc:oracle:thin:his/***@10.20.1.5:1521:orcl",
        ),
        (
            "jdbc:mysql://10.20.1.5:3306/his?user=his&password=tiger",
            "jdbc:mysql://10.20.1.5:3306/his?user=his&password=***",
        ),
        ("amqp://his:tiger@mq01:5672", "amqp://his:***@mq01:5672"),
        ("sqlplus his/tiger@orcl", "sqlplus his/***@orcl"),
        ("run --password tiger now", "run --password *** now"),
        (
            "mail to wang.xm@hospital.com.cn failed",
            "mail to ***@hospital.com.cn failed",
        ),
        ("zhang_3@163.com", "***@163.com"),
    ]);
}

#[test]
fn sql_literals_go() {
    masked(&[
        (
            "select * from pat where name = '王小明' and id = 10023",
            "select * from pat where name = ? and id = ?",
        ),
        (
            "SQL: UPDATE t_order SET st='2', x=-1.5 WHERE id IN (1, 2,3)",
            "SQL: UPDATE t_order SET st=?, x=? WHERE id IN (?, ?,?)",
        ),
        (
            "insert into t(a,b) values (1,'it''s')",
            "insert into t(a,b) values (?,?)",
        ),
        (
            "SELECT p.id, p.n FROM p WHERE n LIKE '王%",
            "SELECT p.id, p.n FROM p WHERE n LIKE ?",
        ),
        ("{call pkg.proc(12,'a')}", "{call pkg.proc(?,?)}"),
        ("==> Parameters: 王小明(String), 10023(Integer)", "==> Parameters: ***"),
        (
            "binding parameter [1] as [VARCHAR] - [王小明]",
            "binding parameter [1] as [VARCHAR] - [***]",
        ),
        (
            "Detail: Key (pat_no)=(10023) already exists.",
            "Detail: Key (pat_no)=(***) already exists.",
        ),
        (
            "Duplicate entry 'A10023' for key 'pk'",
            "Duplicate entry '***' for key 'pk'",
        ),
        ("parameters: $1 = '10023', $2 = 'x'", "parameters: $1 = ***, $2 = ***"),
    ]);
    kept(&[
        "SELECT ?, t2.col1 FROM his_order t2 WHERE id = ?",
        "select count(*) from his.t_bill",
    ]);
}

#[test]
fn nothing_panics_on_odd_input() {
    for words in [
        "",
        "1",
        "姓名：",
        "'",
        "select '",
        "password=",
        "=",
        "@",
        "0-",
        "13812345679-",
        "\u{0}\u{7f}",
        "姓名：***",
    ] {
        let once = mask(words).into_owned();
        assert_eq!(mask(&once), once);
    }
}
