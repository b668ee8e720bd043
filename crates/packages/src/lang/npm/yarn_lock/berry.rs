//! The format of Yarn 2 and later: YAML, a map from descriptors to what they resolve to.

use panoply_base::{Limits, Parsed, Problem};

use super::Locked;
use crate::json::{Member, short};
use crate::lang::npm::names;
use crate::yaml;

pub(super) fn read(text: &str, limits: &Limits) -> Parsed<Vec<Locked>> {
    let tree = yaml::parse(text, limits);
    let mut problems = tree.problems;
    let mut entries = Vec::new();
    for member in tree.value.members().iter().filter(|member| member.key != "__metadata") {
        if let Some(entry) = entry(member) {
            entries.push(entry);
        } else {
            let what = format!("`{}` has no resolution or no version", short(&member.key));
            problems.push(Problem::line(member.line, what));
        }
    }
    Parsed { value: entries, problems }
}

fn entry(member: &Member<'_>) -> Option<Locked> {
    let node = &member.value;
    let (name, reference) = names::split_descriptor(node.text_of("resolution")?)?;
    let name = names::is_name(name).then_some(name)?;
    let is_project = ["workspace:", "link:", "portal:"].iter().any(|s| reference.starts_with(s));
    // The field agrees with the reference where that is of the registry, and is all there is for
    // repositories, archives and patches.
    let version = if is_project { "" } else { node.text_or_number("version")? };
    let needs = ["dependencies", "optionalDependencies", "peerDependencies"]
        .iter()
        .flat_map(|list| node.members_of(list))
        .filter_map(|need| Some((need.key.to_string(), need.value.text()?.to_owned())))
        .collect();
    Some(Locked {
        descriptors: member.key.split(", ").map(str::to_owned).collect(),
        name: name.to_owned(),
        version: version.to_owned(),
        source: Some(reference.to_owned()),
        // `checksum` is of the archive as Yarn packs it anew, and helps nobody else.
        hashes: Vec::new(),
        needs,
        line: member.line,
    })
}
