//! Reads which distribution a root file system is.
//!
//! os-release(5) says it on everything made since about 2012. Older and smaller systems have only a
//! file of their own: `alpine-release`, `debian_version`, `redhat-release` and its kin, whose one
//! line reads `Name release 1.2 (Codename)`. Such a file ranks below os-release, whatever comes first.

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::Distro;

use super::words::{split_root, text_of};
use crate::{Catalogue, Cataloguer, DistroRank, FileInput, Pattern, Reads};

pub const RELEASE: Cataloguer = Cataloguer {
    name: "os-release",
    patterns: &[
        Pattern::Path("etc/os-release"),
        Pattern::Path("usr/lib/os-release"),
        Pattern::Path("etc/lsb-release"),
        Pattern::Path("etc/openwrt_release"),
        Pattern::Path("etc/alpine-release"),
        Pattern::Path("etc/openEuler-release"),
        Pattern::Path("etc/anolis-release"),
        Pattern::Path("etc/kylin-release"),
        Pattern::Path("etc/tencentos-release"),
        Pattern::Path("etc/oracle-release"),
        Pattern::Path("etc/centos-release"),
        Pattern::Path("etc/rocky-release"),
        Pattern::Path("etc/almalinux-release"),
        Pattern::Path("etc/fedora-release"),
        Pattern::Path("etc/system-release"),
        Pattern::Path("etc/redhat-release"),
        Pattern::Path("etc/debian_version"),
    ],
    reads: Reads::Each(read),
};

/// The files in falling order of trust, and how each is read. Rebuilds keep a `redhat-release` or a
/// `debian_version` that speaks of what they were built from, so these come last.
const FILES: &[(&str, Reader)] = &[
    ("etc/os-release", os_release),
    ("usr/lib/os-release", os_release),
    ("etc/openwrt_release", lsb_release),
    ("etc/lsb-release", lsb_release),
    ("etc/alpine-release", alpine_release),
    ("etc/openEuler-release", release_line),
    ("etc/anolis-release", release_line),
    ("etc/kylin-release", release_line),
    ("etc/tencentos-release", release_line),
    ("etc/oracle-release", release_line),
    ("etc/centos-release", release_line),
    ("etc/rocky-release", release_line),
    ("etc/almalinux-release", release_line),
    ("etc/fedora-release", release_line),
    ("etc/system-release", release_line),
    ("etc/redhat-release", release_line),
    ("etc/debian_version", debian_version),
];

type Reader = fn(&str, &mut Vec<Problem>) -> Option<Distro>;

/// How `… release` lines begin, and the `ID` that os-release of the same distribution has.
const NAMES: &[(&str, &str)] = &[
    ("AlmaLinux", "almalinux"),
    ("Alibaba Cloud Linux", "alinux"),
    ("Amazon Linux", "amzn"),
    ("Anolis OS", "anolis"),
    ("CentOS", "centos"),
    ("CloudLinux", "cloudlinux"),
    ("EulerOS", "euleros"),
    ("Fedora", "fedora"),
    ("Kylin", "kylin"),
    ("OpenCloudOS", "opencloudos"),
    ("openEuler", "openEuler"),
    ("Oracle Linux", "ol"),
    ("Red Hat Enterprise Linux", "rhel"),
    ("Rocky Linux", "rocky"),
    ("Scientific Linux", "scientific"),
    ("TencentOS", "tencentos"),
    ("Virtuozzo", "virtuozzo"),
];

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let mut problems = Vec::new();
    let mut catalogue = Catalogue::default();
    let known = FILES.iter().enumerate().find_map(|(order, (end, reader))| {
        split_root(file.path, &[end]).map(|(root, _)| (order, root, reader))
    });
    if let Some((order, root, reader)) = known {
        catalogue.distro = reader(&text_of(file.bytes), &mut problems);
        let depth = root.matches('/').count();
        catalogue.distro_rank = DistroRank { depth: depth as u32, order: order as u8 };
    }
    problems.truncate(limits.problems);
    Parsed { value: catalogue, problems }
}

fn os_release(text: &str, problems: &mut Vec<Problem>) -> Option<Distro> {
    let mut distro = Distro::default();
    for (line, key, value) in assignments(text) {
        match key {
            "ID" => distro.id = value,
            "ID_LIKE" => distro.like = value.split_whitespace().map(str::to_owned).collect(),
            "VERSION_ID" => distro.version = value,
            "VERSION_CODENAME" => distro.codename = value,
            "PRETTY_NAME" => distro.pretty = value,
            "" => problems.push(Problem::line(line, "not an assignment")),
            _ => {}
        }
    }
    if distro.id.is_empty() {
        problems.push(Problem::whole("does not say which distribution this is: no `ID`"));
        return None;
    }
    Some(distro)
}

/// Follows the LSB's `lsb-release`. Where a distribution writes only the version of the LSB, that is
/// no answer and no problem.
fn lsb_release(text: &str, _: &mut Vec<Problem>) -> Option<Distro> {
    let mut distro = Distro::default();
    for (_, key, value) in assignments(text) {
        match key {
            "DISTRIB_ID" => distro.id = value.to_ascii_lowercase(),
            "DISTRIB_RELEASE" => distro.version = value,
            "DISTRIB_CODENAME" => distro.codename = value,
            "DISTRIB_DESCRIPTION" => distro.pretty = value,
            _ => {}
        }
    }
    (!distro.id.is_empty()).then_some(distro)
}

/// `KEY=value` lines with their number; a line that is none has an empty key. The last of several
/// assignments counts, as it does in the shell.
fn assignments(text: &str) -> impl Iterator<Item = (u32, &str, String)> {
    text.lines().zip(1..).filter_map(|(line, number)| {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        let (key, value) = line.split_once('=').unwrap_or_default();
        Some((number, key, unquote(value)))
    })
}

/// Undoes the quoting of the shell as far as os-release(5) allows it: either quotes, and `\` before
/// any character outside single quotes.
fn unquote(value: &str) -> String {
    let value = value.trim();
    if let Some(literal) = value.strip_prefix('\'') {
        return literal.strip_suffix('\'').unwrap_or(literal).to_owned();
    }
    let double = value.strip_prefix('"');
    let mut plain = String::with_capacity(value.len());
    let mut characters = double.unwrap_or(value).chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            '"' if double.is_some() => break,
            other => plain.push(other),
        }
    }
    plain
}

fn alpine_release(text: &str, problems: &mut Vec<Problem>) -> Option<Distro> {
    let version = first_line(text);
    if version.starts_with(|first: char| first.is_ascii_digit()) {
        let pretty = format!("Alpine Linux v{version}");
        return Some(Distro { pretty, ..Distro::new("alpine", version) });
    }
    problems.push(unknown(version));
    None
}

/// `12.5` on a release, `trixie/sid` before one. os-release of Debian names the major version only.
fn debian_version(text: &str, problems: &mut Vec<Problem>) -> Option<Distro> {
    let line = first_line(text);
    let pretty = format!("Debian GNU/Linux {line}");
    if line.starts_with(|first: char| first.is_ascii_digit()) {
        let major = line.split('.').next().unwrap_or(line);
        return Some(Distro { pretty, ..Distro::new("debian", major) });
    }
    let codename = line.split('/').next().unwrap_or_default();
    if !codename.is_empty() && codename.bytes().all(|byte| byte.is_ascii_lowercase()) {
        let codename = codename.to_owned();
        return Some(Distro { codename, pretty, ..Distro::new("debian", "") });
    }
    problems.push(unknown(line));
    None
}

fn release_line(text: &str, problems: &mut Vec<Problem>) -> Option<Distro> {
    let line = first_line(text);
    let id = NAMES.iter().find(|(name, _)| line.starts_with(name)).map(|(_, id)| *id);
    let (Some(id), Some((_, after))) = (id, line.split_once(" release ")) else {
        problems.push(unknown(line));
        return None;
    };
    let version = after.split_whitespace().next().unwrap_or_default();
    let codename = after.split_once('(').and_then(|(_, rest)| rest.split(')').next());
    Some(Distro {
        codename: codename.unwrap_or_default().to_owned(),
        pretty: line.to_owned(),
        ..Distro::new(id, version)
    })
}

fn first_line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

fn unknown(line: &str) -> Problem {
    let line: String = line.chars().take(120).collect();
    Problem::whole(format!("names no distribution known here: `{line}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(path: &str, bytes: &[u8]) -> Parsed<Catalogue> {
        read(&FileInput { path, bytes }, &Limits::TINY)
    }

    /// Reads one file; expects `id|version|codename|pretty`, or the problem.
    fn check(path: &str, text: &str, expected: &str) {
        let read = run(path, text.as_bytes());
        let found = match read.value.distro {
            Some(distro) => {
                format!("{}|{}|{}|{}", distro.id, distro.version, distro.codename, distro.pretty)
            }
            None => read.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn os_release_is_read_as_the_shell_would() {
        let path = "etc/os-release";
        check(
            path,
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\n\
             VERSION_CODENAME=bookworm\nID=debian\n",
            "debian|12|bookworm|Debian GNU/Linux 12 (bookworm)",
        );
        check(path, "ID='wolfi'\r\nVERSION_ID=20230201\r\n", "wolfi|20230201||");
        check(path, "# x\n\nID=\"a\\\"b\\\\c\\$d\"\n", "a\"b\\c$d|||");
        check(path, "ID=a\\ b\n", "a b|||");
        check(path, "ID=\"openEuler\" # not a comment here\n", "openEuler|||");
        check(path, "\u{feff}ID=first\nID=last\n", "last|||");
        check(path, "ID=\"cut", "cut|||");
    }

    #[test]
    fn an_os_release_without_an_id_is_a_problem() {
        let none = "does not say which distribution this is: no `ID`";
        check("etc/os-release", "", none);
        check("etc/os-release", "NAME=x\n", none);
        check("etc/os-release", "<html>", &format!("line 1: not an assignment; {none}"));
    }

    #[test]
    fn relatives_keep_their_order() {
        let read = run("etc/os-release", b"ID=rocky\nID_LIKE=\"rhel centos fedora\"\n");
        assert_eq!(read.value.distro.unwrap().like, ["rhel", "centos", "fedora"]);
    }

    #[test]
    fn older_systems_have_a_line_of_their_own() {
        check("etc/alpine-release", "3.19.1\n", "alpine|3.19.1||Alpine Linux v3.19.1");
        check("etc/debian_version", "12.5\n", "debian|12||Debian GNU/Linux 12.5");
        check("etc/debian_version", "trixie/sid\n", "debian||trixie|Debian GNU/Linux trixie/sid");
        let line = |path: &str, line: &str, expected: &str| {
            check(path, &format!("{line}\n"), &format!("{expected}|{line}"));
        };
        line("etc/centos-release", "CentOS release 6.10 (Final)", "centos|6.10|Final");
        line("etc/centos-release", "CentOS Linux release 7.9.2009 (Core)", "centos|7.9.2009|Core");
        line(
            "etc/redhat-release",
            "Red Hat Enterprise Linux Server release 6.10 (Santiago)",
            "rhel|6.10|Santiago",
        );
        line(
            "etc/openEuler-release",
            "openEuler release 22.03 (LTS-SP3)",
            "openEuler|22.03|LTS-SP3",
        );
        line("etc/anolis-release", "Anolis OS release 8.8", "anolis|8.8|");
        line(
            "etc/kylin-release",
            "Kylin Linux Advanced Server release V10 (Lance)",
            "kylin|V10|Lance",
        );
        line(
            "etc/tencentos-release",
            "TencentOS Server release 3.1 (Final)",
            "tencentos|3.1|Final",
        );
        line("etc/system-release", "Amazon Linux AMI release 2018.03", "amzn|2018.03|");
    }

    #[test]
    fn lsb_release_counts_where_it_names_a_distribution() {
        check(
            "etc/lsb-release",
            "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=12.04\nDISTRIB_CODENAME=precise\n",
            "ubuntu|12.04|precise|",
        );
        check("etc/lsb-release", "LSB_VERSION=base-4.0-amd64\n", "");
    }

    #[test]
    fn what_names_nothing_is_a_problem() {
        check("etc/alpine-release", "", "names no distribution known here: ``");
        check("etc/debian_version", "Kali/1", "names no distribution known here: `Kali/1`");
        check("etc/redhat-release", "Frob 1", "names no distribution known here: `Frob 1`");
        check("etc/redhat-release", "Fedora 1", "names no distribution known here: `Fedora 1`");
    }

    #[test]
    fn os_release_at_the_root_wins_in_any_order() {
        let mut files = vec![
            ("etc/debian_version", "trixie/sid"),
            ("usr/lib/os-release", "ID=vendor"),
            ("etc/os-release", "ID=ubuntu"),
            ("etc/redhat-release", "CentOS Linux release 7"),
            ("srv/jail/etc/os-release", "ID=alpine"),
        ];
        for _ in 0..files.len() {
            files.rotate_left(1);
            let mut sum = Catalogue::default();
            for (path, text) in &files {
                sum.absorb(run(path, text.as_bytes()).value);
            }
            assert_eq!(sum.distro.unwrap().id, "ubuntu");
        }
    }

    #[test]
    fn every_pattern_has_a_reader() {
        for pattern in RELEASE.patterns {
            let known = FILES.iter().any(|(end, _)| *pattern == Pattern::Path(end));
            assert!(known, "{pattern:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_do_not_stop_the_reader() {
        for path in ["etc/os-release", "etc/redhat-release", "etc/debian_version"] {
            let bytes = b"ID=\"\xff\xfe\\";
            for end in 0..=bytes.len() {
                run(path, &bytes[..end]);
            }
        }
    }
}
