//! Amounts as Kubernetes writes them: `500m`, `1.5Gi`, `2e3`.
//!
//! kubernetes.io, API reference, "Quantity".

use std::cmp::Ordering;

use super::{Called, Special, special};
use crate::cel::value::Value;

/// An amount in billionths, which is as exact as Kubernetes keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i128);

const ONE: i128 = 1_000_000_000;

/// Digits of one number: more would not fit, and mean nothing.
const DIGITS: usize = 27;

pub(super) fn call<'v>(name: &str, arguments: &[Value<'v>]) -> Option<Called<'v>> {
    match (name, arguments) {
        ("quantity", [value]) => {
            return Some(match read(value) {
                Some(quantity) => Ok(Special::Quantity(quantity).value()),
                None => Err(format!("{value:?} is no quantity")),
            });
        }
        ("isQuantity", [value]) => return Some(Ok(Value::Bool(read(value).is_some()))),
        _ => {}
    }
    let Some(Special::Quantity(this)) = arguments.first().and_then(special) else { return None };
    let other = arguments.get(1).and_then(|other| match other {
        Value::Int(value) => Some(Quantity(i128::from(*value) * ONE)),
        other => match special(other) {
            Some(Special::Quantity(other)) => Some(*other),
            _ => None,
        },
    });
    let whole = this.0 % ONE == 0;
    let integer = i64::try_from(this.0 / ONE).ok().filter(|_| whole);
    let sum = |sum: Option<i128>| match sum {
        Some(sum) => Ok(Special::Quantity(Quantity(sum)).value()),
        None => Err("the quantity is too large".to_owned()),
    };
    Some(match (name, other) {
        ("isInteger", _) => Ok(Value::Bool(integer.is_some())),
        ("asInteger", _) => integer.map(Value::Int).ok_or("the quantity is no int".to_owned()),
        ("asApproximateFloat", _) => Ok(Value::Double(this.0 as f64 / ONE as f64)),
        ("sign", _) => Ok(Value::Int(this.0.signum() as i64)),
        ("add", Some(other)) => sum(this.0.checked_add(other.0)),
        ("sub", Some(other)) => sum(this.0.checked_sub(other.0)),
        ("compareTo", Some(other)) => Ok(Value::Int(match this.cmp(&other) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        })),
        ("isGreaterThan", Some(other)) => Ok(Value::Bool(*this > other)),
        ("isLessThan", Some(other)) => Ok(Value::Bool(*this < other)),
        _ => return None,
    })
}

fn read(value: &Value<'_>) -> Option<Quantity> {
    match value {
        Value::Text(text) => parse(text),
        // Manifests write `cpu: 1`; the API server reads that as the text.
        Value::Int(value) => Some(Quantity(i128::from(*value) * ONE)),
        Value::Double(value) => parse(&value.to_string()),
        _ => None,
    }
}

fn parse(text: &str) -> Option<Quantity> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let (number, suffix) = rest.split_at_checked(end)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || whole.len() + fraction.len() > DIGITS {
        return None;
    }
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let (times, by) = scale(suffix)?;
    let below = 10_i128.checked_pow(fraction.len() as u32)?.checked_mul(by)?;
    let above = digits.checked_mul(times)?.checked_mul(ONE)?;
    // What is finer than a billionth is rounded up, as the API server does.
    let amount = above.checked_add(below - 1)? / below;
    Some(Quantity(if negative { -amount } else { amount }))
}

/// What a suffix multiplies and divides by.
fn scale(suffix: &str) -> Option<(i128, i128)> {
    let binary = |power: u32| Some((1024_i128.pow(power), 1));
    let decimal = |power: u32| Some((1000_i128.pow(power), 1));
    match suffix {
        "" => Some((1, 1)),
        "n" => Some((1, ONE)),
        "u" => Some((1, 1_000_000)),
        "m" => Some((1, 1000)),
        "k" => decimal(1),
        "M" => decimal(2),
        "G" => decimal(3),
        "T" => decimal(4),
        "P" => decimal(5),
        "E" => decimal(6),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        _ => {
            let power: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            let size = 10_i128.checked_pow(power.unsigned_abs()).filter(|_| power.abs() <= 20)?;
            Some(if power < 0 { (1, size) } else { (size, 1) })
        }
    }
}
