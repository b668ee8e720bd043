//! Services of functions: variables over files, what functions inherit, and templates inside.

use std::fmt::Write as _;

use panoply_base::Limits;
use panoply_posture::{Node, Platform, Resource, Sources, evidence};

fn read(files: &[(&str, &str)]) -> Vec<Resource> {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(*path, *text);
    }
    let found = evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT);
    let problems: Vec<_> = found.problems.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{problems:?}");
    found.value
}

fn one<'r>(found: &'r [Resource], address: &str) -> &'r Node {
    let it = found.iter().find(|resource| resource.address == address);
    &it.unwrap_or_else(|| panic!("{address}: {found:#?}")).attrs
}

/// The value of a custom variable, or why it is not known.
fn check(expression: &str, expected: Result<&str, &str>) {
    let service = format!(
        "service: shop\nprovider: {{name: aws, stage: \"${{opt:stage, 'test'}}\"}}\nparams:\n  default: {{size: small}}\n  \
         test: {{size: '3'}}\ncustom:\n  a: one\n  stages: {{test: {{db: t}}}}\n  more: ${{file(../common.yml)}}\n  \
         loop: ${{self:custom.loop}}\n  it: {expression}\nfunctions: {{f: {{handler: a.b}}}}\n"
    );
    let found = read(&[
        ("app/serverless.yml", &service),
        ("common.yml", "key: {below: two}\nback: ${self:custom.a}\n"),
        ("app/x.json", "{\"n\": 7}"),
    ]);
    let it = one(&found, "shop service").at(&["custom", "it"]).unwrap();
    let said = match it.cause() {
        Some(cause) => Err(cause.words().en),
        None => Ok(it.as_text().map_or_else(|| format!("{:?}", it.as_int()), str::to_owned)),
    };
    assert_eq!(said.as_deref().map_err(String::as_str), expected, "{expression}");
}

#[test]
fn variables_are_worked_out_as_far_as_the_tree_goes() {
    check("${self:custom.a}-${sls:stage}", Ok("one-test"));
    check("${self:custom.stages.${sls:stage}.db}", Ok("t"));
    check("${file(../common.yml):key.below}", Ok("two"));
    check("${self:custom.more.back}", Ok("one"));
    check("${file(./x.json):n}", Ok("Some(7)"));
    check("\"${opt:region, 'eu-west-1'}\"", Ok("eu-west-1"));
    check("${env:NAME, self:custom.a}", Ok("one"));
    check("${param:size}", Ok("3"));
    check("${AWS::Region}/${Table.Arn}", Ok("${AWS::Region}/${Table.Arn}"));
}

#[test]
fn a_file_that_is_all_of_custom_may_refer_to_itself() {
    let mut custom = String::from("base: shop\n");
    for at in 0..200 {
        writeln!(custom, "k{at}: ${{self:custom.base}}-{at}").unwrap();
    }
    let service = "service: s\nprovider: {name: aws}\ncustom: ${file(custom.yml)}\nfunctions:\n  f:\n    handler: a.b\n    \
                   description: ${self:custom.k7}\n";
    let found = read(&[("serverless.yml", service), ("custom.yml", &custom)]);
    let function = one(&found, "s function f");
    assert_eq!(function.get("description").and_then(Node::as_text), Some("shop-7"));
    let last = one(&found, "s service").at(&["custom", "k199"]);
    assert_eq!(last.and_then(Node::as_text), Some("shop-199"));
}

#[test]
fn what_others_decide_is_not_known() {
    check("${env:NAME}", Err("`env:NAME` has no value"));
    check("x-${opt:stage}", Err("`opt:stage` has no value"));
    check("${ssm:/shop/key}", Err("`ssm:/shop/key` is known only after deployment"));
    check("${file(../../etc/passwd.yml)}", Err("`../../etc/passwd.yml` is not here"));
    check("${file(/etc/passwd)}", Err("`/etc/passwd` is not here"));
    check("${file(./stage.js):a}", Err("`./stage.js` cannot be worked out before deployment"));
    check("${self:custom.loop}", Err("`variables` is beyond the limits of this scan"));
}

#[test]
fn functions_take_from_the_provider_and_templates_are_read() {
    let found = read(&[(
        "serverless.yml",
        "service: {name: shop}\nprovider:\n  name: aws\n  runtime: nodejs22.x\n  environment: {A: '1'}\n  tracing: {lambda: true}\n  \
         iam: {role: {statements: [{Effect: Allow, Action: 's3:GetObject', Resource: x}]}}\nfunctions:\n- pay:\n    handler: a.b\n    \
         environment: {B: '2'}\n    events: [{http: POST /pay}, {httpApi: {path: /q, method: GET}}, {sqs: q}, schedule]\n    url: true\n\
         resources:\n- Resources:\n    B: {Type: AWS::S3::Bucket}\n- Resources:\n    P: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: {Ref: B}}}\n",
    )]);
    let pay = one(&found, "shop function pay");
    assert_eq!(pay.get("runtime").and_then(Node::as_text), Some("nodejs22.x"));
    assert_eq!(
        pay.get("environment_in_effect").and_then(Node::as_map).map(panoply_posture::Map::len),
        Some(2)
    );
    assert_eq!(pay.get("tracing").and_then(Node::as_bool), Some(true));
    let kinds = pay.get("endpoints").unwrap().items().iter().map(|e| {
        let part = |key| e.get(key).and_then(Node::as_text).unwrap_or("-").to_owned();
        format!("{} {} {}", part("type"), part("method"), part("path"))
    });
    assert_eq!(kinds.collect::<Vec<_>>(), ["http POST /pay", "httpApi GET /q", "url - -"]);
    let templates = found.iter().filter(|one| one.platform == Platform::Cloudformation);
    let templates: Vec<_> = templates.collect();
    assert_eq!(templates.len(), 2);
    assert_eq!(templates[1].edges[0].to, "B");
}

#[test]
fn components_of_other_clouds_are_functions_too() {
    let found = read(&[
        (
            "s.yaml",
            "edition: 3.0.0\nvars: {region: cn-hangzhou}\nresources:\n  pay:\n    component: fc3\n    props:\n      region: ${vars.region}\n      \
             runtime: python3\n      role: ${env('ROLE')}\n      triggers: [{triggerType: http, triggerConfig: {authType: anonymous}}]\n",
        ),
        (
            "scf/serverless.yml",
            "component: scf\nname: pay\ninputs:\n  runtime: Nodejs12.16\n  events: [{apigw: {parameters: {protocols: [http]}}}]\n",
        ),
    ]);
    let fc = one(&found, "fc pay");
    assert_eq!(fc.get("region").and_then(Node::as_text), Some("cn-hangzhou"));
    assert!(fc.get("role").unwrap().cause().is_some());
    let trigger = &fc.get("trigger_list").unwrap().items()[0];
    assert_eq!(trigger.at(&["config", "authType"]).and_then(Node::as_text), Some("anonymous"));
    let scf = one(&found, "scf pay");
    let trigger = &scf.get("trigger_list").unwrap().items()[0];
    assert_eq!(trigger.get("kind").and_then(Node::as_text), Some("apigw"));
}

#[test]
fn variables_that_multiply_end() {
    let mut text = String::from(
        "service: s\nprovider: {name: aws}\nfunctions: {f: {handler: a}}\ncustom:\n  l0: x\n",
    );
    for at in 1..20 {
        let list = vec![format!("\"${{self:custom.l{}}}\"", at - 1); 20].join(", ");
        writeln!(text, "  l{at}: [{list}]").unwrap();
    }
    let found = read(&[("serverless.yml", &text)]);
    assert!(!found.is_empty());
}

#[test]
fn odd_values_and_other_files_do_no_harm() {
    for other in [
        "service: x\n",
        "service: x\nprovider: {}\n",
        "provider: {name: aws}\n",
        "service: [1]\nprovider: 3\n",
    ] {
        let found = read(&[("serverless.yml", other)]);
        assert!(found.is_empty(), "{other}: {found:?}");
    }
    let odd = "service: {}\nprovider: {name: aws, environment: 1, iam: [2]}\nfunctions: {a: 1, b: [2], c: {events: 3}, d: {events: [4, {http: 5}]}}\nresources: [1, {Resources: 2}]\n";
    assert_eq!(read(&[("serverless.yml", odd)]).len(), 6);
}
