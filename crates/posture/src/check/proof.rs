//! Runs the tests inside a check, through the same readers as real files.

use panoply_base::{Limits, Problem};
use panoply_rules::{Rule, TestCase};

use super::{CheckBody, Checks, Verdict, ask};
use crate::evidence;
use crate::host;
use crate::resource::Platform;
use crate::sources::Sources;
use crate::world::World;

/// What a check said of the input of a test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Lines of failures, counted from 1.
    pub flags: Vec<u32>,
    /// Why the answer is not known, in English.
    pub unknown: Vec<String>,
    pub problems: Vec<Problem>,
}

/// The one file that a test of a check is about.
pub fn sources_of(rule: &Rule<CheckBody>, case: &TestCase) -> Sources {
    let path = match &case.path {
        Some(path) => path.clone(),
        None => usual_path(rule.body.on.keys().next().copied()).to_owned(),
    };
    let mut sources = Sources::default();
    sources.add(path, case.input.as_str());
    sources
}

/// Asks one check about the input of one of its tests.
pub fn try_case(rule: &Rule<CheckBody>, case: &TestCase) -> Said {
    let mut sources = sources_of(rule, case);
    // A whole host stands in its snapshot.
    let file = sources.iter().next().map(|(file, _)| file);
    let evidence = match file.filter(|_| case.input.contains(host::FORMAT)) {
        Some(file) => match host::resources(&mut sources, file, &Limits::DEFAULT) {
            Ok((evidence, _)) => evidence,
            Err(problem) => panoply_base::Parsed::failed(problem),
        },
        None => evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT),
    };
    let world = World::new(evidence.value);
    let checks = Checks::new(vec![rule.clone()]);
    let (answers, _) = ask(&checks, &world, 100);
    let mut said = Said { problems: evidence.problems, ..Said::default() };
    said.problems.extend(answers.problems);
    for answer in answers.value {
        match answer.verdict {
            Verdict::Fails => {
                said.flags
                    .extend(answer.span.and_then(|span| host::line_in(&sources, file?, span)));
            }
            Verdict::Unknown { cause, .. } => said.unknown.push(cause.en),
        }
    }
    said
}

/// Where people usually write what belongs to a platform.
fn usual_path(platform: Option<Platform>) -> &'static str {
    match platform {
        Some(Platform::Terraform) => "main.tf",
        Some(Platform::Dockerfile) => "Dockerfile",
        Some(Platform::Compose) => "compose.yaml",
        Some(Platform::GithubActions) => ".github/workflows/ci.yaml",
        Some(Platform::GitlabCi) => ".gitlab-ci.yml",
        Some(Platform::Cloudformation) => "template.yaml",
        Some(Platform::Azure) => "main.bicep",
        Some(Platform::Ansible) => "playbook.yaml",
        Some(Platform::Serverless) => "serverless.yml",
        Some(Platform::Openapi) => "openapi.yaml",
        Some(Platform::Systemd) => "app.service",
        Some(Platform::Nginx) => "nginx.conf",
        Some(Platform::Sshd) => "etc/ssh/sshd_config",
        Some(Platform::Sysctl) => "etc/sysctl.conf",
        Some(Platform::Pam) => "etc/pam.d/common-password",
        Some(Platform::DockerDaemon) => "etc/docker/daemon.json",
        Some(Platform::Containerd) => "etc/containerd/config.toml",
        Some(Platform::Kubelet) => "var/lib/kubelet/config.yaml",
        Some(Platform::Host) => "host.yaml",
        _ => "object.yaml",
    }
}
