//! Descriptions of APIs over several files: where values stand, what is not here, and files written to do harm.

use std::fmt::Write as _;

use panoply_base::Limits;
use panoply_posture::{Node, Resource, Sources, evidence};

struct Read {
    sources: Sources,
    found: Vec<Resource>,
    problems: Vec<String>,
}

fn read(files: &[(&str, &str)]) -> Read {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(*path, *text);
    }
    let found = evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT);
    let problems = found.problems.iter().map(ToString::to_string).collect();
    Read { found: found.value, problems, sources }
}

impl Read {
    fn one(&self, address: &str) -> &Resource {
        let mut all = self.found.iter().filter(|resource| resource.address == address);
        let one = all.next().unwrap_or_else(|| panic!("{address}: {:?}", self.addresses()));
        assert!(all.next().is_none(), "{address} is there twice");
        one
    }

    fn addresses(&self) -> Vec<&str> {
        self.found.iter().map(|resource| resource.address.as_str()).collect()
    }

    /// The file and line of a resource.
    fn place(&self, resource: &Resource) -> String {
        let span = resource.span.expect("has a place");
        assert_eq!(span.file, resource.file);
        let lines = self.sources.lines(span).expect("in the file");
        format!("{}:{}", self.sources.path(span.file), lines.line)
    }

    fn states(&self) -> Vec<&str> {
        let references = self.found.iter().filter(|resource| &*resource.kind == "reference");
        references.map(|resource| text(&resource.attrs, "state")).collect()
    }
}

fn text<'n>(node: &'n Node, key: &str) -> &'n str {
    node.get(key).and_then(Node::as_text).unwrap_or("-")
}

fn is(node: &Node, key: &str) -> Option<bool> {
    node.get(key).and_then(Node::as_bool)
}

const ROOT: &str = "\
openapi: 3.0.3
info: {title: shop, version: '1'}
servers: [{url: 'https://a.example'}]
security: [{token: []}]
paths:
  /users/{id}: {$ref: paths/users.yaml}
components:
  schemas: {$ref: 'schemas/index.yaml'}
  securitySchemes:
    token: {$ref: 'common/security.yaml#/token'}
    key: {type: apiKey, in: query, name: k}
";

const USERS: &str = "\
get:
  parameters:
  - $ref: '../common/parameters.yaml#/id'
  responses:
    '200':
      description: ok
      content: {application/json: {schema: {$ref: '../schemas/index.yaml#/Shown'}}}
put:
  security: [{key: []}]
  requestBody:
    content: {application/json: {schema: {$ref: '../openapi.yaml#/components/schemas/User'}}}
  responses: {'204': {description: ok}}
";

const SPLIT: [(&str, &str); 6] = [
    ("api/openapi.yaml", ROOT),
    ("api/paths/users.yaml", USERS),
    (
        "api/common/parameters.yaml",
        "id: {name: id, in: path, required: true, schema: {type: string}}\n",
    ),
    ("api/common/security.yaml", "token: {type: http, scheme: bearer}\n"),
    (
        "api/schemas/index.yaml",
        "User: {$ref: ./user.yaml}\nShown:\n  type: object\n  properties: {name: {type: string}}\n",
    ),
    ("api/schemas/user.yaml", "type: object\nproperties:\n  name:\n    type: string\n"),
];

#[test]
fn paths_of_other_files_are_operations_of_the_document() {
    let read = read(&SPLIT);
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    let get = read.one("GET /users/{id}");
    assert_eq!(read.place(get), "api/paths/users.yaml:1");
    assert_eq!(text(&get.attrs, "security_state"), "required");
    let requirement = &get.attrs.get("requirements").unwrap().items()[0];
    assert_eq!((text(requirement, "type"), text(requirement, "http_scheme")), ("http", "bearer"));
    assert!(get.attrs.get("undeclared").unwrap().items().is_empty(), "the parameter was found");
    let put = read.one("PUT /users/{id}");
    assert_eq!(text(&put.attrs.get("requirements").unwrap().items()[0], "in"), "query");
    assert!(read.one("document").attrs.get("unused").unwrap().items().is_empty());
}

#[test]
fn what_clients_send_is_known_in_every_file() {
    let read = read(&SPLIT);
    let sent = read.one("api/schemas/user.yaml#/properties/name");
    assert_eq!(read.place(sent), "api/schemas/user.yaml:3");
    assert_eq!(is(&sent.attrs, "in_request"), Some(true));
    let shown = read.one("#/components/schemas/Shown/properties/name");
    assert_eq!(read.place(shown), "api/schemas/index.yaml:4");
    assert_eq!(is(&shown.attrs, "in_request"), Some(false));
    let parameter = read.one("api/common/parameters.yaml#/id/schema");
    assert_eq!(is(&parameter.attrs, "in_request"), Some(true));
}

#[test]
fn files_outside_of_the_target_and_addresses_are_elsewhere_and_holes_are_lost() {
    let read = read(&[
        (
            "a/openapi.yaml",
            "openapi: 3.0.0\ninfo: {}\npaths:\n  /a:\n    get:\n      responses:\n\
             \x20       '1': {$ref: '../../secret.yaml#/a'}\n\
             \x20       '2': {$ref: '/secret.yaml#/a'}\n\
             \x20       '3': {$ref: 'https://a.example/secret.yaml#/a'}\n\
             \x20       '4': {$ref: 'file:secret.yaml#/a'}\n\
             \x20       '5': {$ref: 'nowhere.yaml#/a'}\n\
             \x20       '6': {$ref: '../secret.yaml#/b'}\n\
             \x20       '7': {$ref: '../notes.txt#/a'}\n\
             \x20       '8': {$ref: '../secret%2Eyaml#/a'}\n",
        ),
        ("secret.yaml", "a: {description: x}\n"),
        ("notes.txt", "a: {description: x}\n"),
    ]);
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    assert_eq!(
        read.states(),
        [
            "elsewhere",
            "elsewhere",
            "elsewhere",
            "elsewhere",
            "elsewhere",
            "lost",
            "elsewhere",
            "found"
        ]
    );
}

#[test]
fn what_several_documents_share_is_there_once() {
    let one =
        "openapi: 3.0.0\ninfo: {}\npaths: {}\ncomponents: {schemas: {A: {$ref: 'c.yaml#/A'}}}\n";
    let read = read(&[("1.yaml", one), ("2.yaml", one), ("c.yaml", "A: {type: string}\n")]);
    read.one("c.yaml#/A");
    // What is a whole document tells of its own parts.
    let other = "openapi: 3.0.0\ninfo: {}\npaths: {}\ncomponents: {schemas: {A: {$ref: '1.yaml#/components/schemas/B'}}}\n";
    let whole = "openapi: 3.0.0\ninfo: {}\npaths: {}\ncomponents: {schemas: {B: {type: string}}}\n";
    let read = self::read(&[("1.yaml", whole), ("2.yaml", other)]);
    read.one("#/components/schemas/B");
    assert!(!read.addresses().contains(&"1.yaml#/components/schemas/B"));
}

#[test]
fn a_broken_part_is_told_and_costs_that_part() {
    let read = read(&[
        (
            "openapi.yaml",
            "openapi: 3.0.0\ninfo: {}\npaths:\n  /a: {$ref: 'broken.yaml'}\n  /b: {$ref: 'b.json'}\n  /c: {get: {responses: {}}}\n",
        ),
        ("broken.yaml", "get: [\n"),
        ("b.json", "{\"get\": {\"responses\": "),
    ]);
    assert!(read.addresses().contains(&"GET /c"));
    assert_eq!(read.problems.len(), 2, "{:?}", read.problems);
    for name in ["broken.yaml", "b.json"] {
        assert!(
            read.problems.iter().any(|problem| problem.starts_with(name)),
            "{:?}",
            read.problems
        );
    }
}

#[test]
fn circles_over_files_end() {
    let read = read(&[
        (
            "openapi.yaml",
            "openapi: 3.0.0\ninfo: {}\npaths:\n  /a: {$ref: 'a.yaml'}\n  /b: {$ref: 'b.yaml'}\n\
             components:\n  schemas: {$ref: '#/components/schemas/x/y/z'}\n  responses: {$ref: 'a.yaml#/x/x'}\n",
        ),
        ("a.yaml", "$ref: b.yaml\nx: {$ref: 'b.yaml#/x'}\n"),
        ("b.yaml", "$ref: a.yaml\nx: {$ref: 'a.yaml#/x'}\n"),
    ]);
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    assert!(!read.addresses().iter().any(|address| address.starts_with("GET")));
    // Two files that call each other back.
    let again =
        "get:\n  callbacks:\n    c:\n      '{$url}': {$ref: 'b.yaml'}\n      x: {$ref: 'a.yaml'}\n";
    let root = "openapi: 3.0.0\ninfo: {}\npaths:\n  /a: {$ref: 'a.yaml'}\n";
    let read = self::read(&[("openapi.yaml", root), ("a.yaml", again), ("b.yaml", again)]);
    let operations = read.found.iter().filter(|resource| &*resource.kind == "operation").count();
    assert_eq!(operations, 2, "{:?}", read.addresses());
}

#[test]
fn one_path_for_very_many_costs_little_and_is_told() {
    let mut root = String::from("openapi: 3.0.0\ninfo: {}\npaths:\n");
    for at in 0..2_000 {
        writeln!(root, "  /p{at}: {{$ref: big.yaml}}").unwrap();
    }
    let mut big = String::from("get:\n  responses:\n");
    for at in 0..500 {
        writeln!(big, "    '{at}': {{description: x}}").unwrap();
    }
    let read = read(&[("openapi.yaml", &root), ("big.yaml", &big)]);
    let operations = read.found.iter().filter(|resource| &*resource.kind == "operation").count();
    assert_eq!(operations, 16);
    assert_eq!(read.problems.len(), 1, "{:?}", read.problems);
}
