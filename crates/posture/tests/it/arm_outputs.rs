//! What templates and modules give back, and functions that they define.

use std::fmt::Write as _;

use panoply_base::Limits;
use panoply_posture::{Node, Resource, Sources, Value, evidence};

fn read(files: &[(&str, &str)]) -> (Vec<Resource>, Vec<String>) {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(*path, *text);
    }
    let found = evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT);
    (found.value, found.problems.iter().map(ToString::to_string).collect())
}

fn shown(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => text.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Unknown(cause) => format!("? {}", cause.words().en),
        other => format!("{other:?}"),
    }
}

/// `name: value` of the properties of the resource that is called `r`.
fn check(files: &[(&str, &str)], expected: &[&str]) {
    let (found, problems) = read(files);
    assert!(problems.is_empty(), "{problems:?}");
    let is_r = |resource: &&Resource| resource.address == "A.B/c.r";
    let resource = found.iter().find(is_r).expect("there is one");
    let properties = resource.attrs.get("properties").and_then(Node::as_map).expect("has some");
    let lines: Vec<String> = properties
        .entries()
        .iter()
        .map(|entry| format!("{}: {}", entry.key, shown(&entry.node)))
        .collect();
    assert_eq!(lines, expected);
}

fn template(parts: &str) -> String {
    format!(
        "{{\"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\", {parts}}}"
    )
}

const INNER: &str = r#""parameters": {"who": {"type": "string"}, "key": {"type": "securestring", "defaultValue": "k"}},
  "variables": {"greeting": "[concat('hello ', parameters('who'))]"},
  "resources": [],
  "outputs": {
    "said": {"type": "string", "value": "[variables('greeting')]"},
    "id": {"type": "string", "value": "[resourceId('A.B/c', 'x')]"},
    "kept": {"type": "securestring", "value": "[parameters('key')]"},
    "often": {"type": "array", "copy": {"count": 2, "input": "x"}}
  }"#;

#[test]
fn outputs_of_deployments_are_known_where_they_are_asked_for() {
    let deployment = |name: &str, properties: &str| {
        format!(
            r#"{{"type": "Microsoft.Resources/deployments", "name": "{name}", "properties": {{"parameters": {{"who": {{"value": "[parameters('me')]"}}}}, {properties}}}}}"#
        )
    };
    let inline =
        format!(r#""expressionEvaluationOptions": {{"scope": "inner"}}, "template": {{{INNER}}}"#);
    let outer = r#""template": {"resources": [], "outputs": {"me": {"type": "string", "value": "[parameters('me')]"}}}"#;
    // The resource that asks stands before the deployments.
    let main = template(&format!(
        r#""parameters": {{"me": {{"type": "string", "defaultValue": "ann"}}}}, "resources": [
          {{"type": "A.B/c", "name": "r", "properties": {{
            "inline": "[reference('one').outputs.said.value]",
            "id": "[reference(resourceId('Microsoft.Resources/deployments', 'one')).outputs.said.value]",
            "linked": "[concat(reference('two').outputs.said.value, '!')]",
            "outer": "[reference('three').outputs.me.value]",
            "computed": "[reference('one').outputs.id.value]",
            "kept": "[reference('one').outputs.kept.value]",
            "often": "[reference('one').outputs.often.value]",
            "missing": "[reference('one').outputs.nothing.value]",
            "other": "[reference('four').outputs.x.value]"
          }}}}, {}, {}, {}]"#,
        deployment("one", &inline),
        deployment("two", r#""templateLink": {"relativePath": "nested/inner.json"}"#),
        deployment("three", outer),
    ));
    check(
        &[("azuredeploy.json", &main), ("nested/inner.json", &template(INNER))],
        &[
            "inline: hello ann",
            "id: hello ann",
            "linked: hello ann!",
            "outer: ann",
            "computed: ? `resourceId()` is known only after deployment",
            "kept: ? `kept` is known only after deployment",
            "often: ? `often` is known only after deployment",
            "missing: ? `nothing` is not here",
            "other: ? `reference()` is known only after deployment",
        ],
    );
}

#[test]
fn functions_of_templates_see_nothing_but_their_parameters() {
    let main = template(
        r#""functions": [{"namespace": "own", "members": {
             "both": {"parameters": [{"name": "a", "type": "string"}, {"name": "b", "type": "string"}],
               "output": {"type": "string", "value": "[concat(parameters('a'), '-', parameters('b'))]"}},
             "outside": {"parameters": [], "output": {"type": "string", "value": "[parameters('me')]"}},
             "again": {"parameters": [{"name": "n", "type": "int"}], "output": {"type": "int", "value": "[own.again(parameters('n'))]"}}
           }}],
           "parameters": {"me": {"type": "string", "defaultValue": "ann"}},
           "resources": [{"type": "A.B/c", "name": "r", "properties": {
             "both": "[own.both(parameters('me'), 'x')]",
             "case": "[toUpper(OWN.Both('a', 'b'))]",
             "few": "[own.both('a')]",
             "outside": "[own.outside()]",
             "again": "[own.again(1)]",
             "other": "[their.both('a', 'b')]"
           }}]"#,
    );
    check(
        &[("azuredeploy.json", &main)],
        &[
            "both: ann-x",
            "case: A-B",
            "few: ? `own.both()` makes no sense",
            "outside: ? `me` is not here",
            "again: ? `values inside of values` is beyond the limits of this scan",
            "other: ? `their.both()` cannot be worked out before deployment",
        ],
    );
}

#[test]
fn outputs_and_functions_of_bicep_are_known() {
    let main = "param me string = 'ann'\n\
        func hello(name string, marks { end: string }) string => '${name}${marks.end}'\n\
        func twice(name string) string[] => [hello(name, { end: '!' }), name]\n\
        resource r 'A.B/c@1' = {\n  name: 'r'\n  properties: {\n    said: m.outputs.said\n    deep: m.outputs.all.list[0]\n    \
        far: '${m.outputs.far}/x'\n    kept: m.outputs.kept\n    json: j.outputs.said\n    twice: twice(me)\n    maybe: maybe.outputs.said\n    \
        missing: m.outputs.nothing\n  }\n}\n\
        module m 'lib/m.bicep' = {\n  name: 'm'\n  params: {\n    who: me\n  }\n}\n\
        module j 'lib/inner.json' = {\n  name: 'j'\n  params: {\n    who: me\n  }\n}\n\
        module maybe 'lib/m.bicep' = if (me == 'ann') {\n  name: 'n'\n  params: {\n    who: me\n  }\n}\n";
    let module = "param who string\nvar greeting = 'hi ${who}'\n\
        module far 'far.bicep' = {\n  name: 'far'\n  params: {\n    where: who\n  }\n}\n\
        output said string = greeting\noutput all object = { list: [who] }\noutput far string = far.outputs.place\n@secure()\noutput kept string = who\n";
    let far = "param where string\noutput place string = 'at ${where}'\n";
    let files = [
        ("main.bicep", main),
        ("lib/m.bicep", module),
        ("lib/far.bicep", far),
        ("lib/inner.json", &template(INNER)),
    ];
    check(
        &files,
        &[
            "said: hi ann",
            "deep: ann",
            "far: at ann/x",
            "kept: ? `kept` is known only after deployment",
            "json: hello ann",
            "twice: [ann!, ann]",
            "maybe: ? `maybe.outputs` is known only after deployment",
            "missing: ? `nothing` is not here",
        ],
    );
    let (found, _) = read(&files);
    let resource = found.iter().find(|resource| resource.address == "A.B/c.r").expect("is there");
    let said = resource.attrs.at(&["properties", "said"]).expect("is there");
    assert_eq!(said.span.map(|span| span.file), Some(resource.file), "it is used there");
    let through = said.through.as_ref().expect("it came from elsewhere");
    assert_eq!(through.name, "m.outputs.said");
    assert!(resource.edges.iter().any(|edge| edge.to == "module.m"), "{:?}", resource.edges);
}

#[test]
fn circles_of_outputs_and_broken_functions_end() {
    let main = "module a 'a.bicep' = {\n  name: 'a'\n  params: {\n    x: b.outputs.x\n  }\n}\n\
        module b 'a.bicep' = {\n  name: 'b'\n  params: {\n    x: a.outputs.x\n  }\n}\n\
        resource r 'A.B/c@1' = {\n  name: 'r'\n  properties: {\n    x: a.outputs.x\n  }\n}\n";
    let module = "param x string\noutput x string = x\n";
    let (found, problems) = read(&[("main.bicep", main), ("a.bicep", module)]);
    assert!(problems.is_empty(), "{problems:?}");
    let resource = found.iter().find(|resource| resource.address == "A.B/c.r").expect("is there");
    assert!(resource.attrs.at(&["properties", "x"]).and_then(Node::cause).is_some());
    // Two files that ask each other.
    let each = |other: &str| {
        format!("module m '{other}' = {{\n  name: 'm'\n}}\noutput x string = m.outputs.x\n")
    };
    let _ = read(&[("a.bicep", &each("b.bicep")), ("b.bicep", &each("a.bicep"))]);
    let broken = "func a(\nfunc b(x string => x\nfunc c(x string) string\nresource r 'A.B/c@1' = {\n  name: 'r'\n}\n";
    let (found, problems) = read(&[("main.bicep", broken)]);
    assert!(found.iter().any(|resource| resource.address == "A.B/c.r"), "{problems:?}");
    assert_eq!(problems.len(), 2, "{problems:?}");
    // Functions that call two of the next.
    let mut doubling = String::from("func f200(x string) string => x\n");
    for at in 0..200 {
        writeln!(doubling, "func f{at}(x string) string => '${{f{0}(x)}}${{f{0}(x)}}'", at + 1)
            .unwrap();
    }
    doubling.push_str(
        "resource r 'A.B/c@1' = {\n  name: 'r'\n  properties: {\n    x: f0('x')\n  }\n}\n",
    );
    let (found, _) = read(&[("main.bicep", &doubling)]);
    assert!(found[0].attrs.at(&["properties", "x"]).and_then(Node::cause).is_some());
}

#[test]
fn modules_that_multiply_are_told_and_end() {
    let mut files = Vec::new();
    for level in 0..7 {
        let mut text = String::new();
        for at in 0..40 {
            write!(text, "module m{at} '{}.bicep' = {{\n  name: 'm'\n}}\n", level + 1).unwrap();
            writeln!(text, "output x{at} string = m{at}.outputs.x0").unwrap();
        }
        files.push((format!("{level}.bicep"), text));
    }
    files.push(("7.bicep".to_owned(), "output x0 string = 'x'\n".to_owned()));
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let (_, problems) = read(&files);
    assert!(problems.iter().any(|problem| problem.contains("more modules within each other")));
}
