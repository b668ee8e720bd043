package shop.orders;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Takes over orders that a partner sends as XML. */
final class ImportHandler {
    private final OrderStore store;

    ImportHandler(OrderStore store) {
        this.store = store;
    }

    void read(HttpExchange exchange) throws IOException {
        try {
            // Planted: a factory as it comes reads external entities.
            DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
            Document document = builder.parse(exchange.getRequestBody());
            NodeList orders = document.getElementsByTagName("order");
            for (int i = 0; i < orders.getLength(); i++) {
                Element order = (Element) orders.item(i);
                int number = Integer.parseInt(order.getAttribute("number"));
                store.add(number, order.getAttribute("customer"), order.getTextContent());
            }
            Reply.text(exchange, 200, "imported " + orders.getLength());
        } catch (Exception error) {
            Reply.text(exchange, 400, "not an order file");
        }
    }

    /** Safe look-alike: no document type, so no entities. */
    static DocumentBuilder careful() throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder();
    }
}
