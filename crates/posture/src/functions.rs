//! Functions of checks: what an expression over one resource cannot say.

use std::rc::Rc;

use panoply_base::Text;
use panoply_rules::cel::{Host, Signature, Value as CelValue};

use crate::cel;
use crate::kubernetes::relations;
use crate::net;
use crate::resource::Resource;
use crate::world::World;

/// Functions that checks may call beside those of the language.
pub(crate) const FUNCTIONS: &[Signature] = &[
    // Attributes of resources of a kind that refer to this one: `related("aws_s3_bucket_acl", "bucket")`.
    ("related", false, 1, 2),
    // Attributes of resources of a kind that this one refers to.
    ("referred", false, 1, 2),
    // Attributes of every resource of a kind on the same platform.
    ("every", false, 1, 1),
    // Kubernetes: objects of a kind in the same namespace.
    ("in_namespace", false, 1, 1),
    // Kubernetes: objects of a kind in the same namespace whose selector takes in this workload.
    ("selecting", false, 1, 1),
    // Whether a range of addresses is the whole Internet.
    ("is_public_cidr", false, 1, 1),
    // Whether a port is in ranges as the clouds write them: `has_port("22/22", 22)`.
    ("has_port", false, 2, 2),
    // The document that a text holds; a document stays what it is.
    ("json", false, 1, 1),
    // A list stays what it is, nothing is no element, and anything else is one.
    ("listed", false, 1, 1),
];

/// Answers calls for one resource.
#[derive(Debug)]
pub(crate) struct Answers<'a> {
    world: &'a World,
    resource: &'a Resource,
}

impl<'a> Answers<'a> {
    pub(crate) fn new(world: &'a World, resource: &'a Resource) -> Self {
        Self { world, resource }
    }
}

impl Host for Answers<'_> {
    fn call<'v>(
        &'v self,
        name: &str,
        arguments: &[CelValue<'v>],
    ) -> Option<Result<CelValue<'v>, String>> {
        if !FUNCTIONS.iter().any(|(known, ..)| *known == name) {
            return None;
        }
        if let Some(answer) = of_values(name, arguments) {
            return Some(answer);
        }
        let mut texts = Vec::new();
        for argument in arguments {
            match argument {
                CelValue::Text(text) => texts.push(text.as_ref()),
                _ => return Some(Err(format!("`{name}` takes strings"))),
            }
        }
        let [kind, rest @ ..] = texts.as_slice() else {
            return Some(Err(format!("`{name}` takes a kind")));
        };
        let through = rest.first().copied();
        let found: Vec<&'v Resource> = match name {
            "related" => self.world.referring(self.resource, kind, through),
            "referred" => self
                .resource
                .edges
                .iter()
                .filter(|edge| through.is_none_or(|through| edge.through == through))
                .filter_map(|edge| self.world.find(&edge.to))
                .filter(|resource| &*resource.kind == *kind)
                .collect(),
            "every" => self.world.of_kind(self.resource.platform, kind).collect(),
            "in_namespace" => relations::in_namespace(self.world, self.resource, kind),
            _ => relations::selecting(self.world, self.resource, kind),
        };
        let mut seen: Vec<&str> = Vec::new();
        let once = found.into_iter().filter(|resource| {
            let new = !seen.contains(&resource.address.as_str());
            seen.push(&resource.address);
            new
        });
        Some(Ok(CelValue::list(once.map(|resource| cel::value(&resource.attrs)))))
    }
}

/// Functions that need no resource.
fn of_values<'v>(name: &str, arguments: &[CelValue<'v>]) -> Option<Result<CelValue<'v>, String>> {
    let value = match (name, arguments) {
        ("is_public_cidr", [CelValue::Text(text)]) => CelValue::Bool(net::is_public_cidr(text)),
        ("has_port", [CelValue::Text(ranges), CelValue::Int(port)]) => {
            CelValue::Bool(u16::try_from(*port).is_ok_and(|port| net::has_port(ranges, port)))
        }
        ("has_port", [CelValue::Int(only), CelValue::Int(port)]) => CelValue::Bool(only == port),
        ("is_public_cidr" | "has_port", _) => CelValue::Bool(false),
        ("json", [CelValue::Text(text)]) => match serde_json::from_str(text) {
            Ok(document) => from_json(document),
            Err(_) => CelValue::unknown(Text::new(
                "the text is not valid JSON".to_owned(),
                "该文本不是有效的 JSON".to_owned(),
            )),
        },
        ("json", [value]) => value.clone(),
        ("listed", [CelValue::Null]) => CelValue::list(std::iter::empty()),
        ("listed", [value]) => match value {
            CelValue::List(_) => value.clone(),
            CelValue::Node(node) if node.items().is_some() => value.clone(),
            _ => CelValue::list(std::iter::once(value.clone())),
        },
        _ => return None,
    };
    Some(Ok(value))
}

fn from_json<'v>(document: serde_json::Value) -> CelValue<'v> {
    use serde_json::Value as Json;
    match document {
        Json::Null => CelValue::Null,
        Json::Bool(value) => CelValue::Bool(value),
        Json::Number(number) => match number.as_i64() {
            Some(number) => CelValue::Int(number),
            None => CelValue::Double(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => CelValue::Text(text.into()),
        Json::Array(items) => CelValue::list(items.into_iter().map(from_json)),
        Json::Object(fields) => {
            let fields = fields.into_iter();
            CelValue::Map(Rc::new(
                fields.map(|(key, value)| (CelValue::Text(key.into()), from_json(value))).collect(),
            ))
        }
    }
}
