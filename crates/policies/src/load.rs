//! A folder of policies, sorted by what they are.

use std::sync::Arc;

use panoply_base::{Limits, Parsed, Problem};
use panoply_posture::{Node, Sources, read};

use crate::admission::{Binding, Policy};
use crate::gatekeeper::{Constraint, Template};
use crate::kyverno;
use crate::text_at;

/// Which engine of a template is asked where it has both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lane {
    /// CEL, as Gatekeeper does.
    #[default]
    Cel,
    Rego,
}

/// Everything a folder of policies holds.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    pub lane: Lane,
    pub(crate) admission: Vec<Policy>,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) templates: Vec<Template>,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) kyverno: Vec<kyverno::Policy>,
    /// Objects that are no policies: what `paramKind` may mean.
    pub(crate) objects: Vec<Node>,
    /// Files in Rego: path and text.
    pub(crate) modules: Vec<(Arc<str>, Arc<str>)>,
}

/// Kinds that are policies, and that nothing here can judge.
const NOT_JUDGED: &[(&str, &str)] = &[
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
    ("policies.kyverno.io", "MutatingPolicy"),
    ("policies.kyverno.io", "NamespacedMutatingPolicy"),
    ("policies.kyverno.io", "GeneratingPolicy"),
    ("policies.kyverno.io", "NamespacedGeneratingPolicy"),
    ("policies.kyverno.io", "DeletingPolicy"),
    ("policies.kyverno.io", "NamespacedDeletingPolicy"),
    ("policies.kyverno.io", "ImageValidatingPolicy"),
    ("policies.kyverno.io", "NamespacedImageValidatingPolicy"),
    ("policies.kyverno.io", "PolicyException"),
    ("kyverno.io", "CleanupPolicy"),
    ("kyverno.io", "ClusterCleanupPolicy"),
    ("kyverno.io", "PolicyException"),
    ("mutations.gatekeeper.sh", "Assign"),
    ("mutations.gatekeeper.sh", "AssignMetadata"),
    ("mutations.gatekeeper.sh", "AssignImage"),
    ("mutations.gatekeeper.sh", "ModifySet"),
    ("expansion.gatekeeper.sh", "ExpansionTemplate"),
    ("externaldata.gatekeeper.sh", "Provider"),
];

/// Reads every policy of a folder; what is none is kept for those that ask for parameters.
pub fn load(sources: &Sources, limits: &Limits) -> Parsed<Policies> {
    let mut loaded = Parsed::whole(Policies::default());
    for (id, file) in sources.iter() {
        let lower = file.path.to_ascii_lowercase();
        let ending = lower.rsplit_once('.').map_or("", |(_, ending)| ending);
        let documents = match ending {
            "rego" => {
                // Tests of policies are no policies.
                if !lower.ends_with("_test.rego") {
                    loaded.value.modules.push((file.path.clone(), file.text.clone()));
                }
                continue;
            }
            "yaml" | "yml" => {
                let read = read::yaml(&file.text, id, limits);
                let problems = read.problems.into_iter();
                loaded.problems.extend(problems.map(|problem| problem.within(&file.path)));
                read.value.into_iter().map(|document| document.root).collect()
            }
            "json" => match read::json(&file.text, id, limits) {
                Ok(root) => vec![root],
                Err(problem) => {
                    loaded.problems.push(problem.within(&file.path));
                    continue;
                }
            },
            _ => continue,
        };
        for root in documents {
            let is_list = text_at(&root, &["kind"]).is_some_and(|kind| kind.ends_with("List"));
            let items = root.get("items").filter(|_| is_list).map(Node::items);
            for root in items.unwrap_or(std::slice::from_ref(&root)) {
                if let Err(why) = loaded.value.take(root, &file.path) {
                    let line = root.span.and_then(|span| sources.lines(span)).map(|at| at.line);
                    let problem = match line {
                        Some(line) => Problem::new(panoply_base::Place::Line(line), why),
                        None => Problem::whole(why),
                    };
                    loaded.problems.push(problem.within(&file.path));
                }
            }
        }
    }
    loaded.value.unused(&mut loaded.problems);
    loaded
}

impl Policies {
    /// Whether there is anything to ask.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many policies there are; a template counts by its constraints.
    pub fn len(&self) -> usize {
        self.admission.len() + self.constraints.len() + self.kyverno.len() + self.modules.len()
    }

    fn take(&mut self, root: &Node, file: &Arc<str>) -> Result<(), String> {
        let Some(kind) = text_at(root, &["kind"]) else { return Ok(()) };
        let api = text_at(root, &["apiVersion"]).unwrap_or_default();
        let group = api.split_once('/').map_or("", |(group, _)| group);
        match (group, kind) {
            ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy") => {
                self.admission.push(Policy::read(root, file)?);
            }
            ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding") => {
                self.bindings.push(Binding::read(root)?);
            }
            ("templates.gatekeeper.sh", "ConstraintTemplate") => {
                self.templates.push(Template::read(root, file)?);
            }
            ("constraints.gatekeeper.sh", _) => {
                self.constraints.extend(Constraint::read(root, file));
            }
            ("policies.kyverno.io", "ValidatingPolicy" | "NamespacedValidatingPolicy")
            | ("kyverno.io", "ClusterPolicy" | "Policy") => {
                self.kyverno.extend(kyverno::Policy::read(root, file)?);
            }
            _ if NOT_JUDGED.contains(&(group, kind)) => {
                let name = text_at(root, &["metadata", "name"]).unwrap_or("?");
                return Err(format!(
                    "`{kind}` `{name}` is not judged: it changes, makes, removes or exempts objects, or asks a registry"
                ));
            }
            _ => self.objects.push(root.clone()),
        }
        Ok(())
    }

    /// What cannot work since its other half is not here.
    fn unused(&self, problems: &mut Vec<Problem>) {
        for constraint in &self.constraints {
            if !self.templates.iter().any(|template| template.kind == constraint.kind) {
                let what = format!(
                    "the constraint `{}` has no template of kind `{}` here",
                    constraint.name, constraint.kind
                );
                problems.push(Problem::whole(what).within(&constraint.file));
            }
        }
        for binding in &self.bindings {
            if !self.admission.iter().any(|policy| policy.name == binding.policy) {
                let what =
                    format!("a binding names the policy `{}`, which is not here", binding.policy);
                problems.push(Problem::whole(what));
            }
        }
    }
}
