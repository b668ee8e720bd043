//! Numbers. Sprig, "Integer Math Functions", "Float Math Functions", "Type Conversion Functions".

use super::{Answer, Args};
use crate::helm::eval::Engine;
use crate::helm::syntax::Stop;
use crate::helm::value::{Kind, Val};

pub(super) fn call(_: &mut Engine, name: &str, args: &mut Args) -> Option<Answer> {
    let two = |args: &mut Args| -> Result<(i64, i64), Stop> {
        Ok((int(&args.value()?), int(&args.value()?)))
    };
    Some(match name {
        "int" | "int64" => args.value().map(|value| Val::int(int(&value))),
        "float64" => args.value().map(|value| Val::float(float(&value))),
        "atoi" => args.text().map(|text| Val::int(text.as_str().parse().unwrap_or_default())),
        "toDecimal" => args.value().map(|value| {
            let text = match &value.kind {
                Kind::Text(text) => text.as_str().to_owned(),
                _ => int(&value).to_string(),
            };
            Val::int(i64::from_str_radix(&text, 8).unwrap_or_default())
        }),
        "add" => Ok(Val::int(args.all().iter().map(int).fold(0, i64::wrapping_add))),
        "add1" => args.value().map(|value| Val::int(int(&value).wrapping_add(1))),
        "sub" => two(args).map(|(a, b)| Val::int(a.wrapping_sub(b))),
        "mul" => Ok(Val::int(args.all().iter().map(int).fold(1, i64::wrapping_mul))),
        "div" => two(args).and_then(|(a, b)| whole(a.checked_div(b))),
        "mod" => two(args).and_then(|(a, b)| whole(a.checked_rem(b))),
        "max" | "biggest" => folded(args, i64::max),
        "min" => folded(args, i64::min),
        "addf" => Ok(Val::float(args.all().iter().map(float).fold(0.0, |a, b| a + b))),
        "add1f" => args.value().map(|value| Val::float(float(&value) + 1.0)),
        "subf" => folded_floats(args, |a, b| a - b),
        "mulf" => folded_floats(args, |a, b| a * b),
        "divf" => folded_floats(args, |a, b| a / b),
        "maxf" => folded_floats(args, f64::max),
        "minf" => folded_floats(args, f64::min),
        "floor" => args.value().map(|value| Val::float(float(&value).floor())),
        "ceil" => args.value().map(|value| Val::float(float(&value).ceil())),
        "round" => round(args),
        _ => return None,
    })
}

fn whole(number: Option<i64>) -> Answer {
    number.map(Val::int).ok_or_else(|| Stop::new("integer divide by zero"))
}

fn folded(args: &mut Args, f: impl Fn(i64, i64) -> i64) -> Answer {
    let first = int(&args.value()?);
    Ok(Val::int(args.all().iter().map(int).fold(first, f)))
}

fn folded_floats(args: &mut Args, f: impl Fn(f64, f64) -> f64) -> Answer {
    let first = float(&args.value()?);
    Ok(Val::float(args.all().iter().map(float).fold(first, f)))
}

fn round(args: &mut Args) -> Answer {
    let number = float(&args.value()?);
    let places = args.whole()?.clamp(-300, 300) as i32;
    let half = args.optional().map_or(0.5, |value| float(&value));
    let power = 10f64.powi(places);
    let digit = number * power;
    let rounded = if digit.fract() >= half { digit.ceil() } else { digit.floor() };
    Ok(Val::float(rounded / power))
}

/// Any value as a whole number; 0 for what is none.
pub(super) fn int(value: &Val) -> i64 {
    match &value.kind {
        Kind::Int(number) => *number,
        Kind::Float(number) => *number as i64,
        Kind::Bool(truth) => i64::from(*truth),
        Kind::Text(text) => {
            let text = text.as_str();
            let (sign, digits) = match text.strip_prefix('-') {
                Some(digits) => ("-", digits),
                None => ("", text.strip_prefix('+').unwrap_or(text)),
            };
            let radix = |digits: &str, radix| {
                i64::from_str_radix(&format!("{sign}{digits}"), radix).unwrap_or_default()
            };
            match digits.as_bytes() {
                [b'0', b'x' | b'X', ..] => radix(digits.get(2..).unwrap_or_default(), 16),
                [b'0', b'b' | b'B', ..] => radix(digits.get(2..).unwrap_or_default(), 2),
                [b'0', b'o' | b'O', ..] => radix(digits.get(2..).unwrap_or_default(), 8),
                [b'0', _, ..] if !digits.contains('.') => {
                    radix(digits.get(1..).unwrap_or_default(), 8)
                }
                _ => match digits.split_once('.') {
                    Some((whole, zeros)) if zeros.bytes().all(|b| b == b'0') => radix(whole, 10),
                    _ => radix(digits, 10),
                },
            }
        }
        _ => 0,
    }
}

fn float(value: &Val) -> f64 {
    match &value.kind {
        Kind::Float(number) => *number,
        Kind::Text(text) => text.as_str().parse().unwrap_or_default(),
        _ => int(value) as f64,
    }
}
