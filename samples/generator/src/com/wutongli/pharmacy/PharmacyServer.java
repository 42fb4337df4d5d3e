package com.wutongli.pharmacy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.wutongli.pharmacy.audit.DispenseJournal;
import com.wutongli.pharmacy.model.DispenseRecord;
import com.wutongli.pharmacy.model.Prescription;
import com.wutongli.pharmacy.report.MonthReport;
import com.wutongli.pharmacy.stock.StockTransfer;
import com.wutongli.pharmacy.stock.WindowStock;
import com.wutongli.platform.HangWatch;
import com.wutongli.platform.Log;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The dispensing server of an invented hospital (梧桐里医院门诊药房): labels, stock, settlement.
 *
 * <p>{@code PharmacyServer PORT DIR quiet|leak|deadlock|export}
 */
public final class PharmacyServer {
    private static final Log LOG = Log.of(PharmacyServer.class);
    private static final DateTimeFormatter ACCESS = DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH);
    private static final int WINDOWS = 12;

    private final WindowStock[] stocks = new WindowStock[WINDOWS + 1];
    private final Random random = new Random(20261125);
    private final AtomicInteger served = new AtomicInteger();
    private final StockTransfer transfer;
    private final HangWatch watch;
    private final PrintWriter access;

    private PharmacyServer(String mode, String dir) throws IOException {
        boolean webSphere = mode.equals("export");
        Log.open(dir + (webSphere ? "/SystemOut.log" : "/pharmacy.log"), webSphere);
        access = new PrintWriter(new OutputStreamWriter(
                new FileOutputStream(dir + (webSphere ? "/http_access.log" : "/access.log")), StandardCharsets.UTF_8), false);
        transfer = new StockTransfer(!mode.equals("deadlock"));
        watch = new HangWatch(mode.equals("export") ? 30_000 : 20_000, webSphere);
        for (int window = 1; window <= WINDOWS; window++) {
            stocks[window] = new WindowStock(window);
        }
        if (mode.equals("leak")) {
            DispenseJournal.neverForget();
        }
    }

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(args[0]);
        String mode = args[2];
        PharmacyServer server = new PharmacyServer(mode, args[1]);
        server.start(port, mode.equals("export") ? "WebContainer : " : "http-exec-");
    }

    private void start(int port, String threadName) throws IOException {
        LOG.info("门诊药房服务 v3.2 启动 pid=" + ProcessHandle.current().pid() + " 堆上限=" + Runtime.getRuntime().maxMemory() / 1048576 + "MB");
        watch.start();
        HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 100);
        AtomicInteger number = new AtomicInteger();
        http.setExecutor(Executors.newFixedThreadPool(16, task -> new Thread(task, threadName + number.getAndIncrement())));
        http.createContext("/dispense", exchange -> answer(exchange, this::dispense));
        http.createContext("/transfer", exchange -> answer(exchange, this::transfer));
        http.createContext("/month", exchange -> answer(exchange, this::month));
        http.start();
        ScheduledExecutorService timer = Executors.newScheduledThreadPool(1, task -> new Thread(task, "stock-sync"));
        timer.scheduleAtFixedRate(this::sync, 10, 15, TimeUnit.SECONDS);
        LOG.info("门诊药房服务已就绪 端口=" + port);
    }

    private void sync() {
        try {
            LOG.info("库存同步完成 已发处方=" + served.get());
        } catch (OutOfMemoryError full) {
            LOG.error("库存同步失败", full);
        }
    }

    private interface Work {
        String run(Map<String, String> query) throws Exception;
    }

    private void answer(HttpExchange exchange, Work work) {
        long start = System.nanoTime();
        int status = 200;
        int size = 0;
        watch.begin();
        try {
            byte[] body = work.run(query(exchange)).getBytes(StandardCharsets.UTF_8);
            size = body.length;
            exchange.sendResponseHeaders(200, size);
            exchange.getResponseBody().write(body);
        } catch (IllegalArgumentException wrong) {
            status = 400;
            LOG.warn("请求被拒绝:" + wrong.getMessage());
            refuse(exchange, status);
        } catch (IOException gone) {
            status = 499;
            LOG.warn("窗口端已断开,应答未送达:" + gone.getMessage());
        } catch (Throwable failure) {
            status = 500;
            LOG.error("请求处理失败 " + exchange.getRequestURI().getPath(), failure);
            refuse(exchange, status);
        } finally {
            watch.end();
            exchange.close();
            long millis = (System.nanoTime() - start) / 1_000_000;
            if (millis > 1000) {
                LOG.warn("请求耗时 " + millis + " 毫秒,超过 1000 毫秒 " + exchange.getRequestURI().getPath());
            }
            synchronized (access) {
                String from = exchange.getRequestHeaders().getFirst("X-Window-Address");
                access.println(from + " - - [" + ACCESS.format(ZonedDateTime.now()) + "] \"" + exchange.getRequestMethod() + " "
                        + exchange.getRequestURI() + " HTTP/1.1\" " + status + " " + size + " " + millis);
                access.flush();
            }
        }
    }

    private static void refuse(HttpExchange exchange, int status) {
        try {
            exchange.sendResponseHeaders(status, -1);
        } catch (IOException gone) {
            LOG.warn("窗口端已断开:" + gone.getMessage());
        }
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> values = new HashMap<>();
        for (String pair : exchange.getRequestURI().getQuery().split("&")) {
            int eq = pair.indexOf('=');
            values.put(pair.substring(0, eq), pair.substring(eq + 1));
        }
        return values;
    }

    private String dispense(Map<String, String> query) {
        int window = Integer.parseInt(query.get("window"));
        String number = query.get("rx");
        if (number.length() != 12) {
            throw new IllegalArgumentException("处方号长度不符 " + number);
        }
        Prescription prescription = Prescription.of(number, random);
        stocks[window].take(prescription.lines().size());
        DispenseRecord record = new DispenseRecord(prescription, window);
        DispenseJournal.add(record);
        int count = served.incrementAndGet();
        if (count % 20 == 0) {
            LOG.info("窗口" + window + " 已发药 处方=" + number + " 患者=" + prescription.patientName() + " 身份证=" + prescription.idCard()
                    + " 电话=" + prescription.phone() + " 标签=" + record.labelBytes() + "字节");
        }
        return "{\"ok\":true,\"rx\":\"" + number + "\"}";
    }

    private String transfer(Map<String, String> query) throws InterruptedException {
        transfer.move(stocks[Integer.parseInt(query.get("from"))], stocks[Integer.parseInt(query.get("to"))], Integer.parseInt(query.get("count")));
        return "{\"ok\":true}";
    }

    private String month(Map<String, String> query) throws InterruptedException {
        return "{\"bytes\":" + new MonthReport().export(query.get("month"), Integer.parseInt(query.get("rows"))) + "}";
    }
}
