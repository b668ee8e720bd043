//! Functions of numbers.

use super::super::number::{as_f64, as_number, float};
use super::super::operators::{broken, fault};
use super::{Answer, Args, value};
use crate::node::Value;

pub(super) fn call(name: &str, args: &Args<'_>) -> Option<Answer> {
    Some(match name {
        "abs" => args.number(0).and_then(|number| {
            value(match number {
                Value::Int(number) => Value::Int(number.saturating_abs()),
                other => float(as_f64(&other).unwrap_or_default().abs()),
            })
        }),
        "ceil" => args.float(0).and_then(|number| value(float(number.ceil()))),
        "floor" => args.float(0).and_then(|number| value(float(number.floor()))),
        "log" => two(args, |number, base| number.ln() / base.ln()),
        "pow" => two(args, f64::powf),
        "signum" => args.float(0).and_then(|number| {
            value(Value::Int(i64::from(number > 0.0) - i64::from(number < 0.0)))
        }),
        "max" => extreme(args, |a, b| a > b),
        "min" => extreme(args, |a, b| a < b),
        "sum" => sum(args),
        "parseint" => parse_int(args),
        _ => return None,
    })
}

fn two(args: &Args<'_>, work: fn(f64, f64) -> f64) -> Answer {
    let answer = work(args.float(0)?, args.float(1)?);
    if answer.is_finite() { value(float(answer)) } else { Err(broken("a number without end")) }
}

fn extreme(args: &Args<'_>, better: fn(f64, f64) -> bool) -> Answer {
    let mut best: Option<(f64, Value)> = None;
    for at in 0..args.nodes.len() {
        let number = args.number(at)?;
        let size = as_f64(&number).unwrap_or_default();
        if best.as_ref().is_none_or(|(known, _)| better(size, *known)) {
            best = Some((size, number));
        }
    }
    best.map_or_else(|| Err(broken("a call without arguments")), |(_, number)| value(number))
}

fn sum(args: &Args<'_>) -> Answer {
    let mut whole: Option<i64> = Some(0);
    let mut total = 0.0;
    for node in args.items(0)? {
        if let Some(cause) = fault(node) {
            return Err(cause);
        }
        let number = as_number(node).ok_or_else(|| broken("a sum of what is no number"))?;
        total += as_f64(&number).unwrap_or_default();
        whole = match number {
            Value::Int(number) => whole.and_then(|whole| whole.checked_add(number)),
            _ => None,
        };
    }
    value(whole.map_or_else(|| float(total), Value::Int))
}

fn parse_int(args: &Args<'_>) -> Answer {
    let (text, base) = (args.text(0)?, args.int(1)?);
    let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base));
    let base = base.ok_or_else(|| broken("a base that does not exist"))?;
    i64::from_str_radix(&text, base)
        .map_err(|_| broken(format!("`{text}` as a number of base {base}")))
        .and_then(|number| value(Value::Int(number)))
}
