//! Agreement with Pod Security admission on its own fixtures, level by level and version by version.
//!
//! The corpus is the folder `test/testdata` of kubernetes/pod-security-admission:
//! `<level>/v1.<minor>/{pass,fail}/<pod>.yaml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use panoply_posture::Checks;

use crate::corpus;

/// The folder of the fixtures, if the corpus is this one.
pub(crate) fn fixtures(root: &Path) -> Option<PathBuf> {
    let places = [root.join("test/testdata"), root.to_owned()];
    places.into_iter().find(|place| place.join("baseline/v1.0/pass").is_dir())
}

pub(crate) fn run(root: &Path) {
    let mut agreement: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for level in ["privileged", "baseline", "restricted"] {
        let checks = Checks::new(of_level(level));
        for (path, text) in corpus::files(&root.join(level)) {
            let mut parts = path.split('/');
            let minor = parts.next().and_then(|version| version.strip_prefix("v1."));
            let Some(minor) = minor.and_then(|minor| minor.parse().ok()) else { continue };
            let passes = parts.next() == Some("pass");
            let found = corpus::failures(&checks, &[(path.clone(), text)], Some(minor));
            let (agreed, asked) = agreement.entry(level).or_default();
            *asked += 1;
            if found.is_empty() == passes {
                *agreed += 1;
            } else {
                let ids: Vec<_> = found.iter().map(|(_, _, id)| id.as_str()).collect();
                wrong.push(format!("{level}/{path}: {}", ids.join(", ")));
            }
        }
    }
    for (level, (agreed, asked)) in &agreement {
        println!("{level}: {agreed} of {asked}");
    }
    for line in wrong {
        println!("    {line}");
    }
}

/// Checks that carry a control of the level; what is forbidden below is forbidden above.
fn of_level(level: &str) -> Vec<panoply_rules::Rule<panoply_posture::CheckBody>> {
    let levels: &[&str] = match level {
        "baseline" => &["baseline"],
        "restricted" => &["baseline", "restricted"],
        _ => &[],
    };
    let mut rules = corpus::rules();
    rules.retain(|rule| {
        let pss = rule.body.controls.get("pss");
        pss.is_some_and(|pss| pss.iter().any(|level| levels.contains(&level.as_str())))
    });
    rules
}
