use crate::check;

const POLICY: &str = r#"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: few-replicas}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}
  variables:
  - {name: wanted, expression: object.spec.replicas}
  validations:
  - expression: variables.wanted <= 5
    messageExpression: "'too many: ' + string(variables.wanted)"
"#;

fn deployment(name: &str, rest: &str) -> String {
    format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n{rest}---\n")
}

#[test]
fn a_policy_without_binding_is_asked_of_everything_it_means() {
    let objects = [
        deployment("many", "  paused: false\n  replicas: 9\n"),
        deployment("few", "  replicas: 2\n"),
        "apiVersion: v1\nkind: ReplicationController\nmetadata: {name: old}\nspec: {replicas: 9}\n"
            .to_owned(),
    ];
    // The place is the field that decides, through the variable.
    check(POLICY, &objects.concat(), &["6: vap/few-replicas (high): too many: 9"]);
}

#[test]
fn what_breaks_a_policy_has_not_passed() {
    let told = "1: vap/few-replicas (high): broke: `variables.wanted <= 5`: character 1: \
                variables.wanted: character 1: there is no field `replicas`";
    check(POLICY, &deployment("none", "  paused: true\n"), &[told]);
}

#[test]
fn bindings_choose_objects_and_say_how_bad_it_is() {
    let binding = r"
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: shop}
spec:
  policyName: few-replicas
  validationActions: [Warn, Audit]
  matchResources:
    namespaceSelector: {matchLabels: {team: shop}}
    objectSelector: {matchExpressions: [{key: lab, operator: DoesNotExist}]}
";
    let object = |name: &str, rest: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a, namespace: {name}{rest}}}\nspec: {{replicas: 9}}\n---\n"
        )
    };
    let objects = [
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: shop}}\n---\n"
            .into(),
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: bank, labels: {team: bank}}\n---\n"
            .into(),
        object("shop", ""),
        object("shop", ", labels: {lab: x}"),
        object("bank", ""),
        object("elsewhere", ""),
    ];
    check(
        &format!("{POLICY}{binding}"),
        &objects.concat(),
        &[
            "12: vap/few-replicas (medium): too many: 9",
            "24: vap/few-replicas (medium): ? `Namespace/elsewhere` is not here",
        ],
    );
}

#[test]
fn params_come_from_the_folder_or_are_not_known() {
    let policy = r#"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: most}
spec:
  paramKind: {apiVersion: example.org/v1, kind: Most}
  validations:
  - {expression: "object.spec.replicas <= params.most", message: more than allowed}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: most}
spec:
  policyName: most
  validationActions: [Deny]
  paramRef: {name: ours, parameterNotFoundAction: Deny}
"#;
    let params = "---\napiVersion: example.org/v1\nkind: Most\nmetadata: {name: ours}\nmost: 3\n";
    let objects = [deployment("a", "  replicas: 4\n"), deployment("b", "  replicas: 3\n")].concat();
    check(&format!("{policy}{params}"), &objects, &["5: vap/most (high): more than allowed"]);
    check(
        policy,
        &objects,
        &[
            "1: vap/most (high): ? `Most/ours` is not here",
            "7: vap/most (high): ? `Most/ours` is not here",
        ],
    );
}

#[test]
fn who_asks_and_what_they_may_is_not_known() {
    let policy = |expression: &str| {
        format!(
            "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {{name: who}}\nspec:\n  validations:\n  - expression: {expression:?}\n"
        )
    };
    let object = deployment("a", "  replicas: 4\n");
    check(
        &policy("request.userInfo.username == 'admin'"),
        &object,
        &["1: vap/who (high): ? `request.userInfo` has no value"],
    );
    check(
        &policy("authorizer.group('').resource('pods').check('get').allowed()"),
        &object,
        &["1: vap/who (high): ? `authorizer` has no value"],
    );
    // What is decided without them is decided.
    check(
        &policy("request.operation == 'CREATE' || request.userInfo.username == 'a'"),
        &object,
        &[],
    );
    check(&policy("oldObject == null && object.metadata.namespace == 'default'"), &object, &[]);
}

#[test]
fn the_element_that_decides_is_pointed_at() {
    let policy = r"
apiVersion: admissionregistration.k8s.io/v1beta1
kind: ValidatingAdmissionPolicy
metadata: {name: registry}
spec:
  validations:
  - expression: object.spec.containers.all(c, c.image.startsWith('r.example/'))
    message: images come from r.example
  - expression: object.spec.?hostNetwork.orValue(false) == false
";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: a\n    image: r.example/a\n  - name: b\n    image: docker.io/b\n";
    check(policy, pod, &["9: vap/registry (high): images come from r.example"]);
}

#[test]
fn conditions_leave_out_and_broken_expressions_are_told_with_their_place() {
    let policies = r#"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: broken}
spec:
  validations:
  - {expression: "object.spec."}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: only-b}
spec:
  matchConditions:
  - {name: is-b, expression: "object.metadata.name == 'b'"}
  validations:
  - {expression: "false"}
---
apiVersion: admissionregistration.k8s.io/v1alpha1
kind: MutatingAdmissionPolicy
metadata: {name: changes}
"#;
    let objects = [deployment("a", "  replicas: 4\n"), deployment("b", "  replicas: 3\n")].concat();
    check(
        policies,
        &objects,
        &[
            "7: vap/only-b (high): failed expression: false",
            "! policy.yaml: `broken`: validations[0]: character 13: a name is missing",
            "! policy.yaml: `MutatingAdmissionPolicy` `changes` is not judged: it changes, makes, removes or exempts objects, or asks a registry",
        ],
    );
}
