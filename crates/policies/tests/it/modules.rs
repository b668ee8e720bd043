use panoply_policies::Lane;

fn check(policies: &[(&str, &str)], files: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(crate::said(Lane::Cel, policies, files), expected);
}

#[test]
fn rules_of_conftest_see_documents_objects_and_dockerfiles() {
    let old = "package main\n\ndeny[msg] {\n  input.replicas > 3\n  msg := sprintf(\"%d replicas\", [input.replicas])\n}\n";
    let new = "package shop\n\nimport rego.v1\n\nwarn contains msg if {\n  some command in input\n  command.Cmd == \"from\"\n  endswith(command.Value[0], \":latest\")\n  msg := \"latest\"\n}\n";
    check(
        &[("a.rego", old), ("b.rego", new), ("a_test.rego", "package main\ntest_x { false }\n")],
        &[
            ("values.yaml", "name: x\nreplicas: 5\n---\nreplicas: 2\n"),
            ("Dockerfile", "FROM debian:latest\nRUN true\n"),
        ],
        &["1: rego/main/deny (high): 5 replicas", "1: rego/shop/warn (medium): latest"],
    );
}

#[test]
fn checks_for_trivy_point_at_lines() {
    let policy = r#"# METADATA
# title: Host network
# related_resources:
# - https://example.org/host-network
# custom:
#   id: OWN-1
#   severity: CRITICAL
#   input:
#     selector:
#     - type: kubernetes
package user.hostnetwork

import rego.v1

deny contains res if {
	input.kind == "Pod"
	some container in input.spec.containers
	container.privileged == true
	res := result.new(sprintf("%s is privileged", [container.name]), container)
}
"#;
    check(
        &[("own.rego", policy)],
        &[
            (
                "pod.yaml",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n  - name: b\n    privileged: true\n",
            ),
            ("other.yaml", "kind: Pod\nspec: {containers: [{name: z, privileged: true}]}\n"),
        ],
        &["7: trivy/OWN-1 (critical): b is privileged"],
    );
}

#[test]
fn a_module_that_cannot_be_read_costs_itself() {
    let told = crate::said(
        Lane::Cel,
        &[
            ("bad.rego", "package main\n\ndeny[msg] {\n"),
            ("good.rego", "package main\n\ndeny[\"always\"] { true }\n"),
            (
                "cloud.rego",
                "# METADATA\n# custom:\n#   input:\n#     selector:\n#     - type: cloud\npackage user.c\ndeny[m] { m := \"x\" }\n",
            ),
        ],
        &[("a.json", "{\"a\": 1}")],
    );
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[0], "1: rego/main/deny (high): always");
    assert!(told[1].starts_with("! bad.rego: "), "{told:?}");
    assert_eq!(told[2], "! cloud.rego: checks of `cloud` are not judged");
}
