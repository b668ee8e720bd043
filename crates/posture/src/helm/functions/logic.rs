//! Comparisons, defaults and types. Go, package `text/template`; Sprig, "Defaults" and "Types".

use super::{Answer, Args, unknown};
use crate::helm::eval::Engine;
use crate::helm::syntax::Stop;
use crate::helm::value::{DEEP, Kind, Val};

pub(super) fn call(engine: &mut Engine, name: &str, args: &mut Args) -> Option<Answer> {
    Some(match name {
        "eq" => eq(engine, args),
        "ne" => pair(args).and_then(|(a, b)| Ok(Val::bool(!equal(&a, &b)?))),
        "lt" => pair(args).and_then(|(a, b)| Ok(Val::bool(less(&a, &b)?))),
        "le" => pair(args).and_then(|(a, b)| Ok(Val::bool(less(&a, &b)? || equal(&a, &b)?))),
        "gt" => pair(args).and_then(|(a, b)| Ok(Val::bool(!(less(&a, &b)? || equal(&a, &b)?)))),
        "ge" => pair(args).and_then(|(a, b)| Ok(Val::bool(!less(&a, &b)?))),
        "not" => args.value().map(|value| Val::bool(!value.truth())),
        "call" => Err("`call` of a value that is no function".into()),
        "default" => default(args),
        "empty" => args.value().map(|value| Val::bool(empty(&value))),
        "coalesce" => Ok(args.all().into_iter().find(|value| !empty(value)).unwrap_or(Val::NIL)),
        "all" => Ok(Val::bool(args.all().iter().all(|value| !empty(value)))),
        "any" => Ok(Val::bool(args.all().iter().any(|value| !empty(value)))),
        "ternary" => ternary(args),
        "required" => required(args),
        "fail" => args.text().and_then(|text| Err(Stop::new(text.as_str()))),
        "lookup" => {
            args.all();
            Ok(Val::dict([]))
        }
        "typeOf" => args.value().map(|value| Val::text(value.type_name())),
        "kindOf" => args.value().map(|value| Val::text(value.kind_name())),
        "typeIs" => is(args, |value, name| value.type_name() == name),
        "typeIsLike" => is(args, |value, name| value.type_name() == name.trim_start_matches('*')),
        "kindIs" => is(args, |value, name| value.kind_name() == name),
        "deepEqual" => pair(args).and_then(|(a, b)| deep_equal(engine, &a, &b, 0).map(Val::bool)),
        "now" | "ago" | "uuidv4" | "shuffle" | "randAlphaNum" | "randAlpha" | "randAscii"
        | "randNumeric" | "randBytes" | "randInt" | "bcrypt" | "htpasswd" | "genPrivateKey"
        | "derivePassword" | "encryptAES" | "decryptAES" | "getHostByName" => {
            args.all();
            Ok(unknown(engine, name))
        }
        "genCA"
        | "genCAWithKey"
        | "genSelfSignedCert"
        | "genSelfSignedCertWithKey"
        | "genSignedCert"
        | "genSignedCertWithKey"
        | "buildCustomCert" => {
            args.all();
            let (cert, key) = (unknown(engine, name), unknown(engine, name));
            Ok(Val::dict([("Cert".into(), cert), ("Key".into(), key)]))
        }
        _ => return None,
    })
}

fn pair(args: &mut Args) -> Result<(Val, Val), Stop> {
    Ok((args.value()?, args.value()?))
}

fn eq(engine: &Engine, args: &mut Args) -> Answer {
    let first = args.value()?;
    let others = args.all();
    if others.is_empty() {
        return Err("missing argument for comparison".into());
    }
    engine.cost.step(others.len())?;
    for other in &others {
        if equal(&first, other)? {
            return Ok(Val::bool(true));
        }
    }
    Ok(Val::bool(false))
}

fn incompatible(a: &Val, b: &Val) -> Stop {
    format!("incompatible types for comparison: {} and {}", a.type_name(), b.type_name()).into()
}

fn equal(a: &Val, b: &Val) -> Result<bool, Stop> {
    match (&a.kind, &b.kind) {
        (Kind::Nil, Kind::Nil) => Ok(true),
        (Kind::List(_) | Kind::Dict(_), _) | (_, Kind::List(_) | Kind::Dict(_))
            if !a.is_nil() && !b.is_nil() =>
        {
            Err(format!("non-comparable type {}", a.type_name()).into())
        }
        (Kind::Nil, _) | (_, Kind::Nil) => Ok(false),
        (Kind::Bool(a), Kind::Bool(b)) => Ok(a == b),
        (Kind::Int(a), Kind::Int(b)) => Ok(a == b),
        #[expect(clippy::float_cmp, reason = "the template asks for exactly this")]
        (Kind::Float(a), Kind::Float(b)) => Ok(a == b),
        (Kind::Text(a), Kind::Text(b)) => Ok(a.as_str() == b.as_str()),
        (Kind::Time(a), Kind::Time(b)) => Ok(a == b),
        _ => Err(incompatible(a, b)),
    }
}

fn less(a: &Val, b: &Val) -> Result<bool, Stop> {
    match (&a.kind, &b.kind) {
        (Kind::Int(a), Kind::Int(b)) => Ok(a < b),
        (Kind::Float(a), Kind::Float(b)) => Ok(a < b),
        (Kind::Text(a), Kind::Text(b)) => Ok(a.as_str() < b.as_str()),
        (Kind::Bool(_), Kind::Bool(_)) => Err("invalid type for comparison".into()),
        _ => Err(incompatible(a, b)),
    }
}

/// Sprig calls empty what `if` takes for false.
pub(super) fn empty(value: &Val) -> bool {
    !value.truth()
}

fn default(args: &mut Args) -> Answer {
    let default = args.value()?;
    let given = args.all().into_iter().next();
    Ok(given.filter(|value| !empty(value)).unwrap_or(default))
}

fn ternary(args: &mut Args) -> Answer {
    let (yes, no) = pair(args)?;
    Ok(if args.truth()? { yes } else { no })
}

fn required(args: &mut Args) -> Answer {
    let message = args.text()?;
    let value = args.value()?;
    match &value.kind {
        Kind::Nil => Err(Stop::new(message.as_str())),
        Kind::Text(text) if text.as_str().is_empty() => Err(Stop::new(message.as_str())),
        _ => Ok(value),
    }
}

fn is(args: &mut Args, test: impl Fn(&Val, &str) -> bool) -> Answer {
    let name = args.text()?;
    Ok(Val::bool(test(&args.value()?, name.as_str())))
}

pub(super) fn deep_equal(engine: &Engine, a: &Val, b: &Val, depth: u32) -> Result<bool, Stop> {
    engine.cost.step(1)?;
    if depth > DEEP {
        return Err("values are nested too deep to be compared".into());
    }
    Ok(match (&a.kind, &b.kind) {
        (Kind::List(a), Kind::List(b)) => {
            if a.items().len() != b.items().len() {
                return Ok(false);
            }
            for (a, b) in a.items().iter().zip(b.items()) {
                if !deep_equal(engine, a, b, depth + 1)? {
                    return Ok(false);
                }
            }
            true
        }
        (Kind::Dict(a), Kind::Dict(b)) => {
            let (a, b) = (a.entries(), b.entries());
            if a.len() != b.len() {
                return Ok(false);
            }
            for ((key, a), (other, b)) in a.iter().zip(&b) {
                if key != other || !deep_equal(engine, a, b, depth + 1)? {
                    return Ok(false);
                }
            }
            true
        }
        _ => equal(a, b).unwrap_or(false),
    })
}
