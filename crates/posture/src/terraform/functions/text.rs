//! Functions of texts.

use super::super::operators::broken;
use super::{Answer, Args, format, list, text, truth};
use crate::node::Node;

pub(super) fn call(name: &str, args: &Args<'_>) -> Option<Answer> {
    let one = |work: &dyn Fn(&str) -> String| args.text(0).and_then(|t| text(work(&t)));
    let two = |work: &dyn Fn(&str, &str) -> bool| {
        args.text(0).and_then(|t| args.text(1).and_then(|part| truth(work(&t, &part))))
    };
    let cut = |work: &dyn Fn(&str, &str) -> String| {
        args.text(0).and_then(|t| args.text(1).and_then(|part| text(work(&t, &part))))
    };
    Some(match name {
        "upper" => one(&|t| t.to_uppercase()),
        "lower" => one(&|t| t.to_lowercase()),
        "title" => one(&title),
        "trimspace" => one(&|t| t.trim().to_owned()),
        "chomp" => one(&|t| t.trim_end_matches(['\n', '\r']).to_owned()),
        "strrev" => one(&|t| t.chars().rev().collect()),
        "startswith" => two(&|t, part| t.starts_with(part)),
        "endswith" => two(&|t, part| t.ends_with(part)),
        "strcontains" => two(&|t, part| t.contains(part)),
        "trim" => cut(&|t, set| t.trim_matches(|c| set.contains(c)).to_owned()),
        "trimprefix" => cut(&|t, part| t.strip_prefix(part).unwrap_or(t).to_owned()),
        "trimsuffix" => cut(&|t, part| t.strip_suffix(part).unwrap_or(t).to_owned()),
        "split" => split(args),
        "join" => join(args),
        "substr" => substr(args),
        "indent" => indent(args),
        "format" => format::format(args),
        "formatlist" => format::format_list(args),
        _ => return None,
    })
}

fn title(text: &str) -> String {
    let mut start = true;
    let mut result = String::with_capacity(text.len());
    for c in text.chars() {
        if start {
            result.extend(c.to_uppercase());
        } else {
            result.push(c);
        }
        start = !c.is_alphanumeric() && c != '_' && c != '\'';
    }
    result
}

fn split(args: &Args<'_>) -> Answer {
    let (separator, whole) = (args.text(0)?, args.text(1)?);
    if whole.is_empty() {
        return list(vec![Node::text("", None)]);
    }
    if separator.is_empty() {
        return list(whole.chars().map(|c| Node::text(c.to_string(), None)).collect());
    }
    list(whole.split(&*separator).map(|part| Node::text(part, None)).collect())
}

fn join(args: &Args<'_>) -> Answer {
    let separator = args.text(0)?;
    let mut parts = Vec::new();
    for at in 1..args.nodes.len() {
        parts.extend(args.texts(at)?);
    }
    args.fits(parts.iter().map(|part| part.len() + separator.len()).sum())?;
    text(parts.join(&*separator))
}

fn substr(args: &Args<'_>) -> Answer {
    let (whole, offset, length) = (args.text(0)?, args.int(1)?, args.int(2)?);
    let count = whole.chars().count() as i64;
    let from = if offset < 0 { (count + offset).max(0) } else { offset.min(count) };
    let take = if length < 0 { count - from } else { length };
    let (from, take) = (usize::try_from(from), usize::try_from(take));
    let (Ok(from), Ok(take)) = (from, take) else { return Err(broken("a part of a text")) };
    text(whole.chars().skip(from).take(take).collect::<String>())
}

fn indent(args: &Args<'_>) -> Answer {
    let (spaces, whole) = (args.int(0)?, args.text(1)?);
    let spaces = usize::try_from(spaces).map_err(|_| broken("an indentation below zero"))?;
    let breaks = whole.bytes().filter(|byte| *byte == b'\n').count();
    args.fits(whole.len().saturating_add(breaks.saturating_mul(spaces)))?;
    text(whole.replace('\n', &format!("\n{}", " ".repeat(if breaks > 0 { spaces } else { 0 }))))
}
