//! A bill of materials of 1,000 packages with names and versions that exist.
//!
//! The advisories themselves tell names and the versions they were written about. Half of a real
//! system is not like that, so there is a second bill: the same names in versions that nobody
//! wrote about.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// Folder of the source, type in package URLs, and how many are taken.
const ECOSYSTEMS: &[(&str, &str, usize)] = &[
    ("npm", "npm", 300),
    ("PyPI", "pypi", 250),
    ("Maven", "maven", 200),
    ("Go", "golang", 150),
    ("crates.io", "cargo", 100),
];

/// In no advisory.
const UNHEARD_OF: &str = "9999.0.0";

/// Package URLs with versions that are written about, and with versions that are not.
pub(crate) struct Bills {
    pub(crate) vulnerable: Vec<String>,
    pub(crate) sound: Vec<String>,
}

pub(crate) fn sample(data: &Path) -> Result<Bills> {
    let mut bills = Bills { vulnerable: Vec::new(), sound: Vec::new() };
    for (folder, kind, wanted) in ECOSYSTEMS {
        let archive = data.join("osv").join(folder).join("all.zip");
        let known = packages(&archive)?;
        ensure!(known.len() >= *wanted, "`{}` names {} packages", archive.display(), known.len());
        // Evenly over the alphabet, so that the same ones are taken every time.
        for index in 0..*wanted {
            let (name, version) =
                known.iter().nth(index * known.len() / wanted).context("inside, as was ensured")?;
            let name = name.replace(':', "/").replace('@', "%40");
            bills.vulnerable.push(format!("pkg:{kind}/{name}@{version}"));
            bills.sound.push(format!("pkg:{kind}/{name}@{UNHEARD_OF}"));
        }
    }
    Ok(bills)
}

/// Names in the advisories of one source, each with a version that one was written about.
fn packages(archive: &Path) -> Result<BTreeMap<String, String>> {
    let output = Command::new("unzip")
        .args(["-p", "-qq"])
        .arg(archive)
        .output()
        .context("unzip cannot be started")?;
    ensure!(output.status.success(), "`{}` cannot be unpacked", archive.display());
    let mut known = BTreeMap::new();
    for record in serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>() {
        let record = record.context("a record is no JSON")?;
        // Packages that are malware themselves are not what systems are made of.
        if record.get("id").and_then(Value::as_str).is_some_and(|id| id.starts_with("MAL-")) {
            continue;
        }
        for affected in record.get("affected").and_then(Value::as_array).into_iter().flatten() {
            let name = affected.pointer("/package/name").and_then(Value::as_str);
            if let (Some(name), Some(version)) = (name, version(affected)) {
                known.entry(name.to_owned()).or_insert(version);
            }
        }
    }
    Ok(known)
}

/// The last version listed, else the one in which the fault came.
fn version(affected: &Value) -> Option<String> {
    let listed = affected.get("versions").and_then(Value::as_array).and_then(|all| all.last());
    let came = || {
        let events = affected.pointer("/ranges/0/events").and_then(Value::as_array)?;
        events.iter().find_map(|event| event.get("introduced"))
    };
    let version = listed.or_else(came).and_then(Value::as_str)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    let version = if version == "0" { "0.0.1" } else { version };
    version.chars().all(plain).then(|| version.to_owned())
}

/// Writes CycloneDX.
pub(crate) fn write(purls: &[String], path: PathBuf) -> Result<PathBuf> {
    let components: Vec<Value> = purls
        .iter()
        .map(|purl| {
            let (rest, version) = purl.rsplit_once('@').unwrap_or((purl, ""));
            let name = rest.rsplit_once('/').map_or(rest, |(_, name)| name);
            json!({"type": "library", "name": name, "version": version, "purl": purl})
        })
        .collect();
    let bill = json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components});
    std::fs::write(&path, serde_json::to_vec(&bill)?)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_one_that_the_advisory_speaks_of() {
        let check = |affected: Value, expected: Option<&str>| {
            assert_eq!(version(&affected).as_deref(), expected, "{affected}");
        };
        let events = json!([{"introduced": "0"}, {"fixed": "2.0"}]);
        check(json!({"versions": ["1.0", "1.1"], "ranges": []}), Some("1.1"));
        check(json!({"ranges": [{"events": events}]}), Some("0.0.1"));
        check(json!({"versions": ["1 or so"]}), None);
        check(json!({}), None);
    }
}
