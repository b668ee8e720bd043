//! Templates of Azure and files of Bicep, through the same door as a scan.

use panoply_base::Limits;
use panoply_posture::{Node, Resource, Sources, Value, evidence};

fn read(files: &[(&str, &str)], limits: &Limits) -> (Vec<Resource>, Vec<String>) {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(*path, *text);
    }
    let found = evidence::resources(&sources, &evidence::Settings::default(), limits);
    let declared = found.value.into_iter().filter(|resource| &*resource.kind != "parameter");
    (declared.collect(), found.problems.iter().map(ToString::to_string).collect())
}

/// What a value is, in few words: `"a"`, `3`, `?cause`, `{…}`.
fn shown(node: Option<&Node>) -> String {
    match node.map(|node| &node.value) {
        None => "-".to_owned(),
        Some(Value::Null) => "null".to_owned(),
        Some(Value::Bool(value)) => value.to_string(),
        Some(Value::Int(value)) => value.to_string(),
        Some(Value::Float(value)) => value.to_string(),
        Some(Value::Text(text)) => format!("\"{text}\""),
        Some(Value::List(items)) => {
            let items: Vec<_> = items.iter().map(|item| shown(Some(item))).collect();
            format!("[{}]", items.join(", "))
        }
        Some(Value::Map(map)) => {
            let entries = map.entries().iter();
            let entries =
                entries.map(|entry| format!("{}: {}", entry.key, shown(Some(&entry.node))));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Some(Value::Unknown(cause)) => format!("?{}", cause.words().en),
    }
}

/// `address: value of properties`, one line a resource.
fn check(files: &[(&str, &str)], expected: &[&str], problems: &[&str]) {
    let (found, told) = read(files, &Limits::DEFAULT);
    let lines: Vec<String> = found
        .iter()
        .map(|resource| {
            format!("{}: {}", resource.address, shown(resource.attrs.get("properties")))
        })
        .collect();
    assert_eq!(lines, expected, "{told:?}");
    assert_eq!(told, problems);
}

fn template(parts: &str) -> String {
    format!(
        "{{\"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\", {parts}}}"
    )
}

#[test]
fn expressions_of_templates_are_worked_out() {
    let text = template(
        r#""parameters": {"env": {"type": "string", "defaultValue": "prod"}, "key": {"type": "string"}},
        "variables": {"name": "[concat(parameters('env'), '-web')]", "copy": [{"name": "many", "count": 2, "input": "[copyIndex('many', 1)]"}]},
        /* people write comments */
        "resources": [{"type": "A.B/c", "name": "[variables('name')]", "properties": {
            "if": "[if(equals(parameters('env'), 'prod'), 'yes', 'no')]",
            "format": "[format('{0}/{1}', toUpper('a'), length(createArray(1, 2)))]",
            "many": "[variables('many')]",
            "copy": [{"name": "ports", "count": 2, "input": {"port": "[add(80, copyIndex('ports'))]"}}],
            "escaped": "[[not an expression]",
            "quote": "['it''s']",
            "key": "[parameters('KEY')]",
            "place": "[resourceGroup().location]",
            "broken": "[concat('a']",
            "missing": "[variables('nothing')]"
        }}]"#,
    );
    check(
        &[("azuredeploy.json", &text)],
        &[
            "A.B/c.prod-web: {if: \"yes\", format: \"A/2\", many: [1, 2], ports: [{port: 80}, {port: 81}], \
           escaped: \"[not an expression]\", quote: \"it's\", key: ?`key` has no value, \
           place: ?`resourceGroup()` is known only after deployment, \
           broken: ?`[concat('a']` (`)` is missing) makes no sense, missing: ?`nothing` is not here}",
        ],
        &[],
    );
}

#[test]
fn conditions_copies_and_children_of_templates() {
    let text = template(
        r#""resources": [
        {"type": "A.B/c", "name": "never", "condition": false},
        {"type": "A.B/c", "name": "[concat('n', copyIndex())]", "copy": {"name": "x", "count": 2}, "properties": {"at": "[copyIndex('x')]"}},
        {"type": "A.B/c", "name": "p", "resources": [{"type": "d", "name": "q", "properties": {"a": 1}}, {"type": "A.B/c/d", "name": "p/r"}]},
        {"name": "no type"}]"#,
    );
    check(
        &[("azuredeploy.json", &text)],
        &[
            "A.B/c.n0: {at: 0}",
            "A.B/c.n1: {at: 1}",
            "A.B/c.p: -",
            "A.B/c/d.p/q: {a: 1}",
            "A.B/c/d.p/r: -",
        ],
        &[&format!(
            "azuredeploy.json: byte {}: a resource without a type",
            text.find("{\"name\": \"no type").unwrap_or(0)
        )],
    );
}

#[test]
fn deployments_inside_have_names_of_their_own_only_if_they_say_so() {
    let inner = r#"{"type": "Microsoft.Resources/deployments", "name": "in", "properties": {
        "expressionEvaluationOptions": {"scope": "inner"}, "parameters": {"v": {"value": "[parameters('v')]"}},
        "template": {"parameters": {"v": {"type": "string"}}, "resources": [{"type": "A.B/c", "name": "x", "properties": {"v": "[parameters('v')]"}}]}}}"#;
    let outer = r#"{"type": "Microsoft.Resources/deployments", "name": "out", "properties": {
        "template": {"resources": [{"type": "A.B/c", "name": "y", "properties": {"v": "[parameters('v')]"}}]}}}"#;
    let text = template(&format!(
        r#""parameters": {{"v": {{"defaultValue": "here"}}}}, "resources": [{inner}, {outer}]"#
    ));
    let linked = template(
        r#""resources": [{"type": "Microsoft.Resources/deployments", "name": "l", "properties": {"templateLink": {"relativePath": "nested/main.json"}}}]"#,
    );
    check(
        &[("nested/main.json", &text), ("top.json", &linked)],
        &[
            "Microsoft.Resources/deployments.l: {templateLink: {relativePath: \"nested/main.json\"}}",
            "Microsoft.Resources/deployments.l.Microsoft.Resources/deployments.in: {expressionEvaluationOptions: {scope: \"inner\"}}",
            "Microsoft.Resources/deployments.l.Microsoft.Resources/deployments.in.A.B/c.x: {v: \"here\"}",
            "Microsoft.Resources/deployments.l.Microsoft.Resources/deployments.out: {}",
            "Microsoft.Resources/deployments.l.A.B/c.y: {v: \"here\"}",
        ],
        &[],
    );
}

#[test]
fn files_of_parameters_count_where_they_agree() {
    let text = "param a string = 'default'\nparam b string\nresource r 'A.B/c@1' = {\n  name: 'r'\n  properties: {\n    a: a\n    b: b\n  }\n}\n";
    let one = r#"{"$schema": "x/deploymentParameters.json#", "parameters": {"a": {"value": "given"}, "b": {"value": 1}}}"#;
    let two = "using './main.bicep'\nparam a = 'given'\nparam b = 2\n";
    check(
        &[("main.bicep", text), ("main.parameters.json", one), ("prod.bicepparam", two)],
        &["A.B/c.r: {a: \"given\", b: ?`b` has no value}"],
        &[],
    );
}

#[test]
fn bicep_is_worked_out() {
    let text = r"
@description('with \'quotes\' and ${not}')
@allowed(['a'
  'b'])
param env string = 'prod' // a comment
param count int
param open bool = env != 'prod'
var tags = { env: env, ...{ 'team-name': 'x' } }
var names = [for (n, i) in ['a', 'b', 'c']: if (i != 1) '${n}-${i}']
var long = '''
raw ${text}
'''
type mine = {
  a: string
}
output o string = tags.env
resource stg 'A.B/c@2023-01-01' = {
  name: 'x${env}'
  tags: tags
  properties: {
    choice: open ? 'open' : 'closed'
    multi: env == 'prod'
      ? 1
      : 2
    names: names
    long: long
    deep: tags.env
    safe: tags.?nothing ?? 'none'
    math: (1 + 2) * 3 - -1
    list: [
      -1
      [2]
    ]
    count: count
    mapped: map(range(0, 2), i => i * 2)
    unknown: uniqueString(resourceGroup().id)
    'any key': any(null)
  }
  resource child 'd@2023-01-01' = {
    name: 'inner'
    properties: {
      above: stg.name
      key: stg.listKeys().keys[0].value
    }
  }
}
resource old 'A.B/c@2023-01-01' existing = {
  name: 'old'
}
resource loop 'A.B/e@2023-01-01' = [for (n, i) in names: if (i > 0) {
  parent: old
  name: n
  properties: { id: stg::child.id }
}]
resource never 'A.B/e@2023-01-01' = if (open) {
  name: 'never'
}
resource maybe 'A.B/e@2023-01-01' = [for n in range(0, count): {
  name: 'm${n}'
  properties: { fixed: true }
}]
";
    check(
        &[("main.bicep", text)],
        &[
            "A.B/c.stg: {choice: \"closed\", multi: 1, names: [\"a-0\", \"c-2\"], long: \"raw ${text}\n\", \
             deep: \"prod\", safe: \"none\", math: 10, list: [-1, [2]], count: ?`count` has no value, \
             mapped: [0, 2], unknown: ?`resourceGroup()` is known only after deployment, any key: null}",
            "A.B/c/d.child: {above: \"xprod\", key: ?`listKeys()` is known only after deployment}",
            "A.B/e.loop[1]: {id: ?`stg.child` is known only after deployment}",
            "A.B/e.maybe[*]: {fixed: true}",
        ],
        &[],
    );
    let (found, _) = read(&[("main.bicep", text)], &Limits::DEFAULT);
    let edges: Vec<_> = found
        .iter()
        .flat_map(|one| one.edges.iter().map(|edge| format!("{} {}", edge.through, edge.to)))
        .collect();
    for edge in ["parent A.B/c.stg", "properties.above A.B/c.stg", "parent A.B/c.old"] {
        assert!(edges.iter().any(|known| known == edge), "{edge}: {edges:?}");
    }
}

#[test]
fn modules_see_what_they_are_given() {
    let main = "param who string = 'me'\nmodule m './lib/m.bicep' = {\n  name: 'm'\n  params: {\n    who: who\n  }\n}\n\
        module gone 'br/public:avm/res:1' = {\n  name: 'gone'\n}\n";
    let lib = "param who string\nparam rest string = '${who}!'\nresource r 'A.B/c@1' = {\n  name: 'r'\n  properties: {\n    rest: rest\n  }\n}\n";
    check(
        &[("main.bicep", main), ("lib/m.bicep", lib)],
        &["module.m.A.B/c.r: {rest: \"me!\"}"],
        &[],
    );
}

#[test]
fn a_broken_statement_does_not_hide_the_next_one() {
    let text = "resource a 'A.B/c@1' = {\n  name: = 'x'\n}\nparam = 3\nvar s = 'no end\nresource b 'A.B/c@1' = {\n  name: 'b'\n}\n";
    check(
        &[("main.bicep", text)],
        &["A.B/c.b: -"],
        &[
            "main.bicep: byte 66: a text without an end",
            "main.bicep: byte 33: `=` where a value should be",
            "main.bicep: byte 47: a name is missing",
            "main.bicep: byte 67: a value is missing",
        ],
    );
}

#[test]
fn places_are_those_of_the_use_and_the_way_leads_to_the_definition() {
    let text = "param tls string = 'TLS1_0'\nresource r 'A.B/c@1' = {\n  name: 'r'\n  properties: {\n    tls: tls\n  }\n}\n";
    let (found, _) = read(&[("main.bicep", text)], &Limits::DEFAULT);
    let node = found[0].attrs.at(&["properties", "tls"]).unwrap();
    let at = |span: Option<panoply_posture::Span>| {
        span.and_then(|span| text.get(span.start as usize..span.end as usize))
    };
    assert_eq!(at(node.span), Some("tls"));
    let through = node.through.as_ref().unwrap();
    assert_eq!((through.name.as_str(), at(through.span)), ("tls", Some("'TLS1_0'")));
}

#[test]
fn hostile_files_end() {
    let deep = format!(
        "var x = {}1{}\nresource r 'A.B/c@1' = {{\n}}\n",
        "(".repeat(50_000),
        ")".repeat(50_000)
    );
    let texts = format!("var x = {}\nresource r 'A.B/c@1' = {{\n}}\n", "'${".repeat(50_000));
    let chain = format!("var x = a{}\nresource r 'A.B/c@1' = {{\n}}\n", ".b".repeat(50_000));
    let not = format!("var x = {}true\nresource r 'A.B/c@1' = {{\n}}\n", "!".repeat(50_000));
    let nested = format!(
        "{}{}",
        "resource r 'A.B/c@1' = {\n  name: 'r'\n".repeat(5_000),
        "}\n".repeat(5_000)
    );
    for text in [&deep, &texts, &chain, &not, &nested] {
        let (_, problems) = read(&[("main.bicep", text)], &Limits::DEFAULT);
        assert!(!problems.is_empty(), "{}", text.get(..40).unwrap_or_default());
    }
    // Each doubles the one before.
    let double = |at: usize| format!("var v{at} = '${{v{0}}}${{v{0}}}'\n", at - 1);
    let append = |at: usize| format!("var l{at} = concat(l{0}, l{0})\n", at - 1);
    let doubling =
        (1..200).map(double).fold("var v0 = 'xxxxxxxxxxxxxxxx'\n".to_owned(), |a, b| a + &b);
    let lists = (1..200).map(append).fold("var l0 = [1, 2]\n".to_owned(), |a, b| a + &b);
    let uses = "resource r 'A.B/c@1' = {\n  name: 'r'\n  properties: {\n    v: v199\n    l: length(l199)\n  }\n}\n";
    let (found, _) = read(&[("main.bicep", &format!("{doubling}{lists}{uses}"))], &Limits::DEFAULT);
    let properties = found[0].attrs.get("properties").unwrap();
    assert!(properties.get("v").and_then(Node::cause).is_some(), "{}", shown(Some(properties)));
    assert!(properties.get("l").and_then(Node::cause).is_some());
    let circle = "var a = b\nvar b = a\nresource r 'A.B/c@1' = {\n  name: 'r'\n  properties: {\n    a: a\n  }\n}\n";
    check(&[("main.bicep", circle)], &["A.B/c.r: {a: ?`a` needs itself}"], &[]);
    let own =
        "module m 'main.bicep' = {\n  name: 'm'\n}\nresource r 'A.B/c@1' = {\n  name: 'r'\n}\n";
    let _ = read(&[("main.bicep", own)], &Limits::DEFAULT);
}

#[test]
fn loops_inside_of_loops_are_bounded() {
    let text = "var n = range(0, 800)\nvar x = [for a in n: [for b in n: [for c in n: [for d in n: '${a}${b}${c}${d}']]]]\n\
        resource r 'A.B/c@1' = {\n  name: 'r'\n  properties: {\n    x: x\n  }\n}\n";
    let small = Limits { entries: 200_000, ..Limits::DEFAULT };
    let (found, _) = read(&[("main.bicep", text)], &small);
    assert_eq!(found.len(), 1);
    let many = template(
        r#""resources": [{"type": "A.B/c", "name": "[concat('n', copyIndex())]", "copy": {"name": "x", "count": 100000000}}]"#,
    );
    let (found, problems) = read(&[("azuredeploy.json", &many)], &Limits::DEFAULT);
    assert_eq!((found.len(), problems.len()), (800, 1));
}
