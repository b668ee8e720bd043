package shop.orders;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.sql.SQLException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Answers questions about orders. */
final class OrderHandler {
    private static final Logger LOG = LogManager.getLogger(OrderHandler.class);
    private final OrderStore store;

    OrderHandler(OrderStore store) {
        this.store = store;
    }

    void byCustomer(HttpExchange exchange) throws IOException {
        String customer = Reply.parameter(exchange, "customer");
        // Planted: the name is logged as it came; with log4j 2.14.1 it is evaluated, too.
        LOG.info("orders of " + customer);
        try {
            Reply.text(exchange, 200, String.join("\n", store.ofCustomer(customer)));
        } catch (SQLException error) {
            // Planted: the database's own words reach the visitor.
            Reply.text(exchange, 500, error.toString());
        }
    }

    void byNumber(HttpExchange exchange) throws IOException {
        try {
            int number = Integer.parseInt(Reply.parameter(exchange, "number"));
            Reply.text(exchange, 200, String.join("\n", store.byNumber(number)));
        } catch (NumberFormatException | SQLException error) {
            LOG.warn("order not found");
            Reply.text(exchange, 404, "no such order");
        }
    }
}
