//! Works out the version of a Go program's own module.
//!
//! The Go command writes `(devel)` for what was built in its own checkout (before Go 1.24: always).
//! Release builds then usually hand the version to the linker: `-ldflags "-X main.version=v1.2.3"`.

use panoply_model::Purl;

use crate::lang::go::purl;

/// Variables that hold the version of the program, lower case, without their package.
const VARIABLES: &[&str] = &[
    "version",
    "gitversion",
    "buildversion",
    "appversion",
    "releaseversion",
    "currentversion",
    "programversion",
    "versionstring",
    "semver",
    "gittag",
    "tag",
    "release",
];

/// Names the main module. Without any release its commit stands in a qualifier, since a commit
/// cannot be compared with the versions of advisories.
pub(super) fn of_main(module: &str, stamped: &str, settings: &[(&str, &str)]) -> Purl {
    let setting =
        |name: &str| settings.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| *value);
    let is_release = !stamped.is_empty() && stamped != "(devel)";
    // A checkout without tags is stamped v0.0.0; what the builder wrote is closer to the truth.
    if is_release && !stamped.starts_with("v0.0.0-") {
        return purl(module, stamped);
    }
    let flags = ["-ldflags", "ldflags"].into_iter().map(setting).find(|flags| !flags.is_empty());
    let linked = flags.and_then(|flags| linked_version(module, &unquote(flags)));
    match linked {
        Some(version) => purl(module, &version),
        None if is_release => purl(module, stamped),
        None => purl(module, "").with_qualifier("vcs_revision", setting("vcs.revision")),
    }
}

/// The text of a Go string literal; other text as it is.
fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else {
        return text.to_owned();
    };
    let mut out = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        out.push(match character {
            '\\' => match characters.next() {
                Some('n' | 't' | 'r') | None => ' ',
                Some(escaped) => escaped,
            },
            other => other,
        });
    }
    out
}

/// The best version among the `-X` assignments: the program's own `main` package speaks first, then
/// the module's packages, then others such as a version library.
fn linked_version(module: &str, flags: &str) -> Option<String> {
    let mut best: Option<(u8, &str)> = None;
    for assignment in flags.split("-X").skip(1) {
        let assignment = assignment.trim_start_matches(['=', ' ']);
        let (assignment, end) = match assignment.chars().next() {
            Some(quote @ ('\'' | '"')) => (assignment.trim_start_matches(quote), quote),
            _ => (assignment, ' '),
        };
        let assignment = assignment.split(end).next().unwrap_or_default().trim();
        let Some((variable, value)) = assignment.split_once('=') else { continue };
        let Some((package, name)) = variable.rsplit_once('.') else { continue };
        let value = value.trim_matches(['\'', '"']);
        if !VARIABLES.contains(&name.to_ascii_lowercase().as_str()) || !is_version(value) {
            continue;
        }
        let rank = match package {
            "main" => 0,
            package if package.starts_with(module) => 1,
            _ => 2,
        };
        if best.is_none_or(|(held, _)| rank < held) {
            best = Some((rank, value));
        }
    }
    best.map(|(_, value)| format!("v{}", value.trim_start_matches('v')))
}

/// `1.2` or `1.2.3`, perhaps after `v`, perhaps with what may follow a version.
fn is_version(text: &str) -> bool {
    let numbers = text.strip_prefix('v').unwrap_or(text);
    let core = numbers.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    (2..=4).contains(&parts.len())
        && parts.iter().all(is_number)
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".+-_~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stamped: &str, settings: &[(&str, &str)], expected: &str) {
        assert_eq!(of_main("a.org/x", stamped, settings).to_string(), expected);
    }

    #[test]
    fn the_stamp_counts_then_the_linker_flags_then_the_commit() {
        check("v1.2.3", &[("-ldflags", "-X main.version=9.9.9")], "pkg:golang/a.org/x@v1.2.3");
        check("(devel)", &[("-ldflags", "-X main.version=1.2.3")], "pkg:golang/a.org/x@v1.2.3");
        check(
            "v0.0.0-20240101000000-0123456789ab",
            &[("-ldflags", "\"-s -w -X 'main.Version=v2.0.0-rc.1' -X main.date=2024.01\"")],
            "pkg:golang/a.org/x@v2.0.0-rc.1",
        );
        check(
            "(devel)",
            &[("vcs.revision", "0123abcd"), ("vcs.modified", "true")],
            "pkg:golang/a.org/x?vcs_revision=0123abcd",
        );
    }

    #[test]
    fn the_nearest_variable_wins_and_other_values_do_not_count() {
        check(
            "(devel)",
            &[(
                "-ldflags",
                "-X k8s.io/version.gitVersion=v1.30.0 -X a.org/x/internal.Version=1.0.1",
            )],
            "pkg:golang/a.org/x@v1.0.1",
        );
        for flags in
            ["-X main.version=unknown", "-X main.goVersion=1.22.0", "-X main.version", "-X"]
        {
            check("(devel)", &[("-ldflags", flags)], "pkg:golang/a.org/x");
        }
    }
}
