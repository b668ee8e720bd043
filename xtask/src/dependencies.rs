//! What may be in the build: every licence can be met, no crate is banned, every source is known.
//!
//! The lists are those of `deny.toml`, so that `cargo deny check`, where it is installed, gives the
//! same verdict. Building that program takes minutes on a small machine; this needs only what cargo
//! knows anyway. Advisories are not asked for here: `panoply scan Cargo.lock` is our answer to them.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use spdx::{Expression, LicenseReq, ParseMode};

use crate::run::{output, root};

/// What `deny.toml` says, as far as it is asked here.
struct Allowed {
    licences: Vec<String>,
    /// Crate, and what it alone may be under.
    exceptions: Vec<(String, Vec<String>)>,
    /// Crate, and why it may not come in.
    banned: Vec<(String, String)>,
}

/// One package of the dependency graph that is not ours.
struct Part {
    name: String,
    version: String,
    licence: Option<String>,
    source: String,
}

/// Complaints about everything that the build takes in, for all systems and features.
pub(crate) fn complaints() -> Result<Vec<String>> {
    let allowed = Allowed::read(&std::fs::read_to_string(root().join("deny.toml"))?)?;
    let parts = parts()?;
    println!("{} foreign packages, their licences and sources looked at", parts.len());
    let mut complaints: Vec<String> =
        parts.iter().filter_map(|part| judge(part, &allowed)).collect();
    // A leftover exception would let the crate back in without a decision.
    for (name, _) in &allowed.exceptions {
        if !parts.iter().any(|part| part.name == *name) {
            complaints.push(format!("deny.toml has an exception for {name}, which nobody uses"));
        }
    }
    Ok(complaints)
}

fn judge(part: &Part, allowed: &Allowed) -> Option<String> {
    let named = format!("{} {}", part.name, part.version);
    if let Some((_, why)) = allowed.banned.iter().find(|(name, _)| *name == part.name) {
        return Some(format!("{named} is banned by deny.toml: {why}"));
    }
    // Cargo's own registry is the only one; a git revision has no version that advisories speak of.
    if !part.source.starts_with("registry+") {
        return Some(format!("{named} comes from `{}` and not from the registry", part.source));
    }
    let Some(licence) = &part.licence else {
        return Some(format!("{named} states no licence expression"));
    };
    // Older manifests write `MIT/Apache-2.0`.
    let mode = ParseMode { allow_slash_as_or_operator: true, ..ParseMode::STRICT };
    match Expression::parse_mode(licence, mode) {
        Err(error) => {
            Some(format!("{named}: cannot read the licence `{licence}`: {}", error.reason))
        }
        Ok(expression) => (!expression.evaluate(|wanted| allowed.allows(&part.name, wanted)))
            .then(|| format!("{named} is under `{licence}`, which deny.toml does not allow")),
    }
}

impl Allowed {
    fn read(text: &str) -> Result<Self> {
        let whole: toml::Table = text.parse().context("cannot read deny.toml")?;
        let entries = |section: &str, key: &str| -> Result<Vec<toml::Value>> {
            let list = whole.get(section).and_then(|section| section.get(key));
            let list = list.and_then(toml::Value::as_array);
            Ok(list.with_context(|| format!("deny.toml has no list `{section}.{key}`"))?.clone())
        };
        let exceptions = entries("licenses", "exceptions")?;
        let banned = entries("bans", "deny")?;
        Ok(Self {
            licences: words(&entries("licenses", "allow")?)?,
            exceptions: exceptions
                .iter()
                .map(|entry| {
                    let licences = entry.get("allow").and_then(toml::Value::as_array);
                    let licences = licences.context("an exception in deny.toml allows nothing")?;
                    Ok((word(entry, "crate")?, words(licences)?))
                })
                .collect::<Result<_>>()?,
            banned: banned
                .iter()
                .map(|entry| Ok((word(entry, "crate")?, word(entry, "reason")?)))
                .collect::<Result<_>>()?,
        })
    }

    fn allows(&self, name: &str, wanted: &LicenseReq) -> bool {
        let wanted = wanted.to_string();
        let own = self.exceptions.iter().filter(|(crate_name, _)| crate_name == name);
        self.licences.iter().chain(own.flat_map(|(_, licences)| licences)).any(|one| *one == wanted)
    }
}

fn word(entry: &toml::Value, key: &str) -> Result<String> {
    let text = entry.get(key).and_then(toml::Value::as_str);
    Ok(text.with_context(|| format!("an entry of deny.toml has no `{key}`"))?.to_owned())
}

fn words(list: &[toml::Value]) -> Result<Vec<String>> {
    let text = |value: &toml::Value| value.as_str().map(str::to_owned);
    list.iter()
        .map(|value| text(value).context("deny.toml lists something that is no text"))
        .collect()
}

/// Everything in the graph that has a source; our own crates have none.
fn parts() -> Result<Vec<Part>> {
    let arguments = ["metadata", "--format-version", "1", "--all-features", "--locked", "--quiet"];
    let metadata: Value = serde_json::from_str(&output("cargo", &arguments).context(
        "cannot list the dependencies for all systems; `cargo fetch --locked` once brings what is missing",
    )?)?;
    let packages = metadata.pointer("/packages").and_then(Value::as_array);
    let Some(packages) = packages.filter(|packages| !packages.is_empty()) else {
        bail!("cargo metadata names no packages");
    };
    let text = |package: &Value, key: &str| package.get(key)?.as_str().map(str::to_owned);
    Ok(packages
        .iter()
        .filter_map(|package| {
            Some(Part {
                source: text(package, "source")?,
                name: text(package, "name")?,
                version: text(package, "version").unwrap_or_default(),
                licence: text(package, "license"),
            })
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENY: &str = r#"
        [licenses]
        allow = ["Apache-2.0", "MIT"]
        exceptions = [{ crate = "cache", allow = ["MPL-2.0"] }]
        [bans]
        deny = [{ crate = "openssl", reason = "TLS is rustls" }]
    "#;

    fn check(name: &str, licence: &str, complaint: Option<&str>) {
        let part = Part {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: (!licence.is_empty()).then(|| licence.to_owned()),
            source: "registry+index".to_owned(),
        };
        let said = judge(&part, &Allowed::read(DENY).unwrap());
        match complaint {
            None => assert_eq!(said, None),
            Some(words) => assert!(said.as_ref().unwrap().contains(words), "{said:?}"),
        }
    }

    #[test]
    fn one_alternative_is_enough_and_every_part_is_needed() {
        check("a", "MIT", None);
        check("a", "MIT/Apache-2.0", None);
        check("a", "GPL-3.0-only OR Apache-2.0", None);
        check("a", "(Apache-2.0 OR MIT) AND Unicode-3.0", Some("does not allow"));
        check("a", "GPL-3.0-only", Some("under `GPL-3.0-only`"));
        check("a", "Apache-2.0 WITH LLVM-exception", Some("does not allow"));
        check("a", "", Some("no licence"));
        check("a", "See the file", Some("cannot read"));
    }

    #[test]
    fn an_exception_is_for_one_crate() {
        check("cache", "MPL-2.0", None);
        check("other", "MPL-2.0", Some("does not allow"));
    }

    #[test]
    fn what_is_banned_stays_out_whatever_its_licence() {
        check("openssl", "Apache-2.0", Some("TLS is rustls"));
    }

    #[test]
    fn a_git_revision_is_no_source() {
        let part = Part {
            name: "a".to_owned(),
            version: "1.0.0".to_owned(),
            licence: Some("MIT".to_owned()),
            source: "git+https://example.org/a?rev=1".to_owned(),
        };
        assert!(judge(&part, &Allowed::read(DENY).unwrap()).unwrap().contains("git+https"));
    }
}
