//! Checks: rules of kind `config`, made ready to be asked.
//!
//! Beside `resource` (its attributes), `kind`, `name` and `address`, expressions and paths see what
//! the platform offers: for Kubernetes see [`crate::kubernetes`].

mod ask;
mod body;
mod library;
mod loops;
mod proof;
mod template;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use panoply_base::{Parsed, Problem};
use panoply_rules::Rule;
use panoply_rules::cel::Expression;

pub use ask::{Answer, Tally, Verdict, ask};
pub use body::{Case, CheckBody, Repair};
pub use library::{Chosen, Library};
pub use proof::{Said, sources_of, try_case};

use crate::functions::FUNCTIONS;
use crate::path::Path;
use crate::resource::Platform;
use template::Template;

/// One check, whose expressions are compiled when a resource first needs them.
#[derive(Debug)]
pub struct Check {
    pub rule: Rule<CheckBody>,
    ready: OnceLock<Result<Ready, String>>,
}

/// The expressions of a check.
#[derive(Debug)]
struct Ready {
    cases: Vec<ReadyCase>,
    message: Option<(Template, Template)>,
}

#[derive(Debug)]
struct ReadyCase {
    on: BTreeMap<Platform, Vec<String>>,
    each: Option<(String, Path)>,
    /// In an order in which each needs only those before it.
    bindings: Vec<(String, Expression)>,
    when: Option<Expression>,
    deny: Expression,
    at: Path,
    repair: Option<ReadyRepair>,
}

/// The change that a check proposes: a place, and what should be there.
#[derive(Debug)]
pub(crate) struct ReadyRepair {
    pub(crate) set: Path,
    /// Without a value the key is taken out.
    pub(crate) to: Option<serde_json::Value>,
}

/// Every check of a run, by what it looks at.
#[derive(Debug, Default)]
pub struct Checks {
    checks: Vec<Check>,
    by_kind: BTreeMap<(Platform, String), Vec<u32>>,
}

/// Where checks of a kind are kept: kinds of Azure are written in any case.
fn place(platform: Platform, kind: &str) -> (Platform, String) {
    match platform {
        Platform::Azure => (platform, kind.to_ascii_lowercase()),
        _ => (platform, kind.to_owned()),
    }
}

impl Checks {
    /// Checks in the order of their ids; of two with the same id the later one counts.
    pub fn new(rules: Vec<Rule<CheckBody>>) -> Self {
        let mut by_id: BTreeMap<String, Rule<CheckBody>> = BTreeMap::new();
        for rule in rules {
            by_id.insert(rule.head.id.clone(), rule);
        }
        let mut checks = Self::default();
        for (index, rule) in by_id.into_values().enumerate() {
            let also = rule.body.also.iter().map(|case| &case.on);
            let mut places: Vec<(Platform, String)> = std::iter::once(&rule.body.on)
                .chain(also)
                .flat_map(|on| on.iter())
                .flat_map(|(platform, kinds)| kinds.iter().map(|kind| place(*platform, kind)))
                .collect();
            places.sort();
            places.dedup();
            for place in places {
                checks.by_kind.entry(place).or_default().push(index as u32);
            }
            checks.checks.push(Check { rule, ready: OnceLock::new() });
        }
        checks
    }

    pub fn iter(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter()
    }

    pub fn len(&self) -> usize {
        self.checks.len()
    }

    pub fn is_empty(&self) -> bool {
        self.checks.is_empty()
    }

    /// Compiles everything now: for tests of rules, and for rules that users bring.
    pub fn verify(&self) -> Parsed<()> {
        let wrong = self.checks.iter().filter_map(|check| {
            let why = check.ready().err()?;
            Some(Problem::whole(format!("`{}`: {why}", check.rule.head.id)))
        });
        Parsed { value: (), problems: wrong.collect() }
    }

    /// Checks that look at a resource of this kind, under one of its names, with their positions.
    fn looking_at<'c>(
        &'c self,
        platform: Platform,
        names: &[&str],
    ) -> impl Iterator<Item = (usize, &'c Check)> + use<'c> {
        let mut indices: Vec<u32> = names
            .iter()
            .filter_map(|name| self.by_kind.get(&place(platform, name)))
            .flatten()
            .copied()
            .collect();
        indices.sort_unstable();
        indices.dedup();
        let positions = indices.into_iter().map(|index| index as usize);
        positions.filter_map(|index| Some((index, self.checks.get(index)?)))
    }
}

impl Check {
    pub fn id(&self) -> &str {
        &self.rule.head.id
    }

    fn ready(&self) -> Result<&Ready, &str> {
        self.ready.get_or_init(|| Ready::new(&self.rule)).as_ref().map_err(String::as_str)
    }
}

impl Ready {
    fn new(rule: &Rule<CheckBody>) -> Result<Self, String> {
        let body = &rule.body;
        let first = Case {
            on: body.on.clone(),
            each: body.each.clone(),
            r#let: body.r#let.clone(),
            when: body.when.clone(),
            deny: body.deny.clone(),
            at: body.at.clone(),
            repair: body.repair.clone(),
        };
        let cases = std::iter::once(&first).chain(&body.also);
        let message = match &body.message {
            Some(text) => {
                Some((Template::parse(&text.en, FUNCTIONS)?, Template::parse(&text.zh, FUNCTIONS)?))
            }
            None => None,
        };
        Ok(Self { cases: cases.map(ReadyCase::new).collect::<Result<_, _>>()?, message })
    }
}

impl ReadyCase {
    fn new(case: &Case) -> Result<Self, String> {
        let each = match &case.each {
            Some(each) => {
                let (name, path) =
                    each.split_once(" in ").ok_or("`each` should read `name in path`")?;
                Some((name.trim().to_owned(), Path::parse(path.trim())?))
            }
            None => None,
        };
        let mut waiting = Vec::new();
        for (name, text) in &case.r#let {
            waiting.push((name.clone(), expression(&format!("let {name}"), text)?));
        }
        let deny = expression("deny", &case.deny)?;
        let at = match &case.at {
            Some(at) => Path::parse(at)?,
            None => Path::parse(&first_path(&deny, each.as_ref().map(|(name, _)| name.as_str())))?,
        };
        Ok(Self {
            on: case.on.clone(),
            each,
            bindings: in_order(waiting)?,
            when: case.when.as_deref().map(|text| expression("when", text)).transpose()?,
            deny,
            at,
            repair: case.repair.as_ref().map(ready_repair).transpose()?,
        })
    }
}

fn ready_repair(repair: &Repair) -> Result<ReadyRepair, String> {
    Ok(ReadyRepair { set: Path::parse(&repair.set)?, to: repair.to.clone() })
}

fn expression(what: &str, text: &str) -> Result<Expression, String> {
    Expression::parse_with(text, FUNCTIONS).map_err(|error| format!("{what}: {error}"))
}

/// The first chain of fields that begins with a document; the document itself if there is none.
fn first_path(deny: &Expression, each: Option<&str>) -> String {
    let is_document = |path: &&Vec<String>| {
        path.len() > 1
            && path.first().is_some_and(|root| {
                Some(root.as_str()) == each || matches!(root.as_str(), "resource" | "pod" | "meta")
            })
    };
    let paths = deny.paths();
    let found = paths.iter().find(is_document).map(|path| path.join("."));
    found.unwrap_or_else(|| each.unwrap_or("resource").to_owned())
}

/// Bindings so that each needs only those before it.
fn in_order(mut waiting: Vec<(String, Expression)>) -> Result<Vec<(String, Expression)>, String> {
    let mut ordered: Vec<(String, Expression)> = Vec::new();
    while !waiting.is_empty() {
        let names: Vec<String> = waiting.iter().map(|(name, _)| name.clone()).collect();
        let is_free = |expression: &Expression| {
            !expression.paths().iter().any(|path| path.first().is_some_and(|r| names.contains(r)))
        };
        let Some(at) = waiting.iter().position(|(_, expression)| is_free(expression)) else {
            return Err(format!("`let` of {} need each other", names.join(", ")));
        };
        ordered.push(waiting.remove(at));
    }
    Ok(ordered)
}
