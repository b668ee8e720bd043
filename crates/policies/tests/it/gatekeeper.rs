use crate::{check, check_rego};

const TEMPLATE: &str = r#"
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: onlytiers}
spec:
  crd: {spec: {names: {kind: OnlyTiers}}}
  targets:
  - target: admission.k8s.gatekeeper.sh
    code:
    - engine: K8sNativeValidation
      source:
        variables:
        - {name: tier, expression: "variables.anyObject.metadata.?labels.?tier.orValue('none')"}
        validations:
        - {expression: "variables.tier in variables.params.tiers", messageExpression: "'tier ' + variables.tier"}
    - engine: Rego
      source:
        rego: |
          package onlytiers

          violation[{"msg": msg}] {
            tier := object.get(input.review.object.metadata, ["labels", "tier"], "none")
            not allowed(tier)
            msg := sprintf("tier %v", [tier])
          }

          allowed(tier) {
            input.parameters.tiers[_] == tier
          }
"#;

const CONSTRAINT: &str = r#"
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: OnlyTiers
metadata: {name: front-or-back}
spec:
  enforcementAction: dryrun
  match:
    kinds: [{apiGroups: [""], kinds: [Service]}]
    excludedNamespaces: [kube-*]
  parameters: {tiers: [front, back]}
"#;

const SERVICES: &str = "\
apiVersion: v1
kind: Service
metadata: {name: a, labels: {tier: front}}
---
apiVersion: v1
kind: Service
metadata: {name: b}
---
apiVersion: v1
kind: Service
metadata: {name: c, namespace: kube-system}
---
apiVersion: v1
kind: Pod
metadata: {name: d}
";

#[test]
fn both_engines_of_a_template_say_the_same() {
    let policies = format!("{TEMPLATE}{CONSTRAINT}");
    check(&policies, SERVICES, &["7: gatekeeper/OnlyTiers/front-or-back (low): tier none"]);
    check_rego(&policies, SERVICES, &["5: gatekeeper/OnlyTiers/front-or-back (low): tier none"]);
}

#[test]
fn a_constraint_without_its_template_is_told() {
    let told =
        "! policy.yaml: the constraint `front-or-back` has no template of kind `OnlyTiers` here";
    check(CONSTRAINT, SERVICES, &[told]);
}

#[cfg(feature = "rego")]
#[test]
fn the_inventory_is_what_was_scanned() {
    let policies = r#"
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: onename}
spec:
  crd: {spec: {names: {kind: OneName}}}
  targets:
  - target: admission.k8s.gatekeeper.sh
    rego: |
      package onename
      violation[{"msg": msg}] {
        other := data.inventory.namespace[ns]["v1"].Service[input.review.name]
        ns != input.review.namespace
        msg := sprintf("also in %v", [other.metadata.namespace])
      }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: OneName
metadata: {name: once}
"#;
    let service = |namespace: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: s, namespace: {namespace}}}\n---\n"
        )
    };
    check_rego(
        policies,
        &format!("{}{}", service("a"), service("b")),
        &[
            "1: gatekeeper/OneName/once (high): also in b",
            "5: gatekeeper/OneName/once (high): also in a",
        ],
    );
}
