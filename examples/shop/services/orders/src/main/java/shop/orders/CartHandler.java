package shop.orders;

import com.alibaba.fastjson.JSON;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.nio.charset.StandardCharsets;

/** Restores a basket that the browser kept. */
final class CartHandler {
    static void restore(HttpExchange exchange) throws IOException {
        // Planted: any class of the class path may be created.
        try (ObjectInputStream in = new ObjectInputStream(exchange.getRequestBody())) {
            Object cart = in.readObject();
            Reply.text(exchange, 200, "restored " + cart);
        } catch (ClassNotFoundException error) {
            Reply.text(exchange, 400, "not a basket");
        }
    }

    static void coupon(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        // Planted: fastjson follows @type.
        Object coupon = JSON.parse(body);
        Reply.text(exchange, 200, "coupon " + coupon);
    }
}
