//! Suites as Gatekeeper's own program runs them: a template, a constraint, objects.

use panoply_base::Limits;
use panoply_policies::{Lane, Policies, Request, Verdict, judge, load};
use panoply_posture::{Node, Resource, Sources};

use crate::Score;
use crate::tree::{Tree, documents, objects};

pub(crate) fn run(tree: &Tree) {
    for lane in [Lane::Cel, Lane::Rego] {
        let mut score = Score::default();
        let suites = tree.paths().filter(|path| path.ends_with("/suite.yaml"));
        for suite in suites {
            for root in documents(tree.text(suite).unwrap_or_default()) {
                for test in root.get("tests").map(Node::items).unwrap_or_default() {
                    one_test(tree, suite, test, lane, &mut score);
                }
            }
        }
        score.print(&format!("{lane:?}"));
    }
}

fn one_test(tree: &Tree, suite: &str, test: &Node, lane: Lane, score: &mut Score) {
    let text = |key: &str| test.get(key).and_then(Node::as_text).unwrap_or_default();
    let mut sources = Sources::default();
    for key in ["template", "constraint"] {
        if let Some((path, text)) = tree.beside(suite, text(key)) {
            if key == "template" && lane == Lane::Cel && !text.contains("K8sNativeValidation") {
                return;
            }
            sources.add(path, text);
        }
    }
    let loaded = load(&sources, &Limits::DEFAULT);
    let mut policies = loaded.value;
    policies.lane = lane;
    for case in test.get("cases").map(Node::items).unwrap_or_default() {
        let name = case.get("name").and_then(Node::as_text).unwrap_or("?");
        let name = format!("{suite} {} {name}", text("name"));
        let object = case.get("object").and_then(Node::as_text).unwrap_or_default();
        let said = match tree.beside(suite, object) {
            Some((_, text)) => {
                let mut world = Vec::new();
                for path in case.get("inventory").map(Node::items).unwrap_or_default() {
                    let path = path.as_text().unwrap_or_default();
                    world.extend(tree.beside(suite, path).map(|(_, text)| objects(text)));
                }
                let world: Vec<Resource> = world.into_iter().flatten().collect();
                ask(&policies, text, &world)
            }
            None => Err("the object is not here".to_owned()),
        };
        for assertion in case.get("assertions").map(Node::items).unwrap_or_default() {
            let wanted = assertion.get("message").and_then(Node::as_text);
            let found = said.clone().map(|messages| {
                let hits = |message: &&String| wanted.is_none_or(|wanted| message.contains(wanted));
                messages.iter().filter(hits).count() as i64
            });
            let violations = assertion.get("violations");
            let exactly = violations.and_then(Node::as_int);
            let any = match violations.map(|node| &node.value) {
                Some(panoply_posture::Value::Bool(value)) => *value,
                Some(panoply_posture::Value::Text(text)) => &**text == "yes",
                _ => true,
            };
            let holds = found.map(|count| match exactly {
                Some(exactly) => count == exactly,
                None => (count > 0) == any,
            });
            score.add(&name, true, &holds);
        }
    }
}

fn ask(policies: &Policies, text: &str, world: &[Resource]) -> Result<Vec<String>, String> {
    let mut found = objects(text);
    let review = found.iter().position(|one| &*one.kind == "AdmissionReview");
    let mut operation = "CREATE".to_owned();
    let mut old = None;
    if let Some(at) = review {
        let review = found.remove(at);
        let request = review.attrs.get("request").cloned().ok_or("no request")?;
        if let Some(said) = request.get("operation").and_then(Node::as_text) {
            said.clone_into(&mut operation);
        }
        old = request.get("oldObject").cloned();
        let object = request.get("object").or(request.get("oldObject")).cloned();
        let attrs = object.ok_or("no object")?;
        found.push(Resource { attrs, ..review });
    }
    let requests: Vec<Request<'_>> = found
        .iter()
        .map(|resource| Request { resource, operation: &operation, old: old.as_ref() })
        .collect();
    let answers = judge(policies, &requests, world, &Sources::default(), 100);
    if let Some(problem) = answers.problems.first() {
        return Err(problem.what.clone());
    }
    let mut messages = Vec::new();
    for answer in answers.value {
        match answer.said.verdict {
            Verdict::Fails => messages.push(answer.said.message.en.clone()),
            // Gatekeeper counts it as a violation, so that nothing slips through.
            Verdict::Error { why, rejects: true } if policies.lane == Lane::Cel => {
                messages.push(why);
            }
            Verdict::Error { why, .. } => return Err(why),
            Verdict::Unknown { cause, .. } => return Err(cause.to_string()),
        }
    }
    Ok(messages)
}
