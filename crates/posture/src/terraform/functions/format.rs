//! `format` and `formatlist`, with the verbs of Go's printf that Terraform knows.

use super::super::evaluate::text_of;
use super::super::number::{as_bool, as_f64, as_number};
use super::super::operators::{Fault, broken, fault};
use super::{Answer, Args, encode, list, text};
use crate::node::{Node, Value};

pub(super) fn format(args: &Args<'_>) -> Answer {
    let pattern = args.text(0)?;
    let values: Vec<&Node> = args.nodes.iter().skip(1).collect();
    write(&pattern, &values, args).and_then(text)
}

pub(super) fn format_list(args: &Args<'_>) -> Answer {
    let pattern = args.text(0)?;
    let mut length = None;
    for at in 1..args.nodes.len() {
        if let Value::List(items) = &args.known(at)?.value {
            if length.is_some_and(|known| known != items.len()) {
                return Err(broken("lists of different lengths"));
            }
            length = Some(items.len());
        }
    }
    let mut results = Vec::new();
    for which in 0..length.unwrap_or(1) {
        let values: Vec<&Node> = args
            .nodes
            .iter()
            .skip(1)
            .filter_map(|node| match &node.value {
                Value::List(items) => items.get(which),
                _ => Some(node),
            })
            .collect();
        results.push(match write(&pattern, &values, args) {
            Ok(written) => Node::text(written, Some(args.span)),
            Err(cause) => Node::new(Value::Unknown(cause), Some(args.span)),
        });
    }
    list(results)
}

#[derive(Default)]
struct Verb {
    minus: bool,
    plus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: usize,
    precision: Option<usize>,
    argument: Option<usize>,
    kind: char,
}

fn write(pattern: &str, values: &[&Node], args: &Args<'_>) -> Result<String, Fault> {
    let mut out = String::new();
    let mut next = 0;
    let mut unknown = None;
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let verb = verb(&mut rest).ok_or_else(|| broken("a format that is cut off"))?;
        if verb.kind == '%' {
            out.push('%');
            continue;
        }
        let at = verb.argument.map_or(next, |at| at.saturating_sub(1));
        next = at + 1;
        let node = values.get(at).ok_or_else(|| broken("a format with too few arguments"))?;
        match one(&verb, node) {
            Ok(text) => {
                args.fits(out.len().saturating_add(text.len()).saturating_add(verb.width))?;
                pad(&mut out, &text, &verb);
            }
            Err(cause) => unknown = unknown.or(Some(cause)),
        }
    }
    unknown.map_or(Ok(out), Err)
}

fn verb(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Verb> {
    let mut verb = Verb::default();
    let number = |rest: &mut std::iter::Peekable<std::str::Chars<'_>>| {
        let mut number = None;
        while let Some(digit) = rest.peek().and_then(|c| c.to_digit(10)) {
            let so_far: usize = number.unwrap_or(0);
            number = Some(so_far.saturating_mul(10).saturating_add(digit as usize));
            rest.next();
        }
        number
    };
    loop {
        match rest.peek()? {
            '-' => verb.minus = true,
            '+' => verb.plus = true,
            ' ' => verb.space = true,
            '0' => verb.zero = true,
            '#' => verb.sharp = true,
            _ => break,
        }
        rest.next();
    }
    verb.width = number(rest).unwrap_or(0);
    if rest.peek() == Some(&'.') {
        rest.next();
        verb.precision = Some(number(rest).unwrap_or(0).min(100));
    }
    if rest.peek() == Some(&'[') {
        rest.next();
        verb.argument = number(rest);
        if rest.next() != Some(']') {
            return None;
        }
    }
    verb.kind = rest.next()?;
    Some(verb)
}

fn one(verb: &Verb, node: &Node) -> Result<String, Fault> {
    if let Some(cause) = fault(node) {
        return Err(cause);
    }
    let number = || {
        let value = as_number(node).ok_or_else(|| broken("a format of what is no number"))?;
        Ok::<_, Fault>((as_f64(&value).unwrap_or_default(), value))
    };
    let whole = || {
        number().map(|number| match number {
            (_, Value::Int(value)) => value,
            (float, _) => float.trunc() as i64,
        })
    };
    let signed = |text: String, negative: bool| match (negative, verb.plus, verb.space) {
        (false, true, _) => format!("+{text}"),
        (false, false, true) => format!(" {text}"),
        _ => text,
    };
    Ok(match verb.kind {
        'v' => match &node.value {
            Value::Text(text) if verb.sharp => encode::json_string(text),
            Value::List(_) | Value::Map(_) => encode::json_text(node, None)?,
            Value::Null => "null".to_owned(),
            _ => text_of(node)?.to_string(),
        },
        's' => {
            let text = text_of(node)?;
            match verb.precision {
                Some(most) => text.chars().take(most).collect(),
                None => text.to_string(),
            }
        }
        'q' => encode::json_string(&text_of(node)?),
        't' => as_bool(node).ok_or_else(|| broken("a format of what is no bool"))?.to_string(),
        'd' => {
            let value = whole()?;
            signed(value.to_string(), value < 0)
        }
        'b' => format!("{:b}", whole()?),
        'o' => format!("{:o}", whole()?),
        'x' if matches!(node.value, Value::Text(_)) => {
            panoply_base::digest::hex(text_of(node)?.as_bytes())
        }
        'x' => format!("{:x}", whole()?),
        'X' => format!("{:X}", whole()?),
        'f' => {
            let value = number()?.0;
            signed(format!("{value:.*}", verb.precision.unwrap_or(6)), value < 0.0)
        }
        'e' => {
            let value = number()?.0;
            let text = format!("{value:.*e}", verb.precision.unwrap_or(6));
            // Go writes the exponent with a sign and two digits.
            match text.split_once('e') {
                Some((digits, power)) => {
                    let (sign, power) = match power.strip_prefix('-') {
                        Some(power) => ('-', power),
                        None => ('+', power),
                    };
                    format!("{digits}e{sign}{power:0>2}")
                }
                None => text,
            }
        }
        'g' => text_of(node)?.to_string(),
        _ => return Err(broken("a format that does not exist")),
    })
}

fn pad(out: &mut String, text: &str, verb: &Verb) {
    let missing = verb.width.saturating_sub(text.chars().count());
    if missing == 0 {
        out.push_str(text);
    } else if verb.minus {
        out.push_str(text);
        out.push_str(&" ".repeat(missing));
    } else if verb.zero && verb.kind != 's' {
        let (sign, digits) = match text.strip_prefix(['-', '+']) {
            Some(digits) => (text.get(..1).unwrap_or_default(), digits),
            None => ("", text),
        };
        out.push_str(sign);
        out.push_str(&"0".repeat(missing));
        out.push_str(digits);
    } else {
        out.push_str(&" ".repeat(missing));
        out.push_str(text);
    }
}
