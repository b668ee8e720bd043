//! Operators with three answers: what is certain whatever the unknown part turns out to be, is known.

use std::sync::Arc;

use super::number::{as_bool, as_f64, as_number, float};
use super::syntax::Operator;
use crate::node::{Cause, Node, Value};

/// Why there is no value.
pub(super) type Fault = Arc<Cause>;

pub(super) fn broken(what: impl Into<String>) -> Fault {
    Arc::new(Cause::Broken(what.into()))
}

pub(super) fn fault(node: &Node) -> Option<Fault> {
    match &node.value {
        Value::Unknown(cause) => Some(cause.clone()),
        _ => None,
    }
}

pub(super) fn binary(operator: Operator, left: &Node, right: &Node) -> Result<Value, Fault> {
    match operator {
        Operator::Equal => equal(left, right).map(Value::Bool),
        Operator::NotEqual => equal(left, right).map(|same| Value::Bool(!same)),
        Operator::And | Operator::Or => logic(operator == Operator::And, left, right),
        Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual => {
            let (left, right) = (operand(left)?, operand(right)?);
            let order = match (&left, &right) {
                (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
                _ => as_f64(&left).zip(as_f64(&right)).and_then(|(a, b)| a.partial_cmp(&b)),
            };
            let order = order.ok_or_else(|| broken("a comparison of what is no number"))?;
            Ok(Value::Bool(match operator {
                Operator::Less => order.is_lt(),
                Operator::LessEqual => order.is_le(),
                Operator::Greater => order.is_gt(),
                _ => order.is_ge(),
            }))
        }
        _ => arithmetic(operator, &operand(left)?, &operand(right)?),
    }
}

pub(super) fn truth(node: &Node) -> Result<bool, Fault> {
    match fault(node) {
        Some(cause) => Err(cause),
        None => as_bool(node).ok_or_else(|| broken("a condition that is no bool")),
    }
}

fn operand(node: &Node) -> Result<Value, Fault> {
    match fault(node) {
        Some(cause) => Err(cause),
        None => as_number(node).ok_or_else(|| broken("arithmetic with what is no number")),
    }
}

fn logic(both: bool, left: &Node, right: &Node) -> Result<Value, Fault> {
    let (left, right) = (truth(left), truth(right));
    // One side may decide alone: `false && x` is false, `true || x` is true.
    let decides = |side: &Result<bool, Fault>| matches!(side, Ok(value) if *value != both);
    if decides(&left) || decides(&right) {
        return Ok(Value::Bool(!both));
    }
    left?;
    right?;
    Ok(Value::Bool(both))
}

fn arithmetic(operator: Operator, left: &Value, right: &Value) -> Result<Value, Fault> {
    if let (Value::Int(a), Value::Int(b)) = (left, right) {
        let exact = match operator {
            Operator::Plus => a.checked_add(*b),
            Operator::Minus => a.checked_sub(*b),
            Operator::Times => a.checked_mul(*b),
            Operator::Divide if *b != 0 && a.checked_rem(*b) == Some(0) => a.checked_div(*b),
            Operator::Modulo => a.checked_rem(*b),
            _ => None,
        };
        if let Some(exact) = exact {
            return Ok(Value::Int(exact));
        }
    }
    let (Some(a), Some(b)) = (as_f64(left), as_f64(right)) else {
        return Err(broken("arithmetic with what is no number"));
    };
    let value = match operator {
        Operator::Plus => a + b,
        Operator::Minus => a - b,
        Operator::Times => a * b,
        Operator::Divide => a / b,
        _ => a % b,
    };
    if value.is_finite() { Ok(float(value)) } else { Err(broken("a division by zero")) }
}

/// Pairs of values that one comparison looks at.
const PAIRS: usize = 1_000_000;

/// Whether two values are the same; values of different types are not.
pub(super) fn equal(left: &Node, right: &Node) -> Result<bool, Fault> {
    let mut pairs = PAIRS;
    same(left, right, &mut pairs)
}

fn same(left: &Node, right: &Node, pairs: &mut usize) -> Result<bool, Fault> {
    *pairs =
        pairs.checked_sub(1).ok_or_else(|| Arc::new(Cause::Limit("a comparison".to_owned())))?;
    match (&left.value, &right.value) {
        (Value::Unknown(cause), _) | (_, Value::Unknown(cause)) => Err(cause.clone()),
        (Value::Null, Value::Null) => Ok(true),
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::Text(a), Value::Text(b)) => Ok(a == b),
        (Value::Int(a), Value::Int(b)) => Ok(a == b),
        (Value::List(a), Value::List(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            all(a.iter().zip(b.iter()).map(|(a, b)| same(a, b, pairs)))
        }
        (Value::Map(a), Value::Map(b)) => {
            if a.len() != b.len() || a.keys().any(|key| b.get(key).is_none()) {
                return Ok(false);
            }
            let both = a.entries().iter().filter_map(|entry| Some((entry, b.get(&entry.key)?)));
            all(both.map(|(entry, b)| same(&entry.node, b, pairs)))
        }
        (a, b) => Ok(as_f64(a).is_some() && as_f64(a) == as_f64(b)),
    }
}

/// False if one is; otherwise unknown if one is.
fn all(results: impl Iterator<Item = Result<bool, Fault>>) -> Result<bool, Fault> {
    let mut unknown = None;
    for result in results {
        match result {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(cause) => unknown = unknown.or(Some(cause)),
        }
    }
    unknown.map_or(Ok(true), Err)
}
