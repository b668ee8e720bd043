//! A set of rules made ready for scanning.

use std::collections::BTreeMap;

use panoply_base::{Limits, Parsed, Problem, Secret};
use panoply_rules::Rule;

use crate::body::{Generic, SecretBody};
use crate::compiled::{Detector, Shape};
use crate::generic::{LEADS, Lead, Model};
use crate::hit::{Context, Hit};
use crate::prefilter::{Prefilter, Word};
use crate::scan::Scan;
use crate::text::FileView;
use crate::validate::ValidationRequest;

/// Rules, the words they wait for, and the model of the generic ones.
///
/// Making one of 262 rules takes about 1.5 ms: expressions are compiled when first needed. Share
/// it between threads.
#[derive(Debug)]
pub struct Detectors {
    pub(crate) list: Vec<Detector>,
    pub(crate) words: Vec<Word>,
    pub(crate) targets: Vec<Vec<Target>>,
    pub(crate) prefilter: Prefilter,
    /// Detectors that look at whole files.
    pub(crate) whole: Vec<usize>,
    pub(crate) generic: BTreeMap<Generic, usize>,
    pub(crate) model: Option<Model>,
}

/// Who waits for a word.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    Detector(usize),
    Lead(Lead),
}

impl Detectors {
    /// Takes the rules it understands; the others are problems that name the rule.
    pub fn compile(rules: Vec<Rule<SecretBody>>) -> Parsed<Self> {
        let mut problems = Vec::new();
        let mut list = Vec::new();
        for rule in rules {
            let id = rule.head.id.clone();
            match Detector::new(rule) {
                Ok(detector) => list.push(detector),
                Err(reason) => problems.push(Problem::whole(format!("rule `{id}`: {reason}"))),
            }
        }
        let mut waiting: BTreeMap<(Vec<u8>, bool), Vec<Target>> = BTreeMap::new();
        let (mut whole, mut generic) = (Vec::new(), BTreeMap::new());
        for (index, detector) in list.iter().enumerate() {
            let body = &detector.rule.body;
            match (detector.shape, body.generic) {
                (Shape::File, _) => whole.push(index),
                (Shape::Generic, Some(kind)) => {
                    generic.insert(kind, index);
                }
                _ => {}
            }
            for word in body.keywords.iter().chain(&body.names) {
                let exact = detector.is_exact();
                let bytes = if exact { word.clone() } else { word.to_ascii_lowercase() };
                let key = (bytes.into_bytes(), exact);
                waiting.entry(key).or_default().push(Target::Detector(index));
            }
        }
        let model = (!generic.is_empty()).then(Model::built_in).and_then(|model| {
            model.map_err(|error| problems.push(Problem::whole(error.to_string()))).ok()
        });
        for (word, lead) in LEADS.iter().filter(|_| model.is_some()) {
            let key = (word.as_bytes().to_vec(), false);
            waiting.entry(key).or_default().push(Target::Lead(*lead));
        }
        let (mut words, mut targets) = (Vec::new(), Vec::new());
        for ((bytes, exact), who) in waiting {
            words.push(Word { bytes, exact });
            targets.push(who);
        }
        let prefilter = Prefilter::new(&words);
        let value = Self { list, words, targets, prefilter, whole, generic, model };
        Parsed { value, problems }
    }

    /// The same rules with another model for the generic ones.
    #[must_use]
    pub fn with_model(mut self, model: Model) -> Self {
        self.model = self.model.is_some().then_some(model);
        self
    }

    /// Compiles every expression now and names those that cannot be: for rules a user has written.
    pub fn verify(&self) -> Vec<Problem> {
        let expressions = self.list.iter().filter(|detector| detector.shape != Shape::Generic);
        expressions.filter_map(|detector| detector.regex().err().map(Problem::whole)).collect()
    }

    /// Finds the secrets of one file, sorted by place.
    pub fn scan(
        &self,
        file: &FileView<'_>,
        context: &Context<'_>,
        limits: &Limits,
    ) -> Parsed<Vec<Hit>> {
        Scan::of(self, file, context, limits)
    }

    /// The rules in use, in the order they were given.
    pub fn rules(&self) -> impl Iterator<Item = &Rule<SecretBody>> {
        self.list.iter().map(|detector| &detector.rule)
    }

    /// How to ask whether a value found by `rule` still works; `None` if nobody can be asked.
    pub fn validation(&self, rule: &str, secret: &Secret<String>) -> Option<ValidationRequest> {
        let rule = self.rules().find(|known| known.head.id == rule)?;
        rule.body.validate.as_ref().map(|validation| validation.request(secret))
    }
}
