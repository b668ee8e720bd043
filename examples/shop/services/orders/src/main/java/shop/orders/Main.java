package shop.orders;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

/**
 * Orders of the demonstration shop. DELIBERATELY VULNERABLE: never deploy.
 *
 * <pre>
 * GET  /orders?customer=NAME   orders of a customer      (SQL injection, see OrderStore; log injection)
 * GET  /order?number=N         one order                 (safe: bound parameter)
 * POST /import                 orders as XML             (XXE, see ImportHandler)
 * POST /cart                   a saved basket            (unsafe deserialisation, see CartHandler)
 * POST /coupon                 a coupon as JSON          (fastjson reads any type, see CartHandler)
 * </pre>
 */
public final class Main {
    public static void main(String[] arguments) throws Exception {
        Settings settings = Settings.load();
        OrderStore store = new OrderStore(settings);
        HttpServer server = HttpServer.create(new InetSocketAddress(8002), 0);
        server.createContext("/orders", new OrderHandler(store)::byCustomer);
        server.createContext("/order", new OrderHandler(store)::byNumber);
        server.createContext("/import", new ImportHandler(store)::read);
        server.createContext("/cart", CartHandler::restore);
        server.createContext("/coupon", CartHandler::coupon);
        server.start();
    }
}
