//! The own JSON of Syft and of Trivy: richer than the standards, and what people already have.

use panoply_model::Distro;
use serde_json::Value;

use super::{Raw, Reading, items, text};

pub(super) fn read_syft(value: &Value, reading: &mut Reading<'_>) {
    reading.sbom.format = "syft";
    if let Some(source) = value.get("source") {
        let target = source.get("target").unwrap_or(&Value::Null);
        let names =
            [text(source, "name"), text(target, "userInput"), target.as_str().unwrap_or_default()];
        let name = names.into_iter().find(|n| !n.is_empty()).unwrap_or_default();
        name.clone_into(&mut reading.sbom.name);
    }
    if let Some(distro) = value.get("distro").filter(|d| !text(d, "id").is_empty()) {
        let like = match distro.get("idLike") {
            Some(Value::String(like)) => like.split_whitespace().map(str::to_owned).collect(),
            _ => items(distro, "idLike")
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        };
        reading.sbom.distro = Some(Distro {
            like,
            codename: text(distro, "versionCodename").to_owned(),
            pretty: text(distro, "prettyName").to_owned(),
            ..Distro::new(text(distro, "id"), text(distro, "versionID"))
        });
    }
    for artifact in items(value, "artifacts") {
        if !reading.count() {
            break;
        }
        let licence = |licence: &Value| {
            let spelled = [
                licence.as_str().unwrap_or_default(),
                text(licence, "spdxExpression"),
                text(licence, "value"),
            ];
            spelled.into_iter().find(|l| !l.is_empty()).map(str::to_owned)
        };
        let metadata = artifact.get("metadata").unwrap_or(&Value::Null);
        let raw = Raw {
            name: text(artifact, "name").to_owned(),
            version: text(artifact, "version").to_owned(),
            purl: text(artifact, "purl").to_owned(),
            licences: items(artifact, "licenses").iter().filter_map(licence).collect(),
            paths: items(artifact, "locations")
                .iter()
                .map(|l| text(l, "path").trim_start_matches('/').to_owned())
                .collect(),
            source_name: text(metadata, "source").to_owned(),
            source_version: text(metadata, "sourceVersion").to_owned(),
            ..Raw::default()
        };
        // Syft lists file-like binaries with a package type but no package; those have no purl.
        reading.package(&raw, "syft");
    }
}

pub(super) fn read_trivy(value: &Value, reading: &mut Reading<'_>) {
    reading.sbom.format = "trivy";
    text(value, "ArtifactName").clone_into(&mut reading.sbom.name);
    if let Some(os) = value.get("Metadata").and_then(|m| m.get("OS")) {
        reading.sbom.distro = Some(Distro::new(text(os, "Family"), text(os, "Name")));
    }
    let mut listed = false;
    for result in items(value, "Results") {
        let target = text(result, "Target");
        let language = text(result, "Class") == "lang-pkgs";
        for package in items(result, "Packages") {
            listed = true;
            if !reading.count() {
                return;
            }
            let path = Some(text(package, "FilePath")).filter(|p| !p.is_empty());
            let path = path.or(language.then_some(target));
            let raw = Raw {
                name: text(package, "Name").to_owned(),
                version: text(package, "Version").to_owned(),
                purl: text(package.get("Identifier").unwrap_or(&Value::Null), "PURL").to_owned(),
                licences: items(package, "Licenses")
                    .iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect(),
                paths: path.iter().map(|p| (*p).to_owned()).collect(),
                source_name: text(package, "SrcName").to_owned(),
                source_version: source_version(package),
                ..Raw::default()
            };
            reading.package(&raw, "trivy");
        }
    }
    if !listed {
        reading.problem("the report lists no packages; it was written without `--list-all-pkgs`");
    }
}

/// `epoch:version-release` of the parts that are there.
fn source_version(package: &Value) -> String {
    let mut version = text(package, "SrcVersion").to_owned();
    let release = text(package, "SrcRelease");
    if !release.is_empty() {
        version = format!("{version}-{release}");
    }
    match package.get("SrcEpoch").and_then(Value::as_u64) {
        Some(epoch) if epoch > 0 && !version.is_empty() => format!("{epoch}:{version}"),
        _ => version,
    }
}
