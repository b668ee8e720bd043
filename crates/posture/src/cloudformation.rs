//! CloudFormation and SAM templates: every resource with its intrinsic functions worked out.
//!
//! Follows "Template anatomy", "Intrinsic function reference" and the SAM specification (`Globals`). A
//! parameter has the value of its default, or is not known; what AWS decides (`Fn::GetAtt`, `AWS::Region`)
//! is not known either, and `Ref` to a resource is an edge. What checks see of a resource is its
//! `Properties`, and beside them `DeletionPolicy`, `UpdateReplacePolicy`, `Metadata` and `DependsOn`.

mod intrinsic;

use panoply_base::{Limits, Parsed, Problem};

use crate::node::{Entry, Map, Node};
use crate::resource::{Platform, Resource};
use crate::sources::FileId;
use intrinsic::Template;

/// The resources of a template; `None` if the document is none.
pub fn resources(root: &Node, file: FileId, limits: &Limits) -> Option<Parsed<Vec<Resource>>> {
    let declared = root.get("Resources")?.as_map()?;
    let versioned =
        root.get("AWSTemplateFormatVersion").is_some() || root.get("Transform").is_some();
    let typed = |entry: &Entry| {
        let kind = entry.node.get("Type").and_then(Node::as_text);
        kind.is_some_and(|kind| kind.contains("::"))
    };
    if !versioned && !declared.entries().iter().any(typed) {
        return None;
    }
    let template = Template::new(root);
    let mut found = Parsed::whole(Vec::new());
    for entry in declared.entries() {
        if found.value.len() as u64 >= limits.entries {
            found.problems.push(Problem::whole("more resources than the limits allow"));
            break;
        }
        let Some(kind) = entry.node.get("Type").and_then(Node::as_text) else {
            let start = entry.node.span.map_or(0, |span| u64::from(span.start));
            found.problems.push(Problem::byte(start, format!("`{}` has no Type", entry.key)));
            continue;
        };
        let absent = entry.node.get("Condition").and_then(Node::as_text);
        if absent.is_some_and(|name| template.condition(name) == Some(false)) {
            continue;
        }
        found.value.push(resource(entry, kind, &template, file));
    }
    Some(found)
}

fn resource(entry: &Entry, kind: &str, template: &Template<'_>, file: FileId) -> Resource {
    let mut working = template.working();
    let empty = Node::map(Vec::new(), entry.node.span);
    let properties = working.value(entry.node.get("Properties").unwrap_or(&empty));
    let mut entries: Vec<Entry> =
        properties.as_map().map(Map::entries).unwrap_or_default().to_vec();
    for shared in working.globals(kind) {
        if !entries.iter().any(|own| own.key == shared.key) {
            entries.push(shared);
        }
    }
    for key in ["DeletionPolicy", "UpdateReplacePolicy", "Metadata", "DependsOn"] {
        let own = entry.node.as_map().and_then(|map| map.entry(key));
        entries.extend(own.filter(|_| properties.get(key).is_none()).cloned());
    }
    let span = match (entry.key_span, entry.node.span) {
        (Some(key), Some(value)) => Some(key.to(value)),
        (key, value) => key.or(value),
    };
    Resource {
        platform: Platform::Cloudformation,
        kind: kind.into(),
        address: entry.key.to_string(),
        attrs: Node::map(entries, span),
        file,
        span,
        edges: working.edges,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{Cause, Value};
    use crate::read::yaml;
    use crate::sources::Sources;

    const TEMPLATE: &str = "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Env: {Type: String, Default: prod}\n  \
        Key: {Type: String}\nMappings:\n  M: {prod: {size: 5}}\nConditions:\n  IsProd: !Equals [!Ref Env, prod]\n  \
        Never: !Not [!Condition IsProd]\nGlobals:\n  Function: {Runtime: nodejs8.10}\nResources:\n  B:\n    \
        Type: AWS::S3::Bucket\n    DeletionPolicy: Retain\n    Properties:\n      Name: !Sub '${Env}-x'\n      \
        Acl: !If [IsProd, Private, PublicRead]\n      Gone: !If [Never, 1, !Ref AWS::NoValue]\n      \
        Size: !FindInMap [M, !Ref Env, size]\n      Joined: !Join ['-', [a, !Ref Env]]\n      Key: !Ref Key\n      \
        Mixed: !Sub '${Key}/x'\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      \
        Arn: !GetAtt B.Arn\n  N:\n    Type: AWS::S3::Bucket\n    Condition: Never\n  F:\n    \
        Type: AWS::Serverless::Function\n    Properties: {Handler: a}\n";

    fn template() -> Vec<Resource> {
        let file = Sources::default().add("t.yaml", TEMPLATE);
        let documents = yaml(TEMPLATE, file, &Limits::DEFAULT).value;
        resources(&documents[0].root, file, &Limits::DEFAULT).expect("is a template").value
    }

    #[test]
    fn intrinsic_functions_are_worked_out() {
        let found = template();
        let bucket = &found[0].attrs;
        let text = |key: &str| bucket.get(key).and_then(Node::as_text).unwrap_or("-").to_owned();
        assert_eq!(
            (text("Name"), text("Acl"), text("Joined")),
            ("prod-x".into(), "Private".into(), "a-prod".into())
        );
        assert_eq!(bucket.get("Size").and_then(Node::as_int), Some(5));
        assert!(bucket.get("Gone").is_none());
        assert_eq!(text("DeletionPolicy"), "Retain");
        assert_eq!(
            bucket.get("Key").and_then(Node::cause),
            Some(&Cause::NoValue("Key".to_owned()))
        );
        assert!(matches!(bucket.get("Mixed").map(|node| &node.value), Some(Value::Unknown(_))));
    }

    #[test]
    fn references_are_edges_and_conditions_take_resources_out() {
        let found = template();
        let addresses: Vec<_> = found.iter().map(|resource| resource.address.as_str()).collect();
        assert_eq!(addresses, ["B", "P", "F"]);
        let edges: Vec<_> =
            found[1].edges.iter().map(|edge| (edge.through.as_str(), edge.to.as_str())).collect();
        assert_eq!(edges, [("Bucket", "B"), ("Arn", "B")]);
        assert!(found[1].attrs.get("Arn").and_then(Node::cause).is_some());
    }

    #[test]
    fn globals_of_sam_reach_functions() {
        let found = template();
        assert_eq!(found[2].attrs.get("Runtime").and_then(Node::as_text), Some("nodejs8.10"));
    }

    #[test]
    fn functions_inside_of_functions_end() {
        let deep = format!("{}x{}", "!Base64 [".repeat(60), "]".repeat(60));
        let text = format!("Resources: {{A: {{Type: 'A::B', Properties: {{x: {deep}}}}}}}");
        let file = Sources::default().add("t.yaml", text.as_str());
        let documents = yaml(&text, file, &Limits::DEFAULT).value;
        assert!(resources(&documents[0].root, file, &Limits::DEFAULT).is_some());
    }
}
