//! Lists and ranges. Sprig, "Lists and List Functions"; Go's `len`, `index` and `slice`.

use std::rc::Rc;

use super::logic::{deep_equal, empty};
use super::{Answer, Args, dict, list, plain};
use crate::helm::eval::Engine;
use crate::helm::syntax::Stop;
use crate::helm::text::{Str, Writer};
use crate::helm::value::{Kind, Val};

pub(super) fn call(engine: &mut Engine, name: &str, args: &mut Args) -> Option<Answer> {
    Some(match name.strip_prefix("must").map_or(name.to_owned(), uncapital).as_str() {
        "list" | "tuple" => list(args.all()),
        "len" => len(args),
        "index" => index(args),
        "slice" => slice(args),
        "first" => args.list().map(|list| list.items().first().cloned().unwrap_or(Val::NIL)),
        "last" => args.list().map(|list| list.items().last().cloned().unwrap_or(Val::NIL)),
        "rest" => part(engine, args, |items| items.get(1..)),
        "initial" => part(engine, args, |items| items.get(..items.len().saturating_sub(1))),
        "reverse" => of_items(engine, args, |items| items.iter().rev().cloned().collect()),
        "compact" => of_items(engine, args, |items| {
            items.iter().filter(|item| !empty(item)).cloned().collect()
        }),
        "append" | "push" => added(engine, args, false),
        "prepend" => added(engine, args, true),
        "concat" => concat(engine, args),
        "uniq" => uniq(engine, args),
        "without" => without(engine, args),
        "has" => has(engine, args),
        "chunk" => chunk(engine, args),
        "split" => split(engine, args, false),
        "splitn" => split(engine, args, true),
        "splitList" => split_list(engine, args),
        "join" => join(engine, args),
        "sortAlpha" => args.value().and_then(|value| {
            let mut texts = strings(engine, &value)?;
            texts.sort_by(|a, b| a.as_str().cmp(b.as_str()));
            of_texts(texts)
        }),
        "toStrings" => args.value().and_then(|value| of_texts(strings(engine, &value)?)),
        "until" => args.whole().and_then(|end| range(engine, 0, end, if end < 0 { -1 } else { 1 })),
        "untilStep" => steps(engine, args),
        "seq" => seq(engine, args),
        _ => return None,
    })
}

fn uncapital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

fn of_texts(texts: Vec<Str>) -> Answer {
    list(texts.into_iter().map(|text| Kind::Text(text).into()).collect())
}

fn part(engine: &Engine, args: &mut Args, choose: impl Fn(&[Val]) -> Option<&[Val]>) -> Answer {
    of_items(engine, args, |items| choose(items).unwrap_or_default().to_vec())
}

fn of_items(engine: &Engine, args: &mut Args, change: impl Fn(&[Val]) -> Vec<Val>) -> Answer {
    let from = args.list()?;
    engine.cost.step(from.items().len())?;
    list(change(from.items()))
}

fn len(args: &mut Args) -> Answer {
    let value = args.value()?;
    let length = match &value.kind {
        Kind::Text(text) => text.len(),
        Kind::List(list) => list.items().len(),
        Kind::Dict(dict) => dict.len(),
        Kind::Files(files) => files.entries().len(),
        Kind::Nil => return Err("len of nil pointer".into()),
        _ => return Err(format!("len of type {}", value.type_name()).into()),
    };
    Ok(Val::int(length as i64))
}

fn index(args: &mut Args) -> Answer {
    let mut value = args.value()?;
    for key in args.all() {
        value = match (&value.kind, &key.kind) {
            (Kind::Nil, _) => return Err("index of untyped nil".into()),
            (Kind::Dict(dict), Kind::Text(key)) => dict.get(key.as_str()).unwrap_or(Val::NIL),
            (Kind::Files(files), Kind::Text(key)) => files.get(key.as_str()),
            (Kind::List(items), Kind::Int(_) | Kind::Float(_)) => {
                let at = match key.kind {
                    Kind::Int(at) => at,
                    Kind::Float(at) if at.fract() == 0.0 => at as i64,
                    _ => -1,
                };
                let found = usize::try_from(at).ok().and_then(|at| items.items().get(at));
                found.cloned().ok_or_else(|| Stop::new(format!("index out of range: {at}")))?
            }
            (Kind::Text(text), Kind::Int(at)) => {
                let byte =
                    usize::try_from(*at).ok().and_then(|at| text.as_str().as_bytes().get(at));
                Val::int(i64::from(*byte.ok_or_else(|| Stop::new("index out of range"))?))
            }
            (Kind::Dict(_) | Kind::List(_), _) => {
                return Err(format!("cannot index with type {}", key.type_name()).into());
            }
            _ => return Err(format!("can't index item of type {}", value.type_name()).into()),
        };
    }
    Ok(value)
}

fn slice(args: &mut Args) -> Answer {
    let value = args.value()?;
    let length = match &value.kind {
        Kind::List(list) => list.items().len(),
        Kind::Text(text) => text.len(),
        _ => return args.wrong("a list", &value),
    };
    let bound = |default: usize, args: &mut Args| match args.left() {
        0 => Ok(default),
        _ => args.whole().map(|at| usize::try_from(at).unwrap_or(usize::MAX)),
    };
    let from = bound(0, args)?;
    let to = bound(length, args)?;
    let outside = || Stop::new(format!("slice {from}..{to} of {length}"));
    match &value.kind {
        Kind::List(items) => list(items.items().get(from..to).ok_or_else(outside)?.to_vec()),
        Kind::Text(text) => {
            text.as_str().get(from..to).ok_or_else(outside)?;
            Ok(Kind::Text(text.slice(from..to)).into())
        }
        _ => Ok(Val::NIL),
    }
}

fn added(engine: &Engine, args: &mut Args, front: bool) -> Answer {
    let from = args.list()?;
    let value = args.value()?;
    engine.cost.step(from.items().len())?;
    let mut items = Vec::with_capacity(from.items().len() + 1);
    if front {
        items.push(value.clone());
    }
    items.extend_from_slice(from.items());
    if !front {
        items.push(value);
    }
    list(items)
}

fn concat(engine: &Engine, args: &mut Args) -> Answer {
    let mut items = Vec::new();
    while args.left() > 0 {
        let next = args.list()?;
        engine.cost.step(next.items().len())?;
        items.extend_from_slice(next.items());
    }
    list(items)
}

fn known(engine: &Engine, items: &[Val], value: &Val) -> Result<bool, Stop> {
    for item in items {
        if deep_equal(engine, item, value, 0)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn uniq(engine: &Engine, args: &mut Args) -> Answer {
    let mut items: Vec<Val> = Vec::new();
    for item in args.list()?.items() {
        if !known(engine, &items, item)? {
            items.push(item.clone());
        }
    }
    list(items)
}

fn without(engine: &Engine, args: &mut Args) -> Answer {
    let from = args.list()?;
    let unwanted = args.all();
    let mut items = Vec::new();
    for item in from.items() {
        if !known(engine, &unwanted, item)? {
            items.push(item.clone());
        }
    }
    list(items)
}

fn has(engine: &Engine, args: &mut Args) -> Answer {
    let needle = args.value()?;
    let hay = args.value()?;
    match &hay.kind {
        Kind::Nil => Ok(Val::bool(false)),
        Kind::List(items) => known(engine, items.items(), &needle).map(Val::bool),
        _ => args.wrong("a list", &hay),
    }
}

fn chunk(engine: &Engine, args: &mut Args) -> Answer {
    let size = usize::try_from(args.whole()?).unwrap_or_default().max(1);
    let from = args.list()?;
    engine.cost.step(from.items().len())?;
    list(from.items().chunks(size).map(|part| Val::list(part.to_vec())).collect())
}

fn split(engine: &Engine, args: &mut Args, limited: bool) -> Answer {
    let separator = args.text()?;
    let limit =
        if limited { usize::try_from(args.whole()?).unwrap_or(usize::MAX) } else { usize::MAX };
    let text = args.text()?;
    let parts = parts(engine, &text, separator.as_str(), limit)?;
    dict(
        parts
            .into_iter()
            .enumerate()
            .map(|(at, part)| (Rc::from(format!("_{at}")), Kind::Text(part).into())),
    )
}

fn split_list(engine: &Engine, args: &mut Args) -> Answer {
    let separator = args.text()?;
    let text = args.text()?;
    of_texts(parts(engine, &text, separator.as_str(), usize::MAX)?)
}

fn parts(engine: &Engine, text: &Str, separator: &str, limit: usize) -> Result<Vec<Str>, Stop> {
    let all = text.as_str();
    let parts: Vec<&str> = if separator.is_empty() {
        all.split("").filter(|part| !part.is_empty()).collect()
    } else {
        all.splitn(limit, separator).collect()
    };
    engine.cost.step(parts.len())?;
    Ok(parts.into_iter().map(|part| text.cut(part)).collect())
}

/// The texts of a list; of a single value its own.
fn strings(engine: &Engine, value: &Val) -> Result<Vec<Str>, Stop> {
    match &value.kind {
        Kind::Nil => Ok(Vec::new()),
        Kind::List(items) => items
            .items()
            .iter()
            .filter(|item| !item.is_nil())
            .map(|item| plain(engine, item))
            .collect(),
        _ => Ok(vec![plain(engine, value)?]),
    }
}

fn join(engine: &Engine, args: &mut Args) -> Answer {
    let separator = args.text()?;
    let value = args.value()?;
    let mut out = Writer::default();
    for (at, text) in strings(engine, &value)?.iter().enumerate() {
        engine.cost.text(text.len() + separator.len())?;
        if at > 0 {
            out.str(&separator);
        }
        out.str(text);
    }
    Ok(Kind::Text(out.finish()).into())
}

fn range(engine: &Engine, start: i64, end: i64, step: i64) -> Answer {
    let mut items = Vec::new();
    let mut at = start;
    while step != 0 && (if step > 0 { at < end } else { at > end }) {
        engine.cost.step(1)?;
        items.push(Val::int(at));
        match at.checked_add(step) {
            Some(next) => at = next,
            None => break,
        }
    }
    list(items)
}

fn steps(engine: &Engine, args: &mut Args) -> Answer {
    let (start, end, step) = (args.whole()?, args.whole()?, args.whole()?);
    range(engine, start, end, step)
}

/// The shell's `seq`: end; start and end; start, step and end. The end is part of it.
fn seq(engine: &Engine, args: &mut Args) -> Answer {
    let mut numbers = Vec::new();
    while args.left() > 0 {
        numbers.push(args.whole()?);
    }
    let toward = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let (start, step, end) = match *numbers.as_slice() {
        [end] => (1, toward(1, end), end),
        [start, end] => (start, toward(start, end), end),
        [start, step, end] if step.signum() == toward(start, end) => (start, step, end),
        _ => return Ok(Val::text("")),
    };
    let items = range(engine, start, end.saturating_add(step.signum()), step)?;
    let mut out = String::new();
    for value in strings(engine, &items)? {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(value.as_str());
    }
    Ok(Val::text(out))
}
