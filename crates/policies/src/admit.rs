//! Asks every policy about every object it means.

use std::collections::BTreeMap;
use std::sync::Arc;

use panoply_base::{Parsed, Problem, Text};
use panoply_model::Severity;
use panoply_posture::{Cause, Entry, Node, Resource, Sources, Value, cel};
use panoply_rules::cel::{Value as CelValue, Variables};

use crate::admission::{self, Params};
use crate::load::{Lane, Policies};
use crate::object::{Definitions, Subject, namespace_of};
use crate::program::{Outcome, Program};
use crate::{Answer, Known, Said, Verdict};

/// An object as somebody sends it to a cluster.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub resource: &'a Resource,
    /// `CREATE`, `UPDATE`…
    pub operation: &'a str,
    pub old: Option<&'a Node>,
}

impl<'a> Request<'a> {
    /// What is written is going to be created.
    pub fn create(resource: &'a Resource) -> Self {
        Self { resource, operation: "CREATE", old: None }
    }
}

/// Errors of one policy that are told; the others are the same again.
const ERRORS: u32 = 20;

/// Answers of all policies, by object in the order given.
///
/// `world` is what lies around the objects: namespaces, parameters, and Gatekeeper's inventory.
pub fn judge<'a>(
    policies: &Policies,
    requests: &[Request<'a>],
    world: &'a [Resource],
    sources: &Sources,
    problems_limit: usize,
) -> Parsed<Vec<Answer<'a>>> {
    let documents = policies.objects.iter().chain(world.iter().map(|resource| &resource.attrs));
    let mut judging = Judging {
        policies,
        world,
        sources,
        definitions: Definitions::of(documents),
        answers: Vec::new(),
        problems: Vec::new(),
        errors: BTreeMap::new(),
    };
    for request in requests {
        judging.request(request);
    }
    #[cfg(feature = "rego")]
    judging.rego(requests);
    #[cfg(not(feature = "rego"))]
    judging.without_rego();
    judging.answers.sort_by(|a, b| {
        let key = |answer: &Answer<'a>| {
            (answer.resource.file, answer.resource.span, answer.resource.address.clone())
        };
        key(a).cmp(&key(b)).then_with(|| a.said.rule.cmp(&b.said.rule))
    });
    judging.problems.truncate(problems_limit);
    Parsed { value: judging.answers, problems: judging.problems }
}

pub(crate) struct Judging<'p, 'a> {
    pub(crate) policies: &'p Policies,
    /// The files that objects were read from.
    pub(crate) sources: &'p Sources,
    pub(crate) world: &'a [Resource],
    pub(crate) definitions: Definitions,
    pub(crate) answers: Vec<Answer<'a>>,
    pub(crate) problems: Vec<Problem>,
    /// How often each policy broke.
    errors: BTreeMap<String, u32>,
}

/// What is said of a policy, whatever it says of an object.
#[derive(Clone, Debug)]
pub(crate) struct About<'p> {
    pub(crate) rule: String,
    pub(crate) title: String,
    pub(crate) severity: Severity,
    pub(crate) policy: &'p Arc<str>,
    pub(crate) rejects: bool,
    pub(crate) references: Vec<String>,
}

impl<'p, 'a> Judging<'p, 'a> {
    fn request(&mut self, request: &Request<'a>) {
        let policies = self.policies;
        let Some(subject) = Subject::of(&request.resource.attrs, &self.definitions) else { return };
        let asked = request_node(&subject, request.operation);
        let home = subject.home();
        let namespace = match home {
            "" => Node::null(None),
            home => namespace_of(home, self.world).cloned().unwrap_or_else(|| {
                Node::unknown(Cause::Missing(format!("Namespace/{home}")), None)
            }),
        };
        let object = with_namespace(&subject);
        let names = Names { object: &object, request, asked: &asked, namespace: &namespace };
        for policy in &policies.admission {
            let bindings: Vec<_> =
                policies.bindings.iter().filter(|one| one.policy == policy.name).collect();
            // A policy that nothing binds is asked of everything: whoever brings it means it.
            let bindings: Vec<Option<_>> = if bindings.is_empty() {
                vec![None]
            } else {
                bindings.into_iter().map(Some).collect()
            };
            for binding in bindings {
                self.admission(policy, binding, &subject, &names);
            }
        }
        for constraint in &policies.constraints {
            self.native(constraint, &subject, &names);
        }
        for policy in &policies.kyverno {
            let about = About {
                rule: format!("kyverno/{}", policy.name),
                title: policy.title.clone().unwrap_or_else(|| policy.name.clone()),
                severity: policy.severity,
                policy: &policy.file,
                rejects: policy.rejects,
                references: Vec::new(),
            };
            let matched = policy.matches(&subject, request.operation, self.world);
            let params = Node::null(None);
            self.program(&about, &matched, &policy.program, &[], &names, &params);
        }
    }

    fn admission(
        &mut self,
        policy: &'p admission::Policy,
        binding: Option<&'p admission::Binding>,
        subject: &Subject<'_>,
        names: &Names<'_, 'a>,
    ) {
        let about = About {
            rule: format!("vap/{}", policy.name),
            title: policy.name.clone(),
            severity: admission::severity(binding),
            policy: &policy.file,
            rejects: policy.rejects,
            references: Vec::new(),
        };
        let operation = names.request.operation;
        let constraints = policy.spec.get("matchConstraints");
        let matched = admission::matches(constraints, subject, operation, self.world);
        let matched = crate::both(matched, || {
            let wanted = binding.and_then(|binding| binding.spec.get("matchResources"));
            admission::matches(wanted, subject, operation, self.world)
        });
        if matched == Ok(false) {
            return;
        }
        let world = self.world.iter().map(|resource| &resource.attrs);
        let objects = self.policies.objects.iter().chain(world);
        match policy.params(binding, subject.home(), objects) {
            Params::Skips => {}
            Params::Null => {
                self.program(&about, &matched, &policy.program, &[], names, &Node::null(None));
            }
            Params::Found(all) => {
                for params in &all {
                    self.program(&about, &matched, &policy.program, &[], names, params);
                }
            }
            Params::Missing(name) => {
                let params = Node::unknown(Cause::Missing(name), None);
                self.program(&about, &matched, &policy.program, &[], names, &params);
            }
        }
    }

    fn native(
        &mut self,
        constraint: &'p crate::gatekeeper::Constraint,
        subject: &Subject<'_>,
        names: &Names<'_, 'a>,
    ) {
        let found = self.policies.templates.iter().find(|one| one.kind == constraint.kind);
        let Some(template) = found else { return };
        let Some(native) = &template.cel else { return };
        if self.policies.lane == Lane::Rego && template.rego.is_some() {
            return;
        }
        let about = about_constraint(template, constraint, native.rejects);
        let matched = constraint.matches(subject, self.world);
        let null = Node::null(None);
        let parameters = constraint.parameters().unwrap_or(&null);
        let any = match names.request.operation {
            "DELETE" => names.request.old.unwrap_or(&null),
            _ => names.object,
        };
        let given = [("params", parameters), ("anyObject", any)];
        self.program(&about, &matched, &native.program, &given, names, &constraint.root);
    }

    /// Asks one program about one object, with what is given as `variables` beside its own.
    fn program(
        &mut self,
        about: &About<'_>,
        matched: &Known,
        program: &Program,
        given: &[(&str, &Node)],
        names: &Names<'_, 'a>,
        params: &Node,
    ) {
        if *matched == Ok(false) || self.is_spent(about) {
            return;
        }
        let variables = names.variables(params);
        let variables = given.iter().fold(variables, |variables, (name, node)| {
            variables.with_given("variables", name, cel::value(node))
        });
        let outcomes = match Program::applies(&program.conditions, &variables) {
            Ok(false) => return,
            Ok(true) => program.judge(&program.with_variables(variables.clone()), names.object),
            Err(outcome) => {
                // What would not be wrong in any case need not be known to apply.
                let all = program.judge(&program.with_variables(variables.clone()), names.object);
                if all.is_empty() { Vec::new() } else { vec![outcome] }
            }
        };
        for outcome in outcomes {
            let outcome = match (matched, outcome) {
                (Err(cause), Outcome::Fails { message, .. }) => {
                    Outcome::Unknown { cause: cause.clone(), fails_when: message }
                }
                (_, outcome) => outcome,
            };
            self.say(about, names.request.resource, outcome);
        }
    }

    /// Whether a policy broke so often that the next time says nothing new.
    pub(crate) fn is_spent(&self, about: &About<'_>) -> bool {
        self.errors.get(&about.rule).is_some_and(|count| *count >= ERRORS)
    }

    pub(crate) fn say(&mut self, about: &About<'_>, resource: &'a Resource, outcome: Outcome) {
        let (verdict, message, blamed) = match outcome {
            Outcome::Fails { message, blamed } => {
                (Verdict::Fails, Text::untranslated(message), blamed)
            }
            Outcome::Unknown { cause, fails_when } => {
                let message = Text::untranslated(about.title.clone());
                (Verdict::Unknown { cause, fails_when }, message, None)
            }
            Outcome::Error(why) => {
                let count = self.errors.entry(about.rule.clone()).or_default();
                *count += 1;
                if *count == ERRORS {
                    let what =
                        format!("`{}` broke {ERRORS} times and is not asked again", about.rule);
                    self.problems.push(Problem::whole(what).within(about.policy));
                }
                let message = Text::new(
                    format!("the policy could not be evaluated: {why}"),
                    format!("策略无法求值：{why}"),
                );
                (Verdict::Error { why, rejects: about.rejects }, message, None)
            }
        };
        let said = Said {
            rule: about.rule.clone(),
            title: about.title.clone(),
            severity: about.severity,
            verdict,
            message,
            field: blamed.as_ref().map(|blamed| blamed.path.clone()).unwrap_or_default(),
            span: blamed.and_then(|blamed| blamed.span).or(resource.span),
            policy: about.policy.clone(),
            references: about.references.clone(),
        };
        let again = |answer: &Answer<'a>| {
            std::ptr::eq(answer.resource, resource)
                && answer.said.rule == said.rule
                && answer.said.message == said.message
                && answer.said.verdict == said.verdict
        };
        // Two bindings of one policy say the same.
        if !self.answers.iter().rev().take(64).any(again) {
            self.answers.push(Answer { resource, said });
        }
    }

    #[cfg(not(feature = "rego"))]
    fn without_rego(&mut self) {
        let asked = |kind: &str| self.policies.constraints.iter().any(|one| one.kind == kind);
        for template in &self.policies.templates {
            if template.cel.is_none() && asked(&template.kind) {
                let what = format!("`{}` is in Rego, which is not built in", template.kind);
                self.problems.push(Problem::whole(what).within(&template.file));
            }
        }
        for (path, _) in &self.policies.modules {
            self.problems.push(Problem::whole("Rego is not built in").within(path));
        }
    }
}

pub(crate) fn about_constraint<'p>(
    template: &'p crate::gatekeeper::Template,
    constraint: &'p crate::gatekeeper::Constraint,
    rejects: bool,
) -> About<'p> {
    About {
        rule: format!("gatekeeper/{}/{}", constraint.kind, constraint.name),
        title: template.title.clone().unwrap_or_else(|| constraint.name.clone()),
        severity: constraint.severity(),
        policy: &constraint.file,
        rejects,
        references: Vec::new(),
    }
}

/// What expressions may name.
struct Names<'n, 'a> {
    object: &'n Node,
    request: &'n Request<'a>,
    asked: &'n Node,
    namespace: &'n Node,
}

impl<'n> Names<'n, '_> {
    fn variables<'v>(&self, params: &'v Node) -> Variables<'v>
    where
        'n: 'v,
    {
        let old: CelValue<'v> = match self.request.old {
            Some(old) => cel::value(old),
            None => CelValue::Null,
        };
        let authorizer = Cause::NoValue("authorizer".to_owned());
        Variables::new()
            .with("object", cel::value(self.object))
            .with("oldObject", old)
            .with("request", cel::value(self.asked))
            .with("params", cel::value(params))
            .with("namespaceObject", cel::value(self.namespace))
            .with("authorizer", CelValue::unknown(authorizer.words()))
    }
}

/// The object as the API server shows it: in a namespace, if it lies in one.
fn with_namespace(subject: &Subject<'_>) -> Node {
    let root = subject.root;
    let home = subject.home();
    let (Some(map), Some(metadata)) = (root.as_map(), root.get("metadata")) else {
        return root.clone();
    };
    if home.is_empty() || !subject.namespace.is_empty() {
        return root.clone();
    }
    let Some(inner) = metadata.as_map().filter(|inner| inner.get("namespace").is_none()) else {
        return root.clone();
    };
    let mut entries = inner.entries().to_vec();
    entries.push(Entry::new("namespace", None, Node::text(home, None)));
    let metadata = Node { value: Node::map(entries, None).value, ..metadata.clone() };
    let entries = map.entries().iter().map(|entry| {
        let node = if &*entry.key == "metadata" { metadata.clone() } else { entry.node.clone() };
        Entry { node, ..entry.clone() }
    });
    Node { value: Node::map(entries.collect(), None).value, ..root.clone() }
}

/// The `request` of an admission review, as far as it is known before there is one.
pub(crate) fn request_node(subject: &Subject<'_>, operation: &str) -> Node {
    let text = |key: &str, value: &str| Entry::new(key, None, Node::text(value, None));
    let unknown = |key: &str| {
        let cause = Cause::NoValue(format!("request.{key}"));
        Entry::new(key, None, Node::unknown(cause, None))
    };
    let kind = |last: &str, value: &str| {
        let entries =
            vec![text("group", subject.group), text("version", subject.version), text(last, value)];
        Node::map(entries, None)
    };
    let entry = |key: &str, node: Node| Entry::new(key, None, node);
    let entries = vec![
        entry("kind", kind("kind", subject.kind)),
        entry("requestKind", kind("kind", subject.kind)),
        entry("resource", kind("resource", &subject.plural)),
        entry("requestResource", kind("resource", &subject.plural)),
        text("subResource", ""),
        text("requestSubResource", ""),
        text("name", subject.name),
        text("namespace", subject.home()),
        text("operation", operation),
        entry("dryRun", Node::new(Value::Bool(false), None)),
        unknown("userInfo"),
        unknown("uid"),
        unknown("options"),
    ];
    Node::map(entries, None)
}
