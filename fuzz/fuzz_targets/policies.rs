//! Policies that users bring, in every lane, asked about an object.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_fuzz::{Input, answers, text};
use panoply_policies::{Request, documents, judge, load};
use panoply_posture::Sources;
use panoply_posture::evidence::{Settings, resources};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b, labels: {c: d}}\n\
    spec:\n  hostNetwork: true\n  containers:\n  - {name: e, image: f, securityContext: \
    {privileged: true}}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n";

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let shape = input.byte();
    let limits = answers::limits(shape & 1 != 0);
    let mut policies = Sources::default();
    for (number, part) in input.parts().into_iter().enumerate() {
        let mut part = Input::new(part);
        let ending = if part.byte() & 1 == 0 { "yaml" } else { "rego" };
        policies.add(format!("policy-{number}.{ending}"), &*text(part.rest()));
    }
    let loaded = load(&policies, &limits);
    assert!(loaded.value.len() > 0 || loaded.value.is_empty());
    let mut sources = Sources::default();
    sources.add("pod.yaml", POD);
    let mut read = resources(&sources, &Settings::default(), &limits).value;
    read.extend(documents(&loaded.value, &sources, &limits).value);
    let requests: Vec<Request<'_>> = read.iter().map(Request::create).collect();
    let judged = judge(&loaded.value, &requests, &read, &sources, limits.problems);
    assert!(judged.problems.len() <= limits.problems);
    for answer in &judged.value {
        assert!(!answer.said.rule.is_empty());
    }
});
