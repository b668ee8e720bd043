//! Descriptions of APIs: inheritance, references, and documents written to do harm.

use std::fmt::Write as _;

use panoply_base::Limits;
use panoply_posture::{Node, Resource, Sources, Value, evidence};

fn read(path: &str, text: &str) -> (Vec<Resource>, Vec<String>) {
    let mut sources = Sources::default();
    sources.add(path, text);
    let found = evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT);
    (found.value, found.problems.iter().map(ToString::to_string).collect())
}

fn one<'r>(found: &'r [Resource], address: &str) -> &'r Node {
    let it = found.iter().find(|resource| resource.address == address);
    &it.unwrap_or_else(|| panic!("{address}: {found:#?}")).attrs
}

fn text<'n>(node: &'n Node, key: &str) -> &'n str {
    node.get(key).and_then(Node::as_text).unwrap_or("-")
}

const SHOP: &str = "\
openapi: 3.1.0
info: {title: shop, version: '1'}
servers: [{url: 'http://api.example.org'}]
security: [{token: [read]}]
paths:
  /orders/{id}:
    parameters:
    - $ref: '#/components/parameters/Id'
    get:
      responses: {'200': {$ref: '#/components/responses/Order'}}
    put:
      servers: [{url: 'https://api.example.org'}]
      security: [{}]
      parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
      responses: {default: {description: any}}
    delete:
      security: []
      responses: {}
components:
  parameters:
    Id: {$ref: '#/components/parameters/Number'}
    Number: {name: id, in: path, required: true, schema: {type: integer}}
  responses:
    Order: {description: one, content: {application/json: {schema: {$ref: '#/components/schemas/Receipt'}}}}
  schemas:
    Order: {type: object, properties: {lines: {$ref: '#/components/schemas/Lines'}}}
    Lines: {type: array, items: {$ref: '#/components/schemas/Order'}}
    Receipt: {type: object}
  securitySchemes:
    token: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://a.example', scopes: {read: r}}}}
";

#[test]
fn operations_inherit_security_servers_and_parameters() {
    let (found, problems) = read("openapi.yaml", SHOP);
    assert!(problems.is_empty(), "{problems:?}");
    let get = one(&found, "GET /orders/{id}");
    assert_eq!((text(get, "security_state"), text(get, "security_from")), ("required", "document"));
    assert_eq!(get.get("plain").and_then(Node::as_bool), Some(true));
    let parameter = &get.get("parameters_in_effect").unwrap().items()[0];
    assert_eq!(text(parameter.get("schema").unwrap(), "type"), "integer");
    assert!(parameter.through.is_some(), "the way over the references is kept");
    let requirement = &get.get("requirements").unwrap().items()[0];
    assert_eq!(text(requirement, "type"), "oauth2");
    let put = one(&found, "PUT /orders/{id}");
    assert_eq!(text(put, "security_state"), "optional");
    assert_eq!(put.get("plain").and_then(Node::as_bool), Some(false));
    let own = put.get("parameters_in_effect").unwrap().items();
    assert_eq!((own.len(), text(own[0].get("schema").unwrap(), "type")), (1, "string"));
    assert_eq!(text(one(&found, "DELETE /orders/{id}"), "security_state"), "open");
}

#[test]
fn what_clients_send_is_known_over_any_number_of_references() {
    let (found, _) = read("openapi.yaml", SHOP);
    let sent = |name: &str| {
        one(&found, &format!("#/components/schemas/{name}"))
            .get("in_request")
            .and_then(Node::as_bool)
    };
    assert_eq!(
        [sent("Order"), sent("Lines"), sent("Receipt")],
        [Some(true), Some(true), Some(false)]
    );
}

#[test]
fn swagger_is_seen_like_openapi() {
    let text_of = "{\"swagger\": \"2.0\", \"info\": {}, \"host\": \"a.example\", \"schemes\": [\"http\"],
        \"security\": [{\"o\": [\"admin\"]}], \"paths\": {\"/a\": {\"get\": {\"responses\": {}}}},
        \"securityDefinitions\": {\"o\": {\"type\": \"oauth2\", \"flow\": \"accessCode\", \"scopes\": {\"read\": \"r\"}}}}";
    let (found, problems) = read("swagger.json", text_of);
    assert!(problems.is_empty(), "{problems:?}");
    let get = one(&found, "GET /a");
    assert_eq!(get.get("plain").and_then(Node::as_bool), Some(true));
    let requirement = &get.get("requirements").unwrap().items()[0];
    assert_eq!(
        requirement.get("flow_list").unwrap().items()[0].as_text(),
        Some("authorizationCode")
    );
    assert_eq!(requirement.get("undefined_scopes").unwrap().items()[0].as_text(), Some("admin"));
}

#[test]
fn references_that_go_in_circles_or_away_are_not_known() {
    let (found, problems) = read(
        "openapi.yaml",
        "openapi: 3.0.0\ninfo: {}\npaths:\n  /a/{x}:\n    get:\n      parameters:\n      - $ref: '#/components/parameters/A'\n      \
         - $ref: 'https://a.example/b.yaml#/X'\n      requestBody: {$ref: '#/nowhere'}\n      responses: {}\n\
         components:\n  parameters:\n    A: {$ref: '#/components/parameters/B'}\n    B: {$ref: '#/components/parameters/A'}\n",
    );
    assert!(problems.is_empty(), "{problems:?}");
    let get = one(&found, "GET /a/{x}");
    let causes: Vec<String> = get
        .get("parameters_in_effect")
        .unwrap()
        .items()
        .iter()
        .map(|node| node.cause().unwrap().words().en)
        .collect();
    assert_eq!(causes, ["`$ref` needs itself", "`https://a.example/b.yaml#/X` is not here"]);
    assert!(get.get("body").unwrap().cause().is_some());
    assert!(get.get("undeclared").unwrap().cause().is_some(), "a name may be in what is not here");
    let states: Vec<&str> = found
        .iter()
        .filter(|resource| &*resource.kind == "reference")
        .map(|resource| text(&resource.attrs, "state"))
        .collect();
    assert_eq!(states, ["found", "elsewhere", "lost", "found", "found"]);
}

#[test]
fn documents_of_other_kinds_and_broken_ones_do_no_harm() {
    for other in [
        "openapi: 3.0.0\n",
        "openapi: yes\npaths: {}\n",
        "swagger: '3'\npaths: {}\n",
        "paths: {}\n",
    ] {
        assert!(read("a.yaml", other).0.is_empty(), "{other}");
    }
    let odd = "openapi: 3.0.0\ninfo: 1\npaths: [a, {b: c}]\ncomponents: {schemas: 7, parameters: [1], securitySchemes: {a: 1}}\n\
               security: yes\nservers: {url: http://a}\n";
    assert_eq!(read("a.yaml", odd).0.len(), 1, "the document alone");
    let (found, problems) = read("a.yaml", "openapi: 3.0.0\ninfo: {}\npaths:\n  /a: {get: [\n");
    assert!(found.is_empty() && problems.is_empty(), "nobody can tell what it is");
}

#[test]
fn many_references_to_each_other_end() {
    let mut text = String::from("openapi: 3.0.0\ninfo: {}\npaths: {}\ncomponents:\n  schemas:\n");
    for at in 0..400 {
        writeln!(text, "    S{at}:\n      allOf:").unwrap();
        for other in 0..40 {
            writeln!(text, "      - $ref: '#/components/schemas/S{}'", (at + other) % 400).unwrap();
        }
    }
    let (found, problems) = read("openapi.yaml", &text);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(found.len(), 1 + 400 + 400 * 40);
}

#[test]
fn every_value_knows_its_line() {
    let (found, _) = read("openapi.yaml", SHOP);
    for resource in &found {
        assert!(resource.span.is_some(), "{}", resource.address);
    }
    let generation = one(&found, "document").get("generation");
    assert!(matches!(generation.map(|node| &node.value), Some(Value::Int(3))));
}
