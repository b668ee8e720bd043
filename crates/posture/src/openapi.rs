//! OpenAPI 3.0 and 3.1, and Swagger 2.0: the document, its operations, and every object it describes.
//!
//! Follows the OpenAPI Specification 3.1.1, 3.0.4 and 2.0. Resources are, with what is written,
//!
//! - `document`: `generation` (2 or 3), `requirements` and `security_state` (see [`security`]), `unused`
//!   (components that nobody refers to, each with `section` and `name`);
//! - `operation`: `method`, `path`, `role` (`path`, `webhook`, `callback`), `requirements` and
//!   `security_state` after inheritance, `parameters_in_effect` (of the path and its own, references
//!   followed), `body` (references followed), `codes` of its responses, `undeclared` (names of the path
//!   without a parameter), `misplaced` (path parameters that the path does not name), `plain` (whether a
//!   server or scheme in effect is not encrypted), `document_consumes`, `document_produces`, `generation`;
//! - `server`, `security-scheme` (`name_of_scheme`, `flow_list`), `schema`, `parameter`, `header`, `response`,
//!   `media-type`, `request-body`, `link`, `example`, `path`: `in_request` where clients send it,
//!   `key` (its name in what is around it), `secrets_in_examples`, `generation`;
//! - `reference`: every `$ref`: `of` (the kind that is wanted), `state` (`found`, `lost`, `elsewhere`), `right`
//!   (whether it points to a place for that kind).
//!
//! References to other files of the target are followed: paths are taken in where they are referred to, other
//! objects become resources under the path of their file, once for all documents. Every value keeps its place.

mod components;
mod examples;
mod files;
mod operation;
mod refs;
mod security;
mod servers;
mod walk;

use panoply_base::{Limits, Parsed, Problem};

use crate::node::{Node, Value};
use crate::resource::Resource;
use crate::sources::FileId;
pub(crate) use files::Files;

/// What a document is, as far as everything in it needs to know.
pub(crate) struct Document<'d> {
    pub(crate) root: &'d Node,
    pub(crate) file: FileId,
    pub(crate) files: &'d Files<'d>,
    /// 2 for Swagger 2.0, 3 for OpenAPI.
    pub(crate) generation: i64,
}

/// The resources of a document; `None` if it describes no API.
pub(crate) fn resources(
    root: &Node,
    file: FileId,
    files: &Files<'_>,
    limits: &Limits,
) -> Option<Parsed<Vec<Resource>>> {
    let document = Document { root, file, files, generation: generation(root)? };
    let mut walk = walk::Walk::new(&document, limits);
    walk.document();
    let mut problems = Vec::new();
    if walk.is_full() {
        problems.push(Problem::whole("more objects than the limits allow"));
    }
    if walk.is_repeated {
        problems.push(Problem::whole(
            "a path of another file is referred to by more paths than are looked at",
        ));
    }
    Some(Parsed { value: walk.found, problems })
}

/// The generation of the specification that a document names.
fn generation(root: &Node) -> Option<i64> {
    let written = |key: &str| match &root.get(key)?.value {
        Value::Text(text) => Some(text.to_string()),
        Value::Float(value) => Some(value.to_string()),
        Value::Int(value) => Some(value.to_string()),
        _ => None,
    };
    let is_described = ["info", "paths", "components", "webhooks", "definitions"]
        .iter()
        .any(|key| root.get(key).is_some());
    match (written("openapi"), written("swagger")) {
        (Some(version), _) if version.starts_with('3') && is_described => Some(3),
        (None, Some(version)) if version.starts_with('2') && is_described => Some(2),
        _ => None,
    }
}
