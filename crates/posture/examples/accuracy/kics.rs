//! Precision and recall against the labels of KICS' queries, for checks with an alias `kics:<id>`.
//!
//! The corpus is `assets/queries` of KICS or of a descendant: `<platform>/…/<query>/{metadata.json,
//! test/…}` with `test/positive_expected_result.json`. Only its open half is looked at. Files are compared by the number of their findings, since
//! what is wrong with a resource may be pointed at on another line, and by the resources that are
//! flagged, since one defect may be several labels. Findings on the very same line are counted too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use panoply_posture::Checks;
use serde_json::Value as Json;

use crate::corpus;

#[derive(Clone, Copy, Debug, Default)]
struct Score {
    queries: u32,
    hits: u64,
    false_alarms: u64,
    missed: u64,
    same_line: u64,
    /// Resources that both flag, that only we do, that only they do.
    resources: [u64; 3],
}

impl Score {
    fn add(&mut self, other: Self) {
        self.queries += other.queries;
        self.hits += other.hits;
        self.false_alarms += other.false_alarms;
        self.missed += other.missed;
        self.same_line += other.same_line;
        for (own, more) in self.resources.iter_mut().zip(other.resources) {
            *own += more;
        }
    }

    fn line(&self, name: &str) -> String {
        let [both, ours, theirs] = self.resources;
        let share = |part: u64, whole: u64| part as f64 / (whole.max(1)) as f64;
        format!(
            "{name:64} precision {:.3} recall {:.3}, by resource {:.3} {:.3}, same line {:.3} \
             ({} found, {} false, {} missed)",
            share(self.hits, self.hits + self.false_alarms),
            share(self.hits, self.hits + self.missed),
            share(both, both + ours),
            share(both, both + theirs),
            share(self.same_line, self.hits),
            self.hits,
            self.false_alarms,
            self.missed,
        )
    }
}

/// The folder of the queries, if the corpus is one of these.
pub(crate) fn queries(root: &Path) -> Option<PathBuf> {
    let places = [root.join("assets/queries"), root.to_owned()];
    places.into_iter().find(|place| place.join("k8s").is_dir() && place.join("terraform").is_dir())
}

pub(crate) fn run(root: &Path, details: bool) {
    let rules = corpus::rules();
    let mut totals: BTreeMap<String, (Score, u32)> = BTreeMap::new();
    for path in corpus::named(root, "metadata.json") {
        let query = path.trim_end_matches("/metadata.json");
        let mut parts = query.split('/');
        let platform = parts.next().unwrap_or(query).to_owned();
        let platform = match (platform.as_str(), parts.next()) {
            ("terraform", Some(cloud)) => format!("terraform/{cloud}"),
            _ => platform,
        };
        let text = std::fs::read_to_string(root.join(&path)).unwrap_or_default();
        let metadata: Json = serde_json::from_str(&text).unwrap_or_default();
        let id = metadata["id"].as_str().unwrap_or_default();
        if id.is_empty() || !corpus::is_open(id) {
            continue;
        }
        let alias = format!("kics:{id}");
        let ours: Vec<_> =
            rules.iter().filter(|rule| rule.head.aliases.contains(&alias)).cloned().collect();
        let (score, unclaimed) = totals.entry(platform).or_default();
        if ours.is_empty() {
            *unclaimed += 1;
            continue;
        }
        let found = score_query(&root.join(query), &Checks::new(ours), details);
        if details {
            println!("{}", found.line(query));
        }
        score.add(found);
    }
    for (platform, (score, unclaimed)) in &totals {
        let claimed = score.queries;
        println!(
            "{}",
            score.line(&format!("{platform}: {claimed} queries, {unclaimed} unclaimed"))
        );
    }
}

fn score_query(query: &Path, checks: &Checks, details: bool) -> Score {
    let files = corpus::files(&query.join("test"));
    let expected = files.iter().find(|(path, _)| path == "positive_expected_result.json");
    let expected: Json =
        expected.map_or(Json::Null, |(_, text)| serde_json::from_str(text).unwrap_or_default());
    // Cases are told apart by the first part of their path: a file, or a folder of files.
    let mut cases: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for (path, text) in files.iter().filter(|(path, _)| !path.ends_with("expected_result.json")) {
        let case = path.split('/').next().unwrap_or(path);
        cases.entry(case).or_default().push((path.clone(), text.clone()));
    }
    let base = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let mut ours: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for files in cases.values() {
        for (path, line, _) in corpus::failures(checks, files, None) {
            let lines = ours.entry(base(&path)).or_default();
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    let mut wanted: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for entry in expected.as_array().into_iter().flatten() {
        let name = ["fileName", "filename", "file"].iter().find_map(|key| entry[*key].as_str());
        let line = entry["line"].as_u64().unwrap_or_default() as u32;
        // Several labels of one line are one finding, as ours are.
        let lines = wanted.entry(name.map(base).unwrap_or_default()).or_default();
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    // Labels without a file are for all files that are not named.
    if let Some(loose) = wanted.remove("") {
        let unnamed: Vec<String> = ours
            .keys()
            .filter(|path| path.starts_with("positive") && !wanted.contains_key(*path))
            .cloned()
            .collect();
        let together = unnamed.iter().filter_map(|path| ours.remove(path)).flatten().collect();
        ours.insert("positive".to_owned(), together);
        wanted.insert("positive".to_owned(), loose);
    }
    let mut score = Score { queries: 1, ..Score::default() };
    let spans: Vec<_> = cases.values().flat_map(|files| corpus::resources(files)).collect();
    let flagged = |lines: Option<&Vec<u32>>, name: &str| -> BTreeSet<u32> {
        let line = |line: &u32| {
            let starts = spans.iter().filter(|(path, from, _)| {
                // Labels without a file may be in any of the positive ones.
                let is_it = base(path) == name || (name == "positive" && path.starts_with(name));
                is_it && from <= line
            });
            starts.map(|(_, from, _)| *from).max().unwrap_or(*line)
        };
        lines.into_iter().flatten().map(line).collect()
    };
    let names: BTreeSet<&String> = ours.keys().chain(wanted.keys()).collect();
    for name in names {
        let (ours, wanted) = (ours.get(name), wanted.get(name));
        let (a, b) = (flagged(ours, name), flagged(wanted, name));
        let counts =
            [a.intersection(&b).count(), a.difference(&b).count(), b.difference(&a).count()];
        for (own, more) in score.resources.iter_mut().zip(counts) {
            *own += more as u64;
        }
        let (found, labels) = (ours.map_or(0, Vec::len), wanted.map_or(0, Vec::len));
        let hits = found.min(labels);
        if found != labels && details {
            println!("    {name}: ours {ours:?}, theirs {wanted:?}");
        }
        score.hits += hits as u64;
        score.false_alarms += (found - hits) as u64;
        score.missed += (labels - hits) as u64;
        let mut left = wanted.cloned().unwrap_or_default();
        for line in ours.into_iter().flatten() {
            if let Some(at) = left.iter().position(|label| label == line) {
                left.swap_remove(at);
                score.same_line += 1;
            }
        }
    }
    score
}
