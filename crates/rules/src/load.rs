//! Reads the rules of one engine from a directory: ours while building, a user's own at run time.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use panoply_base::{Limits, Parsed, Problem};

use crate::rule::{Body, Rule, check, parse};

/// Largest rule file in bytes; ours have about two thousand.
const FILE_BYTES: u64 = 256 << 10;

/// Loads every `*.yaml` below `root` that is a rule for the engine of `B`, sorted by id.
///
/// A file that is no proper rule is a problem and is left out: a rule that flags nothing or has no
/// proof of what it lets pass would only look like protection. Links are not followed.
pub fn load_directory<B: Body>(root: &Path, limits: &Limits) -> Parsed<Vec<Rule<B>>> {
    let mut problems = Vec::new();
    let mut rules: BTreeMap<String, Rule<B>> = BTreeMap::new();
    for path in files(root, limits, &mut problems) {
        let shown = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        match read(&path, limits) {
            Ok(None) => {}
            Ok(Some(rule)) if rules.contains_key(&rule.head.id) => {
                let what = format!("another rule has the id `{}`", rule.head.id);
                problems.push(Problem::whole(what).within(&shown));
            }
            Ok(Some(rule)) => {
                rules.insert(rule.head.id.clone(), rule);
            }
            Err(found) => problems.extend(found.into_iter().map(|problem| problem.within(&shown))),
        }
    }
    Parsed { value: rules.into_values().collect(), problems }
}

fn read<B: Body>(path: &Path, limits: &Limits) -> Result<Option<Rule<B>>, Vec<Problem>> {
    let whole = |what: String| vec![Problem::whole(what)];
    let size = fs::metadata(path).map_err(|error| whole(format!("cannot read: {error}")))?.len();
    let limit = FILE_BYTES.min(limits.file_bytes);
    if size > limit {
        return Err(whole(format!("larger than {limit} bytes")));
    }
    let text = fs::read_to_string(path).map_err(|error| whole(format!("cannot read: {error}")))?;
    let Some(rule) = parse::<B>(&text, limits).map_err(|error| vec![error.problem()])? else {
        return Ok(None);
    };
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let wrong = check(&rule, &name);
    if wrong.is_empty() {
        Ok(Some(rule))
    } else {
        Err(wrong.into_iter().map(Problem::whole).collect())
    }
}

/// All YAML files below `root`, sorted, as far as the limits go.
fn files(root: &Path, limits: &Limits, problems: &mut Vec<Problem>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![(root.to_path_buf(), 0)];
    let mut entries = 0;
    while let Some((directory, depth)) = open.pop() {
        let shown = directory.strip_prefix(root).unwrap_or(&directory).display().to_string();
        let listing = match fs::read_dir(&directory) {
            Ok(listing) => listing,
            Err(error) => {
                problems.push(Problem::whole(format!("cannot list `{shown}`: {error}")));
                continue;
            }
        };
        for entry in listing.flatten() {
            entries += 1;
            if entries > limits.entries {
                problems.push(Problem::whole(format!("more than {} entries", limits.entries)));
                found.sort();
                return found;
            }
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            if kind.is_dir() && depth < limits.depth {
                open.push((path, depth + 1));
            } else if kind.is_dir() {
                problems.push(Problem::whole(format!("`{}` is nested too deep", path.display())));
            } else if kind.is_file() && path.extension().is_some_and(|end| end == "yaml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::tests::{Needle, RULE};

    fn check(files: &[(&str, &str)], ids: &[&str], problems: &[&str]) {
        let name = format!("panoply-rules-{}-{}", std::process::id(), files.len());
        let root = std::env::temp_dir().join(name);
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let loaded = load_directory::<Needle>(&root, &Limits::DEFAULT);
        fs::remove_dir_all(&root).unwrap();
        let found: Vec<_> = loaded.value.iter().map(|rule| rule.head.id.as_str()).collect();
        let said: Vec<_> = loaded.problems.iter().map(ToString::to_string).collect();
        assert_eq!(found, ids);
        assert_eq!(said, problems);
    }

    #[test]
    fn one_bad_file_does_not_hide_the_others() {
        let unknown = RULE.replace("needle: tea", "needle: tea\nneedles: tea");
        let other = RULE.replace("kind: secret", "kind: config");
        check(
            &[
                ("drinks/tea.yaml", RULE),
                ("again/tea.yaml", RULE),
                ("drinks/mate.yaml", RULE),
                ("unknown/tea.yaml", &unknown),
                ("other/tea.yaml", &other),
                ("readme.txt", "not a rule"),
            ],
            &["tea"],
            &[
                "drinks/mate.yaml: id `tea` is not the name of the file",
                "drinks/tea.yaml: another rule has the id `tea`",
                "unknown/tea.yaml: line 10: `needles` is not a key of a secret rule",
            ],
        );
    }

    #[test]
    fn a_directory_that_is_not_there_is_a_problem() {
        let loaded = load_directory::<Needle>(Path::new("/nowhere/at/all"), &Limits::DEFAULT);
        assert!(loaded.value.is_empty() && loaded.problems.len() == 1);
    }
}
