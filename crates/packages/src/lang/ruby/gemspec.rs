//! Reads the specifications that RubyGems keeps of installed gems, `specifications/*.gemspec`.
//!
//! They are Ruby, and nothing here runs it: RubyGems writes every field it needs as a literal, one to
//! a line, and repeats name, version and platform in a comment (`# stub:`) for the same reason.

use std::collections::{BTreeMap, HashSet};

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, PackageKind, Purl};

use crate::lang::entries::{Entry, assemble, is_word};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode};

pub const INSTALLED: Cataloguer = Cataloguer {
    name: "ruby-installed",
    patterns: &[
        Pattern::In("specifications", ".gemspec"),
        Pattern::In("specifications/default", ".gemspec"),
    ],
    reads: Reads::Together(read_all),
};

fn read_all(files: &[FileInput<'_>], limits: &Limits) -> Parsed<Catalogue> {
    let mut all = Parsed::whole(Catalogue::default());
    // Gems that came with Ruby and gems that were added later see each other.
    let mut homes: BTreeMap<&str, Vec<Entry>> = BTreeMap::new();
    for file in files {
        let text = decode::decode(file.bytes);
        let home = file.directory();
        let home = home.strip_suffix("/default").unwrap_or(home);
        match entry(&text.value, file.path) {
            Some(entry) => homes.entry(home).or_default().push(entry),
            None if all.problems.len() < limits.problems => {
                let what = "name or version is not written as a plain text";
                all.problems.push(Problem::whole(what).within(file.path));
            }
            None => {}
        }
    }
    all.value.packages = homes.into_values().flat_map(|found| assemble(found, None)).collect();
    all
}

#[derive(Default)]
struct Fields<'a> {
    name: Option<&'a str>,
    version: Option<&'a str>,
    platform: Option<&'a str>,
    licences: Vec<String>,
    needs: Vec<&'a str>,
    /// What only work on the gem needs.
    development: HashSet<&'a str>,
}

fn entry(text: &str, path: &str) -> Option<Entry> {
    let mut fields = Fields::default();
    let mut stub = None;
    for line in text.lines() {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("# stub: ") {
            stub = stub.or(Some(rest));
        } else if let Some((target, value)) = statement(line) {
            fields.take(target, value);
        }
    }
    let mut stub = stub.unwrap_or_default().split(' ');
    let name = fields.name.or(stub.next()).filter(|text| is_word(text))?;
    let version = fields.version.or(stub.next()).filter(|text| is_word(text))?;
    let platform = fields.platform.or(stub.next()).filter(|text| *text != "ruby");
    let purl = Purl::new(PackageKind::Gem, None, name, Some(version))
        .with_qualifier("platform", platform.unwrap_or_default());
    let mut package = Package::new(purl, Location::path(path), INSTALLED.name);
    package.licences = fields.licences;
    // Older files say all needs again without their kind, for versions of RubyGems that know none.
    let needs = fields.needs.into_iter().filter(|need| !fields.development.contains(need));
    let needs = needs.map(str::to_owned).collect();
    Some(Entry { package, names: vec![name.to_owned()], needs })
}

/// Parts `s.field = value` and `s.call(arguments)`; the variable may have any name.
fn statement(line: &str) -> Option<(&str, &str)> {
    let (variable, rest) = line.split_once('.')?;
    if !variable.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return None;
    }
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
    rest.split_at_checked(end)
}

impl<'a> Fields<'a> {
    fn take(&mut self, target: &str, value: &'a str) {
        let is_set = value.trim_start().starts_with('=');
        let mut literals = literals(value);
        match target {
            "name" if is_set => self.name = self.name.or(literals.next()),
            "version" if is_set => self.version = self.version.or(literals.next()),
            "platform" if is_set => self.platform = self.platform.or(literals.next()),
            "license" | "licenses" if is_set => self.licences.extend(literals.map(str::to_owned)),
            "add_runtime_dependency" | "add_dependency" => self.needs.extend(literals.next()),
            "add_development_dependency" => self.development.extend(literals.next()),
            _ => {}
        }
    }
}

/// The texts in a line: `"a"`, `'a'`, `%q<a>`. Texts with escapes or substitutions are left out.
fn literals(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        loop {
            let start = rest.find(['"', '\'', '%'])?;
            let (_, from) = rest.split_at_checked(start)?;
            let (mark, close) = match from.as_bytes() {
                [b'"', ..] => (1, '"'),
                [b'\'', ..] => (1, '\''),
                [b'%', b'q', b'<', ..] => (3, '>'),
                _ => {
                    rest = from.get(1..)?;
                    continue;
                }
            };
            let (text, after) = from.get(mark..)?.split_once(close)?;
            rest = after;
            if !text.contains(['\\', '#']) {
                return Some(text);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::{check, read};

    const FIXTURE: &str = include_str!("../../../tests/fixtures/ruby/puma-6.4.0.gemspec");

    #[test]
    fn literals_are_read_and_nothing_is_run() {
        let files = [
            ("usr/specifications/puma-6.4.0.gemspec", FIXTURE),
            (
                "usr/specifications/default/nio4r-2.5.9.gemspec",
                "Gem::Specification.new do |spec|\n  spec.name = %q{x} + 'nio4r'\n  spec.version = Gem::Version.new('2.5.9')\n  spec.licenses = [\"MIT\", %q<BSD>]\nend",
            ),
            ("usr/specifications/rake.gemspec", "s.name = 'rake'\ns.version = '13'\n"),
            ("usr/specifications/stub.gemspec", "# stub: stub 1.0 java lib\ns.version = V\n"),
            ("usr/specifications/own.gemspec", "s.name = NAME\ns.version = \"#{x}\"\n"),
        ];
        check(
            &INSTALLED,
            &files,
            &[
                "pkg:gem/puma@6.4.0 unknown unknown > nio4r@2.5.9",
                "pkg:gem/nio4r@2.5.9 unknown unknown",
                "pkg:gem/rake@13 unknown unknown",
                "pkg:gem/stub@1.0?platform=java unknown unknown",
            ],
            &["usr/specifications/own.gemspec: name or version is not written as a plain text"],
        );
        let packages = read(&INSTALLED, &files).value.packages;
        let licences: Vec<_> = packages.iter().map(|package| package.licences.join(",")).collect();
        assert_eq!(licences, ["BSD-3-Clause", "MIT,BSD", "", ""]);
    }
}
