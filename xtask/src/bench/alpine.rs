//! A root file system as small as Alpine's base image, and what a scan of it takes from start to
//! result.
//!
//! No mirror of Alpine is asked: the tree is made here, with the packages, versions and file lists
//! that the base image of Alpine 3.20 has, in apk's own format (Alpine wiki, "Apk spec"; fields of
//! the installed database in apk-tools, `doc/apk-package.5`). The programs in it are Debian's
//! static busybox where it can be had, else bytes of the same size.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};

use super::measure::{count, measure, report};
use super::table::Table;
use super::{Bench, text, tree};
use crate::run::{has, output};

/// The wall time promised for such a scan, in seconds.
const GOAL: f64 = 0.060;

struct Package {
    name: &'static str,
    version: &'static str,
    origin: &'static str,
    licence: &'static str,
    what: &'static str,
    depends: &'static str,
    provides: &'static str,
    /// Path and bytes of what it brings.
    files: &'static [(&'static str, usize)],
}

const PACKAGES: &[Package] = &[
    Package {
        name: "alpine-baselayout",
        version: "3.6.5-r0",
        origin: "alpine-baselayout",
        licence: "GPL-2.0-only",
        what: "Alpine base dir structure and init scripts",
        depends: "alpine-baselayout-data=3.6.5-r0 /bin/sh",
        provides: "",
        files: &[("etc/motd", 284), ("etc/crontabs/root", 570), ("etc/sysctl.conf", 53)],
    },
    Package {
        name: "alpine-baselayout-data",
        version: "3.6.5-r0",
        origin: "alpine-baselayout",
        licence: "GPL-2.0-only",
        what: "Alpine base dir structure and init scripts",
        depends: "",
        provides: "",
        files: &[
            ("etc/fstab", 89),
            ("etc/group", 510),
            ("etc/hostname", 10),
            ("etc/hosts", 79),
            ("etc/inittab", 570),
            ("etc/passwd", 1172),
            ("etc/profile", 547),
            ("etc/protocols", 1865),
            ("etc/services", 12813),
            ("etc/shadow", 422),
            ("etc/shells", 38),
        ],
    },
    Package {
        name: "alpine-keys",
        version: "2.4-r1",
        origin: "alpine-keys",
        licence: "MIT",
        what: "Public keys for Alpine Linux packages",
        depends: "",
        provides: "",
        files: &[
            ("etc/apk/keys/alpine-devel-1.rsa.pub", 451),
            ("etc/apk/keys/alpine-devel-2.rsa.pub", 451),
            ("etc/apk/keys/alpine-devel-3.rsa.pub", 800),
            ("usr/share/apk/keys/alpine-devel-1.rsa.pub", 451),
            ("usr/share/apk/keys/alpine-devel-2.rsa.pub", 451),
            ("usr/share/apk/keys/alpine-devel-3.rsa.pub", 800),
        ],
    },
    Package {
        name: "alpine-release",
        version: "3.20.3-r0",
        origin: "alpine-base",
        licence: "MIT",
        what: "Alpine release data",
        depends: "alpine-keys",
        provides: "",
        files: &[("etc/alpine-release", 7), ("etc/issue", 54)],
    },
    Package {
        name: "apk-tools",
        version: "2.14.4-r0",
        origin: "apk-tools",
        licence: "GPL-2.0-only",
        what: "Alpine Package Keeper - package manager for alpine",
        depends: "musl>=1.2.3_git20230424 ca-certificates-bundle so:libc.musl-x86_64.so.1 \
            so:libcrypto.so.3 so:libssl.so.3 so:libz.so.1",
        provides: "so:libapk.so.2.14.0=2.14.0 cmd:apk=2.14.4-r0",
        files: &[("lib/libapk.so.2.14.0", 194_504), ("sbin/apk", 67_296)],
    },
    Package {
        name: "busybox",
        version: "1.36.1-r29",
        origin: "busybox",
        licence: "GPL-2.0-only",
        what: "Size optimized toolbox of many common UNIX utilities",
        depends: "so:libc.musl-x86_64.so.1",
        provides: "cmd:busybox=1.36.1-r29",
        files: &[("bin/busybox", 808_712), ("etc/securetty", 58), ("etc/udhcpc/udhcpc.conf", 17)],
    },
    Package {
        name: "busybox-binsh",
        version: "1.36.1-r29",
        origin: "busybox",
        licence: "GPL-2.0-only",
        what: "busybox ash /bin/sh",
        depends: "busybox=1.36.1-r29",
        provides: "/bin/sh cmd:sh=1.36.1-r29",
        files: &[],
    },
    Package {
        name: "ca-certificates-bundle",
        version: "20240705-r0",
        origin: "ca-certificates",
        licence: "MPL-2.0 AND MIT",
        what: "Pre generated bundle of Mozilla certificates",
        depends: "",
        provides: "ca-certificates-cacert=20240705-r0",
        files: &[("etc/ssl/certs/ca-certificates.crt", 214_222)],
    },
    Package {
        name: "libcrypto3",
        version: "3.3.2-r0",
        origin: "openssl",
        licence: "Apache-2.0",
        what: "Crypto library from openssl",
        depends: "so:libc.musl-x86_64.so.1",
        provides: "so:libcrypto.so.3=3",
        files: &[
            ("etc/ssl/openssl.cnf", 12_411),
            ("usr/lib/libcrypto.so.3", 2_297_216),
            ("usr/lib/engines-3/loader_attic.so", 67_240),
            ("usr/lib/ossl-modules/legacy.so", 116_840),
        ],
    },
    Package {
        name: "libssl3",
        version: "3.3.2-r0",
        origin: "openssl",
        licence: "Apache-2.0",
        what: "SSL shared libraries",
        depends: "so:libc.musl-x86_64.so.1 so:libcrypto.so.3",
        provides: "so:libssl.so.3=3",
        files: &[("usr/lib/libssl.so.3", 458_000)],
    },
    Package {
        name: "musl",
        version: "1.2.5-r0",
        origin: "musl",
        licence: "MIT",
        what: "the musl c library (libc) implementation",
        depends: "",
        provides: "so:libc.musl-x86_64.so.1=1",
        files: &[("lib/ld-musl-x86_64.so.1", 653_432)],
    },
    Package {
        name: "musl-utils",
        version: "1.2.5-r0",
        origin: "musl",
        licence: "MIT AND BSD-2-Clause AND GPL-2.0-or-later",
        what: "the musl c library (libc) implementation",
        depends: "scanelf so:libc.musl-x86_64.so.1",
        provides: "cmd:getconf=1.2.5-r0 cmd:getent=1.2.5-r0 cmd:iconv=1.2.5-r0 cmd:ldd=1.2.5-r0",
        files: &[
            ("sbin/ldconfig", 393),
            ("usr/bin/getconf", 33_544),
            ("usr/bin/getent", 49_952),
            ("usr/bin/iconv", 22_064),
            ("usr/bin/ldd", 52),
        ],
    },
    Package {
        name: "scanelf",
        version: "1.3.7-r2",
        origin: "pax-utils",
        licence: "GPL-2.0-only",
        what: "Scan ELF binaries for stuff",
        depends: "so:libc.musl-x86_64.so.1",
        provides: "cmd:scanelf=1.3.7-r2",
        files: &[("usr/bin/scanelf", 79_776)],
    },
    Package {
        name: "ssl_client",
        version: "1.36.1-r29",
        origin: "busybox",
        licence: "GPL-2.0-only",
        what: "External ssl_client for busybox wget",
        depends: "so:libc.musl-x86_64.so.1 so:libcrypto.so.3 so:libssl.so.3",
        provides: "cmd:ssl_client=1.36.1-r29",
        files: &[("usr/bin/ssl_client", 14_240)],
    },
    Package {
        name: "zlib",
        version: "1.3.1-r1",
        origin: "zlib",
        licence: "Zlib",
        what: "A compression/decompression Library",
        depends: "so:libc.musl-x86_64.so.1",
        provides: "so:libz.so.1=1.3.1",
        files: &[("lib/libz.so.1.3.1", 100_304)],
    },
];

const OS_RELEASE: &str = "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.20.3\n\
    PRETTY_NAME=\"Alpine Linux v3.20\"\n";

pub(crate) fn run(bench: &Bench, table: &mut Table) -> Result<()> {
    let root = bench.input("alpine");
    if !root.join("etc/os-release").is_file() {
        make(bench, &root)?;
    }
    let (bytes, files) = tree::size(&root)?;
    let input = format!("{:.1} MB, {files} files, {} packages", bytes as f64 / 1e6, PACKAGES.len());
    table.figure("input", input);
    let target = text(&root)?;
    let empty = bench.scratch("no-database")?;
    let seed = ["scan", target, "-f", "json", "--cache-dir", text(&empty)?];
    row(bench, table, "scan, built-in advisories", &seed)?;
    match bench.whole_database()? {
        Some(db) => {
            let whole = ["scan", target, "-f", "json", "--db", text(&db)?];
            row(bench, table, "scan, whole database", &whole)?;
        }
        None => table.skipped("the whole database: there are no advisories (`--data DIR`)"),
    }
    Ok(())
}

fn row(bench: &Bench, table: &mut Table, what: &str, arguments: &[&str]) -> Result<()> {
    let seen = report(&bench.program, arguments)?;
    let (packages, findings) = (count(&seen, "/packages"), count(&seen, "/findings"));
    anyhow::ensure!(packages >= PACKAGES.len(), "only {packages} packages were found");
    let cost = measure(11, &bench.program, arguments)?;
    let what = format!("{what}: {packages} packages, {findings} findings");
    table.cost_with_goal(&what, cost, "≤ 60 ms wall", cost.wall <= GOAL);
    Ok(())
}

fn make(bench: &Bench, root: &Path) -> Result<()> {
    let busybox = match busybox(bench) {
        Ok(bytes) => bytes,
        Err(error) => {
            println!("without Debian's busybox ({error:#}): its bytes are made up");
            Vec::new()
        }
    };
    let put = |path: &str, bytes: &[u8]| -> Result<()> {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(root))?;
        std::fs::write(&path, bytes)?;
        Ok(())
    };
    let mut installed = String::new();
    for package in PACKAGES {
        describe(package, &mut installed);
        for (path, size) in package.files {
            put(path, &content(path, *size, &busybox))?;
        }
    }
    put("lib/apk/db/installed", installed.as_bytes())?;
    put("etc/apk/world", b"alpine-baselayout\nalpine-keys\napk-tools\nbusybox\nmusl-utils\n")?;
    put("etc/apk/arch", b"x86_64\n")?;
    // The last, since it says that the tree is whole.
    put("etc/os-release", OS_RELEASE.as_bytes())
}

/// An executable where a program or library belongs, lines of text elsewhere.
fn content(path: &str, size: usize, busybox: &[u8]) -> Vec<u8> {
    let is_program = ["bin/", "sbin/", "lib/"].iter().any(|folder| path.contains(folder));
    if is_program && size > 1_000 {
        let mut bytes = busybox.get(..size.min(busybox.len())).unwrap_or_default().to_vec();
        bytes.resize(size, 0);
        return bytes;
    }
    let line = format!("# {path}: a line that stands for what is really here\n");
    line.bytes().cycle().take(size).collect()
}

/// The stanza of a package in `lib/apk/db/installed`.
fn describe(package: &Package, out: &mut String) {
    let size: usize = package.files.iter().map(|(_, size)| size).sum();
    let Package { name, version, origin, licence, what, depends, provides, .. } = package;
    let _ = write!(
        out,
        "C:Q1{}\nP:{name}\nV:{version}\nA:x86_64\nS:{}\nI:{size}\nT:{what}\n\
        U:https://alpinelinux.org\nL:{licence}\no:{origin}\n\
        m:Natanael Copa <ncopa@alpinelinux.org>\nt:1720000000\n",
        checksum(name),
        size / 2,
    );
    for (field, value) in [("D", depends), ("p", provides)] {
        if !value.is_empty() {
            let _ = writeln!(out, "{field}:{value}");
        }
    }
    let mut folder = "";
    for (path, _) in package.files {
        let (parent, file) = path.rsplit_once('/').unwrap_or(("", path));
        if parent != folder {
            let _ = writeln!(out, "F:{parent}");
            folder = parent;
        }
        let _ = writeln!(out, "R:{file}\na:0:0:755\nZ:Q1{}", checksum(path));
    }
    out.push('\n');
}

/// As long as apk's SHA-1 in base64; nothing checks it.
fn checksum(of: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state = of.bytes().fold(1_u64, |state, byte| state.wrapping_mul(131) + u64::from(byte));
    let mut text = String::new();
    for _ in 0..27 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        text.push(char::from(LETTERS.get((state >> 58) as usize).copied().unwrap_or(b'A')));
    }
    text + "="
}

/// Debian's static busybox, unpacked and not installed.
fn busybox(bench: &Bench) -> Result<Vec<u8>> {
    anyhow::ensure!(has("apt-get"), "there is no apt-get");
    let folder = bench.scratch("busybox")?;
    let place = text(&folder)?;
    let fetch = format!(
        "cd '{place}' && apt-get download -qq busybox-static 2>/dev/null && dpkg-deb -x *.deb ."
    );
    output("sh", &["-c", &fetch])?;
    let candidates = ["bin/busybox", "usr/bin/busybox"];
    let found = candidates.iter().map(|path| folder.join(path)).find(|path| path.is_file());
    Ok(std::fs::read(found.context("the package has no busybox")?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stanza_names_folders_before_their_files() {
        let zlib = PACKAGES.iter().find(|package| package.name == "zlib").unwrap();
        let mut text = String::new();
        describe(zlib, &mut text);
        assert!(text.starts_with("C:Q1"), "{text}");
        assert!(text.contains("\nP:zlib\nV:1.3.1-r1\nA:x86_64\n"), "{text}");
        assert!(text.contains("\nF:lib\nR:libz.so.1.3.1\na:0:0:755\nZ:Q1"), "{text}");
        assert!(text.ends_with("=\n\n"), "{text}");
    }

    #[test]
    fn the_tree_has_the_size_of_the_base_image() {
        let bytes: usize = PACKAGES.iter().flat_map(|p| p.files).map(|(_, size)| size).sum();
        assert!((4_500_000..9_000_000).contains(&bytes), "{bytes}");
    }
}
