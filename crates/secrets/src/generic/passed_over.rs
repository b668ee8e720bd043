//! Files in which nothing without a shape is looked for, and what to call them in a report.

use super::file_kind::Facts;

/// What such a file is, in the plural; `None` for files that are looked at with everything.
///
/// Keys whose shape says what they are, are looked for in all of them.
pub fn passed_over(path: &str) -> Option<&'static str> {
    if Facts::of(path).generic {
        return None;
    }
    let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let end = name.rsplit('.').next().unwrap_or_default();
    let packed = [".min.js", ".min.css", ".bundle.js"];
    Some(match end {
        _ if packed.iter().any(|part| name.contains(part)) => "minified or bundled code",
        "map" => "source maps",
        "css" | "scss" | "less" => "style sheets",
        "csv" | "tsv" => "tables",
        "svg" => "drawings",
        "po" | "pot" | "mo" => "translations",
        "snap" => "snapshots",
        "patch" => "patches",
        "sum" => "checksums",
        "lock" => "lock files",
        _ if name.contains("lock") || name.contains("shrinkwrap") => "lock files",
        _ => "translations",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_over_has_a_name() {
        let check = |path: &str, kind: Option<&str>| assert_eq!(passed_over(path), kind, "{path}");
        check("web/package-lock.json", Some("lock files"));
        check("Cargo.lock", Some("lock files"));
        check("npm-shrinkwrap.json", Some("lock files"));
        check("dist/app.bundle.js", Some("minified or bundled code"));
        check("dist/app.min.js.map", Some("minified or bundled code"));
        check("dist/app.js.map", Some("source maps"));
        check("a/Site.CSS", Some("style sheets"));
        check("users.csv", Some("tables"));
        check("go.sum", Some("checksums"));
        check("src/i18n/de.json", Some("translations"));
        check("src/main.js", None);
        check(".env", None);
    }
}
