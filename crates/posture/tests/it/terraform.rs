//! Configurations of Terraform, from files to resources.

use panoply_base::Limits;
use panoply_posture::terraform::{TerraformSettings, resources};
use panoply_posture::{Cause, Node, Resource, Sources, Value};

pub(crate) struct Read {
    pub(crate) resources: Vec<Resource>,
    pub(crate) problems: Vec<String>,
    pub(crate) sources: Sources,
}

pub(crate) fn read_with(settings: &TerraformSettings, files: &[(&str, &str)]) -> Read {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(*path, *text);
    }
    let parsed = resources(&sources, settings, &Limits::DEFAULT);
    let problems = parsed.problems.iter().map(ToString::to_string).collect();
    Read { resources: parsed.value, problems, sources }
}

pub(crate) fn read(files: &[(&str, &str)]) -> Read {
    read_with(&TerraformSettings::default(), files)
}

impl Read {
    pub(crate) fn find(&self, address: &str) -> &Resource {
        let all: Vec<&str> = self.resources.iter().map(|r| r.address.as_str()).collect();
        let found = self.resources.iter().find(|r| r.address == address);
        found.unwrap_or_else(|| panic!("no {address} in {all:#?}\n{:#?}", self.problems))
    }

    pub(crate) fn attr(&self, address: &str, path: &str) -> String {
        show(self.node(address, path))
    }

    pub(crate) fn node(&self, address: &str, path: &str) -> &Node {
        let mut node = &self.find(address).attrs;
        for part in path.split('.').filter(|part| !part.is_empty()) {
            node = match part.parse::<usize>() {
                Ok(at) if matches!(node.value, Value::List(_)) => &node.items()[at],
                _ => node.get(part).unwrap_or_else(|| panic!("no {part} of {path} in {node:?}")),
            };
        }
        node
    }

    /// Addresses of the resources of one kind.
    pub(crate) fn of_kind(&self, kind: &str) -> Vec<&str> {
        self.resources.iter().filter(|r| &*r.kind == kind).map(|r| r.address.as_str()).collect()
    }

    pub(crate) fn edges(&self, address: &str) -> Vec<String> {
        let edges = self.find(address).edges.iter();
        edges.map(|edge| format!("{} -> {}", edge.through, edge.to)).collect()
    }

    /// `main.tf:3` and the steps from there to where the value is written.
    fn way(&self, address: &str, path: &str) -> String {
        let node = self.node(address, path);
        let place = |span: Option<panoply_posture::Span>| {
            span.map_or_else(
                || "nowhere".to_owned(),
                |span| {
                    let line = self.sources.lines(span).expect("is in a file").line;
                    format!("{}:{line}", self.sources.path(span.file))
                },
            )
        };
        let mut way = place(node.span);
        let mut step = node.through.as_ref();
        while let Some(one) = step {
            way = format!("{way} < {} {}", one.name, place(one.span));
            step = one.before.as_ref();
        }
        way
    }
}

pub(crate) fn show(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Text(text) => format!("{text:?}"),
        Value::List(items) => {
            format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", "))
        }
        Value::Map(map) => {
            let entries = map.entries().iter();
            let entries = entries.map(|entry| format!("{}: {}", entry.key, show(&entry.node)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Unknown(cause) => match &**cause {
            Cause::NoValue(name) => format!("?no value {name}"),
            Cause::Computed(name) => format!("?computed {name}"),
            Cause::Missing(name) => format!("?missing {name}"),
            Cause::Function(name) => format!("?function {name}"),
            Cause::Cycle(name) => format!("?cycle {name}"),
            Cause::Limit(name) => format!("?limit {name}"),
            Cause::Broken(name) => format!("?broken {name}"),
            Cause::Unreadable(path, _) => format!("?unreadable {path}"),
            Cause::Partly(parts, because) => {
                let inner = show(&Node::new(Value::Unknown(because.clone()), None));
                format!("{inner} in {}", parts.join("*"))
            }
        },
    }
}

/// What an expression is worth beside some declarations.
pub(crate) fn worth(declarations: &str, expression: &str) -> String {
    let text = format!("{declarations}\noutput \"it\" {{\n  value = {expression}\n}}\n");
    let read = read(&[("main.tf", &text)]);
    assert_eq!(read.problems, Vec::<String>::new(), "{text}");
    read.attr("output.it", "value")
}

fn check(declarations: &str, cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        assert_eq!(worth(declarations, expression), *expected, "{expression}");
    }
}

#[test]
fn operators_and_their_three_answers() {
    let declarations = "variable \"u\" {}\nvariable \"t\" { default = true }";
    check(
        declarations,
        &[
            ("1 + 2 * 3", "7"),
            ("(1 + 2) * 3", "9"),
            ("7 / 2", "3.5"),
            ("8 / 2", "4"),
            ("7 % 4", "3"),
            ("-(3)", "-3"),
            ("1 / 0", "?broken a division by zero"),
            ("\"5\" + 1", "6"),
            ("1 < 2 && 2 <= 2", "true"),
            ("!false || false", "true"),
            ("1 == 1.0", "true"),
            ("\"1\" == 1", "false"),
            ("[1, {a = 2}] == [1, {a = 2}]", "true"),
            ("var.u", "?no value var.u"),
            ("var.u && false", "false"),
            ("false && var.u", "false"),
            ("var.u || true", "true"),
            ("var.u && true", "?no value var.u"),
            ("!var.u", "?no value var.u"),
            ("var.u + 1", "?no value var.u"),
            ("var.u == \"a\"", "?no value var.u"),
            ("[var.u, 1] == [1, 2]", "false"),
            ("var.u ? 1 : 1", "1"),
            ("var.u ? 1 : 2", "?no value var.u"),
            ("var.t ? \"a\" : var.u", "\"a\""),
            ("null == null", "true"),
        ],
    );
}

#[test]
fn expressions_of_collections() {
    check(
        "variable \"l\" { default = [{n = \"a\", s = 1}, {n = \"b\", s = 2}] }\nvariable \"u\" {}",
        &[
            ("var.l[*].n", "[\"a\", \"b\"]"),
            ("var.l.*.s", "[1, 2]"),
            ("var.l[1].n", "\"b\""),
            ("var.l[2]", "?broken an index that is not there"),
            ("var.l.0.n", "\"a\""),
            ("[for x in var.l : upper(x.n)]", "[\"A\", \"B\"]"),
            ("[for i, x in var.l : i if x.s > 1]", "[1]"),
            ("{for x in var.l : x.n => x.s}", "{a: 1, b: 2}"),
            ("{for k, v in {b = 1, a = 1} : v => k...}", "{1: [\"a\", \"b\"]}"),
            ("{(var.l[0].n) = 1, \"c d\" = 2, e : 3}", "{a: 1, c d: 2, e: 3}"),
            ("{\"${var.u}\" = 1}", "?no value var.u"),
            ("{a = var.u}.a", "?no value var.u"),
            ("{a = 1}[\"a\"]", "1"),
            ("{a = 1}.b", "?broken `.b`"),
            ("\"x\"[*]", "[\"x\"]"),
            ("null[*]", "[]"),
            ("[for x in [1, 2] : x if var.u]", "?no value var.u"),
            ("[for x in var.u : x]", "?no value var.u"),
        ],
    );
}

#[test]
fn templates_directives_and_heredocs() {
    check(
        "variable \"n\" { default = [\"a\", \"b\"] }\nvariable \"u\" {}\nlocals { x = 7 }",
        &[
            ("\"v-${local.x}\"", "\"v-7\""),
            ("\"${local.x}\"", "7"),
            ("\"${var.n}\"", "[\"a\", \"b\"]"),
            ("\"a${var.n}\"", "?broken a text made of what is none"),
            ("\"a${var.u}\"", "?no value var.u in a*"),
            ("\"$${x} %%{y}\"", "\"${x} %{y}\""),
            ("\"%{ if local.x > 5 }big%{ else }small%{ endif }\"", "\"big\""),
            ("\"%{ for i, s in var.n }${i}=${s};%{ endfor }\"", "\"0=a;1=b;\""),
            ("\"a ${~ local.x ~} b\"", "\"a7b\""),
            ("\"<%{ if true ~}  x  %{~ endif }>\"", "\"<x>\""),
            ("<<-E\n    one\n      two ${local.x}\n  E", "\"one\\n  two 7\\n\""),
            ("<<E\n%{ for s in var.n ~}\n- ${s}\n%{ endfor ~}\nE", "\"- a\\n- b\\n\""),
            ("\"a\\tb\\u00e9\"", "\"a\\tbé\""),
        ],
    );
}

#[test]
fn json_with_an_unknown_part_is_the_structure_it_would_be() {
    check(
        "variable \"u\" {}\nvariable \"w\" {}\nlocals { x = 7 }",
        &[
            (
                "<<E\n{\"a\": \"*\", \"b\": [\"x/${var.u}\", \"${local.x}\"], \"c\": \"${var.w}\"}\nE",
                "{a: \"*\", b: [?no value var.u in x/*, \"7\"], c: ?no value var.w}",
            ),
            // Where a whole part is missing nobody knows the rest either.
            ("<<E\n{\"a\": ${var.u}}\nE", "?no value var.u in {\"a\": *}\n"),
            ("<<E\n{\"${var.u}\": 1}\nE", "?no value var.u in {\"*\": 1}\n"),
            ("<<E\n{\"a\": \"%{ if var.u }x%{ endif }\"}\nE", "?no value var.u"),
            ("<<E\n{\"a\": \"\u{f8ff}${var.u}\"}\nE", "?no value var.u"),
            ("\"{${var.u}\"", "?no value var.u in {*"),
        ],
    );
}

#[test]
fn variables_take_their_values_in_terraforms_order() {
    let files = [
        (
            "main.tf",
            "variable \"a\" { default = 1 }\nvariable \"b\" { default = 1 }\n\
             variable \"c\" { default = 1 }\nvariable \"d\" { default = 1 }\nvariable \"e\" {}\n\
             output \"it\" { value = [var.a, var.b, var.c, var.d, var.e] }\n",
        ),
        ("terraform.tfvars", "b = 2\nc = 2\nd = 2\n"),
        ("x.auto.tfvars", "c = 3\nd = 3\n"),
        ("y.auto.tfvars.json", "{\"d\": 4}"),
        ("other.tfvars", "a = 9\n"),
    ];
    assert_eq!(read(&files).attr("output.it", "value"), "[1, 2, 3, 4, ?no value var.e]");
    let settings = TerraformSettings {
        var_files: vec!["other.tfvars".to_owned()],
        variables: vec![("e".to_owned(), "true".to_owned())],
        ..TerraformSettings::default()
    };
    let read = read_with(&settings, &files);
    assert_eq!(read.attr("output.it", "value"), "[9, 2, 3, 4, \"true\"]");
}

#[test]
fn types_convert_and_fill_in_what_is_optional() {
    let variable = |kind: &str, default: &str| {
        format!("variable \"v\" {{\n  type = {kind}\n  default = {default}\n}}")
    };
    for (kind, default, expected) in [
        ("string", "12", "\"12\""),
        ("number", "\"1.5\"", "1.5"),
        ("number", "\"x\"", "?broken a value that is not a number"),
        ("bool", "\"true\"", "true"),
        ("list(string)", "[1, true]", "[\"1\", \"true\"]"),
        ("set(string)", "[\"b\", \"a\", \"b\"]", "[\"a\", \"b\"]"),
        ("map(number)", "{ a = \"1\" }", "{a: 1}"),
        ("any", "[1]", "[1]"),
        (
            "object({ n = string, p = optional(number, 80), q = optional(bool) })",
            "{ n = \"x\", other = 1 }",
            "{n: \"x\", p: 80, q: null}",
        ),
        (
            "list(object({ a = optional(string, \"d\") }))",
            "[{}, { a = null }]",
            "[{a: \"d\"}, {a: \"d\"}]",
        ),
        ("tuple([string, number])", "[1, \"2\"]", "[\"1\", 2]"),
    ] {
        assert_eq!(worth(&variable(kind, default), "var.v"), expected, "{kind} {default}");
    }
}

#[test]
fn count_and_for_each_make_instances() {
    let read = read(&[(
        "main.tf",
        r#"
variable "names" { default = ["b", "a"] }
variable "u" {}
resource "x_one" "c" {
  count = 2
  name  = "n-${count.index}"
}
resource "x_one" "m" {
  for_each = { k1 = 10, "k\"2" = 20 }
  name     = each.key
  size     = each.value
  same     = [1]
}
resource "x_one" "s" {
  for_each = toset(var.names)
  name     = each.value
}
resource "x_one" "none" {
  count = var.names == [] ? 1 : 0
}
resource "x_one" "u" {
  for_each = var.u
  name     = each.key
  fixed    = 1
}
output "all" { value = [x_one.c[*].name, x_one.c[1].name, x_one.m["k1"].size, x_one.s["a"].name] }
output "ids" { value = x_one.c[*].id }
output "map" { value = { for k, v in x_one.m : k => v.size } }
output "arn" { value = values(x_one.s)[*].arn }
"#,
    )]);
    assert_eq!(
        read.of_kind("x_one"),
        [
            "x_one.c[0]",
            "x_one.c[1]",
            "x_one.m[\"k\\\"2\"]",
            "x_one.m[\"k1\"]",
            "x_one.s[\"a\"]",
            "x_one.s[\"b\"]",
            "x_one.u[*]",
        ]
    );
    assert_eq!(read.attr("x_one.c[1]", "name"), "\"n-1\"");
    assert_eq!(read.attr("x_one.m[\"k1\"]", "size"), "10");
    assert_eq!(read.attr("x_one.u[*]", "name"), "?no value var.u");
    assert_eq!(read.attr("x_one.u[*]", "fixed"), "1");
    assert_eq!(read.attr("output.all", "value"), "[[\"n-0\", \"n-1\"], \"n-1\", 10, \"a\"]");
    assert_eq!(
        read.attr("output.ids", "value"),
        "[?computed x_one.c[0].id, ?computed x_one.c[1].id]"
    );
    assert_eq!(read.attr("output.map", "value"), "{k\"2: 20, k1: 10}");
    assert_eq!(
        read.attr("output.arn", "value"),
        "[?computed x_one.s[\"a\"].arn, ?computed x_one.s[\"b\"].arn]"
    );
}

#[test]
fn blocks_are_lists_and_dynamic_blocks_unfold() {
    let read = read(&[(
        "main.tf",
        r#"
variable "ports" { default = [{ p = 80, nets = ["10.0.0.0/8"] }, { p = 443, nets = [] }] }
variable "u" {}
resource "x_sg" "a" {
  name = "a"
  ingress {
    from = 22
  }
  dynamic "ingress" {
    for_each = var.ports
    content {
      from = ingress.value.p
      key  = ingress.key
      dynamic "net" {
        for_each = toset(ingress.value.nets)
        iterator = n
        content {
          cidr  = n.value
          again = n.key
          outer = ingress.value.p
        }
      }
    }
  }
  dynamic "log" {
    for_each = var.u
    content {}
  }
  lifecycle {
    ignore_changes = [tags, name]
  }
  provisioner "local-exec" {
    command = "echo ${self.name}"
  }
}
terraform {
  required_version = ">= 1.5"
  backend "s3" {
    bucket = "state"
  }
}
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
"#,
    )]);
    assert_eq!(
        read.attr("x_sg.a", "ingress"),
        "[{from: 22}, {from: 80, key: 0, net: [{cidr: \"10.0.0.0/8\", again: \"10.0.0.0/8\", \
         outer: 80}]}, {from: 443, key: 1, net: []}]"
    );
    assert_eq!(read.attr("x_sg.a", "log"), "?no value var.u");
    assert_eq!(read.attr("x_sg.a", "lifecycle"), "[{ignore_changes: [\"tags\", \"name\"]}]");
    assert_eq!(read.attr("x_sg.a", "provisioner"), "[{local-exec: {command: \"echo a\"}}]");
    assert_eq!(read.attr("terraform", "backend"), "[{s3: {bucket: \"state\"}}]");
    assert_eq!(read.find("provider.aws.west").kind.as_ref(), "provider.aws");
}

#[test]
fn modules_are_evaluated_through_their_callers() {
    let read = read(&[
        (
            "infra/prod/main.tf",
            r#"
module "net" {
  source   = "../../modules/net"
  for_each = { eu = "10.1.0.0/16", us = "10.2.0.0/16" }
  cidr     = each.value
  tags     = { zone = each.key }
}
module "gone" {
  source  = "acme/vpc/aws"
  version = "1.2.3"
}
resource "x_use" "u" {
  vpc   = module.net["eu"].vpc_id
  name  = module.net["us"].name
  gone  = module.gone.id
  all   = [for n in module.net : n.name]
}
"#,
        ),
        (
            "modules/net/main.tf",
            r#"
variable "cidr" {}
variable "tags" { default = {} }
variable "size" { default = 3 }
module "sub" {
  source = "./sub"
  count  = 2
  parent = x_vpc.v.id
  n      = count.index
}
resource "x_vpc" "v" {
  cidr = var.cidr
  name = "vpc-${var.tags.zone}"
  dir  = path.module
}
output "vpc_id" { value = x_vpc.v.id }
output "name" { value = x_vpc.v.name }
"#,
        ),
        (
            "modules/net/sub/main.tf",
            "variable \"parent\" {}\nvariable \"n\" {}\n\
             resource \"x_sub\" \"s\" {\n  vpc = var.parent\n  n = var.n\n}\n",
        ),
        ("modules/alone/main.tf", "resource \"x_vpc\" \"w\" {}\n"),
    ]);
    assert_eq!(
        read.of_kind("x_vpc"),
        [
            "infra/prod: module.net[\"eu\"].x_vpc.v",
            "infra/prod: module.net[\"us\"].x_vpc.v",
            "modules/alone: x_vpc.w",
        ]
    );
    let eu = "infra/prod: module.net[\"eu\"].x_vpc.v";
    assert_eq!(read.attr(eu, "cidr"), "\"10.1.0.0/16\"");
    assert_eq!(read.attr(eu, "name"), "\"vpc-eu\"");
    assert_eq!(read.attr(eu, "dir"), "\"../../modules/net\"");
    let sub = "infra/prod: module.net[\"us\"].module.sub[1].x_sub.s";
    assert_eq!(read.attr(sub, "n"), "1");
    assert_eq!(read.edges(sub), ["vpc -> infra/prod: module.net[\"us\"].x_vpc.v"]);
    let using = "infra/prod: x_use.u";
    assert_eq!(read.attr(using, "vpc"), format!("?computed {eu}.id"));
    assert_eq!(read.attr(using, "name"), "\"vpc-us\"");
    assert_eq!(read.attr(using, "gone"), "?missing module.gone");
    assert_eq!(read.attr(using, "all"), "[\"vpc-eu\", \"vpc-us\"]");
    assert_eq!(
        read.edges(using),
        [
            format!("vpc -> {eu}"),
            "name -> infra/prod: module.net[\"us\"].x_vpc.v".to_owned(),
            format!("all[0] -> {eu}"),
            "all[1] -> infra/prod: module.net[\"us\"].x_vpc.v".to_owned(),
        ]
    );
    assert_eq!(
        read.problems,
        ["infra/prod/main.tf: line 8: module `gone` from `acme/vpc/aws` is not here: not analysed"]
    );
    assert_eq!(read.attr("infra/prod: module.gone", "version"), "\"1.2.3\"");
    assert_eq!(read.attr("modules/net: var.size", "default"), "3");
    assert_eq!(read.find("modules/net: output.name").kind.as_ref(), "output");
}

#[test]
fn installed_modules_are_found() {
    let read = read(&[
        ("main.tf", "module \"v\" {\n  source = \"acme/vpc/aws\"\n  n = 1\n}\n"),
        (
            ".terraform/modules/modules.json",
            r#"{"Modules": [{"Key": "", "Dir": "."}, {"Key": "v", "Dir": ".terraform/modules/v"}]}"#,
        ),
        (
            ".terraform/modules/v/main.tf",
            "variable \"n\" {}\nresource \"x_v\" \"v\" {\n  n = var.n\n}\n",
        ),
    ]);
    assert_eq!(read.problems, Vec::<String>::new());
    assert_eq!(read.of_kind("x_v"), ["module.v.x_v.v"]);
}

#[test]
fn values_know_the_way_they_came() {
    let read = read(&[
        (
            "main.tf",
            "variable \"env\" {\n  default = \"dev\"\n}\nlocals {\n  name = var.env\n}\n\
             module \"m\" {\n  source = \"./m\"\n  name = local.name\n}\n\
             resource \"x_a\" \"a\" {\n  lit = 1\n  env = var.env\n  name = local.name\n\
             text = \"${local.name}!\"\n}\n",
        ),
        ("m/main.tf", "variable \"name\" {}\nresource \"x_b\" \"b\" {\n  name = var.name\n}\n"),
        ("terraform.tfvars", "\nenv = \"prod\"\n"),
    ]);
    assert_eq!(read.way("x_a.a", "lit"), "main.tf:12");
    assert_eq!(read.way("x_a.a", "env"), "main.tf:13 < var.env terraform.tfvars:2");
    assert_eq!(
        read.way("x_a.a", "name"),
        "main.tf:14 < local.name main.tf:5 < var.env terraform.tfvars:2"
    );
    assert_eq!(
        read.way("module.m.x_b.b", "name"),
        "m/main.tf:3 < var.name main.tf:9 < local.name main.tf:5 < var.env terraform.tfvars:2"
    );
    assert_eq!(
        read.way("x_a.a", "text"),
        "main.tf:15 < local.name main.tf:5 < var.env terraform.tfvars:2"
    );
}

#[test]
fn edges_lead_through_locals_conditions_and_depends_on() {
    let read = read(&[(
        "main.tf",
        r#"
locals {
  cfg = { a = x_b.one.bucket, b = x_b.two.id }
}
variable "u" {}
resource "x_b" "one" { bucket = "first" }
resource "x_b" "two" {}
resource "x_b" "many" { count = 2 }
resource "x_r" "r" {
  plain  = x_b.one.bucket
  local  = local.cfg.b
  choice = var.u ? x_b.one.id : x_b.two.id
  text   = "arn:${x_b.two.arn}/*"
  rule {
    ids = [x_b.many[0].id, lookup(local.cfg, "a", "")]
  }
  whole      = x_b.one
  depends_on = [x_b.two]
}
"#,
    )]);
    assert_eq!(read.attr("x_r.r", "plain"), "\"first\"");
    assert_eq!(read.attr("x_r.r", "whole"), "{bucket: \"first\"}");
    assert_eq!(
        read.edges("x_r.r"),
        [
            "plain -> x_b.one",
            "local -> x_b.two",
            "choice -> x_b.one",
            "choice -> x_b.two",
            "text -> x_b.two",
            "rule[0].ids[0] -> x_b.many[0]",
            "rule[0].ids[1] -> x_b.one",
            "whole -> x_b.one",
            "depends_on[0] -> x_b.two",
        ]
    );
}

#[test]
fn what_needs_itself_is_unknown_and_nothing_else_is() {
    let read = read(&[
        (
            "main.tf",
            r#"
locals {
  a = local.b
  b = local.a
  c = 1
}
resource "x_a" "one" {
  peer = x_a.two.name
  key  = x_a.two.id
}
resource "x_a" "two" {
  name = "two"
  peer = x_a.one.key
  loop = x_a.two.loop
}
module "self" { source = "./self" }
output "it" { value = [local.a, local.c] }
"#,
        ),
        ("self/main.tf", "module \"again\" { source = \"./\" }\nresource \"x_s\" \"s\" {}\n"),
    ]);
    assert_eq!(read.attr("output.it", "value"), "[?cycle local.b, 1]");
    assert_eq!(read.attr("x_a.one", "peer"), "\"two\"");
    assert_eq!(read.attr("x_a.two", "peer"), "?computed x_a.two.id");
    assert_eq!(read.attr("x_a.two", "loop"), "?cycle x_a.two.loop");
    assert_eq!(read.of_kind("x_s"), ["module.self.x_s.s"]);
    assert_eq!(read.problems, ["self/main.tf: line 1: module `again` calls itself: not analysed"]);
}

#[test]
fn modules_that_call_each_other_are_read_once() {
    let read = read(&[
        ("a/main.tf", "module \"b\" { source = \"../b\" }\nresource \"x\" \"a\" {}\n"),
        ("b/main.tf", "module \"a\" { source = \"../a\" }\nresource \"x\" \"b\" {}\n"),
    ]);
    assert_eq!(read.of_kind("x"), ["a: x.a", "a: module.b.x.b"]);
    assert_eq!(read.problems.len(), 1);
}

#[test]
fn a_broken_block_costs_that_block() {
    let read = read(&[(
        "main.tf",
        "resource \"x\" \"a\" {\n  n = 1\n}\nresource \"x\" \"b\" {\n  n = = 2\n}\n\
         resource \"x\" \"c\" {\n  n = 3\n}\nresource \"x\" \"d\" {\n  n = \"\n}\n\
         resource \"x\" \"e\" {\n  n = 5\n}\n",
    )]);
    assert_eq!(read.of_kind("x"), ["x.a", "x.c", "x.e"]);
    assert_eq!(read.problems.len(), 2, "{:?}", read.problems);
    assert!(read.problems[0].starts_with("main.tf: line 5: broken HCL"), "{:?}", read.problems);
    assert_eq!(read.attr("x.e", "n"), "5");
    assert_eq!(read.sources.lines(read.find("x.e").span.expect("has one")).expect("is").line, 13);
}

#[test]
fn the_json_form_says_the_same() {
    let read = read(&[(
        "main.tf.json",
        r#"{
  "variable": {"n": {"type": "number", "default": 2}},
  "locals": {"l": "${var.n + 1}"},
  "resource": {
    "x_a": {
      "a": {
        "count": "${var.n}",
        "name": "n-${count.index}",
        "size": "${local.l}",
        "plain": "no $ here",
        "rule": [{"port": 80}, {"port": "${local.l}"}],
        "dynamic": {"d": {"for_each": [1, 2], "content": {"v": "${d.value}"}}},
        "depends_on": ["x_a.b"]
      },
      "b": {}
    }
  }
}"#,
    )]);
    assert_eq!(read.problems, Vec::<String>::new());
    let address = "x_a.a[1]";
    assert_eq!(read.attr(address, "name"), "\"n-1\"");
    assert_eq!(read.attr(address, "size"), "3");
    assert_eq!(read.attr(address, "rule"), "[{port: 80}, {port: 3}]");
    assert_eq!(read.attr(address, "d"), "[{v: 1}, {v: 2}]");
    assert_eq!(read.edges(address), ["depends_on[0] -> x_a.b"]);
}

#[test]
fn override_files_replace_what_they_name() {
    let read = read(&[
        ("main.tf", "resource \"x\" \"a\" {\n  n = 1\n  m = 1\n  r {\n    p = 1\n  }\n}\n"),
        ("override.tf", "resource \"x\" \"a\" {\n  n = 2\n  r {\n    p = 2\n  }\n}\n"),
    ]);
    assert_eq!(read.attr("x.a", "n"), "2");
    assert_eq!(read.attr("x.a", "m"), "1");
    assert_eq!(read.attr("x.a", "r"), "[{p: 2}]");
}

#[test]
fn policies_are_text_if_known_and_structure_if_not() {
    let read = read(&[(
        "main.tf",
        r#"
resource "x_b" "b" { bucket = "logs" }
data "aws_iam_policy_document" "known" {
  statement {
    sid       = "Read"
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::logs/*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
  statement {
    effect    = "Deny"
    actions   = ["s3:*", "kms:*"]
    resources = ["*"]
  }
}
data "aws_iam_policy_document" "part" {
  statement {
    actions   = ["*"]
    resources = [x_b.b.arn]
  }
}
resource "x_p" "p" {
  known = data.aws_iam_policy_document.known.json
  part  = data.aws_iam_policy_document.part.json
  code  = jsonencode({ Statement = [{ Resource = x_b.b.arn, Action = "*" }] })
  text  = jsonencode({ b = 1, a = [true, null, "<"] })
  back  = jsondecode(data.aws_iam_policy_document.known.json).Statement[0].Effect
}
"#,
    )]);
    let known = read.node("x_p.p", "known").as_text().expect("is text");
    assert_eq!(
        known,
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Read",
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::logs/*",
      "Principal": {
        "AWS": "*"
      },
      "Condition": {
        "Bool": {
          "aws:SecureTransport": "false"
        }
      }
    },
    {
      "Effect": "Deny",
      "Action": [
        "s3:*",
        "kms:*"
      ],
      "Resource": "*"
    }
  ]
}"#
    );
    assert_eq!(
        read.attr("x_p.p", "part"),
        "{Version: \"2012-10-17\", Statement: [{Effect: \"Allow\", Action: \"*\", \
         Resource: ?computed x_b.b.arn}]}"
    );
    assert_eq!(
        read.attr("x_p.p", "code"),
        "{Statement: [{Resource: ?computed x_b.b.arn, Action: \"*\"}]}"
    );
    assert_eq!(read.attr("x_p.p", "text"), r#""{\"a\":[true,null,\"\\u003c\"],\"b\":1}""#);
    assert_eq!(read.attr("x_p.p", "back"), "\"Allow\"");
    assert!(
        read.edges("x_p.p").contains(&"part -> data.aws_iam_policy_document.part".to_owned()),
        "{:?}",
        read.edges("x_p.p")
    );
    assert!(read.edges("x_p.p").contains(&"part.Statement[0].Resource -> x_b.b".to_owned()));
}

#[test]
fn bounds_hold() {
    let chain =
        (1..3_000).map(|at| format!("  v{at} = local.v{}\n", at - 1)).collect::<Vec<_>>().concat();
    let doubled = (1..60)
        .map(|at| format!("  d{at} = [local.d{0}, local.d{0}]\n", at - 1))
        .collect::<Vec<_>>()
        .concat();
    let text = format!(
        r#"
resource "x" "many" {{
  count = 1000000000
  name  = "a"
}}
locals {{
  x  = 1
  v0 = local.x
{chain}
  d0 = "x"
{doubled}
  big  = setproduct(range(1000), range(1000), range(1000))
  long = join("", [for a in range(1000) : join("", [for b in range(1000) : "0123456789"])])
  slow = [for a in range(1000) : [for b in range(1000) : [for c in range(1000) : c]]]
}}
output "chain" {{ value = local.v2999 }}
output "range" {{ value = range(1000000000) }}
output "big" {{ value = local.big }}
output "long" {{ value = local.long }}
output "doubled" {{ value = local.d59 }}
"#
    );
    let read = read(&[("main.tf", &text)]);
    assert_eq!(read.of_kind("x"), ["x.many[*]"]);
    assert!(read.problems[0].contains("more than 10000 instances"), "{:?}", read.problems);
    assert_eq!(read.attr("x.many[*]", "count"), "1000000000");
    assert_eq!(read.attr("output.chain", "value"), "1");
    assert_eq!(read.attr("output.range", "value"), "?broken a range of more than 1024 numbers");
    assert_eq!(read.attr("output.big", "value"), "?limit a collection of that size");
    assert_eq!(read.attr("output.long", "value"), "?limit a text of that size");
    assert!(read.attr("output.doubled", "value").contains("?limit local.d"));
}

#[test]
fn long_ways_are_no_danger() {
    let mut text = (0..500)
        .map(|at| format!("resource \"x\" \"r{at}\" {{\n  n = x.r{}.n\n}}\n", at + 1))
        .collect::<Vec<_>>()
        .concat();
    text.push_str("resource \"x\" \"r500\" {\n  n = 1\n}\n");
    let read = read(&[("main.tf", &text)]);
    assert_eq!(read.attr("x.r499", "n"), "1");
    assert!(read.attr("x.r0", "n").starts_with("?limit"), "{}", read.attr("x.r0", "n"));
}

#[test]
fn modules_that_multiply_are_bounded() {
    let mut files: Vec<(String, String)> = Vec::new();
    for level in 0..12 {
        let source = if level == 0 { "l0/main.tf".to_owned() } else { format!("l{level}/main.tf") };
        let calls = (0..10)
            .map(|at| format!("module \"m{at}\" {{ source = \"../l{}\" }}\n", level + 1))
            .collect::<Vec<_>>()
            .concat();
        files.push((source, calls));
    }
    files.push(("l12/main.tf".to_owned(), "resource \"x\" \"y\" {}\n".to_owned()));
    let settings = TerraformSettings {
        bounds: panoply_posture::terraform::Bounds {
            modules: 2_000,
            ..panoply_posture::terraform::Bounds::default()
        },
        ..TerraformSettings::default()
    };
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let read = read_with(&settings, &files);
    assert!(read.problems.iter().any(|what| what.contains("beyond the limits")));
}

#[test]
fn no_cut_of_a_configuration_panics() {
    let text = "resource \"x\" \"a\" {\n  n = \"${var.a[*].b}-%{ if true }x%{ endif }\"\n  \
                m = <<-E\n  ${f({a = [for x in y : x]})}\n  E\n  d { k = -1 }\n}\n";
    for end in 0..text.len() {
        read(&[("main.tf", text.get(..end).unwrap_or_default())]);
    }
}

#[test]
fn deep_nesting_is_no_danger() {
    for text in [
        format!("locals {{ a = {}1{} }}\n", "[".repeat(20_000), "]".repeat(20_000)),
        format!("locals {{ a = {}1 }}\n", "!".repeat(20_000)),
        format!("locals {{ a = {}1{} }}\n", "\"${".repeat(5_000), "}\"".repeat(5_000)),
        "a {\n".repeat(20_000),
        format!(
            "locals {{ a = {}1{} }}\noutput \"o\" {{ value = local.a }}",
            "[".repeat(60),
            "]".repeat(60)
        ),
        format!("locals {{ a = 1{} }}\noutput \"o\" {{ value = local.a }}", "+1".repeat(120)),
    ] {
        read(&[("main.tf", &text)]);
    }
}
