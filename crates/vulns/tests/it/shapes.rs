//! Records of every odd shape that sources publish, written by us.

use panoply_model::Severity;
use panoply_vulns::{Database, Unmatched};

/// The ids found for a package, each with its fixes: `CVE-2024-1 >1.2.0`.
fn check(records: &[&str], purl: &str, system: &str, expected: &[&str]) {
    let system = super::distro(system);
    let database = super::database(records);
    let found = database.matches(&super::package(purl), system.as_ref()).unwrap();
    let found: Vec<String> = found
        .iter()
        .map(|found| {
            let words: Vec<&str> =
                [&found.id].into_iter().chain(&found.fixed_in).map(String::as_str).collect();
            words.join(" >")
        })
        .collect();
    assert_eq!(found, expected, "{purl}");
}

/// A record with one affected package.
fn record(id: &str, more: &str, ecosystem: &str, name: &str, affected: &str) -> String {
    format!(
        r#"{{"id": "{id}", {more} "affected": [{{"package": {{"ecosystem": "{ecosystem}",
        "name": "{name}"}}, {affected}}}]}}"#
    )
}

fn fixed(version: &str) -> String {
    format!(
        r#""ranges": [{{"type": "ECOSYSTEM", "events": [{{"introduced": "0"}}, {{"fixed": "{version}"}}]}}]"#
    )
}

#[test]
fn ids_of_one_vulnerability_become_one_answer() {
    let ghsa =
        record("GHSA-a", r#""aliases": ["CVE-2024-2"],"#, "PyPI", "Some.Name", &fixed("2.0"));
    let pysec =
        record("PYSEC-1", r#""aliases": ["CVE-2024-2"],"#, "PyPI", "some_name", &fixed("2.1"));
    // 2.0 mends it for one of the two only.
    check(&[&ghsa, &pysec], "pkg:pypi/some-name@1.0", "-", &["CVE-2024-2 >2.1"]);
    check(&[&ghsa, &pysec], "pkg:pypi/some-name@2.0", "-", &["CVE-2024-2 >2.1"]);
    check(&[&ghsa, &pysec], "pkg:pypi/some-name@2.1", "-", &[]);
    let lone = record("GHSA-b", "", "PyPI", "some-name", &fixed("2.0"));
    check(&[&lone], "pkg:pypi/some-name@1.0", "-", &["GHSA-b >2.0"]);
}

#[test]
fn withdrawn_records_and_those_of_no_vulnerability_match_nothing() {
    let withdrawn =
        record("GHSA-a", r#""withdrawn": "2024-01-01T00:00:00Z","#, "npm", "a", &fixed("2.0.0"));
    check(&[&withdrawn], "pkg:npm/a@1.0.0", "-", &[]);
    let informational = |kind: &str| {
        let specific =
            format!(r#"{}, "database_specific": {{"informational": "{kind}"}}"#, fixed("2.0.0"));
        record("RUSTSEC-2024-0001", "", "crates.io", "a", &specific)
    };
    for kind in ["unmaintained", "notice"] {
        check(&[&informational(kind)], "pkg:cargo/a@1.0.0", "-", &[]);
        assert_eq!(
            super::database(&[&informational(kind)]).search("rustsec-2024-0001").unwrap().len(),
            1
        );
    }
    let unsound = super::database(&[&informational("unsound")]);
    let found = unsound.matches(&super::package("pkg:cargo/a@1.0.0"), None).unwrap();
    assert_eq!(found[0].severity, Severity::Low);
    let erratum = record("ALBA-2024:1", "", "AlmaLinux:9", "a", &fixed("2.0-1.el9"));
    check(&[&erratum], "pkg:rpm/almalinux/a@1.0-1.el9", "almalinux-9.1", &[]);
}

#[test]
fn listed_versions_add_to_ranges() {
    let both = format!(r#"{}, "versions": ["1.0.0", "3.0.0"]"#, fixed("2.0.0"));
    let records = [record("GHSA-a", "", "npm", "a", &both)];
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    for (version, expected) in
        [("1.0.0", &["GHSA-a >2.0.0"][..]), ("2.0.0", &[]), ("3.0.0", &["GHSA-a"]), ("3.0.1", &[])]
    {
        check(&records, &format!("pkg:npm/a@{version}"), "-", expected);
    }
}

#[test]
fn records_of_the_wrong_types_do_not_hide_others() {
    let good = record("GHSA-a", "", "npm", "a", &fixed("2.0.0"));
    let records = [
        r#"{"id": 7}"#,
        r#"{"id": "X-1", "affected": 3, "aliases": "x", "severity": {}, "references": [1]}"#,
        r#"{"id": "X-2", "affected": [null, {"package": {"ecosystem": "Frob", "name": "x"}}]}"#,
        r#"{"id": "X-3", "affected": [{"package": {"ecosystem": "npm", "name": "a"}}]}"#,
        "[]",
        "",
        &good,
    ];
    let (database, unread) =
        Database::from_osv_json(records.iter().map(|record| record.as_bytes()), true).unwrap();
    assert_eq!(
        (unread.records, unread.left.unknown_packages, unread.left.without_versions),
        (3, 2, 1)
    );
    let found = database.matches(&super::package("pkg:npm/a@1.0.0"), None).unwrap();
    assert_eq!((found.len(), found[0].status.name()), (1, "fixed"));
    assert!(database.facts()[0].seed);
}

#[test]
fn a_distributions_advisory_of_many_answers_for_each() {
    let upstream = r#""upstream": ["CVE-2024-2", "CVE-2024-1"],"#;
    let dsa = record("DSA-1-1", upstream, "Debian:12", "src", &fixed("1.0-2"));
    let one = record(
        "DEBIAN-CVE-2024-1",
        r#""upstream": ["CVE-2024-1"],"#,
        "Debian:12",
        "src",
        &fixed("1.0-3"),
    );
    check(
        &[&dsa],
        "pkg:deb/debian/src@1.0-1",
        "debian-12",
        &["CVE-2024-1 >1.0-2", "CVE-2024-2 >1.0-2"],
    );
    check(&[&dsa, &one], "pkg:deb/debian/src@1.0-2", "debian-12", &["CVE-2024-1 >1.0-3"]);
    let wolfi =
        record("CGA-1", r#""upstream": ["CVE-2024-1", "GHSA-x"],"#, "Wolfi", "a", &fixed("1.0-r1"));
    check(&[&wolfi], "pkg:apk/wolfi/a@1.0-r0", "-", &["CVE-2024-1 >1.0-r1"]);
    let alsa = record(
        "ALSA-2024:1",
        r#""related": ["CVE-2024-1", "CVE-2024-3"],"#,
        "AlmaLinux:9",
        "a",
        &fixed("1:2.0-1.el9"),
    );
    check(
        &[&alsa],
        "pkg:rpm/almalinux/a@2.0-1.el9",
        "almalinux-9.3",
        &["CVE-2024-1 >1:2.0-1.el9", "CVE-2024-3 >1:2.0-1.el9"],
    );
    check(&[&alsa], "pkg:rpm/almalinux/a@2.0-1.el9?epoch=1", "almalinux-9.3", &[]);
}

#[test]
fn modules_of_another_stream_are_not_meant() {
    let alsa = |stream: &str, version: &str| {
        let more = format!(
            r#""summary": "Important: nodejs:{stream} security update", "related": ["CVE-2024-{stream}"],"#
        );
        record(&format!("ALSA-{stream}"), &more, "AlmaLinux:8", "nodejs", &fixed(version))
    };
    let old = alsa("16", "1:16.20.2-1.module_el8.8.0+1");
    let new = alsa("18", "1:18.19.0-1.module_el8.9.0+1");
    let records = [old.as_str(), new.as_str()];
    let node16 = "pkg:rpm/almalinux/nodejs@16.1.0-1.module_el8.5.0%2B1?epoch=1";
    check(&records, node16, "almalinux-8.9", &["CVE-2024-16 >1:16.20.2-1.module_el8.8.0+1"]);
    let labelled = format!("{node16}&modularitylabel=nodejs:18:8090:abc");
    check(&records, &labelled, "almalinux-8.9", &["CVE-2024-18 >1:18.19.0-1.module_el8.9.0+1"]);
    check(&records, "pkg:rpm/almalinux/nodejs@16.1.0-1.el8?epoch=1", "almalinux-8.9", &[]);
}

#[test]
fn ubuntu_pro_answers_where_the_archive_does_not() {
    let record = r#"{"id": "UBUNTU-CVE-2024-1", "upstream": ["CVE-2024-1"],
        "severity": [{"type": "Ubuntu", "score": "medium"}], "affected": [
        {"package": {"ecosystem": "Ubuntu:20.04:LTS", "name": "a"}, "ranges":
         [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]},
        {"package": {"ecosystem": "Ubuntu:Pro:20.04:LTS", "name": "a"}, "ranges":
         [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.0-1ubuntu0.1~esm1"}]}]},
        {"package": {"ecosystem": "Ubuntu:Pro:16.04:LTS", "name": "a"}, "ranges":
         [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "0.9-1~esm1"}]}]}]}"#;
    check(&[record], "pkg:deb/ubuntu/a@1.0-1", "ubuntu-20.04", &["CVE-2024-1"]);
    check(&[record], "pkg:deb/ubuntu/a@1.0-1ubuntu0.1~esm1", "ubuntu-20.04", &[]);
    check(&[record], "pkg:deb/ubuntu/a@0.8-1", "ubuntu-16.04", &["CVE-2024-1 >0.9-1~esm1"]);
}

#[test]
fn malware_is_critical_and_says_so() {
    let malware = record(
        "MAL-2024-1",
        r#""summary": "Malicious code in a (npm)","#,
        "npm",
        "a",
        r#""versions": ["1.0.1"]"#,
    );
    let database = super::database(&[&malware]);
    let found = database.matches(&super::package("pkg:npm/a@1.0.1"), None).unwrap();
    assert_eq!((found[0].malicious, found[0].severity), (true, Severity::Critical));
    assert_eq!(database.matches(&super::package("pkg:npm/a@1.0.0"), None), Ok(Vec::new()));
}

#[test]
fn the_newest_cvss_decides_and_the_vendors_word_for_its_own_packages() {
    let rated = r#""severity": [
        {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
        {"type": "CVSS_V4", "score": "CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N"}],
        "database_specific": {"severity": "HIGH", "cwe_ids": ["CWE-79", "x"]},"#;
    let general = record("GHSA-a", rated, "npm", "a", &fixed("2.0.0"));
    let database = super::database(&[&general]);
    let found = database.matches(&super::package("pkg:npm/a@1.0.0"), None).unwrap();
    let scores: Vec<f32> = found[0].cvss.iter().map(|cvss| cvss.score).collect();
    assert_eq!((found[0].severity, found[0].severity_source.as_str()), (Severity::Medium, "ghsa"));
    assert_eq!((scores, found[0].cwe.join(" ")), (vec![4.8, 9.8], "CWE-79".to_owned()));
    let word =
        format!(r#"{rated} "summary": "Low: a security update", "related": ["CVE-2024-1"],"#);
    let word = word.replace(r#""severity": "HIGH", "#, "");
    let vendor = record("ALSA-2024:1", &word, "AlmaLinux:9", "a", &fixed("2.0-1.el9"));
    let database = super::database(&[&vendor]);
    let system = super::distro("almalinux-9.3");
    let found =
        database.matches(&super::package("pkg:rpm/almalinux/a@1-1.el9"), system.as_ref()).unwrap();
    assert_eq!(
        (found[0].severity, found[0].severity_source.as_str()),
        (Severity::Low, "almalinux")
    );
}

#[test]
fn what_could_not_be_asked_is_no_clean_answer() {
    let database = super::database(&[&record("DSA-1", "", "Debian:12", "a", &fixed("1-1"))]);
    let why = |purl: &str, system: &str| {
        database.matches(&super::package(purl), super::distro(system).as_ref()).unwrap_err()
    };
    assert_eq!(why("pkg:npm/a@1.0.0", "-"), Unmatched::NoSource("npm"));
    let release = Unmatched::NoRelease { family: "Debian", release: "13".to_owned() };
    assert_eq!(why("pkg:deb/debian/a@1-0", "debian-13"), release);
    assert_eq!(why("pkg:apk/alpine/a@1", "alpine-3.19.1"), Unmatched::NoSource("Alpine"));
}

#[test]
fn a_record_is_found_by_every_id_it_has() {
    let more = r#""aliases": ["CVE-2024-1"], "summary": "short", "details": "long",
        "published": "2024-01-01T00:00:00Z", "modified": "2024-02-01T00:00:00Z","#;
    let database = super::database(&[&record("GHSA-a", more, "npm", "a", &fixed("2.0.0"))]);
    for id in ["GHSA-a", "ghsa-A", "CVE-2024-1"] {
        let found = database.search(id).unwrap();
        let affected = &found[0].affected[0];
        assert_eq!(
            (affected.name.as_str(), affected.ranges.join(" ")),
            ("a", "< 2.0.0".to_owned())
        );
        assert_eq!((found[0].summary.as_str(), found[0].details.as_str()), ("short", "long"));
    }
    assert!(database.search("CVE-2024-2").unwrap().is_empty());
}
