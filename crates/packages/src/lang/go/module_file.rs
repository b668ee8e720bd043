//! Reads `go.mod`, with `go.sum` beside it where `go.mod` alone does not say everything.
//!
//! Syntax and meaning follow the Go Modules Reference, "go.mod files". Since Go 1.17 the file names
//! every module that a build needs; before, only `go.sum` tells of the indirect ones.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, Relation};

use super::{is_local, purl, standard_library};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads};

pub const MODULES: Cataloguer = Cataloguer {
    name: "go-module",
    patterns: &[Pattern::Name("go.mod"), Pattern::Name("go.sum")],
    reads: Reads::Together(read),
};

/// What a `go.mod` says.
#[derive(Debug, Default)]
struct ModuleFile {
    /// Language version, as minor number of Go 1.
    minor: Option<u32>,
    go: Option<(String, u32)>,
    toolchain: Option<(String, u32)>,
    required: Vec<Required>,
    replaced: Vec<Replaced>,
    excluded: BTreeSet<(String, String)>,
}

#[derive(Debug)]
struct Required {
    module: String,
    version: String,
    indirect: bool,
    line: u32,
}

#[derive(Debug)]
struct Replaced {
    module: String,
    /// Only this version; any, where absent.
    version: Option<String>,
    by: String,
    by_version: String,
}

/// From module and version to the hash of the module's archive.
type Sums = BTreeMap<(String, String), (String, u32)>;

fn read(files: &[FileInput<'_>], limits: &Limits) -> Parsed<Catalogue> {
    let mut found = Parsed::whole(Catalogue::default());
    let sums: HashMap<&str, &FileInput<'_>> = files
        .iter()
        .filter(|file| file.name() == "go.sum")
        .map(|file| (file.directory(), file))
        .collect();
    for file in files.iter().filter(|file| file.name() == "go.mod") {
        let parsed = module_file(file.bytes, limits);
        found.problems.extend(parsed.problems.into_iter().map(|p| p.within(file.path)));
        let beside = sums.get(file.directory());
        let sums = beside.map_or_else(|| Parsed::whole(Sums::new()), |sum| self::sums(sum.bytes));
        if let Some(sum) = beside {
            found.problems.extend(sums.problems.into_iter().map(|p| p.within(sum.path)));
        }
        let sum_path = beside.map(|sum| sum.path);
        found.value.packages.extend(packages(&parsed.value, &sums.value, file.path, sum_path));
    }
    found
}

fn module_file(bytes: &[u8], limits: &Limits) -> Parsed<ModuleFile> {
    let text = String::from_utf8_lossy(bytes);
    let mut read = Parsed::whole(ModuleFile::default());
    let mut block: Option<String> = None;
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        if u64::from(number) > limits.entries {
            read.problems.push(Problem::line(number, "more lines than the limit allows"));
            break;
        }
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        let mut words: Vec<String> = code.split_whitespace().map(unquote).collect();
        let Some(first) = words.first().cloned() else { continue };
        if first == ")" {
            block = None;
            continue;
        }
        let verb = match &block {
            Some(verb) => verb.clone(),
            None => words.remove(0),
        };
        if block.is_none() && words.first().is_some_and(|word| word == "(") {
            block = Some(verb);
            continue;
        }
        if !directive(&mut read.value, &verb, &words, comment, number) {
            read.problems.push(Problem::line(number, format!("not a `{verb}` directive")));
        }
    }
    read
}

fn unquote(word: &str) -> String {
    word.trim_matches(['"', '`']).to_owned()
}

/// Takes over one directive; `false` where its words make no sense.
fn directive(
    file: &mut ModuleFile,
    verb: &str,
    words: &[String],
    comment: &str,
    line: u32,
) -> bool {
    match (verb, words) {
        ("require", [module, version]) => file.required.push(Required {
            module: module.clone(),
            version: version.clone(),
            indirect: comment.trim_start().starts_with("indirect"),
            line,
        }),
        ("replace", [module, rest @ ..]) => {
            let (version, rest) = match rest {
                [version, arrow, rest @ ..] if arrow == "=>" => (Some(version.clone()), rest),
                [arrow, rest @ ..] if arrow == "=>" => (None, rest),
                _ => return false,
            };
            let (by, by_version) = match rest {
                [by] => (by.clone(), String::new()),
                [by, version] => (by.clone(), version.clone()),
                _ => return false,
            };
            file.replaced.push(Replaced { module: module.clone(), version, by, by_version });
        }
        ("exclude", [module, version]) => {
            file.excluded.insert((module.clone(), version.clone()));
        }
        ("go", [version]) => {
            file.minor = version.split('.').nth(1).and_then(|minor| minor.parse().ok());
            file.go = Some((version.clone(), line));
        }
        ("toolchain", [name]) => file.toolchain = Some((name.clone(), line)),
        ("require" | "exclude" | "go" | "toolchain", _) => return false,
        // `module`, `retract`, `tool`, `ignore`, `godebug` and what later versions bring name no
        // module that is not required as well.
        _ => {}
    }
    true
}

/// Reads `go.sum`. A line that ends in `/go.mod` proves that the module was looked at while versions
/// were chosen, not that it is built in.
fn sums(bytes: &[u8]) -> Parsed<Sums> {
    let text = String::from_utf8_lossy(bytes);
    let mut read = Parsed::whole(Sums::new());
    for (number, line) in (1..).zip(text.lines()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            [_, version, _] if version.ends_with("/go.mod") => {}
            [module, version, hash] => {
                let key = ((*module).to_owned(), (*version).to_owned());
                read.value.insert(key, ((*hash).to_owned(), number));
            }
            _ => read.problems.push(Problem::line(number, "not a module, a version and a hash")),
        }
    }
    read
}

fn packages(file: &ModuleFile, sums: &Sums, path: &str, sum_path: Option<&str>) -> Vec<Package> {
    let mut found = Vec::new();
    found.extend(toolchain(file, path));
    for required in &file.required {
        let key = (required.module.clone(), required.version.clone());
        if file.excluded.contains(&key) {
            continue;
        }
        let place = Location::line(path, required.line);
        let relation = if required.indirect { Relation::Transitive } else { Relation::Direct };
        found.extend(package(file, sums, &required.module, &required.version, place, relation));
    }
    // Go before 1.17 lists what the module itself imports and nothing behind it.
    if let (true, Some(sum_path)) = (file.minor.is_none_or(|minor| minor < 17), sum_path) {
        let named: BTreeSet<&str> =
            file.required.iter().map(|required| required.module.as_str()).collect();
        // An archive may be there of several versions; the build takes the highest. Sorting cannot
        // tell which one that is, so all are listed.
        for ((module, version), (_, line)) in sums {
            if !named.contains(module.as_str()) {
                let place = Location::line(sum_path, *line);
                found.extend(package(file, sums, module, version, place, Relation::Transitive));
            }
        }
    }
    found
}

/// The module that is built in for a requirement; `None` for a directory of our own.
fn package(
    file: &ModuleFile,
    sums: &Sums,
    module: &str,
    version: &str,
    place: Location,
    relation: Relation,
) -> Option<Package> {
    let replaced = file.replaced.iter().find(|replaced| {
        replaced.module == module && replaced.version.as_deref().is_none_or(|only| only == version)
    });
    let (module, version) = match replaced {
        Some(replaced) if is_local(&replaced.by) => return None,
        Some(replaced) => (replaced.by.as_str(), replaced.by_version.as_str()),
        None => (module, version),
    };
    let mut package = Package::new(purl(module, version), place, MODULES.name);
    package.relation = relation;
    let sum = sums.get(&(module.to_owned(), version.to_owned()));
    package.hashes.extend(sum.map(|(hash, _)| hash.clone()));
    Some(package)
}

/// The oldest standard library the module can be built with.
///
/// A `go` line without a patch release names the language only, so it is no toolchain.
fn toolchain(file: &ModuleFile, path: &str) -> Option<Package> {
    let (name, line) = match (&file.toolchain, &file.go) {
        (Some((name, line)), _) if name.starts_with("go") => (name.clone(), *line),
        (_, Some((version, line))) if version.split('.').count() == 3 => {
            (format!("go{version}"), *line)
        }
        _ => return None,
    };
    let mut package =
        Package::new(standard_library(&name), Location::line(path, line), MODULES.name);
    package.relation = Relation::Direct;
    Some(package)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a module; expects `place purl relation [hashes]` and the problems.
    fn check(module: &str, sum: &str, packages: &[&str], problems: &[&str]) {
        let files = [
            FileInput { path: "a/go.mod", bytes: module.as_bytes() },
            FileInput { path: "a/go.sum", bytes: sum.as_bytes() },
        ];
        let read = read(&files, &Limits::TINY);
        let found: Vec<_> = read.value.packages.iter().map(line).collect();
        assert_eq!(found, packages);
        assert_eq!(read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), problems);
    }

    fn line(package: &Package) -> String {
        let place = &package.locations[0];
        format!(
            "{}:{} {} {} {}",
            place.path,
            place.line.unwrap(),
            package.purl,
            package.relation.name(),
            package.hashes.join(" ")
        )
    }

    #[test]
    fn blocks_single_lines_and_comments_are_read() {
        check(
            "module example.org/app // ours\r\n\ngo 1.22.0\ntoolchain go1.22.3\n\nrequire (\n\
             \tgolang.org/x/net v0.20.0\n\t// a note\n\n\tgopkg.in/yaml.v3 v3.0.1 // indirect\n)\n\
             require \"github.com/Owner/mod/v2\" v2.0.0+incompatible\ntool golang.org/x/tools/cmd/x\n",
            "golang.org/x/net v0.20.0 h1:abc=\ngolang.org/x/net v0.20.0/go.mod h1:def=\n",
            &[
                "a/go.mod:4 pkg:golang/stdlib@1.22.3 direct ",
                "a/go.mod:7 pkg:golang/golang.org/x/net@v0.20.0 direct h1:abc=",
                "a/go.mod:10 pkg:golang/gopkg.in/yaml.v3@v3.0.1 transitive ",
                "a/go.mod:12 pkg:golang/github.com/Owner/mod/v2@v2.0.0%2Bincompatible direct ",
            ],
            &[],
        );
    }

    #[test]
    fn replacements_are_what_is_built() {
        check(
            "go 1.20\nrequire a.org/x v1.0.0\nrequire a.org/y v1.0.0\nrequire a.org/z v1.0.0\n\
             replace (\n a.org/x => b.org/x v1.1.0\n a.org/y v1.0.0 => ../y\n a.org/z v9.9.9 => ./z\n)\n",
            "b.org/x v1.1.0 h1:new=\n",
            &[
                "a/go.mod:2 pkg:golang/b.org/x@v1.1.0 direct h1:new=",
                "a/go.mod:4 pkg:golang/a.org/z@v1.0.0 direct ",
            ],
            &[],
        );
    }

    #[test]
    fn before_go_1_17_the_sums_tell_of_indirect_modules() {
        let sum = "a.org/x v1.0.0 h1:x=\na.org/deep v0.1.0 h1:d=\na.org/seen v0.1.0/go.mod h1:s=\n";
        check(
            "go 1.16\nrequire a.org/x v1.0.0\n",
            sum,
            &[
                "a/go.mod:2 pkg:golang/a.org/x@v1.0.0 direct h1:x=",
                "a/go.sum:2 pkg:golang/a.org/deep@v0.1.0 transitive h1:d=",
            ],
            &[],
        );
        check(
            "go 1.17\nrequire a.org/x v1.0.0\n",
            sum,
            &["a/go.mod:2 pkg:golang/a.org/x@v1.0.0 direct h1:x="],
            &[],
        );
    }

    #[test]
    fn a_broken_line_does_not_hide_the_next_one() {
        check(
            "go 1.20\nrequire a.org/x\nrequire a.org/y v1.0.0\nexclude a.org/y v1.0.0\nreplace x y\n",
            "half a\n",
            &[],
            &[
                "a/go.mod: line 2: not a `require` directive",
                "a/go.mod: line 5: not a `replace` directive",
                "a/go.sum: line 1: not a module, a version and a hash",
            ],
        );
    }

    #[test]
    fn no_bytes_stop_the_reader() {
        for bytes in [&b""[..], b"require (", b")", b"\xff\xfe(\0", b"go", b"replace => => =>"] {
            let _ = read(&[FileInput { path: "go.mod", bytes }], &Limits::TINY);
        }
    }
}
