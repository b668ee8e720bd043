//! Checks that are unpacked when there is something for them are the same checks, and all of them.

use std::path::Path;
use std::sync::LazyLock;

use panoply_base::Limits;
use panoply_posture::check::sources_of;
use panoply_posture::{Checks, Library, Resource, World, ask, evidence};
use panoply_rules::pack::{Indexed, encode_indexed};

use crate::checks::rules;
use crate::product;

/// The checks of the product, packed as the binary has them.
fn pack() -> Indexed<'static> {
    static PACK: LazyLock<String> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/config");
        let files = product::files(&folder);
        encode_indexed(files.iter().map(|(path, text)| (path.as_str(), text.as_str()))).unwrap()
    });
    Indexed::open(&PACK).unwrap()
}

/// What checks say of resources, in the order in which they say it.
fn answers(checks: &Checks, world: &World) -> Vec<String> {
    let (answers, _) = ask(checks, world, usize::MAX);
    let said = answers.value.iter().map(|answer| {
        let (id, address) = (answer.check.id(), &answer.resource.address);
        format!("{id} {address} {} {:?} {}", answer.path, answer.verdict, answer.message.zh)
    });
    said.chain(answers.problems.iter().map(ToString::to_string)).collect()
}

#[test]
fn every_check_is_unpacked_as_its_file_says() {
    let pack = pack();
    assert_eq!(pack.len(), rules().len());
    let mut unpacked = pack.rules().unwrap();
    unpacked.sort_by(|a, b| a.head.id.cmp(&b.head.id));
    for (unpacked, rule) in unpacked.iter().zip(rules()) {
        let mut rule = rule.clone();
        rule.tests.clear();
        assert_eq!(*unpacked, rule, "{}", rule.head.id);
    }
}

#[test]
fn unpacked_checks_say_what_all_checks_say() {
    let whole = Checks::new(rules().to_vec());
    let library = Library::packed(pack(), Vec::new());
    let (mut asked, mut flagged) = (0, 0);
    for some in rules().chunks(50) {
        let cases = some.iter().flat_map(|rule| rule.tests.iter().map(move |test| (rule, test)));
        let resources: Vec<Resource> = cases
            .flat_map(|(rule, test)| {
                let sources = sources_of(rule, &test.prepared());
                let settings = evidence::Settings::default();
                evidence::resources(&sources, &settings, &Limits::DEFAULT).value
            })
            .collect();
        let world = World::new(resources);
        let chosen = library.looking_at(&world);
        assert_eq!(chosen.problems, []);
        let expected = answers(&whole, &world);
        assert_eq!(answers(&chosen.value, &world), expected);
        asked += chosen.value.len();
        flagged += expected.len();
    }
    // Else nothing was unpacked late, or nothing was compared.
    let rounds = rules().len().div_ceil(50);
    assert!(asked < rounds * rules().len() / 2, "{asked} checks in {rounds} rounds");
    assert!(flagged > rules().len(), "{flagged}");
}

#[test]
fn a_check_of_the_user_counts_instead_of_the_built_in_one() {
    let mut sources = panoply_posture::Sources::default();
    sources
        .add("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {hostPID: true}");
    let settings = evidence::Settings::default();
    let world = World::new(evidence::resources(&sources, &settings, &Limits::DEFAULT).value);
    let flagged = |library: &Library| {
        let checks = library.looking_at(&world).value;
        let (answers, _) = ask(&checks, &world, 9);
        answers.value.iter().map(|answer| answer.check.id().to_owned()).collect::<Vec<_>>()
    };
    let built_in = flagged(&Library::packed(pack(), Vec::new()));
    let id = built_in.first().unwrap();
    let mut own = rules().iter().find(|rule| rule.head.id == *id).unwrap().clone();
    own.body.deny = "false".to_owned();
    own.body.also.clear();
    let expected: Vec<String> = built_in.iter().filter(|other| *other != id).cloned().collect();
    assert_eq!(flagged(&Library::packed(pack(), vec![own])), expected);
}

#[test]
fn a_check_that_cannot_be_unpacked_is_told_and_costs_itself() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/config/kubernetes");
    let files = product::files(&folder);
    let packed =
        encode_indexed(files.iter().map(|(path, text)| (path.as_str(), text.as_str()))).unwrap();
    // One check loses its opening brace; what stands where does not change.
    let broken: &'static str = packed.replacen("[\"config\",{", "[\"config\",[", 1).leak();
    let world = World::new({
        let cases = rules().iter().flat_map(|rule| rule.tests.iter().map(move |test| (rule, test)));
        let sources = cases.map(|(rule, test)| sources_of(rule, &test.prepared()));
        let settings = evidence::Settings::default();
        sources.flat_map(|s| evidence::resources(&s, &settings, &Limits::DEFAULT).value).collect()
    });
    let whole = Library::packed(Indexed::open(packed.leak()).unwrap(), Vec::new());
    let broken = Library::packed(Indexed::open(broken).unwrap(), Vec::new());
    let (whole, broken) = (whole.looking_at(&world), broken.looking_at(&world));
    assert_eq!(whole.problems.len(), 0);
    assert_eq!(broken.value.len() + 1, whole.value.len());
    let told: Vec<String> = broken.problems.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1);
    assert!(
        told[0].starts_with("rule `") && told[0].ends_with("of the pack is broken"),
        "{told:?}"
    );
}
