use crate::{check, said};
use panoply_policies::Lane;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {}\n";

#[test]
fn an_expression_that_never_ends_is_stopped_and_the_next_one_works() {
    let deep = "[0,1,2,3,4,5,6,7,8,9]";
    let walks: Vec<String> = ('a'..='h').map(|name| format!("{deep}.all({name}, ")).collect();
    let walks = walks.concat();
    let text = format!("{walks}true{}", ")".repeat(8));
    let policy = format!(
        "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {{name: slow}}\nspec:\n  validations:\n  - expression: {text:?}\n  - expression: 'false'\n    message: reached\n"
    );
    let told = said(Lane::Cel, &[("p.yaml", &policy)], &[("o.yaml", POD)]);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("more than 1000000 steps"), "{told:?}");
    assert!(told[1].ends_with("reached"), "{told:?}");
}

#[test]
fn noise_in_the_shape_of_policies_is_told() {
    for noise in [
        "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\n",
        "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: [x]}\nspec: {validations: 3}\n",
        "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nspec: []\n",
        "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nspec: {targets: {}}\n",
        "apiVersion: policies.kyverno.io/v1\nkind: ValidatingPolicy\nmetadata: {name: n}\n",
    ] {
        let told = said(Lane::Cel, &[("p.yaml", noise)], &[("o.yaml", POD)]);
        assert!(told.len() == 1 && told[0].starts_with("! "), "{noise}: {told:?}");
    }
    // Matches nothing rather than everything, and nobody panics.
    check("kind: 3\n---\n[]\n---\n- a\n", POD, &[]);
}

#[cfg(feature = "rego")]
#[test]
fn a_module_that_never_ends_is_stopped_by_its_timer() {
    let slow = "package main\n\ndeny[msg] {\n  a := numbers.range(1, 9999)\n  count({[x, y, z] | x := a[_]; y := a[_]; z := a[_]; x + y + z < 0}) > 0\n  msg := \"never\"\n}\n";
    let long = "package other\n\ndeny[msg] {\n  count(numbers.range(1, 1000000000000)) > 0\n  msg := \"never\"\n}\n";
    let told = said(Lane::Cel, &[("slow.rego", slow), ("zlong.rego", long)], &[("o.yaml", POD)]);
    assert!(told.iter().any(|one| one.contains("rego/main/deny (high): broke: ")), "{told:?}");
    assert!(!told.iter().any(|one| one.contains("never")), "{told:?}");
}
