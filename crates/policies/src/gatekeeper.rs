//! Gatekeeper: templates in CEL or Rego, and the constraints made from them.
//!
//! open-policy-agent.github.io/gatekeeper, "Constraint Templates", "How to use", "Validating
//! Admission Policy".

use std::sync::Arc;

use panoply_model::Severity;
use panoply_posture::{Node, Resource};

use crate::admission::in_namespace;
use crate::object::Subject;
use crate::program::Program;
use crate::select;
use crate::{Known, both, text_at, texts};

/// The target that templates for Kubernetes name.
const TARGET: &str = "admission.k8s.gatekeeper.sh";

/// A template: the kind of its constraints, and what they ask.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) kind: String,
    pub(crate) file: Arc<str>,
    pub(crate) title: Option<String>,
    pub(crate) cel: Option<Native>,
    pub(crate) rego: Option<Rego>,
}

/// Expressions, and what a cluster does where they break.
#[derive(Clone, Debug)]
pub(crate) struct Native {
    pub(crate) program: Program,
    pub(crate) rejects: bool,
}

/// A module and its libraries.
#[derive(Clone, Debug)]
pub(crate) struct Rego {
    pub(crate) module: String,
    pub(crate) libraries: Vec<String>,
    pub(crate) is_v1: bool,
}

/// A constraint: where its template counts, and with which parameters.
#[derive(Clone, Debug)]
pub(crate) struct Constraint {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) file: Arc<str>,
    pub(crate) root: Node,
}

impl Template {
    pub(crate) fn read(root: &Node, file: &Arc<str>) -> Result<Self, String> {
        let name = text_at(root, &["metadata", "name"]).unwrap_or("?");
        let kind = text_at(root, &["spec", "crd", "spec", "names", "kind"])
            .ok_or_else(|| format!("the template `{name}` names no kind"))?;
        let title = root
            .at(&["metadata", "annotations"])
            .and_then(|notes| text_at(notes, &["metadata.gatekeeper.sh/title"]));
        let targets = root.at(&["spec", "targets"]).map(Node::items).unwrap_or_default();
        let target = targets
            .iter()
            .find(|target| text_at(target, &["target"]) == Some(TARGET))
            .ok_or_else(|| format!("the template `{name}` has no target `{TARGET}`"))?;
        let mut template = Self {
            kind: kind.to_owned(),
            file: file.clone(),
            title: title.map(str::to_owned),
            cel: None,
            rego: None,
        };
        if text_at(target, &["rego"]).is_some() {
            template.rego = Rego::read(target);
        }
        for code in target.get("code").map(Node::items).unwrap_or_default() {
            let Some(source) = code.get("source") else { continue };
            match text_at(code, &["engine"]) {
                Some("K8sNativeValidation") => {
                    let program =
                        Program::compile(source).map_err(|why| format!("`{name}`: {why}"))?;
                    let rejects = text_at(source, &["failurePolicy"]) != Some("Ignore");
                    template.cel = Some(Native { program, rejects });
                }
                Some("Rego") => template.rego = Rego::read(source),
                other => {
                    let other = other.unwrap_or("?");
                    return Err(format!("the template `{name}` is for the engine `{other}`"));
                }
            }
        }
        if template.cel.is_none() && template.rego.is_none() {
            return Err(format!("the template `{name}` holds no policy"));
        }
        Ok(template)
    }
}

impl Rego {
    fn read(source: &Node) -> Option<Self> {
        Some(Self {
            module: text_at(source, &["rego"])?.to_owned(),
            libraries: texts(source.get("libs")).into_iter().map(str::to_owned).collect(),
            is_v1: text_at(source, &["version"]) == Some("v1"),
        })
    }
}

impl Constraint {
    pub(crate) fn read(root: &Node, file: &Arc<str>) -> Option<Self> {
        Some(Self {
            kind: text_at(root, &["kind"])?.to_owned(),
            name: text_at(root, &["metadata", "name"]).unwrap_or("?").to_owned(),
            file: file.clone(),
            root: root.clone(),
        })
    }

    pub(crate) fn parameters(&self) -> Option<&Node> {
        self.root.at(&["spec", "parameters"])
    }

    pub(crate) fn severity(&self) -> Severity {
        let spec = self.root.get("spec");
        let action = spec.and_then(|spec| text_at(spec, &["enforcementAction"]));
        let scoped = spec.and_then(|spec| spec.get("scopedEnforcementActions"));
        let scoped: Vec<&str> = scoped
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(|scoped| text_at(scoped, &["action"]))
            .collect();
        let one = |action: &str| match action {
            "warn" => Severity::Medium,
            "dryrun" => Severity::Low,
            _ => Severity::High,
        };
        match action {
            Some("scoped") => scoped.into_iter().map(one).max().unwrap_or(Severity::High),
            Some(action) => one(action),
            None => Severity::High,
        }
    }

    /// Whether `spec.match` means an object.
    pub(crate) fn matches(&self, subject: &Subject<'_>, world: &[Resource]) -> Known {
        let Some(wanted) = self.root.at(&["spec", "match"]) else { return Ok(true) };
        let is_namespace = subject.kind == "Namespace" && subject.group.is_empty();
        let namespace = if is_namespace { subject.name } else { subject.home() };
        let names = |key: &str| wanted.get(key).map(|list| texts(Some(list)));
        let kinds = wanted.get("kinds").filter(|kinds| !kinds.items().is_empty());
        let kinds = kinds.is_none_or(|kinds| {
            kinds.items().iter().any(|kind| {
                let all = |key: &str| kind.get(key).is_none_or(|list| list.items().is_empty());
                (all("apiGroups") || select::lists(kind.get("apiGroups"), subject.group))
                    && (all("kinds") || select::lists(kind.get("kinds"), subject.kind))
            })
        });
        let scope = match text_at(wanted, &["scope"]) {
            Some("Namespaced") => subject.is_namespaced,
            Some("Cluster") => !subject.is_namespaced,
            _ => true,
        };
        let name = text_at(wanted, &["name"]);
        let named = name.is_none_or(|name| select::wildcard(&[name], subject.name));
        // What lies in no namespace cannot be left out by one.
        let listed = names("namespaces").is_none_or(|list| {
            list.is_empty() || namespace.is_empty() || select::wildcard(&list, namespace)
        });
        let excluded = names("excludedNamespaces")
            .is_some_and(|list| !namespace.is_empty() && select::wildcard(&list, namespace));
        let generated = text_at(wanted, &["source"]) == Some("Generated");
        both(Ok(kinds && scope && named && listed && !excluded && !generated), || {
            let own = subject.root.at(&["metadata", "labels"]);
            both(select::labels(wanted.get("labelSelector"), own), || {
                in_namespace(wanted.get("namespaceSelector"), subject, world)
            })
        })
    }
}
