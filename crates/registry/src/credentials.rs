//! Names and passwords from the files that `docker login` and `podman login` write.
//!
//! `config.json` of Docker ("auths", "credHelpers", "credsStore") and containers-auth.json(5).

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use panoply_base::Secret;
use panoply_base::base64::{Base64, Padding};
use serde::Deserialize;

/// Who we are for one registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    Password {
        username: String,
        password: Secret<String>,
    },
    /// An identity token, traded for an access token at the token service.
    Identity {
        token: Secret<String>,
    },
}

/// What is known of registries and their credentials.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    given: BTreeMap<String, Credential>,
    stored: BTreeMap<String, Credential>,
    helpers: BTreeMap<String, String>,
    default_helper: Option<String>,
    /// Files that could not be read, and why: told when a registry refuses us.
    pub problems: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct File {
    auths: BTreeMap<String, Auth>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    /// `username:password` in base64.
    #[serde(rename = "auth")]
    pair: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HelperAnswer {
    username: String,
    secret: String,
}

impl Credentials {
    /// Reads the files that exist; the first one that knows a registry wins.
    pub fn from_files(files: &[PathBuf]) -> Self {
        let mut credentials = Self::default();
        for path in files {
            match std::fs::read(path) {
                Ok(bytes) => credentials.add(&path.display().to_string(), &bytes),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => credentials.problems.push(format!("{}: {error}", path.display())),
            }
        }
        credentials
    }

    /// Uses this credential for a registry, whatever the files say.
    pub fn give(&mut self, registry: &str, credential: Credential) {
        self.given.insert(host_key(registry), credential);
    }

    /// Adds what a file says; registries that are known already keep their credential. `name` is for
    /// problems.
    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        let file: File = match serde_json::from_slice(bytes) {
            Ok(file) => file,
            Err(error) => return self.problems.push(format!("{name}: {error}")),
        };
        for (registry, auth) in file.auths {
            match stored(&auth) {
                Some(credential) => {
                    self.stored.entry(host_key(&registry)).or_insert(credential);
                }
                // An entry without `auth` is how Docker notes that a helper has the password.
                None if auth.pair.as_deref().is_some_and(|pair| !pair.is_empty()) => {
                    self.problems.push(format!(
                        "{name}: `auth` of `{registry}` is not `name:password` in base64"
                    ));
                }
                None => {}
            }
        }
        for (registry, helper) in file.cred_helpers {
            self.helpers.entry(host_key(&registry)).or_insert(helper);
        }
        self.default_helper = self.default_helper.take().or(file.creds_store);
    }

    /// The credential for a registry; may ask a credential helper, as Docker does.
    pub fn of(&self, registry: &str) -> Option<Credential> {
        let key = host_key(registry);
        if let Some(credential) = self.given.get(&key) {
            return Some(credential.clone());
        }
        if let Some(helper) = self.helpers.get(&key) {
            return ask(helper, &key);
        }
        if let Some(credential) = self.stored.get(&key) {
            return Some(credential.clone());
        }
        self.default_helper.as_deref().and_then(|helper| ask(helper, &key))
    }
}

/// Docker pads, other programs that write the same file do not.
const PAIR: Base64 = Base64 { padding: Padding::Optional, ..Base64::STRICT };
/// Bytes of a name and password; tokens that stand for a password have a few thousand.
const LONGEST_PAIR: usize = 64 * 1024;

fn stored(auth: &Auth) -> Option<Credential> {
    if let Some(token) = auth.identitytoken.clone().filter(|token| !token.is_empty()) {
        return Some(Credential::Identity { token: Secret::new(token) });
    }
    if let (Some(username), Some(password)) = (&auth.username, &auth.password) {
        return Some(Credential::Password {
            username: username.clone(),
            password: Secret::new(password.clone()),
        });
    }
    let decoded = PAIR.decode(auth.pair.as_deref()?.trim().as_bytes(), LONGEST_PAIR).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (username, password) = text.split_once(':')?;
    Some(Credential::Password {
        username: username.to_owned(),
        password: Secret::new(password.trim_end_matches('\0').to_owned()),
    })
}

/// `https://index.docker.io/v1/`, `docker.io` and `registry-1.docker.io` are one registry.
fn host_key(registry: &str) -> String {
    let host = registry.trim_start_matches("https://").trim_start_matches("http://");
    let host = host.split('/').next().unwrap_or(host);
    match host {
        "index.docker.io" | "registry-1.docker.io" | "docker.io" => "docker.io".to_owned(),
        other => other.to_ascii_lowercase(),
    }
}

/// Asks `docker-credential-NAME get`, the protocol of Docker's credential helpers.
#[expect(clippy::disallowed_methods, reason = "a credential helper is a program by definition")]
fn ask(helper: &str, registry: &str) -> Option<Credential> {
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if helper.is_empty() || !helper.chars().all(harmless) {
        return None;
    }
    let address = if registry == "docker.io" { "https://index.docker.io/v1/" } else { registry };
    let mut child = Command::new(format!("docker-credential-{helper}"))
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(address.as_bytes()).ok()?;
    let output = child.wait_with_output().ok().filter(|output| output.status.success())?;
    let answer: HelperAnswer = serde_json::from_slice(&output.stdout).ok()?;
    Some(if answer.username == "<token>" {
        Credential::Identity { token: Secret::new(answer.secret) }
    } else {
        Credential::Password { username: answer.username, password: Secret::new(answer.secret) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, registry: &str, username: Option<&str>) {
        let mut credentials = Credentials::default();
        credentials.add("config.json", json.as_bytes());
        let found = credentials.of(registry).map(|credential| match credential {
            Credential::Password { username, .. } => username,
            Credential::Identity { .. } => "<identity>".to_owned(),
        });
        assert_eq!(found.as_deref(), username, "{registry} in {json}");
    }

    #[test]
    fn registries_are_found_under_all_their_names() {
        let auth = panoply_base::base64::encode(b"ann:not-a-password");
        let json =
            format!(r#"{{"auths": {{"https://index.docker.io/v1/": {{"auth": "{auth}"}}}}}}"#);
        check(&json, "docker.io", Some("ann"));
        check(&json, "registry-1.docker.io", Some("ann"));
        check(&json, "ghcr.io", None);
    }

    #[test]
    fn an_unreadable_password_is_told_without_itself() {
        let mut credentials = Credentials::default();
        let json = r#"{"auths": {"r.test": {"auth": "bm8gY29sb24"}, "helped.test": {}}}"#;
        credentials.add("config.json", json.as_bytes());
        let expected = "config.json: `auth` of `r.test` is not `name:password` in base64";
        assert_eq!(credentials.problems, [expected]);
    }

    #[test]
    fn identity_tokens_and_odd_files() {
        check(r#"{"auths": {"r.test": {"identitytoken": "t"}}}"#, "r.test", Some("<identity>"));
        check(r#"{"auths": {"r.test": {"auth": "%%%"}}}"#, "r.test", None);
        check("not json", "r.test", None);
        check(r#"{"credsStore": "../../bin/sh"}"#, "r.test", None);
    }
}
