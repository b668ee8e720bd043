//! Values as text and back. Helm, "Template Functions and Pipelines".

use std::rc::Rc;

use panoply_base::Limits;

use super::{Answer, Args};
use crate::helm::eval::Engine;
use crate::helm::read;
use crate::helm::syntax::Stop;
use crate::helm::value::{Kind, Val};
use crate::helm::write::{Style, json, toml, yaml};

pub(super) fn call(engine: &mut Engine, name: &str, args: &mut Args) -> Option<Answer> {
    let text = match name {
        "toYaml" | "toYamlPretty" | "mustToYaml" => {
            args.value().and_then(|value| yaml(&value, &engine.cost))
        }
        "toJson" | "mustToJson" => {
            args.value().and_then(|value| json(&value, Style::Plain, &engine.cost))
        }
        "toRawJson" | "mustToRawJson" => {
            args.value().and_then(|value| json(&value, Style::Raw, &engine.cost))
        }
        "toPrettyJson" | "mustToPrettyJson" => {
            args.value().and_then(|value| json(&value, Style::Pretty, &engine.cost))
        }
        "toToml" | "mustToToml" => args.value().and_then(|value| toml(&value, &engine.cost)),
        _ => return back(engine, name, args),
    };
    Some(text.map(|text| Kind::Text(text).into()))
}

fn back(engine: &mut Engine, name: &str, args: &mut Args) -> Option<Answer> {
    let reader: fn(&str, &Limits) -> Result<Val, String> = match name {
        "fromYaml" | "fromYamlArray" => read::yaml,
        "fromJson" | "fromJsonArray" | "mustFromJson" => read::json,
        "fromToml" => |text, _| from_toml(text),
        _ => return None,
    };
    Some(args.text().and_then(|text| {
        engine.cost.text(text.as_str().len().saturating_mul(4))?;
        let read = reader(text.as_str(), &Limits::DEFAULT);
        let value = match read {
            Ok(Val { kind: Kind::Nil, .. }) if name == "fromYaml" => Val::dict([]),
            Ok(Val { kind: Kind::Nil, .. }) if name == "fromYamlArray" => Val::list(Vec::new()),
            read => fitting(name, read)?,
        };
        engine.cost.step(1)?;
        Ok(value)
    }))
}

/// Helm hands a failure to the template as a value, in the shape that was asked for.
fn fitting(name: &str, read: Result<Val, String>) -> Answer {
    let wanted_list = name.ends_with("Array");
    let read = read.and_then(|value| match (&value.kind, name) {
        (_, "mustFromJson") => Ok(value),
        (Kind::List(_), _) if wanted_list => Ok(value),
        (Kind::Dict(_), _) if !wanted_list => Ok(value),
        _ => Err(format!(
            "a {} where a {} is wanted",
            value.kind_name(),
            if wanted_list { "list" } else { "map" }
        )),
    });
    match read {
        Ok(value) => Ok(value),
        Err(error) if name == "mustFromJson" => Err(Stop::new(error)),
        Err(error) if wanted_list => Ok(Val::texts([error])),
        Err(error) => Ok(Val::dict([(Rc::from("Error"), Val::text(error))])),
    }
}

fn from_toml(text: &str) -> Result<Val, String> {
    let table: toml::Table = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    let mut fuel = read::VALUES;
    of_toml(toml::Value::Table(table), &mut fuel)
        .ok_or_else(|| "more values than the limits allow".to_owned())
}

fn of_toml(value: toml::Value, fuel: &mut u64) -> Option<Val> {
    *fuel = fuel.checked_sub(1)?;
    Some(match value {
        toml::Value::String(text) => Val::text(text),
        toml::Value::Integer(number) => Val::int(number),
        toml::Value::Float(number) => Val::float(number),
        toml::Value::Boolean(truth) => Val::bool(truth),
        toml::Value::Datetime(time) => Val::text(time.to_string()),
        toml::Value::Array(items) => Val::list(
            items.into_iter().map(|item| of_toml(item, fuel)).collect::<Option<Vec<_>>>()?,
        ),
        toml::Value::Table(table) => {
            let mut entries = read::Table::new();
            for (key, value) in table {
                entries.insert(key.into(), of_toml(value, fuel)?);
            }
            Val::dict(entries)
        }
    })
}
