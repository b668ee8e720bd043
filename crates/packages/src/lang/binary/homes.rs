//! Reads the small files in which runtimes and applications keep their own version.
//!
//! A JDK's `release` (JEP 223), Go's `VERSION`, Erlang's `OTP_VERSION`, WordPress's `version.php`,
//! and the directory that a .NET runtime is named after.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, PackageKind, Purl};

use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads};

pub const RUNTIME_HOME: Cataloguer = Cataloguer {
    name: "runtime-home",
    patterns: &[
        Pattern::Name("release"),
        Pattern::Path("go/VERSION"),
        Pattern::Name("OTP_VERSION"),
        Pattern::Path("wp-includes/version.php"),
        Pattern::Name("Microsoft.NETCore.App.deps.json"),
        Pattern::Name("Microsoft.AspNetCore.App.deps.json"),
    ],
    reads: Reads::Each(read),
};

/// What a file says: the product, perhaps who made it, the version and the line it stands on.
type Said = (Purl, Option<u32>);

fn read(file: &FileInput<'_>, _limits: &Limits) -> Parsed<Catalogue> {
    let text = String::from_utf8_lossy(file.bytes);
    let said = match file.name() {
        "release" => jdk(&text),
        "VERSION" => go(&text),
        "OTP_VERSION" => first_line("erlang", &text),
        "version.php" => wordpress(&text),
        name => dotnet(file.directory(), name),
    };
    let mut found = Parsed::whole(Catalogue::default());
    match said {
        Some((purl, line)) => {
            let place = Location { line, ..Location::path(file.path) };
            found.value.packages.push(Package::new(purl, place, RUNTIME_HOME.name));
        }
        // `release` is the name of many things; a file that is no JDK's says nothing of it.
        None if file.name() == "release" => {}
        None => found.problems.push(Problem::whole("no version in it")),
    }
    found
}

fn generic(name: &str, version: &str) -> Option<Purl> {
    let is_version = version.starts_with(|c: char| c.is_ascii_digit()) && version.len() <= 64;
    is_version.then(|| Purl::new(PackageKind::Generic, None, name, Some(version)))
}

/// `KEY="value"` per line, as a shell would read it.
fn jdk(text: &str) -> Option<Said> {
    let field = |name: &str| {
        (1..).zip(text.lines()).find_map(|(number, line)| {
            let value = line.strip_prefix(name)?.strip_prefix('=')?;
            Some((value.trim().trim_matches('"'), number))
        })
    };
    let (version, line) = field("JAVA_VERSION")?;
    let maker = field("IMPLEMENTOR").map_or("", |(maker, _)| maker);
    let name = if maker == "Oracle Corporation" && field("BUILD_TYPE").is_some() {
        "oracle-jdk"
    } else {
        "openjdk"
    };
    Some((generic(name, version)?.with_qualifier("vendor", maker), Some(line)))
}

/// `go1.22.3`; whole names of releases only.
fn go(text: &str) -> Option<Said> {
    let version = text.lines().next()?.trim().strip_prefix("go")?;
    Some((generic("go", version)?, Some(1)))
}

fn first_line(product: &str, text: &str) -> Option<Said> {
    Some((generic(product, text.lines().next()?.trim())?, Some(1)))
}

fn wordpress(text: &str) -> Option<Said> {
    (1..).zip(text.lines()).find_map(|(number, line)| {
        let value =
            line.trim_start().strip_prefix("$wp_version")?.trim_start().strip_prefix('=')?;
        let value = value.trim().trim_end_matches(';').trim_matches(['\'', '"']);
        Some((generic("wordpress", value)?, Some(number)))
    })
}

/// `…/shared/Microsoft.NETCore.App/8.0.1/Microsoft.NETCore.App.deps.json`.
fn dotnet(directory: &str, file: &str) -> Option<Said> {
    let version = directory.rsplit('/').next()?;
    let name = if file.starts_with("Microsoft.AspNetCore") { "aspnetcore" } else { "dotnet" };
    Some((generic(name, version)?, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, packages: &[&str], problems: &[&str]) {
        let read = read(&FileInput { path, bytes: text.as_bytes() }, &Limits::TINY);
        let line = |p: &Package| format!("{} {}", p.purl, p.locations[0].line.unwrap_or(0));
        assert_eq!(read.value.packages.iter().map(line).collect::<Vec<_>>(), packages);
        assert_eq!(read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), problems);
    }

    #[test]
    fn every_home_says_its_version() {
        check(
            "opt/java/release",
            "IMPLEMENTOR=\"Eclipse Adoptium\"\nJAVA_VERSION=\"17.0.9\"\n",
            &["pkg:generic/openjdk@17.0.9?vendor=Eclipse%20Adoptium 2"],
            &[],
        );
        check("usr/local/go/VERSION", "go1.22.3\ntime 2024\n", &["pkg:generic/go@1.22.3 1"], &[]);
        check(
            "usr/lib/erlang/releases/25/OTP_VERSION",
            "25.2.3\n",
            &["pkg:generic/erlang@25.2.3 1"],
            &[],
        );
        check(
            "html/wp-includes/version.php",
            "<?php\n// $wp_version = '1.0';\n$wp_version = '6.4.2';\n",
            &["pkg:generic/wordpress@6.4.2 3"],
            &[],
        );
        check(
            "usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.1/Microsoft.NETCore.App.deps.json",
            "{}",
            &["pkg:generic/dotnet@8.0.1 0"],
            &[],
        );
    }

    #[test]
    fn a_file_of_another_kind_says_nothing_and_a_broken_one_is_reported() {
        check("etc/release", "Debian 12\n", &[], &[]);
        check("go/VERSION", "weekly\n", &[], &["no version in it"]);
        check("wp-includes/version.php", "<?php", &[], &["no version in it"]);
    }
}
