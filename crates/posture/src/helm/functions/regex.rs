//! Regular expressions. Sprig, "Regular Expressions"; Go, package `regexp/syntax`.

use regex_automata::Input;
use regex_automata::meta::Regex;

use super::{Answer, Args, list};
use crate::helm::eval::Engine;
use crate::helm::syntax::Stop;
use crate::helm::text::Str;
use crate::helm::value::{Kind, Val};

/// Expressions of one chart that are kept ready.
const KEPT: usize = 512;
/// Bytes of one compiled expression.
const SIZE: usize = 1 << 20;

pub(super) fn call(engine: &mut Engine, name: &str, args: &mut Args) -> Option<Answer> {
    let name = name.strip_prefix("must").unwrap_or(name);
    Some(match name.get(1..).unwrap_or_default() {
        "egexMatch" => {
            with(engine, args, |regex, text, _| Ok(Val::bool(regex.is_match(text.as_str()))))
        }
        "egexFind" => with(engine, args, |regex, text, _| {
            let found = regex.find(text.as_str());
            Ok(Kind::Text(found.map_or_else(|| Str::new(""), |m| text.slice(m.range()))).into())
        }),
        "egexFindAll" => find_all(engine, args),
        "egexSplit" => split(engine, args),
        "egexReplaceAll" => replace(engine, args, false),
        "egexReplaceAllLiteral" => replace(engine, args, true),
        "egexQuoteMeta" => args.text().map(|text| {
            let mut out = String::new();
            for c in text.as_str().chars() {
                if r"\.+*?()|[]{}^$".contains(c) {
                    out.push('\\');
                }
                out.push(c);
            }
            Val::text(out)
        }),
        _ => return None,
    })
}

fn with(
    engine: &mut Engine,
    args: &mut Args,
    run: impl FnOnce(&Regex, &Str, &mut Args) -> Answer,
) -> Answer {
    let pattern = args.text()?;
    let text = args.text()?;
    let regex = compiled(engine, pattern.as_str())?;
    engine.cost.text(text.len())?;
    run(&regex, &text, args)
}

/// Go's syntax differs from ours in `\z`-like anchors that charts do not use, and in what a dot
/// matches, which is the same.
fn compiled(engine: &mut Engine, pattern: &str) -> Result<Regex, Stop> {
    engine.cost.step(pattern.len())?;
    if !engine.regexes.contains_key(pattern) {
        if engine.regexes.len() >= KEPT {
            engine.regexes.clear();
        }
        engine.cost.step(1_000)?;
        // Texts of charts are short: what takes long to build is never worth it.
        let config = Regex::config()
            .nfa_size_limit(Some(SIZE))
            .hybrid_cache_capacity(SIZE)
            .dfa(false)
            .onepass(false);
        let built = Regex::builder().configure(config).build(pattern).ok();
        engine.regexes.insert(pattern.to_owned(), built);
    }
    let regex = engine.regexes.get(pattern).cloned().flatten();
    regex.ok_or_else(|| Stop::new(format!("`{pattern}` is no regular expression")))
}

fn limit(args: &mut Args) -> Result<usize, Stop> {
    Ok(usize::try_from(args.whole()?).unwrap_or(usize::MAX))
}

fn find_all(engine: &mut Engine, args: &mut Args) -> Answer {
    with(engine, args, |regex, text, args| {
        let found = regex.find_iter(text.as_str()).take(limit(args)?);
        list(found.map(|found| Kind::Text(text.slice(found.range())).into()).collect())
    })
}

fn split(engine: &mut Engine, args: &mut Args) -> Answer {
    with(engine, args, |regex, text, args| {
        let limit = limit(args)?;
        let mut parts: Vec<Val> = Vec::new();
        let mut from = 0;
        if limit == 0 {
            return list(parts);
        }
        for found in regex.find_iter(text.as_str()) {
            if parts.len() + 1 >= limit {
                break;
            }
            if found.end() == 0 {
                continue;
            }
            parts.push(Kind::Text(text.slice(from..found.start())).into());
            from = found.end();
        }
        parts.push(Kind::Text(text.slice(from..text.len())).into());
        list(parts)
    })
}

/// `regexReplaceAll pattern text replacement`.
fn replace(engine: &mut Engine, args: &mut Args, literal: bool) -> Answer {
    let pattern = args.text()?;
    let text = args.text()?;
    let with = args.text()?;
    let regex = compiled(engine, pattern.as_str())?;
    engine.cost.text(text.len())?;
    let (source, template) = (text.as_str(), with.as_str());
    let mut out = String::new();
    let mut done = 0;
    let mut captures = regex.create_captures();
    let mut from = 0;
    while from <= source.len() {
        regex.captures(Input::new(source).range(from..), &mut captures);
        let Some(found) = captures.get_match() else { break };
        out.push_str(source.get(done..found.start()).unwrap_or_default());
        if literal {
            out.push_str(template);
        } else {
            expand(&regex, &captures, source, template, &mut out);
        }
        engine.cost.text(template.len() + found.len())?;
        if out.len() as u64 > 64 << 20 {
            return Err(Stop::spent("the chart makes more text than the limits allow"));
        }
        done = found.end();
        from = if found.is_empty() {
            source
                .get(done..)
                .and_then(|rest| rest.chars().next())
                .map_or(source.len() + 1, |c| done + c.len_utf8())
        } else {
            found.end()
        };
    }
    out.push_str(source.get(done..).unwrap_or_default());
    engine.cost.text(out.len())?;
    Ok(Val::text(out))
}

/// `$1`, `${name}`, `$$`; a name is as long as it can be. Go, `Regexp.Expand`.
fn expand(
    regex: &Regex,
    captures: &regex_automata::util::captures::Captures,
    source: &str,
    template: &str,
    out: &mut String,
) {
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + 1..).unwrap_or_default();
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let word = |text: &str| {
            text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
        };
        let (name, after) = match rest.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((name, after)) => (name, after),
            None => rest.split_at(word(rest)),
        };
        if name.is_empty() {
            out.push('$');
            continue;
        }
        rest = after;
        let pattern = regex_automata::PatternID::ZERO;
        let group = match name.parse::<usize>() {
            Ok(number) => captures.get_group(number),
            Err(_) => regex
                .group_info()
                .to_index(pattern, name)
                .and_then(|number| captures.get_group(number)),
        };
        if let Some(group) = group {
            out.push_str(source.get(group.range()).unwrap_or_default());
        }
    }
    out.push_str(rest);
}
