//! A report with one of everything, invented for these tests: names, digests, dates, keys and
//! advisories belong to nobody, except for well-known ids that are quoted as ids.

use std::collections::BTreeMap;

use panoply_base::{Digest, Problem, Redacted, Text};
use panoply_model::{
    Confidence, ConfigDetail, Coverage, Cvss, CvssVersion, DatabaseFacts, Detail, Distro, Family,
    Finding, FindingKey, FixStatus, ImageFacts, LayerFacts, Location, Package, PackageKind, Purl,
    Relation, Report, Review, Scope, Severity, Skipped, SourcePackage, Suppressed, Target,
    TargetKind, Vulnerability,
};

/// What an attacker would call a package: markup, table syntax, a screen clear, reversed text.
pub(crate) const HOSTILE: &str =
    "<script>alert(1)</script>|`x`\n\u{1b}[2J\u{9b}31m\u{202e}gpj.\u{0}@everyone";

const SCOPE: &str = "registry.example/shop/web";

fn layer(number: u8, created_by: &str, cached: bool) -> LayerFacts {
    LayerFacts {
        digest: Some(Digest::sha256(&[number])),
        diff_id: Digest::sha256(&[number, number]),
        created_by: created_by.to_owned(),
        cached,
    }
}

fn at(path: &str, layer: u32) -> Location {
    Location { layer: Some(layer), ..Location::path(path) }
}

fn deb(name: &str, version: &str) -> Package {
    let purl = Purl::new(PackageKind::Deb, Some("debian"), name, Some(version))
        .with_qualifier("arch", "amd64")
        .with_qualifier("distro", "debian-12");
    Package {
        source: Some(SourcePackage { name: "openssl".to_owned(), version: version.to_owned() }),
        licences: vec!["Apache-2.0".to_owned(), "自定义许可".to_owned()],
        ..Package::new(purl, at("var/lib/dpkg/status", 0), "dpkg")
    }
}

fn npm(name: &str, version: &str) -> Package {
    let purl = Purl::of_full_name(PackageKind::Npm, name, Some(version));
    Package {
        licences: vec!["MIT".to_owned()],
        relation: Relation::Direct,
        scope: Scope::Production,
        hashes: vec![format!("sha512-{}==", "A".repeat(86))],
        ..Package::new(purl, at("app/package-lock.json", 1), "npm-lock")
    }
}

fn jar(name: &str, version: &str) -> Package {
    let purl = Purl::of_full_name(PackageKind::Maven, name, Some(version));
    Package {
        licences: vec!["Apache-2.0 OR MIT".to_owned()],
        hashes: vec![format!("sha1:{}", "ab".repeat(20))],
        ..Package::new(purl, at("app/shop.jar!BOOT-INF/lib/log.jar", 2), "java-archive")
    }
}

fn vulnerability(id: &str, severity: Severity, score: f32, fixed_in: &[&str]) -> Vulnerability {
    Vulnerability {
        id: id.to_owned(),
        aliases: vec![format!("GHSA-test-{}", id.to_ascii_lowercase())],
        summary: format!("Invented weakness number {id}"),
        details: "A longer text.\n\n* with a list\n* of two".to_owned(),
        severity,
        severity_source: "nvd".to_owned(),
        cvss: vec![Cvss {
            version: CvssVersion::V31,
            vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".to_owned(),
            score,
            source: "nvd".to_owned(),
        }],
        epss: Some(score / 12.0),
        epss_percentile: Some(0.91),
        cwe: vec!["CWE-1321".to_owned()],
        fixed_in: fixed_in.iter().map(|text| (*text).to_owned()).collect(),
        status: if fixed_in.is_empty() { FixStatus::Affected } else { FixStatus::Fixed },
        references: vec![
            "https://example.org/advisory".to_owned(),
            "javascript:alert(1)".to_owned(),
        ],
        published: Some("2024-02-03T04:05:06Z".to_owned()),
        modified: Some("2024-03-03T04:05:06Z".to_owned()),
        advisory: format!("GHSA-test-{id}"),
        source: "osv/npm".to_owned(),
        affected_range: "< 9.9.9".to_owned(),
        ..Vulnerability::default()
    }
}

fn finding(package: &Package, vulnerability: Vulnerability) -> Finding {
    let family = Family::Image;
    let what = package.purl.without_version().to_string();
    Finding {
        family,
        rule: vulnerability.id.clone(),
        key: FindingKey::of(family, SCOPE, &vulnerability.id, &what),
        severity: vulnerability.severity,
        confidence: Confidence::High,
        title: Text::untranslated(&vulnerability.summary),
        evidence: Redacted::harmless(format!("{} {}", package.purl.full_name(), package.version())),
        fix: match vulnerability.fixed_in.last() {
            Some(to) => Text::new(format!("Upgrade to {to}"), format!("升级到 {to}")),
            None => Text::new("No fix yet", "暂无修复"),
        },
        cwe: vulnerability.cwe.clone(),
        locations: package.locations.clone(),
        references: Vec::new(),
        detail: Detail::Vulnerability {
            package: Box::new(package.clone()),
            vulnerability: Box::new(vulnerability),
        },
    }
}

fn secret(rule: &str, title: Text, severity: Severity, location: Location) -> Finding {
    Finding {
        family: Family::Secret,
        rule: rule.to_owned(),
        key: FindingKey::of(Family::Secret, SCOPE, rule, "0011223344"),
        severity,
        confidence: Confidence::High,
        title,
        evidence: Redacted::mask("invented-value-of-thirty-two-chr"),
        fix: Text::new(
            "Revoke the key, then remove it from the image",
            "先吊销密钥，再从镜像中移除",
        ),
        cwe: vec!["CWE-798".to_owned()],
        locations: vec![location],
        references: vec!["https://example.org/keys".to_owned()],
        detail: Detail::Secret {
            fingerprint: format!("{rule}-0011223344"),
            notes: vec!["checksum matches".to_owned()],
        },
    }
}

fn licence(package: &Package) -> Finding {
    Finding {
        family: Family::Licence,
        rule: "licence-copyleft".to_owned(),
        key: FindingKey::of(Family::Licence, SCOPE, "licence-copyleft", "pkg:npm/gplish"),
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        title: Text::new("Strong copyleft licence", "强著佐权许可证"),
        evidence: Redacted::harmless("AGPL-3.0-only"),
        fix: Text::new("Replace the package or buy a licence", "替换该软件包或购买商业许可"),
        cwe: Vec::new(),
        locations: package.locations.clone(),
        references: Vec::new(),
        detail: Detail::Licence {
            package: Box::new(package.clone()),
            licence: "AGPL-3.0-only".to_owned(),
        },
    }
}

fn config(review: Option<Review>) -> Finding {
    let rule = if review.is_some() { "tf-open-bucket" } else { "k8s-privileged-container" };
    Finding {
        family: Family::Config,
        rule: rule.to_owned(),
        key: FindingKey::of(Family::Config, SCOPE, rule, "Deployment/web containers[web]"),
        severity: Severity::High,
        confidence: Confidence::High,
        title: Text::new("Container runs privileged", "容器以特权模式运行"),
        evidence: Redacted::harmless("Deployment/web containers[web].securityContext.privileged"),
        fix: Text::new("Remove `privileged`", "去掉 `privileged`"),
        cwe: vec!["CWE-250".to_owned()],
        locations: vec![Location {
            column: Some(9),
            end_line: Some(12),
            end_column: Some(25),
            ..Location::line("deploy/<b>web</b>.yaml", 12)
        }],
        references: vec!["https://example.org/pods".to_owned()],
        detail: Detail::Config(Box::new(ConfigDetail {
            platform: "kubernetes".to_owned(),
            kind: "Deployment".to_owned(),
            resource: "Deployment/web".to_owned(),
            field: "containers[web].securityContext.privileged".to_owned(),
            message: Text::new("container `web` runs privileged", "容器 `web` 以特权模式运行"),
            came_by: vec!["values.yaml .privileged (values.yaml:3)".to_owned()],
            excerpt: vec![
                (11, Redacted::harmless("      securityContext:")),
                (12, Redacted::harmless("        privileged: true # <script>\u{1b}[31m")),
            ],
            controls: [("cis-kubernetes-1.12".to_owned(), vec!["5.2.2".to_owned()])].into(),
            review,
        })),
    }
}

fn image() -> Target {
    Target {
        name: "registry.example/shop/web:1.4".to_owned(),
        kind: TargetKind::Image,
        distro: Some(Distro {
            pretty: "Debian GNU/Linux 12 (bookworm)".to_owned(),
            codename: "bookworm".to_owned(),
            ..Distro::new("debian", "12")
        }),
        image: Some(ImageFacts {
            manifest: Some(Digest::sha256(b"manifest")),
            config: Some(Digest::sha256(b"config")),
            tags: vec!["registry.example/shop/web:1.4".to_owned()],
            platform: "linux/amd64".to_owned(),
            created: Some("2026-11-19T10:00:00Z".to_owned()),
            layers: vec![
                layer(1, "ADD rootfs.tar /", true),
                layer(2, "RUN npm ci", false),
                layer(3, "COPY app /app", false),
            ],
        }),
        scope: SCOPE.to_owned(),
        commit: None,
        subpath: String::new(),
    }
}

fn coverage() -> Coverage {
    Coverage {
        engines: ["packages", "vulnerabilities", "licences", "secrets"].map(str::to_owned).to_vec(),
        files: 12_345,
        bytes: 187_654_321,
        catalogued: BTreeMap::from([
            ("dpkg".to_owned(), 1),
            ("npm-lock".to_owned(), 2),
            ("java-archive".to_owned(), 1),
        ]),
        skipped: vec![Skipped {
            what: "app/node_modules/.cache".to_owned(),
            why: "cache folder".to_owned(),
        }],
        problems: vec![
            Problem::line(17, "no version for `left-pad`").within("app/package-lock.json"),
            Problem::whole(format!("cannot read `{HOSTILE}`")).within("app/数据.jar"),
        ],
        more_problems: 3,
    }
}

fn databases() -> Vec<DatabaseFacts> {
    [("osv/npm", 54_321), ("debian", 40_123), ("epss", 270_000), ("kev", 1_500)]
        .map(|(source, records)| DatabaseFacts {
            source: source.to_owned(),
            date: "2026-11-20T00:00:00Z".to_owned(),
            records,
            seed: false,
        })
        .to_vec()
}

/// An image with findings of every kind, hostile names, and holes in what could be checked.
pub(crate) fn rich() -> Report {
    let libssl = deb("libssl3", "3.0.11-1~deb12u2");
    let openssl = deb("openssl", "3.0.11-1~deb12u2");
    let lodash = npm("lodash", "4.17.4");
    let scoped = npm("@tony/工具", "1.0.0-beta.1");
    let evil = npm("event-straem", "3.3.6");
    let gplish = npm("gplish", "2.0.0");
    let mut log4j = jar("org.apache.logging.log4j:log4j-core", "2.14.1");
    log4j.depends_on = vec![lodash.purl.to_string(), "pkg:npm/not-there@1".to_owned()];
    let mut hostile = npm(HOSTILE, "1.0\u{202e}\u{1b}[31m");
    hostile.locations = vec![at("app/<img src=x>|\u{1b}]0;x\u{7}.json", 1)];
    hostile.licences = vec![HOSTILE.to_owned()];
    let mut owned = Package::new(
        Purl::new(PackageKind::Pypi, None, "certifi", Some("2022.9.24")),
        at("usr/lib/python3/dist-packages/certifi/METADATA", 0),
        "python-wheel",
    );
    owned.owner = Some(libssl.purl.to_string());

    let mut shell = vulnerability("CVE-2021-44228", Severity::Critical, 10.0, &["2.15.0"]);
    shell.kev = Some("2021-12-10".to_owned());
    shell.epss = Some(0.97);
    let mut malicious = vulnerability("MAL-2018-1", Severity::Critical, 0.0, &[]);
    malicious.malicious = true;
    malicious.cvss.clear();
    malicious.epss = None;
    let mut old = vulnerability("CVE-2011-1", Severity::Low, 3.1, &[]);
    old.status = FixStatus::WillNotFix;
    let mut unknown = vulnerability("CVE-2026-9", Severity::Unknown, 0.0, &[]);
    unknown.cvss.clear();
    unknown.epss = None;
    let mut evil_words = vulnerability("CVE-2026-7", Severity::High, 8.1, &["2.0\u{1b}[0m"]);
    HOSTILE.clone_into(&mut evil_words.summary);
    evil_words.details = "x".repeat(20_000);
    evil_words.cvss.push(Cvss {
        version: CvssVersion::V40,
        vector: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N".to_owned(),
        score: 9.3,
        source: "ghsa".to_owned(),
    });

    let mut findings = vec![
        finding(&lodash, vulnerability("CVE-2019-10744", Severity::Critical, 9.1, &["4.17.12"])),
        finding(&lodash, vulnerability("CVE-2020-8203", Severity::High, 7.4, &["4.17.20"])),
        finding(
            &lodash,
            vulnerability("CVE-2021-23337", Severity::High, 7.2, &["3.10.2", "4.17.21"]),
        ),
        finding(&lodash, vulnerability("CVE-2018-16487", Severity::Medium, 5.6, &["4.17.11"])),
        finding(&lodash, vulnerability("CVE-2026-1", Severity::Low, 3.7, &[])),
        finding(&log4j, shell),
        finding(&evil, malicious),
        finding(
            &libssl,
            vulnerability("CVE-2024-0727", Severity::Medium, 5.5, &["3.0.13-1~deb12u1"]),
        ),
        finding(
            &openssl,
            vulnerability("CVE-2024-0727", Severity::Medium, 5.5, &["3.0.13-1~deb12u1"]),
        ),
        finding(&openssl, old),
        finding(&scoped, unknown),
        finding(&hostile, evil_words),
        secret(
            "aws-access-key",
            Text::new("AWS access key", "AWS 访问密钥"),
            Severity::Critical,
            Location {
                layer: Some(2),
                column: Some(9),
                end_line: Some(3),
                end_column: Some(29),
                ..Location::line("app/配置/prod.env", 3)
            },
        ),
        secret(
            "private-key",
            Text::new("Private key", "私钥"),
            Severity::High,
            Location { commit: Some("c".repeat(40)), ..Location::line("deploy/id_rsa", 1) },
        ),
        licence(&gplish),
        config(None),
    ];
    let suppressed =
        finding(&lodash, vulnerability("CVE-2020-28500", Severity::Medium, 5.3, &["4.17.21"]));
    // Writers sort; the sample does not help them.
    findings.reverse();

    Report {
        target: image(),
        findings,
        reviews: vec![config(Some(Review {
            cause: Text::new("`var.region` has no value", "`var.region` 没有值"),
            fails_when: "resource.region == 'a' || {b}".to_owned(),
        }))],
        suppressed: vec![Suppressed {
            finding: suppressed,
            by: "vex".to_owned(),
            reason: "vulnerable function is never called".to_owned(),
        }],
        compliance: None,
        packages: vec![hostile, evil, gplish, owned, scoped, log4j, lodash, openssl, libssl],
        coverage: coverage(),
        databases: databases(),
        started: "2026-11-20T08:00:00Z".to_owned(),
        tool_version: "0.1.0".to_owned(),
    }
}

/// A folder where everything was checked and nothing is wrong.
pub(crate) fn clean() -> Report {
    Report {
        target: Target {
            name: "shop".to_owned(),
            scope: "/src/shop".to_owned(),
            ..Target::default()
        },
        findings: Vec::new(),
        reviews: Vec::new(),
        suppressed: Vec::new(),
        coverage: Coverage {
            skipped: Vec::new(),
            problems: Vec::new(),
            more_problems: 0,
            ..coverage()
        },
        ..rich()
    }
}

/// As [`clean`], but something could not be read.
pub(crate) fn incomplete() -> Report {
    Report { coverage: Coverage { skipped: Vec::new(), ..coverage() }, ..clean() }
}

/// No engine ran.
pub(crate) fn unchecked() -> Report {
    Report { coverage: Coverage::default(), packages: Vec::new(), databases: Vec::new(), ..clean() }
}

/// Only the built-in advisories were there.
pub(crate) fn seeded() -> Report {
    let seed = DatabaseFacts {
        source: "seed".to_owned(),
        date: "2026-11-01T00:00:00Z".to_owned(),
        records: 42,
        seed: true,
    };
    Report { databases: vec![seed], ..clean() }
}

/// Packages were listed, but there was nothing to look them up in.
pub(crate) fn without_database() -> Report {
    Report { databases: Vec::new(), ..clean() }
}

/// More findings than most formats take.
pub(crate) fn huge(count: u32) -> Report {
    let packages: Vec<Package> = (0..50).map(|n| npm(&format!("package-{n}"), "1.0.0")).collect();
    let findings = (0..count)
        .map(|n| {
            let package = &packages[(n % 50) as usize];
            finding(
                package,
                vulnerability(&format!("CVE-2026-{n:05}"), Severity::High, 7.5, &["1.0.1"]),
            )
        })
        .collect();
    Report { findings, packages, ..clean() }
}
