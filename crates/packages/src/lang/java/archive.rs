//! Reads jars and their relatives, and the jars inside them, without unpacking anything to disk.
//!
//! Maven leaves `META-INF/maven/GROUP/ARTIFACT/pom.properties` in what it packs (Maven Archiver,
//! "Reference"), also in what it packs into another jar. Where that is missing, the manifest (JAR
//! File Specification) and the file's name give a guess.

use std::collections::BTreeMap;

use panoply_base::{Limits, Parsed, Problem, digest};
use panoply_files::zip::{Archive, Member, MemberKind};
use panoply_model::{Location, Package, Scope};
use sha1::Digest as _;

use super::manifest::Manifest;
use super::{file_name, pom, purl};
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads};

pub const ARCHIVE: Cataloguer = Cataloguer {
    name: "java-archive",
    patterns: &[
        Pattern::Suffix(".jar"),
        Pattern::Suffix(".war"),
        Pattern::Suffix(".ear"),
        Pattern::Suffix(".par"),
        Pattern::Suffix(".sar"),
        Pattern::Suffix(".aar"),
        Pattern::Suffix(".nar"),
        Pattern::Suffix(".hpi"),
        Pattern::Suffix(".jpi"),
        Pattern::Suffix(".kar"),
        Pattern::Suffix(".rar"),
    ],
    reads: Reads::Each(read),
};

/// Archives that are looked into when another one holds them.
const ENDINGS: &[&str] = &["jar", "war", "ear", "par", "sar", "aar", "nar", "hpi", "jpi", "kar"];
/// Bytes of one metadata file.
const METADATA: u64 = 4 << 20;

/// What one archive says of itself.
#[derive(Default)]
struct Metadata {
    manifest: Manifest,
    /// From directory in `META-INF/maven/` to what its files say.
    maven: BTreeMap<String, Coordinates>,
}

#[derive(Clone, Default)]
struct Coordinates {
    group: String,
    artifact: String,
    version: String,
    licences: Vec<String>,
    /// Whether `pom.properties` was there, which is never inherited from a parent.
    settled: bool,
}

fn read(file: &FileInput<'_>, limits: &Limits) -> Parsed<Catalogue> {
    let mut found = Parsed::whole(Catalogue::default());
    match Archive::open(file.bytes, limits) {
        Ok(archive) => {
            let mut reader = Reader { limits, found: &mut found };
            reader.archive(&archive, file.bytes, file.path, "");
        }
        // A resource adapter and a compressed archive of another kind share this ending.
        Err(_) if ending(file.name()) == "rar" && !Archive::is_likely(file.bytes) => {}
        Err(error) => found.problems.push(Problem::whole(error.to_string())),
    }
    found
}

struct Reader<'a> {
    limits: &'a Limits,
    found: &'a mut Parsed<Catalogue>,
}

impl Reader<'_> {
    /// Lists an archive and what is in it. `inner` is its path in the outermost file, if it is not
    /// that file itself.
    fn archive(&mut self, archive: &Archive<'_>, bytes: &[u8], path: &str, inner: &str) {
        let problems = archive.problems().iter().cloned().map(|problem| named(problem, inner));
        self.found.problems.extend(problems);
        let mut metadata = Metadata::default();
        for member in archive.members().iter().filter(|member| member.kind == MemberKind::File) {
            if is_metadata(&member.path) {
                if let Some(content) = self.member(archive, member, METADATA, inner) {
                    metadata.take(&member.path, &content);
                }
            } else if is_archive(&member.path) {
                self.nested(archive, member, path, inner);
            }
        }
        let packages = packages(&metadata, bytes, path);
        self.found.value.packages.extend(packages);
    }

    fn nested(&mut self, archive: &Archive<'_>, member: &Member<'_>, path: &str, inner: &str) {
        let most = self.limits.file_bytes;
        let Some(content) = self.member(archive, member, most, inner) else { return };
        let path = format!("{path}!{}", member.path);
        let inner = join(inner, &member.path);
        match archive.nested(&content) {
            Ok(archive) => self.archive(&archive, &content, &path, &inner),
            Err(error) => {
                self.found.problems.push(named(Problem::whole(error.to_string()), &inner));
            }
        }
    }

    fn member(
        &mut self,
        archive: &Archive<'_>,
        member: &Member<'_>,
        most: u64,
        inner: &str,
    ) -> Option<Vec<u8>> {
        let read = archive.read(member, most);
        read.map_err(|error| {
            let problem = Problem::whole(error.to_string());
            self.found.problems.push(named(problem, &join(inner, &member.path)));
        })
        .ok()
    }
}

fn join(inner: &str, member: &str) -> String {
    if inner.is_empty() { member.to_owned() } else { format!("{inner}!{member}") }
}

fn named(problem: Problem, inner: &str) -> Problem {
    if inner.is_empty() { problem } else { problem.within(inner) }
}

fn is_metadata(path: &str) -> bool {
    path == "META-INF/MANIFEST.MF"
        || path
            .strip_prefix("META-INF/maven/")
            .is_some_and(|rest| rest.ends_with("/pom.properties") || rest.ends_with("/pom.xml"))
}

fn is_archive(path: &str) -> bool {
    ENDINGS.contains(&ending(path))
}

/// What follows the last dot; empty without a dot.
fn ending(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, ending)| ending)
}

impl Metadata {
    fn take(&mut self, path: &str, content: &[u8]) {
        let Some(rest) = path.strip_prefix("META-INF/maven/") else {
            self.manifest = Manifest::parse(content);
            return;
        };
        let Some((directory, name)) = rest.rsplit_once('/') else { return };
        let held = self.maven.entry(directory.to_owned()).or_default();
        if name == "pom.properties" {
            let fields = properties(content);
            let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
            held.group = field("groupId");
            held.artifact = field("artifactId");
            held.version = field("version");
            held.settled = true;
            return;
        }
        // A pom that cannot be read costs the licence only: the properties beside it say the rest.
        let Ok(pom) = pom::parse(content, &Limits::DEFAULT) else { return };
        held.licences.clone_from(&pom.licences);
        if !held.settled {
            let project = pom.coordinates();
            (held.group, held.artifact, held.version) = project;
        }
    }
}

/// `name=value` or `name: value`; `#` begins a comment.
fn properties(content: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(content);
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '!']));
    lines
        .filter_map(|line| line.split_once(['=', ':']))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

fn packages(metadata: &Metadata, bytes: &[u8], path: &str) -> Vec<Package> {
    let name = path.rsplit(['/', '!']).next().unwrap_or(path);
    let (artifact, version) = file_name::split(name);
    let is_whole = |text: &str| !text.is_empty() && !text.contains("${");
    let complete = || {
        metadata.maven.iter().filter(|(_, found)| {
            is_whole(&found.group) && is_whole(&found.artifact) && is_whole(&found.version)
        })
    };
    // `log4j-1.2-api-2.20.0.jar`: the artifact of the metadata knows better where the name ends.
    let fits = |found: &Coordinates| {
        name.strip_prefix(found.artifact.as_str()).is_some_and(|rest| {
            rest.starts_with('.') || rest.starts_with(&format!("-{}", found.version))
        })
    };
    let own = complete()
        .find(|(_, found)| fits(found))
        .or_else(|| complete().next().filter(|_| metadata.maven.len() == 1))
        .map(|(directory, _)| directory.clone());
    let sha1 = format!("sha1:{}", digest::hex(&sha1::Sha1::digest(bytes)));
    let mut found = Vec::new();
    for (directory, coordinates) in complete() {
        let is_own = own.as_ref() == Some(directory);
        let place = if is_own {
            path.to_owned()
        } else {
            format!("{path}!META-INF/maven/{directory}/pom.properties")
        };
        let purl = purl(&coordinates.group, &coordinates.artifact, &coordinates.version);
        let mut package = Package::new(purl, Location::path(place), ARCHIVE.name);
        package.licences.clone_from(&coordinates.licences);
        if is_own {
            package.hashes.push(sha1.clone());
        }
        found.push(package);
    }
    let guess = metadata.manifest.artifact().filter(|_| version.is_none()).unwrap_or(artifact);
    let version = version.or_else(|| metadata.manifest.version());
    if let (None, Some(version)) = (own, version) {
        let purl = purl(&metadata.manifest.group(guess), guess, version);
        let mut package = Package::new(purl, Location::path(path), ARCHIVE.name);
        package.hashes.push(sha1);
        found.push(package);
    }
    for package in &mut found {
        package.scope = Scope::Production;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a zip archive whose members are stored.
    fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut directory = Vec::new();
        for (name, content) in members {
            let mut crc = flate2::Crc::new();
            crc.update(content);
            let size = (content.len() as u32).to_le_bytes();
            let start = (out.len() as u32).to_le_bytes();
            let common = [
                &[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..],
                &crc.sum().to_le_bytes(),
                &size,
                &size,
                &(name.len() as u16).to_le_bytes(),
                &[0, 0],
            ]
            .concat();
            out.extend([b"PK\x03\x04", &common[..], name.as_bytes(), content].concat());
            directory.extend(
                [b"PK\x01\x02\x14\0", &common[..], &[0; 10], &start, name.as_bytes()].concat(),
            );
        }
        let count = (members.len() as u16).to_le_bytes();
        let start = (out.len() as u32).to_le_bytes();
        let size = (directory.len() as u32).to_le_bytes();
        out.extend(directory);
        out.extend([b"PK\x05\x06\0\0\0\0", &count[..], &count, &size, &start, &[0, 0]].concat());
        out
    }

    /// Reads an archive; expects `purl path`, `#` where it has a hash, and the problems.
    fn check(path: &str, bytes: &[u8], packages: &[&str], problems: &[&str]) {
        let read = read(&FileInput { path, bytes }, &Limits::TINY);
        let line = |package: &Package| {
            let mark = if package.hashes.is_empty() { "" } else { " #" };
            format!("{} {}{mark}", package.purl, package.locations[0].path)
        };
        assert_eq!(read.value.packages.iter().map(line).collect::<Vec<_>>(), packages);
        assert_eq!(read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), problems);
    }

    const OWN: (&str, &[u8]) = (
        "META-INF/maven/org.a/tool/pom.properties",
        b"#x\ngroupId=org.a\nartifactId=tool\nversion=1.0\n",
    );
    const SHADED: (&str, &[u8]) = (
        "META-INF/maven/org.b/lib/pom.properties",
        b"groupId = org.b\r\nartifactId = lib\r\nversion = 2.0\r\n",
    );

    #[test]
    fn maven_says_what_the_jar_is_and_what_was_packed_into_it() {
        check(
            "lib/tool-1.0.jar",
            &zip(&[OWN, SHADED]),
            &[
                "pkg:maven/org.a/tool@1.0 lib/tool-1.0.jar #",
                "pkg:maven/org.b/lib@2.0 lib/tool-1.0.jar!META-INF/maven/org.b/lib/pom.properties",
            ],
            &[],
        );
        check("renamed.jar", &zip(&[OWN]), &["pkg:maven/org.a/tool@1.0 renamed.jar #"], &[]);
    }

    #[test]
    fn jars_inside_are_read_in_place() {
        let inner = zip(&[SHADED]);
        let war = zip(&[("WEB-INF/lib/lib-2.0.jar", &inner)]);
        check(
            "ear.ear",
            &zip(&[("app.war", &war)]),
            &["pkg:maven/org.b/lib@2.0 ear.ear!app.war!WEB-INF/lib/lib-2.0.jar #"],
            &[],
        );
    }

    #[test]
    fn a_jar_without_maven_is_known_by_manifest_and_name() {
        let manifest = (
            "META-INF/MANIFEST.MF",
            &b"Bundle-SymbolicName: com.acme.thing\nBundle-Version: 3.1\n"[..],
        );
        check("thing.jar", &zip(&[manifest]), &["pkg:maven/com.acme/thing@3.1 thing.jar #"], &[]);
        check("junit-4.12.jar", &zip(&[]), &["pkg:maven/junit/junit@4.12 junit-4.12.jar #"], &[]);
        check("unknown.jar", &zip(&[]), &[], &[]);
    }

    #[test]
    fn a_pom_stands_in_for_its_properties() {
        let pom = b"<project><parent><groupId>org.p</groupId><version>5</version></parent>\
            <artifactId>kid</artifactId><licenses><license><name>MIT</name></license></licenses></project>";
        let bytes = zip(&[("META-INF/maven/org.p/kid/pom.xml", pom)]);
        let read = read(&FileInput { path: "kid-5.jar", bytes: &bytes }, &Limits::TINY);
        assert_eq!(read.value.packages[0].purl.to_string(), "pkg:maven/org.p/kid@5");
        assert_eq!(read.value.packages[0].licences, ["MIT"]);
    }

    #[test]
    fn what_cannot_be_read_is_reported() {
        check("a.jar", b"no", &[], &["this is no zip archive, or its end is missing"]);
        check("a.rar", b"Rar!", &[], &[]);
        check(
            "a.war",
            &zip(&[("WEB-INF/lib/b.jar", b"no")]),
            &[],
            &["WEB-INF/lib/b.jar: this is no zip archive, or its end is missing"],
        );
        let mut nested = zip(&[OWN]);
        for _ in 0..5 {
            nested = zip(&[("x.jar", &nested)]);
        }
        let read = read(&FileInput { path: "deep.jar", bytes: &nested }, &Limits::TINY);
        assert!(read.value.packages.is_empty());
        assert_eq!(read.problems.len(), 1);
    }

    #[test]
    fn no_cut_and_no_changed_byte_stops_the_reader() {
        let whole = zip(&[OWN, ("b.jar", &zip(&[SHADED]))]);
        for at in 0..whole.len() {
            let _ = read(&FileInput { path: "a.jar", bytes: &whole[..at] }, &Limits::TINY);
            let mut changed = whole.clone();
            changed[at] ^= 0xff;
            let _ = read(&FileInput { path: "a.jar", bytes: &changed }, &Limits::TINY);
        }
    }
}
