//! What large configurations cost. Run with `--release -- --ignored --nocapture terraform_scale`.

use std::fmt::Write as _;
use std::time::Instant;

use crate::terraform::{Read, read};

fn measured(what: &str, files: &[(String, String)]) -> Read {
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    let start = Instant::now();
    let read = read(&files);
    let took = start.elapsed();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: unknown");
    println!(
        "{what}: {} files, {bytes} bytes, {} resources, {} problems, {took:?}, {peak}",
        files.len(),
        read.resources.len(),
        read.problems.len()
    );
    read
}

fn service() -> String {
    r#"
variable "name" {}
variable "env" {}
variable "ports" { default = [80, 443, 8080] }
variable "tags" { type = map(string) }
locals {
  full = "${var.env}-${var.name}"
  tags = merge(var.tags, { service = var.name, env = var.env })
}
resource "aws_security_group" "sg" {
  name   = local.full
  vpc_id = "vpc-1"
  tags   = local.tags
  dynamic "ingress" {
    for_each = var.ports
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = [cidrsubnet("10.0.0.0/8", 8, ingress.key)]
    }
  }
}
resource "aws_s3_bucket" "logs" {
  count  = 4
  bucket = format("%s-logs-%02d", local.full, count.index)
  tags   = local.tags
  versioning {
    enabled = var.env == "prod"
  }
}
resource "aws_s3_bucket_policy" "logs" {
  for_each = { for at, bucket in aws_s3_bucket.logs : tostring(at) => bucket }
  bucket   = each.value.id
  policy   = data.aws_iam_policy_document.logs[each.key].json
}
data "aws_iam_policy_document" "logs" {
  for_each = { for at, bucket in aws_s3_bucket.logs : tostring(at) => bucket.bucket }
  statement {
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["arn:aws:s3:::${each.value}/*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::123456789012:root"]
    }
  }
}
output "buckets" { value = aws_s3_bucket.logs[*].bucket }
"#
    .to_owned()
}

#[test]
#[ignore = "measures"]
fn ten_thousand_resources_in_nested_modules() {
    let mut names = String::new();
    for at in 0..77 {
        let _ = write!(names, "s{at} = {{ tier = \"t{}\" }}\n    ", at % 3);
    }
    let files = vec![
        (
            "main.tf".to_owned(),
            "module \"env\" {\n  source = \"./env\"\n  for_each = toset([\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"i\", \"prod\"])\n  env = each.key\n}\n\
             output \"all\" { value = flatten([for e in module.env : e.buckets]) }\n"
                .to_owned(),
        ),
        (
            "env/main.tf".to_owned(),
            format!(
                "variable \"env\" {{}}\nlocals {{\n  services = {{\n    {names}\n  }}\n}}\n\
                 module \"service\" {{\n  source = \"../service\"\n  for_each = local.services\n  name = each.key\n  env = var.env\n  tags = {{ tier = each.value.tier }}\n}}\n\
                 output \"buckets\" {{ value = flatten([for s in module.service : s.buckets]) }}\n"
            ),
        ),
        ("service/main.tf".to_owned(), service()),
    ];
    let read = measured("nested", &files);
    assert_eq!(read.of_kind("aws_s3_bucket").len(), 10 * 77 * 4);
    assert_eq!(read.attr("output.all", "value").matches("logs").count(), 10 * 77 * 4);
}

#[test]
#[ignore = "measures"]
fn two_thousand_small_configurations() {
    let files: Vec<(String, String)> = (0..2_274)
        .map(|at| {
            let text = format!(
                "provider \"aws\" {{\n  region = \"eu-west-{at}\"\n}}\n\
                 variable \"name\" {{\n  type    = string\n  default = \"n{at}\"\n}}\n\
                 resource \"aws_s3_bucket\" \"b{at}\" {{\n  bucket = \"${{var.name}}-logs\"\n  acl    = \"private\"\n\
                 \n  tags = {{\n    Name = var.name\n    Env  = \"dev\"\n  }}\n\n  versioning {{\n    enabled = true\n  }}\n}}\n\
                 resource \"aws_s3_bucket_policy\" \"p\" {{\n  bucket = aws_s3_bucket.b{at}.id\n\
                 \n  policy = <<POLICY\n{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{{\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}}]\n}}\nPOLICY\n}}\n"
            );
            (format!("case-{at}/main.tf"), text)
        })
        .collect();
    let read = measured("small", &files);
    assert_eq!(read.of_kind("aws_s3_bucket").len(), 2_274);
}
