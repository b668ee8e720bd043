//! Asks every check about every resource it looks at.

use std::collections::BTreeMap;
use std::sync::Arc;

use panoply_base::{Parsed, Problem, Text};
use panoply_rules::cel::{Budget, Value as CelValue, Variables};

use super::{Check, Checks, Ready, ReadyCase, ReadyRepair, loops};
use crate::cel;
use crate::functions::Answers;
use crate::node::{Node, Through};
use crate::resource::{Platform, Resource};
use crate::sources::Span;
use crate::view::{Bound, View};
use crate::world::World;

/// What a check says of one place; places that are fine are only counted.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    pub check: &'a Check,
    pub resource: &'a Resource,
    pub verdict: Verdict,
    /// Field path within the resource, `containers[web].securityContext.privileged`.
    pub path: String,
    pub span: Option<Span>,
    pub message: Text,
    /// How the value came about, if it is written elsewhere.
    pub through: Option<Arc<Through>>,
    /// The element that was asked about, under the name that `each` gives it.
    pub(crate) element: Option<(&'a str, &'a Node)>,
    repair: Option<&'a ReadyRepair>,
}

impl<'a> Answer<'a> {
    /// The value that the check says would be right, if it knows one.
    pub(crate) fn repair(&self) -> Option<&'a ReadyRepair> {
        self.repair
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Fails,
    /// Nobody can know, with the cause and the expression that decides once it is known.
    Unknown {
        cause: Text,
        fails_when: String,
    },
}

/// How often a check gave which answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    pub unknown: u64,
    pub not_applicable: u64,
}

/// Answers of all checks, by resource in the order given, with what could not be asked.
///
/// Every check is in the tally, those that nothing was there for as well.
pub fn ask<'a>(
    checks: &'a Checks,
    world: &'a World,
    problems_limit: usize,
) -> (Parsed<Vec<Answer<'a>>>, BTreeMap<&'a str, Tally>) {
    let mut asking = Asking {
        limit: problems_limit,
        answers: Vec::new(),
        problems: Vec::new(),
        tallies: vec![Tally::default(); checks.len()],
    };
    for resource in world.resources() {
        let view = View::of(resource, world);
        // What all checks see of a resource is the same, and made once.
        let answers = Answers::new(world, resource);
        let mut variables = view.variables().with_host(&answers);
        for (at, check) in checks.looking_at(resource.platform, &view.names) {
            match check.ready() {
                Ok(ready) => asking.check((at, check), ready, &view, &mut variables),
                Err(why) => asking.problem(check, resource, why),
            }
        }
    }
    let mut tallies = checks.iter().map(Check::id).zip(asking.tallies).collect();
    let answers = loops::settled(asking.answers, &mut tallies);
    (Parsed { value: answers, problems: asking.problems }, tallies)
}

struct Asking<'a> {
    limit: usize,
    answers: Vec<Answer<'a>>,
    problems: Vec<Problem>,
    /// Of each check, by its position among them.
    tallies: Vec<Tally>,
}

/// Names of the elements that a case looks at, made when something is said of the first.
struct Labels<'a, 'r> {
    case: &'a ReadyCase,
    view: &'r View<'a>,
    all: Option<Vec<String>>,
}

impl Labels<'_, '_> {
    fn of(&mut self, nth: usize) -> &str {
        let Some((_, path)) = &self.case.each else { return "" };
        let named = || self.view.elements(path).into_iter().map(|(_, label)| label).collect();
        self.all.get_or_insert_with(named).get(nth).map_or("", String::as_str)
    }
}

/// What one case makes of one element.
enum Outcome {
    Passes,
    Fails,
    DoesNotApply,
    Unknown(Text),
}

impl<'a> Asking<'a> {
    fn problem(&mut self, check: &'a Check, resource: &'a Resource, why: &str) {
        if self.problems.len() < self.limit {
            let what = format!("check `{}` of `{}`: {why}", check.id(), resource.address);
            self.problems.push(Problem::whole(what));
        }
    }

    fn check<'v>(
        &mut self,
        check: (usize, &'a Check),
        ready: &'a Ready,
        view: &View<'a>,
        variables: &mut Variables<'v>,
    ) where
        'a: 'v,
    {
        for case in ready.cases.iter().filter(|case| looks_at(case, view)) {
            let elements = match &case.each {
                Some((_, path)) => view.elements::<()>(path),
                None => vec![(&view.resource.attrs, ())],
            };
            let mut labels = Labels { case, view, all: None };
            for (nth, (element, ())) in elements.into_iter().enumerate() {
                // What is bound for one element is taken back: there are many, and copies cost more
                // than the question.
                let bound = variables.bound();
                if let Some((name, _)) = &case.each {
                    variables.bind(name, cel::value(element));
                }
                self.element(check, ready, &mut labels, (nth, element), variables);
                variables.forget(bound);
            }
        }
    }

    fn element<'v>(
        &mut self,
        (at, check): (usize, &'a Check),
        ready: &'a Ready,
        labels: &mut Labels<'a, '_>,
        (nth, element): (usize, &'a Node),
        variables: &mut Variables<'v>,
    ) where
        'a: 'v,
    {
        let (case, view) = (labels.case, labels.view);
        for (name, expression) in &case.bindings {
            match expression.evaluate(variables, Budget::default()) {
                Ok(value) => variables.bind(name, value),
                Err(error) => {
                    return self.problem(check, view.resource, &format!("let {name}: {error}"));
                }
            }
        }
        let outcome = match outcome(case, variables) {
            Ok(outcome) => outcome,
            Err(why) => return self.problem(check, view.resource, &why),
        };
        let Some(tally) = self.tallies.get_mut(at) else { return };
        let verdict = match outcome {
            Outcome::Passes => return tally.passed += 1,
            Outcome::DoesNotApply => return tally.not_applicable += 1,
            Outcome::Fails => {
                tally.failed += 1;
                Verdict::Fails
            }
            Outcome::Unknown(cause) => {
                tally.unknown += 1;
                Verdict::Unknown { cause, fails_when: case.deny.text().to_owned() }
            }
        };
        let (span, through, path) = place(case, view, element, labels.of(nth));
        let message = match &ready.message {
            Some((en, zh)) => Text::new(en.fill(variables), zh.fill(variables)),
            None => check.rule.head.title.clone(),
        };
        let resource = view.resource;
        let span = span.or(resource.span);
        let repair = case.repair.as_ref();
        let element = case.each.as_ref().map(|(name, _)| (name.as_str(), element));
        self.answers.push(Answer {
            check,
            resource,
            verdict,
            path,
            span,
            message,
            through,
            element,
            repair,
        });
    }
}

fn looks_at(case: &ReadyCase, view: &View<'_>) -> bool {
    let platform = view.resource.platform;
    let named = |kind: &String| match platform {
        Platform::Azure => view.names.iter().any(|name| name.eq_ignore_ascii_case(kind)),
        _ => view.names.contains(&kind.as_str()),
    };
    case.on.get(&platform).is_some_and(|kinds| kinds.iter().any(named))
}

fn outcome<'v>(case: &'v ReadyCase, variables: &Variables<'v>) -> Result<Outcome, String> {
    let ask = |what: &str, expression: &'v panoply_rules::cel::Expression| match expression
        .evaluate(variables, Budget::default())
    {
        Ok(CelValue::Bool(value)) => Ok(Ok(value)),
        Ok(CelValue::Null) => Ok(Ok(false)),
        Ok(CelValue::Unknown(cause)) => Ok(Err(cause.why.clone())),
        Ok(other) => Err(format!("{what} gives {}, not true or false", other.kind())),
        Err(error) => Err(format!("{what}: {error}")),
    };
    let applies = match &case.when {
        Some(when) => ask("when", when)?,
        None => Ok(true),
    };
    if applies == Ok(false) {
        return Ok(Outcome::DoesNotApply);
    }
    Ok(match (ask("deny", &case.deny)?, applies) {
        (Ok(false), _) => Outcome::Passes,
        (Ok(true), Ok(_)) => Outcome::Fails,
        (Err(cause), _) | (Ok(true), Err(cause)) => Outcome::Unknown(cause),
    })
}

type Found = (Option<Span>, Option<Arc<Through>>, String);

/// Where the case points: span, way there, and the path that is part of a finding's key.
fn place(case: &ReadyCase, view: &View<'_>, element: &Node, label: &str) -> Found {
    let is_element = case.each.as_ref().is_some_and(|(name, _)| *name == case.at.root);
    let start = if is_element {
        Some(element)
    } else {
        match view.bound(&case.at.root) {
            Some(Bound::One(node)) => Some(*node),
            Some(Bound::Many(nodes)) => nodes.first().copied(),
            None => Some(&view.resource.attrs),
        }
    };
    let span = start.and_then(|node| case.at.place(node).span).or(element.span);
    let through = start.and_then(|node| {
        case.at.follow(node).first().and_then(|(found, ())| found.through.clone())
    });
    let text = case.at.to_string();
    let path = match (&case.each, is_element) {
        (Some((name, _)), true) => format!("{label}{}", text.get(name.len()..).unwrap_or_default()),
        _ if label.is_empty() => text,
        _ => format!("{label}: {text}"),
    };
    (span, through, path)
}
