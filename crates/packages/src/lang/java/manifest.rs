//! Reads `META-INF/MANIFEST.MF` and guesses coordinates from it.
//!
//! The JAR File Specification defines the syntax: `Name: value`, a line that begins with a space
//! continues the one before, an empty line ends the main section.

use std::collections::BTreeMap;

/// The main section.
#[derive(Debug, Default)]
pub(super) struct Manifest(BTreeMap<String, String>);

/// Lines of the main section that are kept; real ones have a few dozen.
const MOST_LINES: usize = 10_000;

/// Groups of well-known families whose jars carry no Maven metadata.
const FAMILIES: &[(&str, &str)] = &[
    ("spring-boot", "org.springframework.boot"),
    ("spring-security-", "org.springframework.security"),
    ("spring-data-", "org.springframework.data"),
    ("spring-cloud-", "org.springframework.cloud"),
    ("spring-", "org.springframework"),
    ("tomcat-embed-", "org.apache.tomcat.embed"),
    ("tomcat-", "org.apache.tomcat"),
    ("hibernate-core", "org.hibernate.orm"),
    ("micrometer-", "io.micrometer"),
    ("kotlin-stdlib", "org.jetbrains.kotlin"),
    ("groovy", "org.apache.groovy"),
    ("kafka-", "org.apache.kafka"),
    ("lucene-", "org.apache.lucene"),
    ("elasticsearch", "org.elasticsearch"),
];

impl Manifest {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut fields: BTreeMap<String, String> = BTreeMap::new();
        let mut last = String::new();
        for line in text.lines().take(MOST_LINES) {
            if line.trim().is_empty() {
                break;
            }
            if let Some(more) = line.strip_prefix(' ') {
                if let Some(value) = fields.get_mut(&last) {
                    value.push_str(more);
                }
            } else if let Some((name, value)) = line.split_once(':') {
                last = name.trim().to_ascii_lowercase();
                fields.insert(last.clone(), value.trim().to_owned());
            }
        }
        Self(fields)
    }

    fn field(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?.split(';').next()?.trim();
        // Build tools leave what they could not fill in.
        (!value.is_empty() && !value.contains("${")).then_some(value)
    }

    pub(super) fn version(&self) -> Option<&str> {
        ["implementation-version", "bundle-version", "plugin-version", "specification-version"]
            .iter()
            .find_map(|name| self.field(name))
            .filter(|version| version.bytes().any(|byte| byte.is_ascii_digit()))
    }

    pub(super) fn artifact(&self) -> Option<&str> {
        self.field("short-name").or_else(|| {
            let title = self.field("implementation-title")?;
            let is_name = !title.contains(char::is_whitespace) && !title.contains(['.', ':', '#']);
            is_name.then_some(title)
        })
    }

    /// The group that an artifact most likely belongs to.
    ///
    /// Groups of the first days of Maven repeat the artifact (`junit:junit`), so that is the guess
    /// where nothing speaks of a group.
    pub(super) fn group(&self, artifact: &str) -> String {
        let family = FAMILIES.iter().find(|(prefix, _)| artifact.starts_with(prefix));
        if let Some((_, group)) = family {
            return (*group).to_owned();
        }
        if let Some(group) = self.field("group-id").or(self.field("implementation-vendor-id")) {
            return group.to_owned();
        }
        let named = ["bundle-symbolicname", "automatic-module-name"];
        let named = named.iter().find_map(|name| self.field(name)).filter(|id| id.contains('.'));
        let Some(id) = named else { return artifact.to_owned() };
        // `com.example.thing` of `thing`, or of `example-thing`: the last part is the artifact.
        let (group, last) = id.rsplit_once('.').unwrap_or((id, ""));
        let is_last = artifact == last || artifact.ends_with(&format!("-{last}"));
        if is_last { group.to_owned() } else { id.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(manifest: &str, artifact: &str, group: &str, version: Option<&str>) {
        let manifest = Manifest::parse(manifest.as_bytes());
        assert_eq!(manifest.group(artifact), group);
        assert_eq!(manifest.version(), version);
    }

    #[test]
    fn the_most_telling_field_wins() {
        check(
            "Bundle-SymbolicName: com.example.tool;single\r\n ton:=true\r\n",
            "tool",
            "com.example",
            None,
        );
        check(
            "Implementation-Vendor-Id: org.acme\nImplementation-Version: 1.2\n",
            "x",
            "org.acme",
            Some("1.2"),
        );
        check(
            "Automatic-Module-Name: org.acme.json\nBundle-Version: 2.0.1\n",
            "acme-json",
            "org.acme",
            Some("2.0.1"),
        );
        check("Implementation-Version: ${project.version}\n", "junit", "junit", None);
        check(
            "Manifest-Version: 1.0\n\nImplementation-Version: 9\n",
            "spring-core",
            "org.springframework",
            None,
        );
        check("", "a", "a", None);
    }
}
