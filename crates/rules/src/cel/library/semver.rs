//! Versions: `semver("1.2.3").isLessThan(semver("2.0.0"))`. semver.org, 2.0.0.

use std::cmp::Ordering;

use super::{Called, Special, special};
use crate::cel::value::Value;

/// Numbers of a version, and the words of what comes before its release.
#[derive(Clone, Debug)]
pub struct Semver {
    numbers: [u64; 3],
    before: Vec<String>,
}

pub(super) fn call<'v>(name: &str, arguments: &[Value<'v>]) -> Option<Called<'v>> {
    if let ("semver" | "isSemver", [Value::Text(text), rest @ ..]) = (name, arguments) {
        let loose = matches!(rest, [Value::Bool(true)]);
        let parsed = Semver::parse(text, loose);
        return Some(match (name, parsed) {
            ("isSemver", parsed) => Ok(Value::Bool(parsed.is_some())),
            (_, Some(version)) => Ok(Special::Semver(version).value()),
            (_, None) => Err(format!("`{text}` is no version")),
        });
    }
    let Some(Special::Semver(this)) = arguments.first().and_then(special) else { return None };
    let order = match arguments.get(1).and_then(special) {
        Some(Special::Semver(other)) => Some(this.compare(other)),
        _ => None,
    };
    let [major, minor, patch] = this.numbers;
    let number = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    Some(Ok(match (name, order) {
        ("major", _) => number(major),
        ("minor", _) => number(minor),
        ("patch", _) => number(patch),
        ("isLessThan", Some(order)) => Value::Bool(order.is_lt()),
        ("isGreaterThan", Some(order)) => Value::Bool(order.is_gt()),
        ("compareTo", Some(order)) => Value::Int(order as i64),
        _ => return None,
    }))
}

impl Semver {
    fn parse(text: &str, loose: bool) -> Option<Self> {
        let text = if loose { text.trim_start_matches('v') } else { text };
        let text = text.split_once('+').map_or(text, |(text, _)| text);
        let (numbers, before) = text.split_once('-').unwrap_or((text, ""));
        let mut parts: Vec<&str> = numbers.split('.').collect();
        while loose && parts.len() < 3 {
            parts.push("0");
        }
        let [major, minor, patch] = parts.as_slice() else { return None };
        let number = |text: &str| {
            let plain = text.bytes().all(|byte| byte.is_ascii_digit());
            let padded = text.len() > 1 && text.starts_with('0') && !loose;
            text.parse::<u64>().ok().filter(|_| plain && !padded)
        };
        let words = before.split('.').filter(|word| !word.is_empty()).map(str::to_owned);
        Some(Self {
            numbers: [number(major)?, number(minor)?, number(patch)?],
            before: words.collect(),
        })
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let word = |a: &String, b: &String| match (a.parse::<u64>(), b.parse::<u64>()) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            _ => a.cmp(b),
        };
        let released = self.before.is_empty().cmp(&other.before.is_empty());
        let words = self.before.iter().zip(&other.before).map(|(a, b)| word(a, b));
        self.numbers
            .cmp(&other.numbers)
            .then(released)
            .then(words.fold(Ordering::Equal, Ordering::then))
            .then(self.before.len().cmp(&other.before.len()))
    }
}
