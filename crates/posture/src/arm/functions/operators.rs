//! Operators, and the functions that stand for them in templates.

use super::{Place, number, truth, unknown_of};
use crate::arm::expression::Operator;
use crate::node::{Node, Value};

/// Whether two values are equal; `None` if nobody can know.
pub(in crate::arm) fn equal(left: &Node, right: &Node, ignore_case: bool) -> Option<bool> {
    Some(match (&left.value, &right.value) {
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) => return None,
        (Value::Text(a), Value::Text(b)) if ignore_case => a.to_lowercase() == b.to_lowercase(),
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Null, Value::Null) => true,
        (Value::List(a), Value::List(b)) => {
            let mut known = Some(a.len() == b.len());
            for (a, b) in a.iter().zip(b.iter()) {
                match equal_flat(a, b) {
                    Some(true) => {}
                    Some(false) => return Some(false),
                    None => known = known.filter(|same| !same),
                }
            }
            return known;
        }
        (Value::Map(a), Value::Map(b)) if a.is_empty() || b.is_empty() => {
            a.is_empty() == b.is_empty()
        }
        (Value::Map(_), Value::Map(_)) => return None,
        _ => false,
    })
}

/// Elements of lists; lists of lists are not compared.
fn equal_flat(left: &Node, right: &Node) -> Option<bool> {
    match (&left.value, &right.value) {
        (Value::List(_) | Value::Map(_), Value::List(_) | Value::Map(_)) => None,
        _ => equal(left, right, false),
    }
}
pub(in crate::arm) fn operate(operator: Operator, left: Node, right: Node, span: Place) -> Node {
    let unknown = |left: Node, right: Node| unknown_of(&[left, right], "an operator", span);
    match operator {
        Operator::Coalesce => right,
        Operator::And | Operator::Or => match (left.as_bool(), right.as_bool()) {
            // The left side did not decide, or is not known.
            (Some(_), Some(value)) => truth(value, span),
            (None, Some(value)) if value == (operator == Operator::Or) => truth(value, span),
            _ => unknown(left, right),
        },
        Operator::Equal
        | Operator::Unequal
        | Operator::EqualIgnoringCase
        | Operator::UnequalIgnoringCase => {
            let ignore =
                matches!(operator, Operator::EqualIgnoringCase | Operator::UnequalIgnoringCase);
            let wanted = matches!(operator, Operator::Equal | Operator::EqualIgnoringCase);
            match equal(&left, &right, ignore) {
                Some(same) => truth(same == wanted, span),
                None => unknown(left, right),
            }
        }
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            let order = match (&left.value, &right.value) {
                (Value::Int(a), Value::Int(b)) => a.cmp(b),
                (Value::Text(a), Value::Text(b)) => a.cmp(b),
                _ => return unknown(left, right),
            };
            truth(
                match operator {
                    Operator::Less => order.is_lt(),
                    Operator::LessOrEqual => order.is_le(),
                    Operator::Greater => order.is_gt(),
                    _ => order.is_ge(),
                },
                span,
            )
        }
        _ => {
            let made = match (left.as_int(), right.as_int(), operator) {
                (Some(a), Some(b), Operator::Add) => a.checked_add(b),
                (Some(a), Some(b), Operator::Subtract) => a.checked_sub(b),
                (Some(a), Some(b), Operator::Multiply) => a.checked_mul(b),
                (Some(a), Some(b), Operator::Divide) => a.checked_div(b),
                (Some(a), Some(b), Operator::Remainder) => a.checked_rem(b),
                _ => None,
            };
            number(made, span).unwrap_or_else(|| unknown(left, right))
        }
    }
}

pub(super) fn two(name: &str, arguments: &[Node], span: Place) -> Option<Node> {
    let [left, right] = arguments else { return None };
    let operator = match name {
        "equals" => Operator::Equal,
        "less" => Operator::Less,
        "lessorequals" => Operator::LessOrEqual,
        "greater" => Operator::Greater,
        "greaterorequals" => Operator::GreaterOrEqual,
        "add" => Operator::Add,
        "sub" => Operator::Subtract,
        "mul" => Operator::Multiply,
        "div" => Operator::Divide,
        _ => Operator::Remainder,
    };
    Some(operate(operator, left.clone(), right.clone(), span))
}
