//! Policies in Rego, on `regorus`: Gatekeeper's templates, and modules as conftest and Trivy run them.
//!
//! One evaluation may take [`TIME`], which regorus watches itself; a policy that takes longer is not
//! asked again. Functions that reach out (HTTP, environment) are not built in, and those that make
//! long lists out of two numbers are bounded here. What a document does not say is left out for Rego,
//! which takes that for absent: so an answer about such a document counts only if it stays the same
//! whatever stands there, and is a review otherwise.

mod dialect;
mod input;
mod metadata;
mod modules;

pub(crate) use input::documents;

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use panoply_base::Problem;
use panoply_posture::Cause;
use regorus::{Engine, PolicyLengthConfig, Value, utils::limits::ExecutionTimerConfig};
use serde_json::{Map, Value as Json, json};

use crate::admit::{Judging, Request, about_constraint};
use crate::gatekeeper::Template;
use crate::json::{json as plain, json_with};
use crate::load::Lane;
use crate::object::Subject;
use crate::program::Outcome;

/// Time that one evaluation may take.
const TIME: Duration = Duration::from_secs(2);
/// Bytes of one module.
const BYTES: usize = 1 << 20;
/// Elements of a list that a function makes out of numbers.
const ELEMENTS: u64 = 100_000;
/// Failures of one policy on one object that are told.
const TOLD: usize = 100;
/// Stands for what is not known, to see whether it matters.
const PLACEHOLDER: &str = "panoply-not-known";

/// Modules that belong together, ready to be asked.
pub(crate) struct Machine {
    engine: Engine,
    /// `data.k8srequiredlabels` of the first module.
    pub(crate) package: String,
}

/// What a rule gave: messages, each with the rest of what was said.
pub(crate) type Messages = Vec<(String, Json)>;

impl Machine {
    /// # Errors
    ///
    /// A module that cannot be parsed, with its place.
    pub(crate) fn new(modules: &[(String, &str)], is_v1: bool) -> Result<Self, String> {
        let mut engine = Engine::new();
        // As OPA does: a function that breaks has no value.
        engine.set_strict_builtin_errors(false);
        engine.set_policy_length_config(PolicyLengthConfig {
            max_col: NonZeroU32::new(64 << 10).unwrap_or(NonZeroU32::MIN),
            max_file_bytes: NonZeroUsize::new(BYTES).unwrap_or(NonZeroUsize::MIN),
            max_lines: NonZeroUsize::new(50_000).unwrap_or(NonZeroUsize::MIN),
        });
        engine.set_execution_timer_config(ExecutionTimerConfig {
            limit: TIME,
            check_interval: NonZeroU32::new(64).unwrap_or(NonZeroU32::MIN),
        });
        bound_functions(&mut engine).map_err(|error| first_line(&error.to_string()))?;
        let mut package = None;
        for (path, text) in modules {
            // OPA 1 reads what is written for it, and everything else as it always did.
            engine.set_rego_v0(!is_v1 && !dialect::is_v1(text));
            let added = engine.add_policy(path.clone(), dialect::adapt(text));
            let added = added.map_err(|error| first_line(&error.to_string()))?;
            package.get_or_insert(added);
        }
        Ok(Self { engine, package: package.unwrap_or_default() })
    }

    pub(crate) fn add_data(&mut self, data: Json) -> Result<(), String> {
        self.engine.add_data(Value::from(data)).map_err(|error| first_line(&error.to_string()))
    }

    /// What a rule of the package gives for an input; nothing if it gives nothing.
    pub(crate) fn ask(&mut self, rule: &str, input: Json) -> Result<Messages, String> {
        self.engine.set_input(Value::from(input));
        let value = self.engine.eval_rule(format!("{}.{rule}", self.package));
        let value = value.map_err(|error| first_line(&error.to_string()))?;
        if value == Value::Undefined {
            return Ok(Vec::new());
        }
        let said = value.to_json_str().map_err(|error| first_line(&error.to_string()))?;
        let said: Json = serde_json::from_str(&said).map_err(|error| error.to_string())?;
        Ok(messages(said))
    }
}

/// Functions whose result is much larger than their arguments.
fn bound_functions(engine: &mut Engine) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let integer = |value: Option<&Value>| value.and_then(|value| value.as_i64().ok());
    engine.add_extension(
        "numbers.range".to_owned(),
        2,
        Box::new(move |arguments: Vec<Value>| {
            let (Some(from), Some(to)) = (integer(arguments.first()), integer(arguments.get(1)))
            else {
                return Ok(Value::Undefined);
            };
            if from.abs_diff(to) >= ELEMENTS {
                return Err(std::io::Error::other("`numbers.range` is too long").into());
            }
            let all: Vec<i64> =
                if from <= to { (from..=to).collect() } else { (to..=from).rev().collect() };
            Ok(Value::from(all.into_iter().map(Value::from).collect::<Vec<_>>()))
        }),
    )?;
    for (name, all) in [("any", false), ("all", true)] {
        let holds = |value: &Value| value == &Value::from(true);
        engine.add_extension(
            name.to_owned(),
            1,
            Box::new(move |arguments: Vec<Value>| {
                let answer = match arguments.first() {
                    Some(Value::Array(items)) if all => items.iter().all(holds),
                    Some(Value::Array(items)) => items.iter().any(holds),
                    Some(Value::Set(items)) if all => items.iter().all(holds),
                    Some(Value::Set(items)) => items.iter().any(holds),
                    _ => return Ok(Value::Undefined),
                };
                Ok(Value::from(answer))
            }),
        )?;
    }
    engine.add_extension(
        "result.new".to_owned(),
        2,
        Box::new(|arguments| Ok(input::result(arguments)?)),
    )?;
    for (name, count) in [("numbers.range_step", 3), ("net.cidr_expand", 1), ("bits.lsh", 2)] {
        let why = format!("`{name}` is not available: its result has no bound");
        engine.add_extension(
            name.to_owned(),
            count,
            Box::new(move |_| Err(std::io::Error::other(why.clone()).into())),
        )?;
    }
    Ok(())
}

/// Errors of regorus draw the line they are about; the rest is for people at a terminal.
fn first_line(error: &str) -> String {
    let told = error.lines().rev().find_map(|line| line.trim().strip_prefix("error: "));
    let place = error.lines().find_map(|line| line.trim().strip_prefix("--> "));
    match (told, place) {
        (Some(told), Some(place)) => format!("{place}: {told}"),
        _ => error.lines().next().unwrap_or_default().to_owned(),
    }
}

/// Failures in the forms that policies give them: texts, objects with `msg`, sets of both.
fn messages(said: Json) -> Messages {
    let one = |said: Json| -> Option<(String, Json)> {
        match said {
            Json::String(text) => Some((text, Json::Null)),
            Json::Object(fields) => {
                let text = fields.get("msg").or(fields.get("message"))?.as_str()?.to_owned();
                Some((text, Json::Object(fields)))
            }
            Json::Bool(true) => Some((String::new(), Json::Null)),
            _ => None,
        }
    };
    match said {
        Json::Array(items) => items.into_iter().filter_map(one).take(TOLD).collect(),
        other => one(other).into_iter().collect(),
    }
}

/// A template that was made ready, or why it could not be.
type Ready = Result<Machine, String>;

impl<'a> Judging<'_, 'a> {
    /// Asks everything that is in Rego.
    pub(crate) fn rego(&mut self, requests: &[Request<'a>]) {
        self.gatekeeper(requests);
        self.modules(requests);
    }

    fn gatekeeper(&mut self, requests: &[Request<'a>]) {
        let policies = self.policies;
        let mut machines: BTreeMap<&str, Ready> = BTreeMap::new();
        for constraint in &policies.constraints {
            let template = policies.templates.iter().find(|one| one.kind == constraint.kind);
            let Some(template) = template else { continue };
            if template.rego.is_none() || (policies.lane == Lane::Cel && template.cel.is_some()) {
                continue;
            }
            let inventory = || inventory(requests, self.world, &self.definitions);
            let ready = machines.entry(&template.kind).or_insert_with(|| make(template, inventory));
            let machine = match ready {
                Ok(machine) => machine,
                Err(why) => {
                    self.problems.push(Problem::whole(why.clone()).within(&template.file));
                    continue;
                }
            };
            let about = about_constraint(template, constraint, true);
            let asks_who = template.rego.as_ref().is_some_and(crate::gatekeeper::Rego::asks_who);
            for request in requests {
                let root = &request.resource.attrs;
                let Some(subject) = Subject::of(root, &self.definitions) else { continue };
                let matched = constraint.matches(&subject, self.world);
                if matched == Ok(false) || self.is_spent(&about) {
                    continue;
                }
                let parameters = constraint.parameters().map_or(json!({}), |node| plain(node).0);
                let (object, mut unknown) = plain(root);
                unknown.extend(
                    matched.err().map(|_| Cause::Missing(format!("Namespace/{}", subject.home()))),
                );
                if asks_who {
                    unknown.push(Cause::NoValue("input.review.userInfo".to_owned()));
                }
                let input = |object: Json| {
                    let review = review(&subject, request, &object);
                    json!({"review": review, "parameters": parameters})
                };
                let other = || input(json_with(root, PLACEHOLDER));
                let outcomes = ask(machine, "violation", input(object), &unknown, other);
                for (outcome, _) in outcomes {
                    self.say(&about, request.resource, outcome);
                }
            }
        }
    }
}

/// Asks a rule; what is not known makes its answer a review, unless it changes nothing of a failure.
pub(crate) fn ask(
    machine: &mut Machine,
    rule: &str,
    input: Json,
    unknown: &[Cause],
    other: impl Fn() -> Json,
) -> Vec<(Outcome, Json)> {
    let said = match machine.ask(rule, input) {
        Ok(said) => said,
        Err(why) => return vec![(Outcome::Error(why), Json::Null)],
    };
    let fails = |said: Messages| {
        let outcome = |message| Outcome::Fails { message, blamed: None };
        said.into_iter().map(|(message, rest)| (outcome(message), rest)).collect()
    };
    let Some(cause) = unknown.first() else { return fails(said) };
    let again = machine.ask(rule, other());
    let same: Messages = said
        .into_iter()
        .filter(|one| again.as_ref().is_ok_and(|again| again.contains(one)))
        .collect();
    if !same.is_empty() {
        return fails(same);
    }
    let fails_when = format!("{}.{rule}", machine.package);
    vec![(Outcome::Unknown { cause: cause.words(), fails_when }, Json::Null)]
}

fn make(template: &Template, inventory: impl Fn() -> Json) -> Ready {
    let Some(rego) = &template.rego else { return Err("no Rego".to_owned()) };
    let mut modules = vec![(template.kind.clone(), rego.module.as_str())];
    for (at, library) in rego.libraries.iter().enumerate() {
        modules.push((format!("{} libs[{at}]", template.kind), library));
    }
    let mut machine = Machine::new(&modules, rego.is_v1)?;
    if modules.iter().any(|(_, text)| text.contains("inventory")) {
        machine.add_data(json!({"inventory": inventory()}))?;
    }
    Ok(machine)
}

/// `data.inventory`: everything that is there, as Gatekeeper files it.
fn inventory(
    requests: &[Request<'_>],
    world: &[panoply_posture::Resource],
    definitions: &crate::object::Definitions,
) -> Json {
    let mut all = Json::Object(Map::new());
    let objects = world.iter().chain(requests.iter().map(|request| request.resource));
    for resource in objects {
        let Some(subject) = Subject::of(&resource.attrs, definitions) else { continue };
        let api = subject.api_version();
        let home = subject.home();
        let path: &[&str] = match home {
            "" => &["cluster", &api, subject.kind, subject.name],
            home => &["namespace", home, &api, subject.kind, subject.name],
        };
        let mut at = &mut all;
        for key in path {
            let Json::Object(fields) = at else { break };
            at = fields.entry((*key).to_owned()).or_insert_with(|| Json::Object(Map::new()));
        }
        *at = plain(&resource.attrs).0;
    }
    all
}

/// `input.review`, as far as it is known.
fn review(subject: &Subject<'_>, request: &Request<'_>, object: &Json) -> Json {
    let mut review = json!({
        "kind": {"group": subject.group, "version": subject.version, "kind": subject.kind},
        "resource": {
            "group": subject.group, "version": subject.version, "resource": subject.plural,
        },
        "name": subject.name,
        "operation": request.operation,
        "object": object,
    });
    if let Json::Object(fields) = &mut review {
        if subject.is_namespaced {
            fields.insert("namespace".to_owned(), json!(subject.home()));
        }
        if let Some(old) = request.old {
            fields.insert("oldObject".to_owned(), plain(old).0);
        }
    }
    review
}

impl crate::gatekeeper::Rego {
    /// Whether the policy wants to know who asks, which nobody knows here.
    fn asks_who(&self) -> bool {
        let all = std::iter::once(&self.module).chain(&self.libraries);
        all.into_iter().any(|text| text.contains("userInfo"))
    }
}
