//! Lists and sets, and the least and greatest of numbers.

use std::cmp::Ordering;

use super::{Called, Special};
use crate::cel::ast::Operator;
use crate::cel::functions::arithmetic;
use crate::cel::value::Value;

/// Elements that functions compare each with each: beyond that the time would grow with the square.
const COMPARED: usize = 1000;

pub(super) fn call<'v>(name: &str, arguments: &[Value<'v>], size: usize) -> Option<Called<'v>> {
    if let Some(name) = name.strip_prefix("math.") {
        return math(name, arguments);
    }
    if let ("lists.range", [Value::Int(end)]) = (name, arguments) {
        let fits = usize::try_from(*end).is_ok_and(|end| end <= size);
        return Some(if fits {
            Ok(Value::list((0..*end).map(Value::Int)))
        } else {
            Err(format!("`lists.range` of {end} is too long"))
        });
    }
    let is_list = |value: &Value<'_>| !matches!(value.kind(), "map") && value.walk().is_some();
    let items = arguments.first().filter(|value| is_list(value))?.walk()?;
    if let ("sets.contains" | "sets.equivalent" | "sets.intersects", [_, other]) = (name, arguments)
    {
        let other = other.walk()?;
        if items.len().saturating_mul(other.len()) > COMPARED * COMPARED {
            return Some(Err("the sets are too large to compare".to_owned()));
        }
        let within = |a: &Value<'_>, b: &[Value<'_>]| b.iter().any(|value| value.equals(a));
        return Some(Ok(Value::Bool(match name {
            "sets.contains" => other.iter().all(|value| within(value, &items)),
            "sets.intersects" => other.iter().any(|value| within(value, &items)),
            _ => {
                other.iter().all(|value| within(value, &items))
                    && items.iter().all(|value| within(value, &other))
            }
        })));
    }
    Some(match (name, arguments) {
        ("isSorted", [_]) => {
            let sorted = items.windows(2).all(|pair| match pair {
                [a, b] => a.compare(b).is_some_and(Ordering::is_le),
                _ => true,
            });
            Ok(Value::Bool(sorted))
        }
        ("sum", [_]) => sum(items, size),
        ("min", [_]) => extreme(items, Ordering::Less),
        ("max", [_]) => extreme(items, Ordering::Greater),
        ("indexOf", [_, wanted]) => {
            let found = items.iter().position(|item| item.equals(wanted));
            Ok(Value::Int(found.map_or(-1, |at| at as i64)))
        }
        ("lastIndexOf", [_, wanted]) => {
            let found = items.iter().rposition(|item| item.equals(wanted));
            Ok(Value::Int(found.map_or(-1, |at| at as i64)))
        }
        ("reverse", [_]) => Ok(Value::list(items.into_iter().rev())),
        ("first", [_]) => Ok(Special::Optional(items.first().cloned()).value()),
        ("last", [_]) => Ok(Special::Optional(items.last().cloned()).value()),
        ("flatten", [_]) => {
            let mut flat = Vec::new();
            for item in items {
                match item.walk().filter(|_| item.kind() == "list") {
                    Some(inner) => flat.extend(inner),
                    None => flat.push(item),
                }
                if flat.len() > size {
                    return Some(Err(format!("more than {size} elements")));
                }
            }
            Ok(Value::list(flat))
        }
        ("slice", [_, Value::Int(from), Value::Int(to)]) => {
            let range = usize::try_from(*from).ok().zip(usize::try_from(*to).ok());
            match range.and_then(|(from, to)| items.get(from..to)) {
                Some(part) => Ok(Value::list(part.iter().cloned())),
                None => Err(format!("there are no elements from {from} to {to}")),
            }
        }
        ("distinct", [_]) => {
            if items.len() > COMPARED {
                return Some(Err("the list is too long to compare".to_owned()));
            }
            let mut once: Vec<Value<'v>> = Vec::new();
            for item in items {
                if !once.iter().any(|known| known.equals(&item)) {
                    once.push(item);
                }
            }
            Ok(Value::list(once))
        }
        ("sort", [_]) => {
            let mut sorted = items;
            sorted.sort_by(|a, b| a.compare(b).unwrap_or(Ordering::Equal));
            Ok(Value::list(sorted))
        }
        _ => return None,
    })
}

fn sum(items: Vec<Value<'_>>, size: usize) -> Called<'_> {
    let mut items = items.into_iter();
    let Some(mut sum) = items.next() else { return Ok(Value::Int(0)) };
    for item in items {
        sum = arithmetic(Operator::Add, &sum, &item, size)?;
    }
    Ok(sum)
}

fn extreme(items: Vec<Value<'_>>, wanted: Ordering) -> Called<'_> {
    let mut items = items.into_iter();
    let mut best = items.next().ok_or("an empty list has neither least nor greatest")?;
    for item in items {
        match item.compare(&best) {
            Some(order) if order == wanted => best = item,
            Some(_) => {}
            None => return Err(format!("{} and {} have no order", item.kind(), best.kind())),
        }
    }
    Ok(best)
}

fn math<'v>(name: &str, arguments: &[Value<'v>]) -> Option<Called<'v>> {
    let several = || match arguments {
        [only] => only.walk().unwrap_or_else(|| vec![only.clone()]),
        all => all.to_vec(),
    };
    Some(match (name, arguments) {
        ("greatest", _) => extreme(several(), Ordering::Greater),
        ("least", _) => extreme(several(), Ordering::Less),
        ("abs", [Value::Int(value)]) => {
            value.checked_abs().map(Value::Int).ok_or("the number is too large".to_owned())
        }
        ("abs", [Value::Double(value)]) => Ok(Value::Double(value.abs())),
        ("ceil", [Value::Double(value)]) => Ok(Value::Double(value.ceil())),
        ("floor", [Value::Double(value)]) => Ok(Value::Double(value.floor())),
        ("round", [Value::Double(value)]) => Ok(Value::Double(value.round())),
        _ => return None,
    })
}
