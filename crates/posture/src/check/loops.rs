//! Tasks of Ansible that run for each item of a list: what holds for all items is said once.
//!
//! Such a task is there as it is written, with the item unknown, and once for each known item, see
//! [`crate::ansible`]. What is known without the item is an answer of the former alone; what the item decides,
//! of the latter.

use std::collections::{BTreeMap, BTreeSet};

use panoply_base::Text;

use super::ask::{Answer, Tally, Verdict};
use crate::node::Node;
use crate::resource::{Platform, Resource};
use crate::sources::{FileId, Span};

/// A check, and the task it asks about.
type Asked<'a> = (&'a str, FileId, &'a str);

fn text<'r>(resource: &'r Resource, key: &str) -> Option<&'r str> {
    resource.attrs.get(key).and_then(Node::as_text)
}

/// What an answer says: message, place, and where the value comes from.
type Said = (String, Option<Span>, Option<(String, Option<Span>)>);

fn said(answer: &Answer<'_>) -> Said {
    let words = match &answer.verdict {
        Verdict::Fails => answer.message.en.clone(),
        Verdict::Unknown { cause, .. } => format!("? {}", cause.en),
    };
    let through = answer.through.as_ref().map(|through| (through.name.clone(), through.span));
    (words, answer.span, through)
}

/// Answers without those that say again what another one says.
pub(super) fn settled<'a>(
    answers: Vec<Answer<'a>>,
    tallies: &mut BTreeMap<&'a str, Tally>,
) -> Vec<Answer<'a>> {
    let mut written: BTreeMap<Asked<'a>, BTreeSet<Said>> = BTreeMap::new();
    let mut of_items: BTreeMap<Asked<'a>, BTreeSet<Said>> = BTreeMap::new();
    for answer in answers.iter().filter(|answer| answer.resource.platform == Platform::Ansible) {
        let resource: &'a Resource = answer.resource;
        if let Some(task) = text(resource, "loop_of") {
            let asked = (answer.check.id(), resource.file, task);
            of_items.entry(asked).or_default().insert(said(answer));
        } else if resource.attrs.get("loop_whole").is_some() {
            let asked = (answer.check.id(), resource.file, resource.address.as_str());
            written.entry(asked).or_default().insert(said(answer));
        }
    }
    if written.is_empty() && of_items.is_empty() {
        return answers;
    }
    let is_kept = |answer: &Answer<'a>| {
        let resource: &'a Resource = answer.resource;
        let is_unknown = matches!(answer.verdict, Verdict::Unknown { .. });
        if let Some(task) = text(resource, "loop_of") {
            let asked = (answer.check.id(), resource.file, task);
            return !written.get(&asked).is_some_and(|known| known.contains(&said(answer)));
        }
        // Every item was asked, and none has this open.
        let is_whole = resource.attrs.get("loop_whole").and_then(Node::as_bool) == Some(true);
        if is_unknown && is_whole {
            let asked = (answer.check.id(), resource.file, resource.address.as_str());
            return of_items.get(&asked).is_some_and(|known| known.contains(&said(answer)));
        }
        true
    };
    let mut kept = Vec::with_capacity(answers.len());
    for mut answer in answers {
        if is_kept(&answer) {
            if let Some(item) = text(answer.resource, "loop_item") {
                let said = &answer.message;
                let en = format!("{} (item `{item}`)", said.en);
                answer.message = Text::new(en, format!("{}（项目 `{item}`）", said.zh));
            }
            kept.push(answer);
            continue;
        }
        let tally = tallies.entry(answer.check.id()).or_default();
        match answer.verdict {
            Verdict::Fails => tally.failed = tally.failed.saturating_sub(1),
            Verdict::Unknown { .. } => tally.unknown = tally.unknown.saturating_sub(1),
        }
    }
    kept
}
