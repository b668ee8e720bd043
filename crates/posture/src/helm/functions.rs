//! The functions of templates: Go's own, Helm's, and those of the Sprig library.
//!
//! They take what Go would take: a function of texts refuses a number, so that a chart that Helm
//! cannot render is not rendered here. Values that are chosen at random, or depend on the clock or
//! on a cluster, are unknown, and so is what is computed from them.

mod collections;
mod data;
mod dicts;
mod encode;
mod logic;
mod math;
mod regex;
mod semver;
mod strings;
mod urls;

use super::eval::Engine;
use super::print;
use super::syntax::Stop;
use super::text::Str;
use super::value::{DEEP, Dict, Kind, List, Val};
use crate::node::Cause;
use crate::sources::Span;

pub(crate) use encode::base64;
pub(crate) use semver::satisfies;
pub(crate) use urls::clean;

type Answer = Result<Val, Stop>;

/// A group of functions: the answer, or none if the name is none of its own.
type Group = fn(&mut Engine, &str, &mut Args) -> Option<Answer>;

const GROUPS: [Group; 11] = [
    strings::call,
    logic::call,
    dicts::call,
    collections::call,
    math::call,
    data::call,
    encode::call,
    regex::call,
    urls::call,
    semver::call,
    super::dates::call,
];

/// Names of all functions.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "len", "index", "slice", "call", "print", "printf",
    "println", "html", "js", "urlquery",
    "include", "tpl", "required", "fail", "lookup", "toYaml", "toYamlPretty", "fromYaml", "fromYamlArray", "toJson",
    "fromJson", "fromJsonArray", "toToml", "fromToml", "toPrettyJson", "toRawJson", "mustFromJson", "mustToJson",
    "mustToPrettyJson", "mustToRawJson", "mustToYaml", "mustToToml",
    "hello", "ago", "date", "date_in_zone", "date_modify", "dateInZone", "dateModify", "duration", "durationRound",
    "htmlDate", "htmlDateInZone", "must_date_modify", "mustDateModify", "mustToDate", "now", "toDate", "unixEpoch",
    "abbrev", "abbrevboth", "trunc", "trim", "upper", "lower", "title", "untitle", "substr", "repeat", "trimall",
    "trimAll", "trimSuffix", "trimPrefix", "nospace", "initials", "randAlphaNum", "randAlpha", "randAscii",
    "randNumeric", "swapcase", "shuffle", "snakecase", "camelcase", "kebabcase", "wrap", "wrapWith", "contains",
    "hasPrefix", "hasSuffix", "quote", "squote", "cat", "indent", "nindent", "replace", "plural", "sha1sum",
    "sha256sum", "sha512sum", "adler32sum", "toString", "atoi", "int64", "int", "float64", "seq", "toDecimal",
    "split", "splitList", "splitn", "toStrings", "until", "untilStep", "add1", "add", "sub", "div", "mod", "mul",
    "randInt", "add1f", "addf", "subf", "divf", "mulf", "biggest", "max", "min", "maxf", "minf", "ceil", "floor",
    "round", "join", "sortAlpha", "default", "empty", "coalesce", "all", "any", "compact", "mustCompact", "ternary",
    "deepCopy", "mustDeepCopy", "typeOf", "typeIs", "typeIsLike", "kindOf", "kindIs", "deepEqual", "getHostByName",
    "base", "dir", "clean", "ext", "isAbs", "osBase", "osClean", "osDir", "osExt", "osIsAbs", "b64enc", "b64dec",
    "b32enc", "b32dec", "tuple", "list", "dict", "get", "set", "unset", "hasKey", "pluck", "keys", "pick", "omit",
    "merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite", "values", "append", "push", "mustAppend",
    "mustPush", "prepend", "mustPrepend", "first", "mustFirst", "rest", "mustRest", "last", "mustLast", "initial",
    "mustInitial", "reverse", "mustReverse", "uniq", "mustUniq", "without", "mustWithout", "has", "mustHas",
    "mustSlice", "concat", "dig", "chunk", "mustChunk", "bcrypt", "htpasswd", "genPrivateKey", "derivePassword",
    "buildCustomCert", "genCA", "genCAWithKey", "genSelfSignedCert", "genSelfSignedCertWithKey", "genSignedCert",
    "genSignedCertWithKey", "encryptAES", "decryptAES", "randBytes", "uuidv4", "semver", "semverCompare",
    "regexMatch", "mustRegexMatch", "regexFindAll", "mustRegexFindAll", "regexFind", "mustRegexFind",
    "regexReplaceAll", "mustRegexReplaceAll", "regexReplaceAllLiteral", "mustRegexReplaceAllLiteral", "regexSplit",
    "mustRegexSplit", "regexQuoteMeta", "urlParse", "urlJoin",
];

/// Functions through which an unknown value goes unharmed, as a part of the result or whole.
#[rustfmt::skip]
const TRANSPARENT: &[&str] = &[
    "not", "eq", "ne", "print", "printf", "println", "include", "tpl", "required", "toYaml",
    "toYamlPretty", "toJson", "toToml", "toPrettyJson", "toRawJson", "mustToJson", "mustToPrettyJson", "mustToRawJson",
    "mustToYaml", "mustToToml", "quote", "squote", "cat", "indent", "nindent", "toString", "toStrings", "join",
    "default", "empty", "coalesce", "all", "any", "compact", "mustCompact", "ternary", "deepCopy", "mustDeepCopy",
    "typeOf", "typeIs", "typeIsLike", "kindOf", "kindIs", "deepEqual", "tuple", "list", "dict", "get", "set", "unset",
    "hasKey", "pluck", "keys", "pick", "omit", "merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite", "values",
    "append", "push", "mustAppend", "mustPush", "prepend", "mustPrepend", "has", "mustHas", "without", "mustWithout",
    "dig", "lookup", "trim", "first", "last", "rest", "initial", "uniq", "concat", "fail", "fromYaml", "fromYamlArray",
    "fromJson", "fromJsonArray", "mustFromJson", "fromToml", "split", "splitList", "replace", "trimSuffix", "trimPrefix",
];

pub(crate) fn exists(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Calls a function; `site` is the action that calls it.
pub(crate) fn call(
    engine: &mut Engine,
    name: &str,
    values: Vec<Val>,
    site: Option<Span>,
) -> Answer {
    engine.cost.step(1)?;
    match name {
        "include" => return include(engine, &values, site),
        "tpl" => return tpl(engine, &values),
        _ => {}
    }
    let held = unknown_in(engine, &values);
    if let Some(unknown) = &held
        && !TRANSPARENT.contains(&name)
    {
        return Ok(unknown.clone());
    }
    // What is made of one value alone is still shown as coming from it.
    let mut origins = values.iter().filter_map(|value| match &value.kind {
        Kind::Text(text) if value.from.is_none() => text.only_value(),
        _ => value.from.as_ref(),
    });
    let origin = origins.next().cloned();
    let origin = if origins
        .all(|next| origin.as_ref().is_some_and(|first| std::sync::Arc::ptr_eq(first, next)))
    {
        origin
    } else {
        None
    };
    let mut args = Args { name: name.to_owned(), count: values.len(), rest: values.into_iter() };
    let harmful = matches!(name, "replace" | "trimSuffix" | "trimPrefix");
    let held = if harmful { held } else { None };
    let mut answer = run(engine, name, &mut args)?;
    if let (Some(held), Some(text)) = (held, answer.as_str())
        && engine.unknowns.find(text).is_none_or(|word| engine.unknowns.cause(word).is_none())
    {
        return Ok(held);
    }
    let scalar = match &answer.kind {
        Kind::Text(text) => text.marks().is_empty(),
        Kind::Bool(_) => false,
        Kind::Int(_) | Kind::Float(_) => true,
        _ => false,
    };
    if scalar && answer.from.is_none() {
        answer.from = origin;
    }
    Ok(answer)
}

fn run(engine: &mut Engine, name: &str, args: &mut Args) -> Answer {
    for group in GROUPS {
        if let Some(answer) = group(engine, name, args) {
            let answer = answer?;
            if args.rest.len() > 0 {
                return Err(format!("too many arguments for `{name}`: {}", args.count).into());
            }
            return Ok(answer);
        }
    }
    Err(format!("function `{name}` is not defined").into())
}

/// The first value among some that nobody knows, or that has such a one in its text.
fn unknown_in(engine: &Engine, values: &[Val]) -> Option<Val> {
    values.iter().find_map(|value| engine.unknowns.find(value.as_str()?)).map(Val::text)
}

fn include(engine: &mut Engine, values: &[Val], site: Option<Span>) -> Answer {
    let [Val { kind: Kind::Text(name), .. }, data] = values else {
        return Err("`include` takes the name of a template and its data".into());
    };
    engine.include(name.as_str(), data, site).map(|text| Kind::Text(text).into())
}

fn tpl(engine: &mut Engine, values: &[Val]) -> Answer {
    let [text, data] = values else { return Err("`tpl` takes a text and its data".into()) };
    let text = text
        .as_text()
        .ok_or_else(|| Stop::new(format!("`tpl` takes a text, not {}", text.type_name())))?;
    engine.tpl(&text, data).map(|text| Kind::Text(text).into())
}

/// A method of a value that is no dictionary.
pub(crate) fn method(engine: &mut Engine, value: &Val, name: &str, values: Vec<Val>) -> Answer {
    let mut args = Args { name: name.to_owned(), count: values.len(), rest: values.into_iter() };
    match &value.kind {
        Kind::Files(files) => files.method(engine, name, &mut args),
        Kind::ApiVersions if name == "Has" => {
            Ok(Val::bool(super::capabilities::has(args.text()?.as_str())))
        }
        Kind::KubeVersion => super::capabilities::field(name)
            .ok_or_else(|| format!("a Kubernetes version has no `{name}`").into()),
        Kind::Time(seconds) => super::dates::method(*seconds, name, &mut args),
        _ => Err(format!("can't evaluate field `{name}` in type {}", value.type_name()).into()),
    }
}

/// A value that nobody can know before deployment.
fn unknown(engine: &mut Engine, name: &str) -> Val {
    engine.unknowns.make(Cause::Function(name.to_owned()))
}

/// The values a function is called with, taken one by one.
#[derive(Debug)]
pub(crate) struct Args {
    name: String,
    count: usize,
    rest: std::vec::IntoIter<Val>,
}

impl Args {
    pub(crate) fn value(&mut self) -> Answer {
        let few = || format!("too few arguments for `{}`: {}", self.name, self.count).into();
        self.rest.next().ok_or_else(few)
    }

    fn optional(&mut self) -> Option<Val> {
        self.rest.next()
    }

    fn all(&mut self) -> Vec<Val> {
        self.rest.by_ref().collect()
    }

    fn left(&self) -> usize {
        self.rest.len()
    }

    fn wrong<T>(&self, wanted: &str, value: &Val) -> Result<T, Stop> {
        let found = value.type_name();
        Err(format!("wrong type for `{}`: expected {wanted}, got {found}", self.name).into())
    }

    pub(crate) fn text(&mut self) -> Result<Str, Stop> {
        let value = self.value()?;
        value.as_text().map_or_else(|| self.wrong("a text", &value), Ok)
    }

    /// A whole number, where Go asks for one. YAML's numbers are floats, so those pass.
    fn whole(&mut self) -> Result<i64, Stop> {
        let value = self.value()?;
        match value.kind {
            Kind::Int(number) => Ok(number),
            Kind::Float(number) if number.fract() == 0.0 => Ok(number as i64),
            _ => self.wrong("a whole number", &value),
        }
    }

    fn truth(&mut self) -> Result<bool, Stop> {
        let value = self.value()?;
        match value.kind {
            Kind::Bool(truth) => Ok(truth),
            _ => self.wrong("a truth value", &value),
        }
    }

    fn dict(&mut self) -> Result<Dict, Stop> {
        let value = self.value()?;
        match &value.kind {
            Kind::Dict(dict) => Ok(dict.clone()),
            Kind::Files(files) => Ok(Dict::new(files.entries().into_iter().collect())),
            _ => self.wrong("a dictionary", &value),
        }
    }

    fn list(&mut self) -> Result<List, Stop> {
        let value = self.value()?;
        match &value.kind {
            Kind::List(list) => Ok(list.clone()),
            _ => self.wrong("a list", &value),
        }
    }
}

/// A list of these, unless it would be nested too deep.
fn list(items: Vec<Val>) -> Answer {
    let value = Val::list(items);
    if value.depth() > DEEP { Err("lists are nested too deep".into()) } else { Ok(value) }
}

fn dict(entries: impl IntoIterator<Item = (std::rc::Rc<str>, Val)>) -> Answer {
    let value = Val::dict(entries);
    if value.depth() > DEEP { Err("dictionaries are nested too deep".into()) } else { Ok(value) }
}

/// `%v` of a value, as plain text.
fn plain(engine: &Engine, value: &Val) -> Result<Str, Stop> {
    print::text(value, &engine.cost)
}

#[cfg(test)]
mod tests;
