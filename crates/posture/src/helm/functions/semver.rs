//! Semantic versions and constraints on them. Sprig, "Semantic Version Functions"; semver.org 2.0.0.

use std::cmp::Ordering;

use super::{Answer, Args};
use crate::helm::eval::Engine;
use crate::helm::syntax::Stop;
use crate::helm::value::Val;

pub(super) fn call(_: &mut Engine, name: &str, args: &mut Args) -> Option<Answer> {
    Some(match name {
        "semver" => args.text().and_then(|text| {
            let version = strict(text.as_str())?;
            let number = |number: u64| Val::int(number as i64);
            Ok(Val::dict([
                ("Major".into(), number(version.numbers[0])),
                ("Minor".into(), number(version.numbers[1])),
                ("Patch".into(), number(version.numbers[2])),
                ("Prerelease".into(), Val::text(version.pre)),
                ("Metadata".into(), Val::text(version.meta)),
                ("Original".into(), Val::text(text.as_str())),
            ]))
        }),
        "semverCompare" => args.text().and_then(|constraint| {
            let version = args.text()?;
            Ok(Val::bool(satisfies(constraint.as_str(), version.as_str())?))
        }),
        _ => return None,
    })
}

#[derive(Clone, Debug)]
struct Version {
    numbers: [u64; 3],
    /// How many of the numbers were written; the others are wildcards in a constraint.
    given: usize,
    pre: String,
    meta: String,
}

fn strict(text: &str) -> Result<Version, Stop> {
    parse(text, false).ok_or_else(|| Stop::new(format!("`{text}` is no semantic version")))
}

fn parse(text: &str, wildcards: bool) -> Option<Version> {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let (text, meta) = text.split_once('+').unwrap_or((text, ""));
    let (core, pre) = match text.split_once('-') {
        Some((core, pre)) => (core, pre),
        None => (text, ""),
    };
    let mut version =
        Version { numbers: [0; 3], given: 0, pre: pre.to_owned(), meta: meta.to_owned() };
    let mut wild = false;
    for (at, part) in core.split('.').enumerate() {
        let place = version.numbers.get_mut(at)?;
        if wildcards && matches!(part, "x" | "X" | "*") {
            wild = true;
            continue;
        }
        *place = part.parse().ok()?;
        if !wild {
            version.given = at + 1;
        }
    }
    (version.given > 0 || wild).then_some(version)
}

fn compare(a: &Version, b: &Version) -> Ordering {
    a.numbers.cmp(&b.numbers).then_with(|| match (a.pre.is_empty(), b.pre.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => prerelease(&a.pre, &b.pre),
    })
}

fn prerelease(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, _) => Ordering::Less,
            (_, None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Whether a version satisfies a constraint: alternatives by `||`, all of a group by comma or space.
pub(crate) fn satisfies(constraint: &str, version: &str) -> Result<bool, Stop> {
    let version = strict(version)?;
    let broken = || Stop::new(format!("`{constraint}` is no version constraint"));
    for group in constraint.split("||") {
        let parts = parts(group).ok_or_else(broken)?;
        if parts.iter().all(|(operator, bound)| holds(operator, bound, &version)) {
            return Ok(true);
        }
    }
    Ok(false)
}

type Part = (String, Version);

fn parts(group: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let spaced = group.replace(" - ", " \u{1} ").replace(',', " ");
    let mut words = spaced.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let digits = word.find(|c: char| !"=!<>~^".contains(c)).unwrap_or(word.len());
        let (operator, rest) = word.split_at(digits);
        let rest = if rest.is_empty() { words.next()? } else { rest };
        let bound = parse(rest, true)?;
        if words.peek() == Some(&"\u{1}") {
            words.next();
            let end = parse(words.next()?, true)?;
            parts.push((">=".to_owned(), bound));
            parts.push(("<=".to_owned(), end));
            continue;
        }
        if !matches!(
            operator,
            "" | "=" | "!=" | ">" | "<" | ">=" | "=>" | "<=" | "=<" | "~" | "~>" | "^"
        ) {
            return None;
        }
        parts.push((operator.to_owned(), bound));
    }
    (!parts.is_empty()).then_some(parts)
}

fn holds(operator: &str, bound: &Version, version: &Version) -> bool {
    // A constraint without a prerelease is about released versions only.
    if !version.pre.is_empty() && bound.pre.is_empty() && operator != "!=" {
        return false;
    }
    let order = compare(version, bound);
    let same = |count: usize| version.numbers.get(..count) == bound.numbers.get(..count);
    let within = same(bound.given);
    match operator {
        "!=" if bound.given < 3 => !within,
        "!=" => order != Ordering::Equal,
        ">" if bound.given < 3 => order == Ordering::Greater && !within,
        ">" => order == Ordering::Greater,
        "<" => order == Ordering::Less,
        ">=" | "=>" => order != Ordering::Less,
        "<=" | "=<" if bound.given < 3 => order == Ordering::Less || within,
        "<=" | "=<" => order != Ordering::Greater,
        "^" => {
            let leading = bound.numbers.iter().position(|number| *number != 0);
            let fixed = leading.map_or(bound.given, |at| (at + 1).min(bound.given)).min(3);
            order != Ordering::Less && same(fixed)
        }
        "~" | "~>" => order != Ordering::Less && same(bound.given.min(2)),
        _ if bound.given < 3 => order != Ordering::Less && within,
        _ => order == Ordering::Equal,
    }
}
