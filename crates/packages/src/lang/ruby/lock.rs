//! Reads `Gemfile.lock` and `gems.locked`, which Bundler writes.
//!
//! Follows the manual page gemfile.lock as far as there is one; the indentation carries the meaning:
//! a section at the margin, its fields at 2, a gem at 4, what the gem needs at 6.

use std::collections::{BTreeMap, HashSet};

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, PackageKind, Purl, Scope};

use crate::json::short;
use crate::lang::entries::{Entry, Wants, assemble, is_word, nameless, vcs_url};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode};

pub const LOCK: Cataloguer = Cataloguer {
    name: "ruby-gemfile-lock",
    patterns: &[Pattern::Name("Gemfile.lock"), Pattern::Name("gems.locked")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let text = decode::decode(file.bytes);
    let mut reader = Reader {
        path: file.path,
        section: Section::Other,
        remote: String::new(),
        revision: String::new(),
        entries: Vec::new(),
        last: Last::Unread,
        own: HashSet::new(),
        own_needs: Vec::new(),
        wants: None,
        checksums: BTreeMap::new(),
        has_sections: false,
        problems: text.problems,
    };
    for (line, number) in text.value.lines().zip(1..) {
        if reader.entries.len() as u64 >= limits.entries {
            reader.problems.push(Problem::line(number, "more gems than allowed"));
            break;
        }
        reader.line(line.trim_end(), number);
    }
    reader.finish(limits)
}

#[derive(Clone, Copy, PartialEq)]
enum Section {
    Gem,
    Git,
    /// Gems of the project itself.
    Path,
    Dependencies,
    Checksums,
    Other,
}

/// Whose needs follow.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    /// A gem that could not be read.
    Unread,
    Own,
    Gem,
}

struct Reader<'a> {
    path: &'a str,
    section: Section,
    remote: String,
    revision: String,
    entries: Vec<Entry>,
    last: Last,
    /// The project's own gems, and what they need.
    own: HashSet<String>,
    own_needs: Vec<String>,
    wants: Option<Wants>,
    /// From `name (version)` to the digests of the archive.
    checksums: BTreeMap<String, Vec<String>>,
    has_sections: bool,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn line(&mut self, line: &str, number: u32) {
        let text = line.trim_start();
        match (line.len() - text.len(), self.section) {
            _ if text.is_empty() => {}
            (0, _) => self.begin(text, number),
            (2, Section::Gem | Section::Git | Section::Path) => self.field(text),
            (4, Section::Gem | Section::Git | Section::Path) => self.gem(text, number),
            (6, Section::Gem | Section::Git | Section::Path) => self.need(text),
            (2, Section::Dependencies) => {
                let name = text.split([' ', '!']).next().unwrap_or(text);
                self.wants.get_or_insert_default().push((name.to_owned(), Scope::Unknown));
            }
            (2, Section::Checksums) => self.checksum(text),
            (_, Section::Other) => {}
            _ => self.problems.push(Problem::line(number, odd(text))),
        }
    }

    fn begin(&mut self, text: &str, number: u32) {
        self.remote.clear();
        self.revision.clear();
        self.has_sections |= matches!(text, "GEM" | "GIT" | "PATH" | "DEPENDENCIES");
        self.section = match text {
            "GEM" | "PLUGIN SOURCE" => Section::Gem,
            "GIT" => Section::Git,
            "PATH" => Section::Path,
            "DEPENDENCIES" => {
                self.wants.get_or_insert_default();
                Section::Dependencies
            }
            "CHECKSUMS" => Section::Checksums,
            _ => {
                // Sections are in capitals; anything else is the mark of a merge or worse.
                if !text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b' ') {
                    self.problems.push(Problem::line(number, odd(text)));
                    // A conflict stands inside a section, which goes on behind the mark.
                    return;
                }
                Section::Other
            }
        };
    }

    fn field(&mut self, text: &str) {
        if let Some((key, value)) = text.split_once(": ") {
            match key {
                "remote" => value.clone_into(&mut self.remote),
                "revision" => value.clone_into(&mut self.revision),
                _ => {}
            }
        }
    }

    fn gem(&mut self, text: &str, number: u32) {
        self.last = Last::Unread;
        let Some((name, version)) = named(text) else {
            self.problems.push(nameless(number, text));
            return;
        };
        if self.section == Section::Path {
            self.last = Last::Own;
            self.own.insert(name.to_owned());
            return;
        }
        self.last = Last::Gem;
        // A version has no dash of its own: what follows one is the platform.
        let (plain, platform) = version.split_once('-').unwrap_or((version, ""));
        let mut purl = Purl::new(PackageKind::Gem, None, name, Some(plain))
            .with_qualifier("platform", platform);
        if self.section == Section::Git {
            purl = purl.with_qualifier("vcs_url", &vcs_url(&self.remote, &self.revision));
        }
        let package = Package::new(purl, Location::line(self.path, number), LOCK.name);
        let names = vec![name.to_owned(), format!("{name} {version}")];
        self.entries.push(Entry { package, names, needs: Vec::new() });
    }

    fn need(&mut self, text: &str) {
        let name = text.split([' ', '!']).next().unwrap_or(text).to_owned();
        match (self.last, self.entries.last_mut()) {
            (Last::Own, _) => self.own_needs.push(name),
            (Last::Gem, Some(entry)) => entry.needs.push(name),
            _ => {}
        }
    }

    /// `name (version) sha256=hex,sha512=hex`; the digests are missing for gems of a repository.
    fn checksum(&mut self, text: &str) {
        let Some((gem, digests)) = text.split_once(") ") else { return };
        if let Some((name, version)) = gem.split_once(" (") {
            let digests = digests.split(',').map(|digest| digest.replacen('=', ":", 1));
            self.checksums.insert(format!("{name} {version}"), digests.collect());
        }
    }

    fn finish(mut self, limits: &Limits) -> Parsed<Catalogue> {
        if !self.has_sections {
            self.problems.push(Problem::whole("no section of gems"));
        }
        for entry in &mut self.entries {
            let digests = entry.names.iter().find_map(|name| self.checksums.get(name));
            entry.package.hashes = digests.cloned().unwrap_or_default();
        }
        if let Some(wants) = &mut self.wants {
            // What the project's own gems need, the project asked for by name.
            let needs = self.own_needs.into_iter().filter(|need| !self.own.contains(need));
            wants.extend(needs.map(|need| (need, Scope::Unknown)));
        }
        self.problems.truncate(limits.problems);
        let packages = assemble(self.entries, self.wants.as_ref());
        let value = Catalogue { packages, ..Catalogue::default() };
        Parsed { value, problems: self.problems }
    }
}

/// Takes `name (version)` apart.
fn named(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(" (")?;
    let version = rest.strip_suffix(')')?;
    (is_word(name) && is_word(version)).then_some((name, version))
}

fn odd(text: &str) -> String {
    format!("`{}` has no meaning here", short(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::npm::testing::{check, read as read_files};

    const FIXTURE: &str = include_str!("../../../tests/fixtures/ruby/Gemfile.lock");

    #[test]
    fn every_source_is_read() {
        check(
            &LOCK,
            &[("Gemfile.lock", FIXTURE)],
            &[
                "6 pkg:gem/widgets@2.1.0?vcs_url=git%2Bhttps://git.example/widgets.git%400123456789abcdef0123456789abcdef01234567 direct unknown > rack@2.2.8",
                "18 pkg:gem/nokogiri@1.15.4 direct unknown > racc@1.7.1",
                "20 pkg:gem/nokogiri@1.15.4?platform=x86_64-linux direct unknown > racc@1.7.1",
                "22 pkg:gem/racc@1.7.1 transitive unknown",
                "23 pkg:gem/rack@2.2.8 direct unknown",
            ],
            &[],
        );
        let packages = read_files(&LOCK, &[("Gemfile.lock", FIXTURE)]).value.packages;
        let racc = packages.iter().find(|package| package.purl.name == "racc").unwrap();
        assert_eq!(racc.hashes, ["sha256:aa11"]);
    }

    #[test]
    fn a_broken_line_costs_only_itself() {
        check(
            &LOCK,
            &[("a", "GEM\r\n  specs:\r\n    a (1.0)\r\n    b\r\n      c (>= 1)\r\n    c (1)\r\n")],
            &["3 pkg:gem/a@1.0 unknown unknown", "6 pkg:gem/c@1 unknown unknown"],
            &["line 4: `b` has no name or no version"],
        );
        check(
            &LOCK,
            &[("a", "GEM\n  specs:\n<<<<<<< HEAD\n    a (1.0)\n=======\n    a (2.0)\n>>>>>>> b\n")],
            &["4 pkg:gem/a@1.0 unknown unknown", "6 pkg:gem/a@2.0 unknown unknown"],
            &[
                "line 3: `<<<<<<< HEAD` has no meaning here",
                "line 5: `=======` has no meaning here",
                "line 7: `>>>>>>> b` has no meaning here",
            ],
        );
        check(&LOCK, &[("a", "")], &[], &["no section of gems"]);
    }
}
