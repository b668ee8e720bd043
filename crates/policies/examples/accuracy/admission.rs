//! Tests of admission policies: an object from a template, with fields changed, and the verdict.

use panoply_base::Limits;
use panoply_policies::{Request, Verdict, json, judge, load};
use panoply_posture::{Node, Sources};
use serde_json::{Map, Value as Json};

use crate::Score;
use crate::tree::{Tree, documents, objects};

pub(crate) fn run(tree: &Tree) {
    let mut score = Score::default();
    for path in tree.paths().filter(|path| path.ends_with("/tests.json")) {
        let Ok(tests) = serde_json::from_str::<Json>(tree.text(path).unwrap_or_default()) else {
            continue;
        };
        let Some((_, policy)) = tree.beside(path, "policy.yaml") else { continue };
        for test in tests.as_array().into_iter().flatten() {
            let text = |key: &str, default: &str| {
                test.get(key).and_then(Json::as_str).unwrap_or(default).to_owned()
            };
            let name = format!("{path} {}", text("name", "?"));
            let said = one(tree, policy, test, &text);
            score.add(&name, text("expected", "pass") != "pass", &said);
        }
    }
    score.print("admission policies");
}

fn one(
    tree: &Tree,
    policy: &str,
    test: &Json,
    text: &dyn Fn(&str, &str) -> String,
) -> Result<bool, String> {
    let resource = |name: &str| {
        tree.text(&format!("test-resources/{name}")).ok_or(format!("no `{name}` here"))
    };
    let policy_name = documents(policy)
        .first()
        .and_then(|root| Some(root.at(&["metadata", "name"])?.as_text()?.to_owned()))
        .ok_or("the policy has no name")?;
    let changes: Vec<String> = test
        .get("field_change_list")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(|change| change.as_str().map(str::to_owned))
        .collect();
    let object = changed(resource(&text("template", ""))?, &changes)?;
    let binding = resource(&text("binding_template", "policy-binding.yaml"))?;
    let named = [
        format!("spec.policyName={policy_name}"),
        format!("metadata.name={policy_name}-binding"),
        format!("spec.paramRef.name={policy_name}-params"),
    ];
    let params = resource(&text("param_template", "default-control-configuration.yaml"))?;
    let mut sources = Sources::default();
    sources.add("policy.yaml", policy);
    sources.add("binding.json", changed(binding, &named)?);
    sources.add("params.json", changed(params, &[format!("metadata.name={policy_name}-params")])?);
    let loaded = load(&sources, &Limits::DEFAULT);
    if let Some(problem) = loaded.problems.first() {
        return Err(problem.what.clone());
    }
    let objects = objects(&object);
    let requests: Vec<Request<'_>> = objects.iter().map(Request::create).collect();
    let answers = judge(&loaded.value, &requests, &[], &Sources::default(), 100);
    let mut fails = false;
    for answer in answers.value {
        match answer.said.verdict {
            Verdict::Fails => fails = true,
            // A cluster rejects what a policy breaks on, and the tests were made on one.
            Verdict::Error { rejects, .. } => fails |= rejects,
            Verdict::Unknown { cause, .. } => return Err(cause.to_string()),
        }
    }
    Ok(fails)
}

/// A document with `path=value` applied, as JSON.
fn changed(text: &str, changes: &[String]) -> Result<String, String> {
    let root = documents(text).into_iter().next().unwrap_or(Node::null(None));
    let mut root = json(&root).0;
    for change in changes {
        let (path, value) = change.split_once('=').ok_or("a change without `=`")?;
        let value = serde_json::from_str(value).unwrap_or(Json::String(value.to_owned()));
        let mut at = &mut root;
        for part in path.split('.') {
            let index = part.strip_prefix('[').and_then(|part| part.strip_suffix(']'));
            at = if let Some(index) = index.and_then(|index| index.parse::<usize>().ok()) {
                if !at.is_array() {
                    *at = Json::Array(Vec::new());
                }
                let items = at.as_array_mut().ok_or("no list")?;
                while items.len() <= index {
                    items.push(Json::Null);
                }
                items.get_mut(index).ok_or("no element")?
            } else {
                if !at.is_object() {
                    *at = Json::Object(Map::new());
                }
                at.as_object_mut().ok_or("no map")?.entry(part.to_owned()).or_insert(Json::Null)
            };
        }
        *at = value;
    }
    serde_json::to_string(&root).map_err(|error| error.to_string())
}
