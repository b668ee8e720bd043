//! Reads the licences of Debian packages from `/usr/share/doc/<package>/copyright`.
//!
//! Most follow the machine-readable format, Debian's copyright-format 1.0 (DEP-5), whose `License`
//! fields begin with a short name. The others quote the licence, or point to the copy that every
//! Debian system has in `/usr/share/common-licenses` (Debian policy, 12.5). A file that does neither
//! leaves the licence unknown; it was written for people, so that is no problem of the file.

use std::collections::BTreeSet;

use memchr::memmem;
use panoply_base::{Limits, Parsed};

use super::deb822::stanzas;
use super::gathering::Gathering;
use super::words::{split_at_directory, text_of};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads};

const DIRECTORY: &str = "usr/share/doc";
const COMMON: &str = "/usr/share/common-licenses/";

pub const COPYRIGHT: Cataloguer = Cataloguer {
    name: "dpkg-copyright",
    patterns: &[Pattern::Below(DIRECTORY, "copyright")],
    reads: Reads::Each(read),
};

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let mut gathering = Gathering::new(limits);
    let package = split_at_directory(file.path, &[DIRECTORY])
        .and_then(|(_, rest)| rest.strip_suffix("/copyright"))
        .filter(|package| !package.contains('/'));
    if let Some(package) = package {
        gathering.licensed(package, licences(&text_of(file.bytes)));
    }
    gathering.finish()
}

/// Licence names as the file writes them, sorted.
fn licences(text: &str) -> Vec<String> {
    let declared = declared(text);
    let found = if declared.is_empty() { mentioned(text) } else { declared };
    found.into_iter().map(str::to_owned).collect()
}

/// Short names of the machine-readable format; nothing in any other.
fn declared(text: &str) -> BTreeSet<&str> {
    let is_machine_readable = stanzas(text).next().is_some_and(|header| {
        let [format, older] = header.fields(["Format", "Format-Specification"]);
        format.or(older).is_some()
    });
    if !is_machine_readable {
        return BTreeSet::new();
    }
    let names = stanzas(text).filter_map(|stanza| stanza.field("License"));
    names.filter(|name| !name.is_empty()).collect()
}

fn mentioned(text: &str) -> BTreeSet<&str> {
    memmem::find_iter(text.as_bytes(), COMMON)
        .filter_map(|at| {
            let rest = text.get(at + COMMON.len()..)?;
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            // The sentence may end, or be hyphenated, right behind the name.
            Some(rest.get(..end)?.trim_end_matches(['.', '-']))
        })
        .filter(|name| !name.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Licensed;

    fn run(path: &str, bytes: &[u8]) -> Vec<Licensed> {
        read(&FileInput { path, bytes }, &Limits::TINY).value.licensed
    }

    fn check(text: &str, licences: &[&str]) {
        let found = run("usr/share/doc/thing/copyright", text.as_bytes());
        let found: Vec<_> = found.iter().flat_map(|one| &one.licences).collect();
        assert_eq!(found, licences, "{text}");
    }

    #[test]
    fn machine_readable_files_say_their_short_names() {
        check(
            "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n\
             Files: *\nCopyright: 2020 Somebody\nLicense: GPL-2+ or Artistic\n\n\
             Files: debian/*\nLicense: Expat\n License: not a field\n\n\
             License: Expat\n See /usr/share/common-licenses/BSD for another.\n",
            &["Expat", "GPL-2+ or Artistic"],
        );
        check("Format-Specification: x\r\nLicense: MIT\r\n", &["MIT"]);
    }

    #[test]
    fn other_files_point_to_common_licences() {
        check(
            "It is in `/usr/share/common-licenses/GPL-3', or see\n\
             /usr/share/common-licenses/LGPL-2.1. Also /usr/share/common-licenses/GPL-3.",
            &["GPL-3", "LGPL-2.1"],
        );
        check("License: this is prose\nand says nothing", &[]);
        check("see /usr/share/common-licenses/", &[]);
        check("see /usr/share/common-licenses/\u{4e2d}", &[]);
        check("Format: x\n\nFiles: *\n\n/usr/share/common-licenses/BSD\n", &["BSD"]);
        check("", &[]);
    }

    #[test]
    fn the_package_is_the_directory() {
        let text = b"/usr/share/common-licenses/BSD";
        assert_eq!(run("jail/usr/share/doc/lib-x1/copyright", text)[0].package, "lib-x1");
        assert!(run("usr/share/doc/lib-x1/examples/copyright", text).is_empty());
    }
}
