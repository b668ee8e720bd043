//! What a `mode` gives, and to whom.
//!
//! A number in octal, text of digits, or the words of chmod(1). YAML reads `0644` as octal and `644` as
//! decimal, which is another mode: that is said, too.

use crate::node::{Entry, Node, Value};

/// `others_write`, `others_read`, `special` (set user or group) and `decimal` (a number that was meant to
/// be octal) of a mode; unknown if the mode is.
pub(super) fn permission(mode: &Node, written: &str) -> Node {
    if mode.cause().is_some() {
        return mode.clone();
    }
    let span = mode.span;
    let (bits, is_decimal) = match &mode.value {
        Value::Int(number) => number_of(written.trim(), *number),
        Value::Text(text) => (of_text(text.trim()), false),
        _ => (None, false),
    };
    let Some(bits) = bits else { return Node::null(span) };
    let flag =
        |key: &'static str, value: bool| Entry::new(key, span, Node::new(Value::Bool(value), span));
    Node::map(
        vec![
            flag("others_write", bits & 0o002 != 0),
            flag("others_read", bits & 0o004 != 0),
            flag("special", bits & 0o6000 != 0),
            flag("sticky", bits & 0o1000 != 0),
            flag("decimal", is_decimal),
        ],
        span,
    )
}

/// The bits of a number as Ansible gets it, and whether it was meant otherwise.
fn number_of(written: &str, number: i64) -> (Option<u32>, bool) {
    let digits = written.strip_prefix("0o").or_else(|| written.strip_prefix('0'));
    if let Some(digits) = digits {
        return (u32::from_str_radix(digits, 8).ok(), false);
    }
    let bits = u32::try_from(number).ok();
    let looks = written.len() >= 3 && written.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    (bits, looks)
}

fn of_text(text: &str) -> Option<u32> {
    if let Ok(bits) = u32::from_str_radix(text.strip_prefix("0o").unwrap_or(text), 8) {
        return Some(bits);
    }
    let mut bits = 0;
    for clause in text.split(',') {
        let at = clause.find(['+', '-', '='])?;
        let (who, rest) = clause.split_at(at);
        if rest.starts_with('-') {
            continue;
        }
        let others = who.is_empty() || who.contains(['o', 'a']);
        for what in rest.chars().skip(1) {
            bits |= match what {
                'w' if others => 0o002,
                'r' if others => 0o004,
                's' => 0o4000,
                't' => 0o1000,
                _ => 0,
            };
        }
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_numbers_digits_or_words() {
        let check = |mode: Value, written: &str, expected: &str| {
            let found = permission(&Node::new(mode, None), written);
            let set = |key: &str| found.get(key).and_then(Node::as_bool) == Some(true);
            let keys = ["others_write", "others_read", "special", "sticky", "decimal"];
            let found: Vec<_> = keys.into_iter().filter(|key| set(key)).collect();
            assert_eq!(found.join(" "), expected, "{written}");
        };
        check(Value::Int(777), "0777", "others_write others_read");
        check(Value::Int(644), "644", "others_read sticky decimal");
        check(Value::Text("0640".into()), "'0640'", "");
        check(Value::Text("u=rw,go=r".into()), "", "others_read");
        check(Value::Text("a+w".into()), "", "others_write");
        check(Value::Text("o-w,g+s".into()), "", "special");
        check(Value::Text("1777".into()), "", "others_write others_read sticky");
        check(Value::Text("preserve".into()), "", "");
    }
}
