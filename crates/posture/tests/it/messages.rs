//! What checks of builds and pipelines say names what it is about.

use panoply_base::Limits;
use panoply_posture::{Checks, Platform, Sources, World, ask, evidence};

use crate::product;

/// Whether a check looks at builds, Compose files or pipelines.
fn is_ours(platform: Platform) -> bool {
    matches!(
        platform,
        Platform::Dockerfile
            | Platform::Compose
            | Platform::GithubActions
            | Platform::GitlabCi
            | Platform::Tekton
    )
}

#[test]
fn no_message_about_a_build_or_a_pipeline_has_a_gap() {
    let mut gaps = Vec::new();
    for rule in product::rules() {
        let Some(platform) = rule.body.on.keys().copied().find(|platform| is_ours(*platform))
        else {
            continue;
        };
        let usual = match platform {
            Platform::Dockerfile => "Dockerfile",
            Platform::GithubActions => ".github/workflows/a.yaml",
            Platform::GitlabCi => ".gitlab-ci.yml",
            _ => "compose.yaml",
        };
        let mut sources = Sources::default();
        for (index, case) in rule.tests.iter().map(panoply_rules::TestCase::prepared).enumerate() {
            let path = case.path.unwrap_or_else(|| usual.to_owned());
            sources.add(format!("{index}/{path}"), case.input);
        }
        let world = World::new(
            evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT).value,
        );
        let checks = Checks::new(vec![rule]);
        for answer in ask(&checks, &world, 100).0.value {
            // What cannot be filled in is shown as a question mark.
            if answer.message.en.contains('?') && answer.verdict == panoply_posture::Verdict::Fails
            {
                gaps.push(format!("{}: {}", answer.check.id(), answer.message.en));
            }
        }
    }
    assert!(gaps.is_empty(), "{}", gaps.join("\n"));
}
