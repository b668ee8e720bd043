//! Reads what opkg knows, the package manager of OpenWrt and of Yocto images.
//!
//! opkg writes dpkg's formats with fewer fields: `status` names the packages, `info/*.control` has
//! their licence, `info/*.list` their files with a tab and more after the path. Versions follow
//! dpkg's order, so the packages are of its kind.

use panoply_base::{Limits, Parsed};

use super::deb822::stanzas;
use super::dpkg;
use super::gathering::Gathering;
use super::words::text_of;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads};

pub const STATUS: Cataloguer = Cataloguer {
    name: "opkg",
    patterns: &[Pattern::Path("usr/lib/opkg/status"), Pattern::Path("var/lib/opkg/status")],
    reads: Reads::Each(read_status),
};

pub const INFO: Cataloguer = Cataloguer {
    name: "opkg-info",
    patterns: &[
        Pattern::In("usr/lib/opkg/info", ".list"),
        Pattern::In("usr/lib/opkg/info", ".control"),
        Pattern::In("var/lib/opkg/info", ".list"),
        Pattern::In("var/lib/opkg/info", ".control"),
    ],
    reads: Reads::Each(read_info),
};

fn read_status(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    dpkg::read_stanzas(file, limits, STATUS.name)
}

fn read_info(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    if matches!(file.name().rsplit_once('.'), Some((_, "list"))) {
        return dpkg::read_files(file, limits);
    }
    let mut gathering = Gathering::new(limits);
    if let Some(stanza) = stanzas(&text_of(file.bytes)).next() {
        let [package, licence] = stanza.fields(["Package", "License"]);
        if let (Some(package), Some(licence)) = (package, licence.filter(|text| !text.is_empty())) {
            gathering.licensed(package, vec![licence.to_owned()]);
        }
    }
    gathering.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Licensed, Owned};

    /// Reads one file with the cataloguer that wants it.
    fn check(path: &str, text: &str) -> Catalogue {
        let wanted = crate::Router::new([&STATUS, &INFO]).by_path(path);
        let Reads::Each(read) = wanted.first().unwrap().reads else { unreachable!() };
        let read = read(&FileInput { path, bytes: text.as_bytes() }, &Limits::TINY);
        assert_eq!(read.problems, []);
        read.value
    }

    #[test]
    fn installed_packages_are_listed() {
        let status = "Package: busybox\nVersion: 1.36.1-1\nDepends: libc\nStatus: install user installed\n\
                      Architecture: x86_64\nInstalled-Time: 1700000000\n\nPackage: old\nVersion: 1\n\
                      Status: deinstall user not-installed\n";
        let found = check("usr/lib/opkg/status", status);
        let purls: Vec<_> = found.packages.iter().map(|package| package.purl.to_string()).collect();
        assert_eq!(purls, ["pkg:deb/busybox@1.36.1-1?arch=x86_64"]);
        assert_eq!(found.packages[0].cataloguer, "opkg");
    }

    #[test]
    fn control_files_have_the_licence_and_lists_the_files() {
        let control = "Package: busybox\nLicense: GPL-2.0\nDescription: x\n";
        let licences = vec!["GPL-2.0".to_owned()];
        assert_eq!(
            check("usr/lib/opkg/info/busybox.control", control).licensed,
            [Licensed { package: "busybox".to_owned(), licences }]
        );
        assert_eq!(
            check("var/lib/opkg/info/busybox.list", "/bin/busybox\n/bin/sh\t0120777\tbusybox\n")
                .owned,
            [Owned::new("busybox", ["/bin/busybox", "/bin/sh"].into_iter())]
        );
        assert_eq!(check("usr/lib/opkg/info/x.control", "License:\n").licensed, []);
    }
}
