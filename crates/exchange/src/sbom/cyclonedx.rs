//! CycloneDX in JSON, versions 1.2 to 1.6.

use std::collections::BTreeMap;

use panoply_model::{Distro, Purl};
use serde_json::Value;

use super::{Raw, Reading, items, text};

pub(super) fn read(value: &Value, reading: &mut Reading<'_>) {
    reading.sbom.format = "cyclonedx";
    if let Some(root) = value.get("metadata").and_then(|m| m.get("component")) {
        text(root, "name").clone_into(&mut reading.sbom.name);
    }
    let mut known: BTreeMap<String, Purl> = BTreeMap::new();
    // Components nest; a list instead of recursion, so that depth costs nothing.
    let mut open: Vec<&Value> = items(value, "components").iter().rev().collect();
    while let Some(component) = open.pop() {
        if !reading.count() {
            break;
        }
        open.extend(items(component, "components").iter().rev());
        let kind = text(component, "type");
        if kind == "operating-system" {
            let distro = Distro::new(text(component, "name"), text(component, "version"));
            reading.sbom.distro.get_or_insert(distro);
            continue;
        }
        let raw = raw(component);
        // Files, and the lock files that Trivy lists as applications, hold packages and are none.
        if raw.purl.is_empty() && !matches!(kind, "library" | "framework" | "platform") {
            continue;
        }
        if let Some(purl) = reading.package(&raw, "cyclonedx") {
            known.insert(raw.reference, purl);
        }
    }
    let mut needs = Vec::new();
    for entry in items(value, "dependencies") {
        let from = text(entry, "ref");
        for to in items(entry, "dependsOn").iter().filter_map(Value::as_str) {
            if !reading.count() {
                break;
            }
            needs.push((from.to_owned(), to.to_owned()));
        }
    }
    reading.connect(&known, &needs);
}

fn raw(component: &Value) -> Raw {
    let group = text(component, "group");
    let name = text(component, "name");
    let mut raw = Raw {
        reference: text(component, "bom-ref").to_owned(),
        name: if group.is_empty() { name.to_owned() } else { format!("{group}/{name}") },
        version: text(component, "version").to_owned(),
        purl: text(component, "purl").to_owned(),
        ..Raw::default()
    };
    for entry in items(component, "licenses") {
        let licence = entry.get("license").unwrap_or(entry);
        let found = ["expression", "id", "name"].map(|field| text(licence, field));
        raw.licences.extend(found.into_iter().find(|l| !l.is_empty()).map(str::to_owned));
    }
    for hash in items(component, "hashes") {
        let algorithm = text(hash, "alg").to_ascii_lowercase().replace("sha-", "sha");
        raw.hashes.push(format!("{algorithm}:{}", text(hash, "content")));
    }
    let evidence = component.get("evidence").unwrap_or(&Value::Null);
    let places = items(evidence, "occurrences").iter().map(|o| text(o, "location"));
    raw.paths
        .extend(places.filter(|p| !p.is_empty()).map(|p| p.trim_start_matches('/').to_owned()));
    for property in items(component, "properties") {
        set_property(&mut raw, text(property, "name"), text(property, "value"));
    }
    raw
}

/// What producers have no field for and advisories need: the source package, the path.
pub(super) fn set_property(raw: &mut Raw, name: &str, value: &str) {
    match name {
        "panoply:source:name" | "aquasecurity:trivy:SrcName" | "syft:metadata:source" => {
            value.clone_into(&mut raw.source_name);
        }
        "panoply:source:version" | "syft:metadata:sourceVersion" => {
            value.clone_into(&mut raw.source_version);
        }
        // Trivy splits a version into three; they may come in any order.
        "aquasecurity:trivy:SrcVersion" => {
            raw.source_version =
                if raw.source_version.starts_with('-') || raw.source_version.ends_with(':') {
                    match raw.source_version.split_once(':') {
                        Some((epoch, release)) => format!("{epoch}:{value}{release}"),
                        None => format!("{value}{}", raw.source_version),
                    }
                } else {
                    value.to_owned()
                };
        }
        "aquasecurity:trivy:SrcRelease" => {
            raw.source_version = format!("{}-{value}", raw.source_version);
        }
        "aquasecurity:trivy:SrcEpoch" if value != "0" => {
            raw.source_version = format!("{value}:{}", raw.source_version);
        }
        "aquasecurity:trivy:FilePath" | "syft:location:0:path" if !value.is_empty() => {
            raw.paths.push(value.trim_start_matches('/').to_owned());
        }
        _ => {}
    }
}
