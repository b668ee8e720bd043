//! Plans of Terraform.

use crate::terraform::read;

const PLAN: &str = r#"{
  "format_version": "1.2",
  "terraform_version": "1.13.0",
  "planned_values": {
    "root_module": {
      "resources": [
        {"address": "aws_s3_bucket.b", "mode": "managed", "type": "aws_s3_bucket", "name": "b",
         "values": {"bucket": "logs", "tags": null, "rule": [{"days": 1}]}}
      ],
      "child_modules": [
        {"address": "module.m[\"a.b\"]", "resources": [
          {"address": "module.m[\"a.b\"].aws_x.x[0]", "mode": "managed", "type": "aws_x",
           "name": "x", "index": 0, "values": {"size": 1}},
          {"address": "module.m[\"a.b\"].aws_y.y", "mode": "managed", "type": "aws_y",
           "name": "y", "values": {"x": null}}
        ]},
        {"address": "module.m[\"c\"]", "resources": [
          {"address": "module.m[\"c\"].aws_x.x[0]", "mode": "managed", "type": "aws_x",
           "name": "x", "index": 0, "values": {"size": 1}}
        ]}
      ]
    }
  },
  "resource_changes": [
    {"address": "aws_s3_bucket.b", "type": "aws_s3_bucket", "change": {"actions": ["create"],
     "after": {}, "after_unknown": {"arn": true, "tags": false, "rule": [{"id": true}]}}},
    {"address": "aws_s3_bucket.gone", "type": "aws_s3_bucket",
     "change": {"actions": ["delete"], "after": null, "after_unknown": {}}}
  ],
  "configuration": {
    "root_module": {
      "resources": [{"address": "aws_s3_bucket.b", "expressions": {"bucket": {"constant_value": "x"}}}],
      "module_calls": {"m": {"module": {"resources": [
        {"address": "aws_x.x", "expressions": {}},
        {"address": "aws_y.y", "expressions": {
          "x": {"references": ["aws_x.x[0].id", "aws_x.x[0]", "var.z"]},
          "block": [{"inner": {"references": ["aws_x.x"]}}]
        }}
      ]}}}
    }
  }
}"#;

#[test]
fn a_plan_is_read_as_it_is() {
    let read = read(&[("out/plan.json", PLAN), ("other.json", "{\"format_version\": \"1\"}")]);
    assert_eq!(read.problems, Vec::<String>::new());
    assert_eq!(read.of_kind("aws_s3_bucket"), ["out/plan.json: aws_s3_bucket.b"]);
    let bucket = "out/plan.json: aws_s3_bucket.b";
    assert_eq!(
        read.attr(bucket, ""),
        format!(
            "{{bucket: \"logs\", tags: null, rule: [{{days: 1, id: ?computed {bucket}.rule[0].id}}], \
             arn: ?computed {bucket}.arn}}"
        )
    );
    let span = read.node(bucket, "bucket").span.expect("has one");
    assert_eq!(read.sources.slice(span), Some("\"logs\""));
    assert_eq!(
        read.edges("out/plan.json: module.m[\"a.b\"].aws_y.y"),
        [
            "x -> out/plan.json: module.m[\"a.b\"].aws_x.x[0]",
            "block[0].inner -> out/plan.json: module.m[\"a.b\"].aws_x.x[0]",
        ]
    );
}

#[test]
fn a_plan_without_planned_values_has_its_changes() {
    let plan = r#"{"format_version": "1.2", "resource_changes": [
      {"address": "aws_x.a", "mode": "managed", "type": "aws_x",
       "change": {"actions": ["create"], "after": {"n": 1}, "after_unknown": {"id": true}}}]}"#;
    let read = read(&[("plan.json", plan)]);
    assert_eq!(read.attr("plan.json: aws_x.a", ""), "{n: 1, id: ?computed plan.json: aws_x.a.id}");
}

#[test]
fn a_broken_plan_is_a_problem() {
    let read = read(&[("plan.json", "{\"format_version\": \"1\", \"planned_values\": {")]);
    assert!(read.problems[0].starts_with("plan.json: byte"), "{:?}", read.problems);
}
