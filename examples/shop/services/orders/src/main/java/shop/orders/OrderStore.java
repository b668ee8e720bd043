package shop.orders;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Orders in SQLite. */
final class OrderStore {
    private final String address;

    OrderStore(Settings settings) throws SQLException {
        address = settings.get("db.url");
        try (Connection db = DriverManager.getConnection(address); Statement statement = db.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS orders (number INTEGER, customer TEXT, item TEXT)");
        }
    }

    List<String> ofCustomer(String customer) throws SQLException {
        try (Connection db = DriverManager.getConnection(address); Statement statement = db.createStatement()) {
            // Planted: what OrderHandler read from the address becomes part of the statement.
            String sql = "SELECT item FROM orders WHERE customer = '" + customer + "'";
            return items(statement.executeQuery(sql));
        }
    }

    List<String> byNumber(int number) throws SQLException {
        // Safe look-alike: the value is bound.
        String sql = "SELECT item FROM orders WHERE number = ?";
        try (Connection db = DriverManager.getConnection(address); PreparedStatement statement = db.prepareStatement(sql)) {
            statement.setInt(1, number);
            return items(statement.executeQuery());
        }
    }

    void add(int number, String customer, String item) throws SQLException {
        String sql = "INSERT INTO orders VALUES (?, ?, ?)";
        try (Connection db = DriverManager.getConnection(address); PreparedStatement statement = db.prepareStatement(sql)) {
            statement.setInt(1, number);
            statement.setString(2, customer);
            statement.setString(3, item);
            statement.executeUpdate();
        }
    }

    private static List<String> items(ResultSet rows) throws SQLException {
        List<String> items = new ArrayList<>();
        while (rows.next()) {
            items.add(rows.getString(1));
        }
        return items;
    }
}
