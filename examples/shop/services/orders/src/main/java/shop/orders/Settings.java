package shop.orders;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** What application.properties says. */
final class Settings {
    private final Properties properties = new Properties();

    static Settings load() throws IOException {
        Settings settings = new Settings();
        try (InputStream in = Settings.class.getResourceAsStream("/application.properties")) {
            settings.properties.load(in);
        }
        return settings;
    }

    String get(String name) {
        return properties.getProperty(name, "");
    }
}
