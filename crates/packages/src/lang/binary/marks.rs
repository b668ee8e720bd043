//! Looks for the marks of [`super::classifiers`] in programs and libraries.
//!
//! The file's name is asked first: most programs are nobody we know, and cost one comparison per
//! name. Of the others only the read-only data is searched, where it can be told from the code.

use memchr::memmem;
use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Location, Package, PackageKind, Purl};

use super::classifiers::{CLASSIFIERS, Classifier, Mark};
use super::executable::{self, Executable};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, Sniff};

pub const PROGRAM_VERSION: Cataloguer = Cataloguer {
    name: "program-version",
    patterns: &[
        Pattern::Sniff(Sniff::Elf),
        Pattern::Sniff(Sniff::Pe),
        Pattern::Sniff(Sniff::MachO),
    ],
    reads: Reads::Each(read),
};

/// Sections for constants, in the order ELF, PE, Mach-O.
const CONSTANTS: [&str; 4] = [".rodata", ".rdata", "__cstring", "__const"];
/// A version longer than this is no version.
const LONGEST_VERSION: usize = 40;

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let mut found = Parsed::whole(Catalogue::default());
    let known: Vec<_> = CLASSIFIERS
        .iter()
        .filter(|classifier| classifier.names.iter().any(|name| fits(name, file.name())))
        .collect();
    if is_packed(file.bytes) {
        let what = "packed with UPX: what is inside cannot be read";
        found.problems.push(Problem::whole(what));
        return found;
    }
    let programs = executable::read(file.bytes, limits).value;
    let mut add = |product: &str, version: &str| {
        let purl = Purl::new(PackageKind::Generic, None, product, Some(version));
        let package = Package::new(purl, Location::path(file.path), PROGRAM_VERSION.name);
        found.value.packages.push(package);
    };
    // Compilers sign their work there; of Rust's a part, the standard library, is in the program.
    let compilers = programs.first().and_then(|program| program.section(".comment"));
    if let Some(version) = compilers.and_then(|text| between("rustc version {3} (", text)) {
        add("rust", &version);
    }
    if known.is_empty() {
        return found;
    }
    let constants: Vec<&[u8]> = programs.iter().flat_map(constants).collect();
    let data = if constants.is_empty() { vec![file.bytes] } else { constants };
    for classifier in known {
        let whole = [file.bytes];
        let version = version(classifier, file.name(), &data);
        // Some texts stand in data that is relocated, and so not among the constants.
        let version = version.or_else(|| self::version(classifier, file.name(), &whole));
        if let Some(version) = version {
            add(classifier.product, &version);
        }
    }
    found
}

/// UPX leaves its signature right behind the headers.
fn is_packed(bytes: &[u8]) -> bool {
    memmem::find(bytes.get(..1024).unwrap_or(bytes), b"UPX!").is_some()
}

fn constants<'a>(program: &Executable<'a>) -> Vec<&'a [u8]> {
    let is_constant = |name: &[u8]| CONSTANTS.iter().any(|known| known.as_bytes() == name);
    let sections = program.sections.iter().filter(|section| is_constant(section.name));
    sections.map(|section| section.data).collect()
}

/// Whether a name fits a pattern in which `*` stands for any text and `?` for a digit.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return same(pattern, name);
    };
    let (Some(start), Some(name)) = (name.get(..head.len()), name.get(head.len()..)) else {
        return false;
    };
    if !same(head, start) {
        return false;
    }
    if rest.is_empty() {
        return true;
    }
    // At most a few dozen positions: names are short and patterns have two stars at most.
    name.char_indices()
        .map(|(at, _)| at)
        .chain([name.len()])
        .filter_map(|at| name.get(at..))
        .any(|tail| fits(rest, tail))
}

fn same(pattern: &str, name: &str) -> bool {
    pattern.len() == name.len()
        && pattern
            .bytes()
            .zip(name.bytes())
            .all(|(wanted, byte)| wanted == byte || (wanted == b'?' && byte.is_ascii_digit()))
}

fn version(classifier: &Classifier, name: &str, data: &[&[u8]]) -> Option<String> {
    classifier.marks.iter().find_map(|mark| match mark {
        Mark::Text(text) => data.iter().find_map(|bytes| between(text, bytes)),
        Mark::Alone(numbers) => only(alone(data, *numbers)),
        Mark::Highest(numbers) => {
            let mut known = alone(data, *numbers);
            known.retain(|version| numbers_of(version).len() == *numbers);
            known.into_iter().max_by_key(|version| numbers_of(version))
        }
        Mark::Series(numbers) => {
            let series = digits(name);
            let continues = |version: &String| {
                series.is_empty()
                    || version.strip_prefix(series).is_some_and(|rest| rest.starts_with('.'))
            };
            only(alone(data, *numbers).into_iter().filter(continues).collect())
        }
        Mark::FileName(numbers) => {
            let text = name.rsplit_once(".so.")?.1;
            let length = version_length(text.as_bytes(), *numbers)?;
            (length == text.len()).then(|| text.to_owned())
        }
    })
}

/// `3.11` of `python3.11`, `libpython3.11.so.1.0` and `python3.11m`.
fn digits(name: &str) -> &str {
    let stem = name.split(".so").next().unwrap_or(name);
    let start = stem.find(|c: char| c.is_ascii_digit()).unwrap_or(stem.len());
    let rest = stem.get(start..).unwrap_or_default();
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default().trim_end_matches('.')
}

/// The numbers at the start of a version.
fn numbers_of(version: &str) -> Vec<u32> {
    let core = core_length(version.as_bytes(), 1).and_then(|length| version.get(..length));
    core.unwrap_or_default().split('.').filter_map(|number| number.parse().ok()).collect()
}

fn only(mut versions: Vec<String>) -> Option<String> {
    versions.dedup();
    match versions.len() {
        1 => versions.pop(),
        _ => None,
    }
}

/// All texts between NULs that are a version and nothing else, sorted.
fn alone(data: &[&[u8]], numbers: usize) -> Vec<String> {
    let mut found = Vec::new();
    for text in data.iter().flat_map(|bytes| bytes.split(|byte| *byte == 0)) {
        let starts = text.first().is_some_and(u8::is_ascii_digit) && text.len() <= LONGEST_VERSION;
        if starts && version_length(text, numbers).is_some_and(|length| length == text.len()) {
            found.push(String::from_utf8_lossy(text).into_owned());
        }
    }
    found.sort();
    found
}

/// The version in the first place where the text around it fits.
fn between(mark: &str, data: &[u8]) -> Option<String> {
    let (before, numbers, after) = match mark.split_once("{2}") {
        Some((before, after)) => (before, 2, after),
        None => mark.split_once("{3}").map(|(before, after)| (before, 3, after))?,
    };
    let finder = memmem::Finder::new(before);
    let mut found = finder.find_iter(data).filter_map(|at| {
        let start = at + before.len();
        let end = data.len().min(start + LONGEST_VERSION + after.len());
        let text = data.get(start..end)?;
        let length = ending_before(text, numbers, after.as_bytes())?;
        Some(String::from_utf8_lossy(text.get(..length)?).into_owned())
    });
    if !after.is_empty() {
        return found.next();
    }
    // `OpenSSH_9.2` and `OpenSSH_9.2p1` stand in one program: the longer one says more.
    let first = found.next()?;
    let more = found.take(16).filter(|other| other.starts_with(&first));
    Some(more.max_by_key(String::len).unwrap_or(first))
}

/// How long a version is that `after` follows: as numbers only, with what the makers add to it, or
/// with what a distribution adds behind that, which is left out.
fn ending_before(text: &[u8], numbers: usize, after: &[u8]) -> Option<usize> {
    let core = core_length(text, numbers)?;
    let whole = core + addition_length(text.get(core..)?);
    if after.is_empty() {
        return Some(whole);
    }
    let fits = |length: usize| text.get(length..).is_some_and(|rest| rest.starts_with(after));
    let build = |byte: &u8| byte.is_ascii_alphanumeric() || b".+~-".contains(byte);
    let tail = text.get(whole..)?.iter().take_while(|byte| build(byte)).count();
    if fits(core) { Some(core) } else { (fits(whole) || fits(whole + tail)).then_some(whole) }
}

fn version_length(text: &[u8], numbers: usize) -> Option<usize> {
    let core = core_length(text, numbers)?;
    Some(core + addition_length(text.get(core..)?))
}

/// The length of `1.2.3` at the start, if it has enough numbers and none is longer than nine digits.
fn core_length(text: &[u8], numbers: usize) -> Option<usize> {
    let mut length = 0;
    let mut count = 0;
    loop {
        let digits = text.get(length..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 || digits > 9 {
            break;
        }
        count += 1;
        length += digits;
        let more =
            text.get(length) == Some(&b'.') && text.get(length + 1).is_some_and(u8::is_ascii_digit);
        if !more {
            break;
        }
        length += 1;
    }
    (count >= numbers && length <= LONGEST_VERSION).then_some(length)
}

/// The length of what makers add to the numbers: `w` (OpenSSL), `p1` (OpenSSH), `rc1`, `-beta.2`.
fn addition_length(text: &[u8]) -> usize {
    let bytes = text.get(..text.len().min(16)).unwrap_or_default();
    for word in ["alpha", "beta", "rc", "RC", "pre", "dev"] {
        for dash in ["", "-"] {
            let Some(rest) = bytes.strip_prefix(dash.as_bytes()) else { continue };
            let Some(rest) = rest.strip_prefix(word.as_bytes()) else { continue };
            let number = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
            let digits = rest.iter().take_while(|byte| number(byte)).count();
            return dash.len() + word.len() + digits;
        }
    }
    match bytes {
        [b'a'..=b'z', rest @ ..] => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            match rest.get(digits) {
                Some(next) if next.is_ascii_alphabetic() => 0,
                _ => 1 + digits,
            }
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::binary::executable::tests::elf;

    /// Reads a library of that name whose constants are `text`; expects the purls.
    fn check(name: &str, text: &str, packages: &[&str]) {
        let bytes =
            elf(&[(".text", 0, b"\0OpenSSL 9.9.9 "), (".rodata", 0, text.as_bytes())], true, false);
        let read = read(&FileInput { path: name, bytes: &bytes }, &Limits::TINY);
        let found: Vec<_> = read.value.packages.iter().map(|p| p.purl.to_string()).collect();
        assert_eq!(found, packages, "{name} {text:?}");
        assert_eq!(read.problems, []);
    }

    #[test]
    fn a_known_name_and_a_known_text_give_the_version() {
        check("nginx", "\0nginx version: nginx/1.25.3\0", &["pkg:generic/nginx@1.25.3"]);
        check(
            "nginx",
            "\0nginx version: openresty/1.25.3.1\0",
            &["pkg:generic/openresty@1.25.3.1"],
        );
        check("notnginx", "\0nginx version: nginx/1.25.3\0", &[]);
        check("libssl.so.1.1", "\0OpenSSL 1.1.1w  11 Sep 2023\0", &["pkg:generic/openssl@1.1.1w"]);
        check(
            "libcrypto.so.10",
            "\0OpenSSL 1.0.2k-fips  26 Jan 2017\0",
            &["pkg:generic/openssl@1.0.2k"],
        );
        check("sshd", "\0OpenSSH_9.2p1 Debian-2\0", &["pkg:generic/openssh@9.2p1"]);
        check(
            "haproxy",
            "\0 version 2.6.12-1+deb12u4, released 2026\0",
            &["pkg:generic/haproxy@2.6.12"],
        );
        check(
            "postgres",
            "\0postgres (PostgreSQL) 17beta1\0postgres (PostgreSQL) 16.1\n\0",
            &["pkg:generic/postgresql@16.1"],
        );
        check("ruby3.1", "\0ruby 3.1.7p261 (2025)\0", &["pkg:generic/ruby@3.1.7"]);
        check(
            "libc.so.6",
            "\0GNU C Library, stable release version 2.36.\n\0",
            &["pkg:generic/glibc@2.36"],
        );
        check("php8.2", "\0X-Powered-By: PHP/8.2.0RC1\0", &["pkg:generic/php@8.2.0RC1"]);
        check("php8.2", "\0X-Powered-By: PHP/8.2.0\0", &["pkg:generic/php@8.2.0"]);
    }

    #[test]
    fn a_version_that_stands_alone_must_be_the_only_one() {
        check("redis-server", "a\x007.0.15\0b", &["pkg:generic/redis@7.0.15"]);
        check("jq", "\x001.6\x002.7\0", &[]);
        check("sqlite3", "\x001.2.13\0", &[]);
        check("python3.11", "\x003.11.2\x001.2.13\0", &["pkg:generic/python@3.11.2"]);
        check(
            "libpython3.13.so.1.0",
            "\x003.13.0rc2\x003.1.2\0",
            &["pkg:generic/python@3.13.0rc2"],
        );
        check("python3.1", "\x003.11.2\0", &[]);
    }

    #[test]
    fn the_highest_of_several_versions_can_be_the_programs_own() {
        let text = "\x001.0.0\x002.8.13\x0010.0.1\x00127.0.0.1\x009.9.9\0";
        check("redis-server", text, &["pkg:generic/redis@10.0.1"]);
        check("sudo", "\x001.4.1\x001.9.13p3\0", &["pkg:generic/sudo@1.9.13p3"]);
    }

    #[test]
    fn the_longer_of_two_like_versions_is_taken() {
        check("sshd", "\0OpenSSH_9.2\0OpenSSH_9.2p1\0", &["pkg:generic/openssh@9.2p1"]);
    }

    #[test]
    fn some_libraries_have_their_version_in_the_name_only() {
        check("libxml2.so.2.9.14", "", &["pkg:generic/libxml2@2.9.14"]);
        check("libxml2.so.2", "", &[]);
    }

    #[test]
    fn a_rust_program_says_which_standard_library_is_in_it() {
        let comment = b"rustc version 1.95.0 (59807616e 2026-04-14)\0GCC: 12.2.0\0";
        let bytes = elf(&[(".comment", 0, comment)], true, false);
        let read = read(&FileInput { path: "app", bytes: &bytes }, &Limits::TINY);
        assert_eq!(read.value.packages[0].purl.to_string(), "pkg:generic/rust@1.95.0");
    }

    #[test]
    fn a_packed_program_is_reported() {
        let bytes = b"\x7fELF\x02\x01\x01 UPX!";
        let read = read(&FileInput { path: "app", bytes }, &Limits::TINY);
        assert_eq!(
            read.problems,
            [Problem::whole("packed with UPX: what is inside cannot be read")]
        );
    }

    #[test]
    fn no_bytes_stop_the_search() {
        for classifier in CLASSIFIERS {
            for mark in classifier.marks {
                let Mark::Text(text) = mark else { continue };
                let full = text.replace("{2}", "1.2.3").replace("{3}", "1.2.3");
                assert_eq!(between(text, full.as_bytes()).as_deref(), Some("1.2.3"), "{text:?}");
                for end in 0..full.len() {
                    let _ = between(text, &full.as_bytes()[..end]);
                }
            }
        }
    }
}
