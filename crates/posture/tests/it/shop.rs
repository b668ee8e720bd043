//! The example shop's weaknesses in Hangzhou are found at the lines its list of them names.

use std::path::Path;

use panoply_base::Limits;
use panoply_posture::check::{Checks, Verdict, ask};
use panoply_posture::{CheckBody, Sources, World, evidence};
use panoply_rules::load_directory;

#[test]
fn the_shop_in_hangzhou_is_flagged_at_its_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = Sources::default();
    for file in ["alicloud.tf", "variables.tf"] {
        let path = root.join("examples/shop/deploy/terraform").join(file);
        sources.add(file, std::fs::read_to_string(path).expect(file));
    }
    let rules = load_directory::<CheckBody>(&root.join("rules/config"), &Limits::DEFAULT).value;
    let checks = Checks::new(rules);
    let found =
        evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT).value;
    let world = World::new(found);
    let (answers, _) = ask(&checks, &world, 100);
    let flagged: Vec<(&str, u32)> = answers
        .value
        .iter()
        .filter(|answer| answer.verdict == Verdict::Fails)
        .filter_map(|answer| Some((answer.check.id(), sources.lines(answer.span?)?.line)))
        .collect();
    for expected in [
        ("alicloud-access-key-in-provider", 4),
        ("alicloud-oss-public-acl", 14),
        ("alicloud-security-group-ssh-open", 26),
    ] {
        assert!(flagged.contains(&expected), "{expected:?} is not in {flagged:?}");
    }
    assert!(!flagged.contains(&("alicloud-access-key-in-provider", 5)), "a variable is no key");
}
