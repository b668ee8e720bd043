//! Files of configuration of every kind: read together, asked by every check that ships.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use panoply_base::Limits;
use panoply_fuzz::{Input, answers, config, text};
use panoply_posture::evidence::{Settings, resources};
use panoply_posture::{Checks, Sources, World, ask};

/// What somebody may name a file, one for every reader.
const PATHS: [&str; 32] = [
    "Dockerfile",
    "main.tf",
    "main.tf.json",
    "terraform.tfvars",
    "plan.json",
    "mod/main.tf",
    ".terraform/modules/modules.json",
    "app.yaml",
    "app.json",
    "chart/values.yaml",
    "chart/templates/app.yaml",
    "chart/templates/_help.tpl",
    "kustomization.yaml",
    "base/kustomization.yaml",
    "docker-compose.yml",
    ".github/workflows/ci.yml",
    ".gitlab-ci.yml",
    "stack.template",
    "azuredeploy.json",
    "azuredeploy.parameters.json",
    "main.bicep",
    "roles/web/tasks/main.yml",
    "inventory/hosts.ini",
    "group_vars/all.yml",
    "serverless.yml",
    "etc/ssh/sshd_config",
    "etc/nginx/nginx.conf",
    "etc/docker/daemon.json",
    "etc/systemd/system/some.service",
    "etc/sysctl.conf",
    "etc/pam.d/sshd",
    "etc/containerd/config.toml",
];

static CHECKS: LazyLock<Checks> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules/config");
    let read = panoply_rules::load_directory(&folder, &Limits::DEFAULT);
    assert_eq!(read.problems, [], "the checks that ship are sound");
    Checks::new(read.value)
});

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let limits = answers::limits(input.byte() & 1 != 0);
    let mut files: Vec<(&str, String)> = Vec::new();
    for part in input.parts() {
        let mut part = Input::new(part);
        let path = PATHS[usize::from(part.byte()) % PATHS.len()];
        if files.iter().all(|(known, _)| *known != path) {
            files.push((path, text(part.rest()).into_owned()));
        }
    }
    if files.iter().any(|(path, _)| path.starts_with("chart/")) {
        files.push(("chart/Chart.yaml", "apiVersion: v2\nname: some\nversion: 1.0.0\n".to_owned()));
    }
    let mut sources = Sources::default();
    for (path, text) in &files {
        sources.add(*path, text.as_str());
    }
    let read = resources(&sources, &Settings::default(), &limits);
    for resource in &read.value {
        config::check(resource, &sources);
    }
    // Findings are known again by what is said of them, so the same files have to say the same.
    if bytes.len() < 1_024 {
        let again = resources(&sources, &Settings::default(), &limits);
        assert_eq!(format!("{:?}", read.value), format!("{:?}", again.value));
    }
    let world = World::new(read.value);
    let (answers, tallies) = ask(&CHECKS, &world, limits.problems);
    assert!(answers.problems.len() <= limits.problems);
    let told: u64 = tallies.values().map(|tally| tally.failed + tally.unknown).sum();
    assert_eq!(told, answers.value.len() as u64, "what is counted is what is told");
});
