use crate::check;

const PODS: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: x}}
spec: {hostNetwork: true}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: lab, labels: {app: x}}
spec: {hostNetwork: true}
---
apiVersion: v1
kind: Pod
metadata: {name: c, labels: {app: x}}
spec: {hostNetwork: false}
";

#[test]
fn policies_in_cel_are_asked() {
    let policy = r#"
apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata:
  name: no-host-network
  annotations: {policies.kyverno.io/title: No host network, policies.kyverno.io/severity: critical}
spec:
  validationActions: [Deny]
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations:
  - {expression: "!object.spec.?hostNetwork.orValue(false)", message: no host network}
"#;
    let told = |line: u32| format!("{line}: kyverno/no-host-network (critical): no host network");
    check(policy, PODS, &[&told(4), &told(9)]);
}

#[test]
fn rules_in_cel_are_asked_and_others_told() {
    let policy = r#"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: hosts}
spec:
  rules:
  - name: network
    match: {any: [{resources: {kinds: [Pod]}}]}
    exclude: {any: [{resources: {namespaces: [lab]}}]}
    validate:
      failureAction: Enforce
      cel:
        expressions: [{expression: "!object.spec.hostNetwork", message: no host network}]
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: patterns}
spec:
  rules:
  - {name: labels, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {pattern: {metadata: {name: "?*"}}}}
"#;
    check(
        policy,
        PODS,
        &[
            "4: kyverno/hosts/network (high): no host network",
            "! policy.yaml: `patterns` is not judged: its rules (labels) are not in CEL",
        ],
    );
}
