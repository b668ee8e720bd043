//! Takes the name of a jar apart: `guava-32.1.3-jre.jar` is version `32.1.3-jre` of `guava`.

/// Ends that tell what is in the file and not which version it is.
const CLASSIFIERS: &[&str] = &[
    "-sources",
    "-javadoc",
    "-tests",
    "-test",
    "-shaded",
    "-all",
    "-jar-with-dependencies",
    "-exec",
    "-boot",
    "-plain",
    "-standalone",
    "-uber",
    "-fat",
    "-classes",
    "-bin",
    "-dist",
    "-SHADED",
    "-nodep",
    "-no_aop",
    "-noaop",
];

/// Artifact and version; the version is missing where the name has none.
pub(super) fn split(name: &str) -> (&str, Option<&str>) {
    let mut stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    for classifier in CLASSIFIERS {
        stem = stem.strip_suffix(classifier).unwrap_or(stem);
    }
    let starts_version =
        |(at, _): &(usize, &str)| stem.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit);
    match stem.match_indices('-').find(starts_version) {
        Some((at, _)) if at > 0 => (stem.get(..at).unwrap_or(stem), stem.get(at + 1..)),
        _ => (stem, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_apart_at_the_first_number() {
        for (name, artifact, version) in [
            ("guava-32.1.3-jre.jar", "guava", Some("32.1.3-jre")),
            ("commons-lang3-3.12.0-sources.jar", "commons-lang3", Some("3.12.0")),
            ("log4j-1.2-api-2.20.0.jar", "log4j", Some("1.2-api-2.20.0")),
            ("app.war", "app", None),
            ("app", "app", None),
            ("-1.jar", "-1", None),
            ("", "", None),
            ("é-é.jar", "é-é", None),
        ] {
            assert_eq!(split(name), (artifact, version), "{name}");
        }
    }
}
