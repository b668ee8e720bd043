//! The format of Yarn 1: like YAML, but not it. Entries begin at the line's start and end with `:`,
//! their fields are indented by two blanks, the names they need by four.

use std::borrow::Cow;

use panoply_base::{Limits, Parsed, Problem};

use super::Locked;
use crate::json::short;
use crate::lang::npm::names;

pub(super) fn read(text: &str, limits: &Limits) -> Parsed<Vec<Locked>> {
    let mut entries: Vec<Locked> = Vec::new();
    let mut problems = Vec::new();
    let mut in_needs = false;
    for (number, line) in (1..).zip(text.lines()) {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let indentation = line.len() - line.trim_start_matches(' ').len();
        if indentation == 0 {
            if entries.len() as u64 >= limits.entries {
                problems
                    .push(Problem::line(number, "more entries than allowed; the rest is not read"));
                break;
            }
            match entry(content, number) {
                Some(entry) => entries.push(entry),
                None if problems.len() < limits.problems => {
                    let what = format!("`{}` is no entry", short(content));
                    problems.push(Problem::line(number, what));
                }
                None => {}
            }
            continue;
        }
        let Some(entry) = entries.last_mut() else { continue };
        let (name, value) = field(content);
        if indentation >= 4 {
            if in_needs {
                entry.needs.push((name.into_owned(), value.into_owned()));
            }
            continue;
        }
        in_needs = matches!(content, "dependencies:" | "optionalDependencies:");
        match &*name {
            "version" => entry.version = value.into_owned(),
            "integrity" => entry.hashes.extend(names::integrities(Some(&value))),
            "resolved" => resolved(entry, &value),
            _ => {}
        }
    }
    let problem = |entry: &Locked| {
        let what = format!("`{}` has no version", short(&entry.name));
        entry.version.is_empty().then(|| Problem::line(entry.line, what))
    };
    let room = limits.problems.saturating_sub(problems.len());
    problems.extend(entries.iter().filter_map(problem).take(room));
    entries.retain(|entry| !entry.version.is_empty());
    Parsed { value: entries, problems }
}

/// Reads `"a@^1", "a@^2":`.
fn entry(content: &str, line: u32) -> Option<Locked> {
    let list = content.strip_suffix(':')?;
    let descriptors: Vec<_> =
        list.split(", ").map(|text| unquote(text.trim()).into_owned()).collect();
    let (name, range) = names::split_descriptor(descriptors.first()?)?;
    let name = names::aliased(range).map_or(name, |(name, _)| name);
    let name = Some(name).filter(|name| names::is_name(name))?.to_owned();
    Some(Locked { descriptors, name, line, ..Locked::default() })
}

/// The address may end with the SHA-1 of the archive, from before there was `integrity`.
fn resolved(entry: &mut Locked, address: &str) {
    if let Some((_, hash)) = address.rsplit_once('#')
        && hash.len() == 40
        && !names::is_git(address)
    {
        entry.hashes.push(format!("sha1:{hash}"));
    }
    entry.source = Some(address.to_owned());
}

/// Splits `name value`, either of which may be in quotes.
fn field(content: &str) -> (Cow<'_, str>, Cow<'_, str>) {
    let name_end = if content.starts_with('"') {
        content.get(1..).and_then(|rest| rest.find('"')).map_or(content.len(), |end| end + 2)
    } else {
        content.find(' ').unwrap_or(content.len())
    };
    let (name, value) = content.split_at_checked(name_end).unwrap_or((content, ""));
    (unquote(name.trim_end_matches(':')), unquote(value.trim()))
}

fn unquote(text: &str) -> Cow<'_, str> {
    match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(inner) if inner.contains('\\') => Cow::Owned(inner.replace("\\\"", "\"")),
        Some(inner) => Cow::Borrowed(inner),
        None => Cow::Borrowed(text),
    }
}
