//! The house's own report format, `panoply-report/1`; `docs/reference/report.schema.json` describes it.
//!
//! The version changes when a field changes its meaning or goes away; a new field keeps it. All of
//! it is in English except where a text has a twin: `title_zh` and `fix_zh` stand beside `title` and
//! `fix` where they differ. So the file is the same whatever language the reader of the table likes.

use std::io::{self, Write};

use panoply_base::{Parsed, Place, Problem, Text};
use panoply_model::{
    CheckTally, Compliance, ConfigDetail, Coverage, CvssVersion, DatabaseFacts, Detail, Finding,
    Location, Package, Report, Severity, Target, Vulnerability,
};

use crate::json_stream::{self, Object, Say, fields, items};
use crate::{Options, tally, words};

/// What stands in the field `schema`.
pub const SCHEMA: &str = "panoply-report/1";

pub(crate) fn write(report: &Report, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    let tally = tally::Tally::of(&report.findings);
    let counts = fields(|object| {
        let all = object.put("total", report.findings.len());
        let severities = Severity::ALL.into_iter().rev();
        severities.fold(all, |object, one| object.put(one.name(), tally.get(one)))
    });
    let findings = tally::sorted(&report.findings);
    let reviews = tally::sorted(&report.reviews);
    let mut suppressed: Vec<_> = report.suppressed.iter().collect();
    suppressed.sort_by_key(|s| (s.finding.key, &s.by, &s.reason));
    let suppressed = suppressed.into_iter().map(|s| {
        fields(|object| {
            object
                .put("by", &s.by)
                .put("reason", &s.reason)
                .put("finding", finding(&s.finding, report))
        })
    });
    let whole = fields(|object| {
        object
            .put("schema", SCHEMA)
            .put("tool", fields(|o| o.put("name", "panoply").put("version", &report.tool_version)))
            .put("started", &report.started)
            .put("target", target(&report.target))
            .put("summary", counts)
            .put("findings", items(findings.into_iter().map(|f| finding(f, report))))
            .put("reviews", items(reviews.into_iter().map(|f| finding(f, report))))
            .put("suppressed", items(suppressed))
            .put("packages", items(tally::packages(report).into_iter().map(|p| package(p, report))))
            .maybe("compliance", report.compliance.as_ref().map(compliance))
            .put("coverage", coverage(&report.coverage))
            .put("databases", databases(&report.databases))
    });
    json_stream::write(whole, out)
}

fn target(target: &Target) -> impl Say {
    let distro = target.distro.as_ref().map(|distro| {
        fields(|object| {
            object
                .put("id", &distro.id)
                .put("version", &distro.version)
                .maybe("like", items(&distro.like))
                .maybe("codename", &distro.codename)
                .maybe("pretty", &distro.pretty)
        })
    });
    let image = target.image.as_ref().map(|image| {
        let layers = image.layers.iter().map(|layer| {
            fields(|object| {
                object
                    .maybe("digest", layer.digest.as_ref().map(ToString::to_string))
                    .put("diff_id", layer.diff_id.to_string())
                    .maybe("created_by", &layer.created_by)
                    .put("cached", layer.cached)
            })
        });
        fields(|object| {
            object
                .maybe("manifest", image.manifest.as_ref().map(ToString::to_string))
                .maybe("config", image.config.as_ref().map(ToString::to_string))
                .maybe("tags", items(&image.tags))
                .maybe("platform", &image.platform)
                .maybe("created", image.created.as_ref())
                .put("layers", items(layers))
        })
    });
    fields(|object| {
        object
            .put("name", &target.name)
            .put("kind", target.kind.name())
            .maybe("scope", &target.scope)
            .maybe("commit", target.commit.as_ref())
            .maybe("distro", distro)
            .maybe("image", image)
    })
}

fn finding(finding: &Finding, report: &Report) -> impl Say {
    fields(|object| {
        let object = object
            .put("family", finding.family.name())
            .put("rule", &finding.rule)
            .put("severity", finding.severity.name())
            .put("confidence", finding.confidence.name())
            .put("key", finding.key.to_string());
        let object = text(object, "title", &finding.title);
        let object = text(object, "fix", &finding.fix)
            .maybe("evidence", finding.evidence.as_str())
            .put("cwe", items(&finding.cwe))
            .maybe("location", finding.location().map(|l| location(l, report)))
            .put("locations", items(finding.locations.iter().map(|l| location(l, report))))
            .maybe("references", items(&finding.references));
        match &finding.detail {
            Detail::Vulnerability { package: of, vulnerability: what } => {
                object.put("package", package(of, report)).put("vulnerability", vulnerability(what))
            }
            Detail::Secret { fingerprint, notes } => object.put(
                "secret",
                fields(|object| object.put("fingerprint", fingerprint).put("notes", items(notes))),
            ),
            Detail::Licence { package: of, licence } => {
                object.put("package", package(of, report)).put("licence", licence)
            }
            Detail::Config(detail) => object.put("config", config(detail)),
        }
    })
}

fn config(detail: &ConfigDetail) -> impl Say {
    let controls = detail.controls.iter().map(|(catalogue, numbers)| {
        fields(move |object| object.put("catalogue", catalogue).put("controls", items(numbers)))
    });
    let excerpt = detail
        .excerpt
        .iter()
        .map(|(line, text)| fields(|object| object.put("line", *line).put("text", text.as_str())));
    let review = detail.review.as_ref().map(|review| {
        fields(|object| text(object, "cause", &review.cause).put("fails_when", &review.fails_when))
    });
    fields(|object| {
        let object = object
            .put("platform", &detail.platform)
            .put("kind", &detail.kind)
            .put("resource", &detail.resource)
            .put("field", &detail.field);
        text(object, "message", &detail.message)
            .maybe("came_by", items(&detail.came_by))
            .maybe("controls", items(controls))
            .maybe("excerpt", items(excerpt))
            .maybe("review", review)
    })
}

fn text<'s, 'o>(object: Object<'s, 'o>, key: &str, text: &Text) -> Object<'s, 'o> {
    let twin = (text.zh != text.en).then_some(&text.zh);
    object.put(key, &text.en).maybe_twin(key, "_zh", twin)
}

fn compliance(compliance: &Compliance) -> impl Say {
    let controls = compliance.controls.iter().map(move |control| {
        fields(move |object| {
            text(object.put("control", &control.number), "title", &control.title)
                .put("status", control.status().name())
                .put("checks", items(control.checks.iter().map(tally_of)))
        })
    });
    let uncovered = compliance.uncovered.iter().map(|(number, title)| {
        fields(move |object| text(object.put("control", number), "title", title))
    });
    let counts = fields(|object| {
        words::CONTROL_STATUSES.into_iter().fold(object, |counts, status| {
            counts.put(&status.name().replace('-', "_"), compliance.count(status))
        })
    });
    fields(|object| {
        text(object.put("catalogue", &compliance.catalogue), "title", &compliance.title)
            .put("summary", counts)
            .put("controls", items(controls))
            .put("uncovered", items(uncovered))
    })
}

fn tally_of(check: &CheckTally) -> impl Say {
    fields(|object| {
        text(object.put("rule", &check.rule), "title", &check.title)
            .put("severity", check.severity.name())
            .put("failed", check.failed)
            .put("passed", check.passed)
            .put("unknown", check.unknown)
            .put("accepted", check.accepted)
    })
}

fn location(location: &Location, report: &Report) -> impl Say {
    let layers = report.target.image.as_ref().map(|image| image.layers.as_slice());
    let layer = location.layer.and_then(|index| layers?.get(index as usize));
    fields(move |object| {
        object
            .put("path", &location.path)
            .maybe("line", location.line)
            .maybe("column", location.column)
            .maybe("end_line", location.end_line)
            .maybe("end_column", location.end_column)
            .maybe("layer", location.layer)
            .maybe("diff_id", layer.map(|layer| layer.diff_id.to_string()))
            .maybe("created_by", layer.map(|layer| layer.created_by.as_str()))
            .maybe("commit", location.commit.as_ref())
    })
}

fn package(package: &Package, report: &Report) -> impl Say {
    let source = package.source.as_ref().map(|source| {
        fields(|object| object.put("name", &source.name).put("version", &source.version))
    });
    fields(|object| {
        object
            .put("purl", package.purl.to_string())
            .put("kind", package.purl.kind.name())
            .put("name", package.purl.full_name())
            .maybe("version", package.purl.version.as_ref())
            .maybe("source", source)
            .maybe("licences", items(&package.licences))
            .put("relation", package.relation.name())
            .put("scope", package.scope.name())
            .maybe("owner", package.owner.as_ref())
            .maybe("depends_on", items(&package.depends_on))
            .maybe("hashes", items(&package.hashes))
            .put("cataloguer", &package.cataloguer)
            .put("locations", items(package.locations.iter().map(|l| location(l, report))))
    })
}

fn vulnerability(what: &Vulnerability) -> impl Say {
    let cvss = what.cvss.iter().map(|cvss| {
        let version = match cvss.version {
            CvssVersion::V2 => "2.0",
            CvssVersion::V30 => "3.0",
            CvssVersion::V31 => "3.1",
            CvssVersion::V40 => "4.0",
        };
        fields(move |object| {
            object
                .put("version", version)
                .put("vector", &cvss.vector)
                .put("score", cvss.score)
                .put("source", &cvss.source)
        })
    });
    fields(|object| {
        object
            .put("id", &what.id)
            .put("aliases", items(&what.aliases))
            .maybe("summary", &what.summary)
            .maybe("details", &what.details)
            .put("severity", what.severity.name())
            .maybe("severity_source", &what.severity_source)
            .put("cvss", items(cvss))
            .maybe("epss", what.epss)
            .maybe("epss_percentile", what.epss_percentile)
            .maybe("kev", what.kev.as_ref())
            .put("cwe", items(&what.cwe))
            .put("fixed_in", items(&what.fixed_in))
            .put("status", what.status.name())
            .maybe("references", items(&what.references))
            .maybe("published", what.published.as_ref())
            .maybe("modified", what.modified.as_ref())
            .maybe("advisory", &what.advisory)
            .maybe("source", &what.source)
            .maybe("affected_range", &what.affected_range)
            .put("malicious", what.malicious)
            .maybe("symbols", items(&what.symbols))
    })
}

fn coverage(coverage: &Coverage) -> impl Say {
    let catalogued = fields(|object| {
        let each = coverage.catalogued.iter();
        each.fold(object, |object, (name, files)| object.put(name, *files))
    });
    let mut skipped: Vec<_> = coverage.skipped.iter().collect();
    skipped.sort();
    let skipped = skipped
        .into_iter()
        .map(|s| fields(|object| object.put("what", &s.what).put("why", &s.why)));
    let mut problems: Vec<_> = coverage.problems.iter().collect();
    problems.sort();
    fields(|object| {
        object
            .put("complete", coverage.is_complete())
            .put("engines", items(&coverage.engines))
            .put("files", coverage.files)
            .put("bytes", coverage.bytes)
            .put("catalogued", catalogued)
            .put("skipped", items(skipped))
            .put("problems", items(problems.into_iter().map(problem)))
            .put("more_problems", coverage.more_problems)
    })
}

fn problem(problem: &Problem) -> impl Say {
    let (line, byte) = match problem.place {
        Place::Whole => (None, None),
        Place::Line(line) => (Some(line), None),
        Place::Byte(byte) => (None, Some(byte)),
    };
    fields(move |object| {
        object
            .maybe("file", &problem.file)
            .maybe("line", line)
            .maybe("byte", byte)
            .put("what", &problem.what)
    })
}

fn databases(databases: &[DatabaseFacts]) -> impl Say {
    let mut sorted: Vec<_> = databases.iter().collect();
    sorted.sort_by_key(|d| (&d.source, &d.date));
    items(sorted.into_iter().map(|database| {
        fields(|object| {
            object
                .put("source", &database.source)
                .put("date", &database.date)
                .put("records", database.records)
                .put("seed", database.seed)
        })
    }))
}

/// A finding that an earlier report already had.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    /// [`panoply_model::FindingKey`] in hexadecimal, as its `Display` writes it.
    pub key: String,
    pub family: String,
    pub rule: String,
    /// It was known and suppressed then.
    pub suppressed: bool,
}

/// Reads the keys of an earlier report, for a scan that shows only what is new.
///
/// Sorted, each key once. A finding without a usable key is a problem: left out silently, it would
/// come back as new.
pub fn read_keys(bytes: &[u8]) -> Parsed<Vec<Known>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let value: serde_json::Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(error) => {
            return Parsed::failed(Problem::whole(format!("not a JSON document: {error}")));
        }
    };
    match value.get("schema").and_then(|schema| schema.as_str()) {
        Some(SCHEMA) => {}
        Some(other) => {
            let other = crate::clean::limit(other, 80);
            return Parsed::failed(Problem::whole(format!(
                "the schema is `{other}`, not `{SCHEMA}`"
            )));
        }
        None => return Parsed::failed(Problem::whole("not a report of this program")),
    }
    let mut known = Vec::new();
    let mut problems = Vec::new();
    let listed = |name: &str| {
        value.get(name).and_then(|v| v.as_array()).map(Vec::as_slice).unwrap_or_default()
    };
    let findings = listed("findings").iter().map(|finding| (Some(finding), false));
    let suppressed = listed("suppressed").iter().map(|entry| (entry.get("finding"), true));
    for (index, (finding, suppressed)) in findings.chain(suppressed).enumerate() {
        let field = |name: &str| finding.and_then(|f| f.get(name)?.as_str()).unwrap_or_default();
        let key = field("key");
        if key.len() == 32 && key.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            let (family, rule) = (field("family").to_owned(), field("rule").to_owned());
            known.push(Known { key: key.to_owned(), family, rule, suppressed });
        } else {
            problems.push(Problem::whole(format!("finding {} has no key", index + 1)));
        }
    }
    known.sort();
    known.dedup_by(|a, b| a.key == b.key);
    Parsed { value: known, problems }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, keys: &[&str], problems: &[&str]) {
        let read = read_keys(text.as_bytes());
        let found: Vec<&str> = read.value.iter().map(|known| known.key.as_str()).collect();
        let complaints: Vec<String> = read.problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            (
                found.as_slice(),
                complaints.iter().map(String::as_str).collect::<Vec<_>>().as_slice()
            ),
            (keys, problems),
            "{text}"
        );
    }

    #[test]
    fn a_baseline_keeps_what_it_can() {
        let key = "0123456789abcdef0123456789abcdef";
        check(
            &format!(
                r#"{{"schema":"panoply-report/1","findings":[{{"key":"{key}"}},{{"key":"x"}},7,{{"key":"{key}"}}]}}"#
            ),
            &[key],
            &["finding 2 has no key", "finding 3 has no key"],
        );
        let other = format!(
            r#"{{"schema":"panoply-report/1","suppressed":[{{"finding":{{"key":"{key}"}}}}]}}"#
        );
        check(&other, &[key], &[]);
    }

    #[test]
    fn what_is_no_report_says_so() {
        check("{}", &[], &["not a report of this program"]);
        check(
            "{\"schema\":\"panoply-report/9\"}",
            &[],
            &["the schema is `panoply-report/9`, not `panoply-report/1`"],
        );
        check("", &[], &["not a JSON document: EOF while parsing a value at line 1 column 0"]);
        assert_eq!(read_keys(&b"[".repeat(100_000)).problems.len(), 1);
    }
}
