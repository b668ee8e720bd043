//! Reads what Gradle locked, and the versions that a version catalogue pins.
//!
//! `gradle.lockfile` is described in Gradle's manual, "Locking Versions": `group:artifact:version=`
//! and the configurations it is in. Version catalogues (`libs.versions.toml`) in "Version Catalogs".

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, Relation, Scope};
use toml::de::{DeTable, DeValue};

use super::purl;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads};

pub const LOCK: Cataloguer = Cataloguer {
    name: "gradle-lock",
    patterns: &[Pattern::Name("gradle.lockfile"), Pattern::Name("buildscript-gradle.lockfile")],
    reads: Reads::Each(read_lock),
};

pub const CATALOGUE: Cataloguer = Cataloguer {
    name: "gradle-version-catalogue",
    patterns: &[Pattern::Suffix(".versions.toml")],
    reads: Reads::Each(read_catalogue),
};

fn read_lock(file: &FileInput<'_>, _limits: &Limits) -> Parsed<Catalogue> {
    let text = String::from_utf8_lossy(file.bytes);
    let mut found = Parsed::whole(Catalogue::default());
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with("empty=") {
            continue;
        }
        let (coordinates, configurations) = line.split_once('=').unwrap_or((line, ""));
        let parts: Vec<&str> = coordinates.split(':').collect();
        let [group, artifact, version] = parts.as_slice() else {
            found
                .problems
                .push(Problem::line(number, "not `group:artifact:version=configurations`"));
            continue;
        };
        let place = Location::line(file.path, number);
        let mut package = Package::new(purl(group, artifact, version), place, LOCK.name);
        package.scope = if file.name().starts_with("buildscript") {
            Scope::Development
        } else {
            scope(configurations)
        };
        found.value.packages.push(package);
    }
    found
}

/// Configurations are named freely; those of Gradle's own plugins say `test` for tests.
fn scope(configurations: &str) -> Scope {
    let mut names = configurations.split(',').filter(|name| !name.is_empty()).peekable();
    if names.peek().is_none() {
        return Scope::Unknown;
    }
    let is_aside = |name: &str| {
        name.starts_with("test") || name.contains("Test") || name.contains("nnotationProcessor")
    };
    if names.all(is_aside) { Scope::Development } else { Scope::Production }
}

fn read_catalogue(file: &FileInput<'_>, _limits: &Limits) -> Parsed<Catalogue> {
    let text = String::from_utf8_lossy(file.bytes);
    let text = text.trim_start_matches('\u{feff}');
    let (document, errors) = DeTable::parse_recoverable(text);
    let lines: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let line = |offset: usize| lines.partition_point(|end| *end < offset) as u32 + 1;
    let mut found = Parsed::whole(Catalogue::default());
    for error in errors.iter().take(8) {
        let at = error.span().map_or(1, |span| line(span.start));
        found.problems.push(Problem::line(at, format!("not TOML: {}", error.message())));
    }
    let document = document.get_ref();
    let versions = table(document, "versions");
    let mut unknown = Vec::new();
    for (section, scope) in [("libraries", Scope::Unknown), ("plugins", Scope::Development)] {
        for (key, value) in table(document, section).into_iter().flatten() {
            let number = line(key.span().start);
            let Some(entry) = entry(value.get_ref(), versions) else {
                let what = format!("`{}` names no library", key.get_ref());
                found.problems.push(Problem::line(number, what));
                continue;
            };
            let Some(version) = entry.version else {
                unknown.push((number, format!("{}:{}", entry.group, entry.artifact)));
                continue;
            };
            let place = Location::line(file.path, number);
            let purl = purl(&entry.group, &entry.artifact, &version);
            let mut package = Package::new(purl, place, CATALOGUE.name);
            package.relation = Relation::Direct;
            package.scope = scope;
            found.value.packages.push(package);
        }
    }
    found.value.packages.sort_by_key(|package| package.locations.first().and_then(|l| l.line));
    unknown.sort();
    found.problems.extend(missing(&unknown));
    found
}

/// One problem per file: the build knows these versions, from a platform or a choice within a range.
fn missing(unknown: &[(u32, String)]) -> Option<Problem> {
    let (line, first) = unknown.first()?;
    let others = match unknown.len() - 1 {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    let what = format!(
        "version of `{first}`{others} comes from a platform or range; a `gradle.lockfile` would say"
    );
    Some(Problem::line(*line, what))
}

struct Entry {
    group: String,
    artifact: String,
    version: Option<String>,
}

fn table<'a, 'i>(parent: &'a DeTable<'i>, name: &str) -> Option<&'a DeTable<'i>> {
    match parent.get(name)?.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

fn text<'a>(parent: &'a DeTable<'_>, name: &str) -> Option<&'a str> {
    parent.get(name)?.get_ref().as_str()
}

fn entry(value: &DeValue<'_>, versions: Option<&DeTable<'_>>) -> Option<Entry> {
    let entry = |group: &str, artifact: &str, version: Option<String>| {
        Some(Entry { group: group.to_owned(), artifact: artifact.to_owned(), version })
    };
    let plugin = |id: &str, version| entry(id, &format!("{id}.gradle.plugin"), version);
    if let Some(short) = value.as_str() {
        let parts: Vec<&str> = short.split(':').collect();
        return match parts.as_slice() {
            [group, artifact, version] => entry(group, artifact, Some((*version).to_owned())),
            [id, version] => plugin(id, Some((*version).to_owned())),
            _ => None,
        };
    }
    let DeValue::Table(fields) = value else { return None };
    let version = fields.get("version").and_then(|version| pinned(version.get_ref(), versions));
    if let Some(id) = text(fields, "id") {
        return plugin(id, version);
    }
    match text(fields, "module").and_then(|module| module.split_once(':')) {
        Some((group, artifact)) => entry(group, artifact, version),
        None => entry(text(fields, "group")?, text(fields, "name")?, version),
    }
}

/// The version a text, a rich version or a reference pins; `None` for ranges.
fn pinned(version: &DeValue<'_>, versions: Option<&DeTable<'_>>) -> Option<String> {
    let text_of = |version: &DeValue<'_>| match version {
        DeValue::Table(rich) => {
            let words = ["strictly", "require", "prefer"];
            words.iter().find_map(|word| text(rich, word)).map(str::to_owned)
        }
        plain => plain.as_str().map(str::to_owned),
    };
    let referred = match version {
        DeValue::Table(fields) => text(fields, "ref"),
        _ => None,
    };
    let found = match referred {
        Some(name) => text_of(versions?.get(name)?.get_ref()),
        None => text_of(version),
    };
    found.filter(|version| !version.is_empty() && !version.contains(['[', '(', '+', ',']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, packages: &[&str], problems: &[&str]) {
        let file = FileInput { path, bytes: text.as_bytes() };
        let read = if path.contains(".versions.") { read_catalogue } else { read_lock };
        let read = read(&file, &Limits::TINY);
        let line =
            |p: &Package| format!("{} {} {}", p.locations[0].line.unwrap(), p.purl, p.scope.name());
        assert_eq!(read.value.packages.iter().map(line).collect::<Vec<_>>(), packages);
        assert_eq!(read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), problems);
    }

    #[test]
    fn a_lock_file_lists_coordinates_and_configurations() {
        check(
            "gradle.lockfile",
            "# written by us\r\ng:a:1.0=runtimeClasspath,testRuntimeClasspath\r\ng:b:2.0=testCompileClasspath\n\
             broken\ng:c:3.0=\nempty=annotationProcessor\n",
            &[
                "2 pkg:maven/g/a@1.0 production",
                "3 pkg:maven/g/b@2.0 development",
                "5 pkg:maven/g/c@3.0 unknown",
            ],
            &["line 4: not `group:artifact:version=configurations`"],
        );
        check(
            "buildscript-gradle.lockfile",
            "g:a:1=classpath\n",
            &["1 pkg:maven/g/a@1 development"],
            &[],
        );
    }

    #[test]
    fn a_catalogue_pins_versions_in_many_ways() {
        check(
            "gradle/libs.versions.toml",
            "[versions]\na = \"1.1\"\nb = { strictly = \"1.2\" }\n[libraries]\nshort = \"g:short:1.0\"\n\
             one = { module = \"g:one\", version.ref = \"a\" }\n\
             two = { group = \"g\", name = \"two\", version.ref = \"b\" }\n\
             three = { module = \"g:three\", version = \"1.3\" }\nfour = { module = \"g:four\" }\n\
             five = { module = \"g:five\", version = \"[1,2)\" }\nbad = 1\n\
             [plugins]\np = { id = \"x.y\", version = \"2.0\" }\nq = \"x.z:3.0\"\n",
            &[
                "5 pkg:maven/g/short@1.0 unknown",
                "6 pkg:maven/g/one@1.1 unknown",
                "7 pkg:maven/g/two@1.2 unknown",
                "8 pkg:maven/g/three@1.3 unknown",
                "13 pkg:maven/x.y/x.y.gradle.plugin@2.0 development",
                "14 pkg:maven/x.z/x.z.gradle.plugin@3.0 development",
            ],
            &[
                "line 11: `bad` names no library",
                "line 9: version of `g:four` and 1 more comes from a platform or range; a \
                 `gradle.lockfile` would say",
            ],
        );
    }

    #[test]
    fn a_broken_line_leaves_the_rest() {
        let file = FileInput {
            path: "a.versions.toml",
            bytes: b"[libraries]\na = \"g:a:1\"\nb = = \"\nc = \"g:c:1\"\n",
        };
        let read = read_catalogue(&file, &Limits::TINY);
        assert!(!read.problems.is_empty());
        assert_eq!(read.value.packages[0].purl.to_string(), "pkg:maven/g/a@1");
    }
}
