//! Dictionaries. Sprig, "Dictionaries and Dict Functions".

use std::collections::BTreeMap;
use std::rc::Rc;

use super::logic::empty;
use super::{Answer, Args, dict, list, plain};
use crate::helm::eval::Engine;
use crate::helm::syntax::Stop;
use crate::helm::value::{DEEP, Dict, Kind, Val};

pub(super) fn call(engine: &mut Engine, name: &str, args: &mut Args) -> Option<Answer> {
    Some(match name {
        "dict" => make(engine, args),
        "get" => pair(args).map(|(from, key)| from.get(&key).unwrap_or_else(|| Val::text(""))),
        "hasKey" => pair(args).map(|(from, key)| Val::bool(from.has(&key))),
        "set" => set(engine, args),
        "unset" => unset(engine, args),
        "keys" => keys(engine, args),
        "values" => args.dict().and_then(|from| {
            engine.cost.step(from.len())?;
            list(from.entries().into_iter().map(|(_, value)| value).collect())
        }),
        "pluck" => pluck(args),
        "pick" => chosen(engine, args, true),
        "omit" => chosen(engine, args, false),
        "merge" | "mustMerge" => merge_all(engine, args, false),
        "mergeOverwrite" | "mustMergeOverwrite" => merge_all(engine, args, true),
        "deepCopy" | "mustDeepCopy" => args.value().and_then(|value| copy(engine, &value, 0)),
        "dig" => dig(args),
        _ => return None,
    })
}

fn pair(args: &mut Args) -> Result<(Dict, Rc<str>), Stop> {
    Ok((args.dict()?, args.text()?.as_str().into()))
}

fn make(engine: &Engine, args: &mut Args) -> Answer {
    let mut entries = BTreeMap::new();
    while let Some(key) = args.optional() {
        engine.cost.step(1)?;
        let key: Rc<str> = plain(engine, &key)?.as_str().into();
        entries.insert(key, args.optional().unwrap_or_else(|| Val::text("")));
    }
    dict(entries)
}

fn set(engine: &mut Engine, args: &mut Args) -> Answer {
    let (into, key) = pair(args)?;
    let value = args.value()?;
    engine.will_change(&into)?;
    into.set(key, value);
    Ok(Kind::Dict(into).into())
}

fn unset(engine: &mut Engine, args: &mut Args) -> Answer {
    let (from, key) = pair(args)?;
    engine.will_change(&from)?;
    from.remove(&key);
    Ok(Kind::Dict(from).into())
}

fn keys(engine: &Engine, args: &mut Args) -> Answer {
    let mut keys = Vec::new();
    while args.left() > 0 {
        let from = args.dict()?;
        engine.cost.step(from.len())?;
        keys.extend(from.keys().into_iter().map(Val::text));
    }
    list(keys)
}

fn pluck(args: &mut Args) -> Answer {
    let key = args.text()?;
    let mut found = Vec::new();
    while args.left() > 0 {
        found.extend(args.dict()?.get(key.as_str()));
    }
    list(found)
}

fn chosen(engine: &Engine, args: &mut Args, wanted: bool) -> Answer {
    let from = args.dict()?;
    let mut names: Vec<Rc<str>> = Vec::new();
    while args.left() > 0 {
        names.push(args.text()?.as_str().into());
    }
    engine.cost.step(from.len().saturating_mul(names.len().max(1)))?;
    dict(from.entries().into_iter().filter(|(key, _)| names.contains(key) == wanted))
}

fn merge_all(engine: &mut Engine, args: &mut Args, overwrite: bool) -> Answer {
    let into = args.dict()?;
    while args.left() > 0 {
        let from = args.dict()?;
        merge(engine, &into, &from, overwrite, 0)?;
    }
    Ok(Kind::Dict(into).into())
}

/// Puts into one dictionary what another has: what is not there, or not set, or everything.
fn merge(
    engine: &mut Engine,
    into: &Dict,
    from: &Dict,
    overwrite: bool,
    depth: u32,
) -> Result<(), Stop> {
    if depth > DEEP {
        return Err("dictionaries are nested too deep to be merged".into());
    }
    engine.cost.step(1 + from.len())?;
    engine.will_change(into)?;
    for (key, value) in from.entries() {
        match (into.get(&key), &value.kind) {
            (Some(Val { kind: Kind::Dict(inner), .. }), Kind::Dict(other)) => {
                if !inner.same(other) {
                    merge(engine, &inner, other, overwrite, depth + 1)?;
                }
            }
            (Some(known), _) if !overwrite && !empty(&known) => {}
            _ => {
                let value = copy(engine, &value, depth)?;
                into.set(key, value);
            }
        }
    }
    Ok(())
}

pub(super) fn copy(engine: &Engine, value: &Val, depth: u32) -> Answer {
    engine.cost.step(1)?;
    if depth > DEEP {
        return Err("a value is nested too deep to be copied".into());
    }
    let kind = match &value.kind {
        Kind::List(items) => {
            let items: Result<Vec<Val>, Stop> =
                items.items().iter().map(|item| copy(engine, item, depth + 1)).collect();
            return list(items?);
        }
        Kind::Dict(from) => {
            let mut entries = BTreeMap::new();
            for (key, value) in from.entries() {
                entries.insert(key, copy(engine, &value, depth + 1)?);
            }
            return dict(entries);
        }
        kind => kind.clone(),
    };
    Ok(Val { kind, from: value.from.clone() })
}

/// `dig "a" "b" default dict`.
fn dig(args: &mut Args) -> Answer {
    let mut values = args.all();
    let (Some(from), Some(default)) = (values.pop(), values.pop()) else {
        return Err("`dig` takes keys, a default and a dictionary".into());
    };
    let mut value = from;
    for key in &values {
        let key = key.as_str().ok_or("`dig` takes texts as keys")?;
        let Kind::Dict(inner) = &value.kind else {
            return Err(format!("`dig` met a {} on its way", value.type_name()).into());
        };
        match inner.get(key) {
            Some(next) => value = next,
            None => return Ok(default),
        }
    }
    Ok(value)
}
