//! An image in a registry.
//!
//! OCI distribution specification 1.1, "Pull"; Docker's token authentication specification for
//! `Bearer` challenges.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Read};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use panoply_base::Digest;
use panoply_image::{BlobError, Blobs, Reference};
use serde::Deserialize;

use crate::challenge::Challenge;
use crate::credentials::{Credential, Credentials};
use crate::http::{Answer, Http, HttpError, body};
use crate::verified::Verified;

/// Manifests and indexes; registries refuse larger ones.
const MANIFEST_LIMIT: u64 = 8 << 20;
const TOKEN_LIMIT: u64 = 1 << 20;
/// How long a host on this machine may take to show whether it speaks TLS.
const PROBE: Duration = Duration::from_secs(2);
/// How often a layer's stream that broke is taken up again.
const RESUMES: u32 = 5;

const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// What is asked of a registry.
#[derive(Clone, Debug, Default)]
pub struct RemoteOptions {
    /// Registries (`host[:port]`) that are spoken to without TLS. Of loopback hosts it is found out
    /// which of both they speak.
    pub insecure: Vec<String>,
}

/// One image in a registry, read through [`Blobs`].
#[derive(Debug)]
pub struct Remote {
    http: Http,
    reference: Reference,
    credential: Option<Credential>,
    /// `host[:port]` that is asked.
    host: String,
    insecure: bool,
    /// `scheme://host/v2/repository`, known from the first request on.
    base: OnceLock<String>,
    /// The `Authorization` value that worked last.
    authorization: Mutex<Option<String>>,
    /// Manifests already fetched, which `document` is asked for again.
    known: Mutex<HashMap<Digest, Vec<u8>>>,
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

impl Remote {
    pub fn new(
        http: Http,
        reference: Reference,
        credentials: &Credentials,
        options: &RemoteOptions,
    ) -> Self {
        let host = match reference.registry.as_str() {
            "docker.io" | "index.docker.io" => "registry-1.docker.io",
            other => other,
        };
        Self {
            http,
            credential: credentials.of(&reference.registry),
            insecure: options.insecure.iter().any(|known| known == host),
            host: host.to_owned(),
            base: OnceLock::new(),
            reference,
            authorization: Mutex::new(None),
            known: Mutex::new(HashMap::new()),
        }
    }

    fn base(&self) -> &str {
        self.base.get_or_init(|| {
            // What stays on this machine needs no TLS. Where it is spoken, it is spoken: a
            // certificate that is not accepted never leads to asking without.
            let tls = !self.insecure
                && (!is_loopback(&self.host) || self.http.speaks_tls(&self.host, PROBE));
            let scheme = if tls { "https" } else { "http" };
            format!("{scheme}://{}/v2/{}", self.host, self.reference.repository)
        })
    }

    /// Asks, and answers a challenge once.
    fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Answer, BlobError> {
        let known = self.authorization.lock().ok().and_then(|held| held.clone());
        let answer = self.ask(url, headers, known.as_deref())?;
        if answer.status().as_u16() != 401 {
            return Ok(answer);
        }
        let challenge = answer
            .headers()
            .get_all("www-authenticate")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find_map(Challenge::parse);
        let Some(authorization) = self.answer_challenge(challenge)? else { return Ok(answer) };
        if let Ok(mut held) = self.authorization.lock() {
            *held = Some(authorization.clone());
        }
        self.ask(url, headers, Some(&authorization))
    }

    fn ask(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        authorization: Option<&str>,
    ) -> Result<Answer, BlobError> {
        let mut all = headers.to_vec();
        if let Some(value) = authorization {
            all.push(("authorization", value));
        }
        self.http.get(url, &all).map_err(|error| remote(&error))
    }

    fn answer_challenge(&self, challenge: Option<Challenge>) -> Result<Option<String>, BlobError> {
        match challenge {
            Some(Challenge::Basic) => Ok(self.credential.as_ref().and_then(basic)),
            Some(Challenge::Bearer { realm, service, scope }) => {
                self.token(&realm, service.as_deref(), scope.as_deref()).map(Some)
            }
            None => Ok(None),
        }
    }

    fn token(
        &self,
        realm: &str,
        service: Option<&str>,
        scope: Option<&str>,
    ) -> Result<String, BlobError> {
        // A registry may name any token service; a password goes there only over TLS.
        let safe = realm.starts_with("https://") || is_loopback(host_of(realm));
        let password = self.credential.as_ref().filter(|_| safe);
        let scope = scope.map_or_else(
            || format!("repository:{}:pull", self.reference.repository),
            str::to_owned,
        );
        let mut query = format!("scope={}", escape(&scope));
        if let Some(service) = service {
            let _ = write!(query, "&service={}", escape(service));
        }
        let answer = if let Some(Credential::Identity { token }) = password {
            // A refresh token goes into the body: addresses end up in logs.
            let token = escape(token.expose());
            let form =
                format!("{query}&grant_type=refresh_token&client_id=panoply&refresh_token={token}");
            self.http.post_form(realm, &form)
        } else {
            let separator = if realm.contains('?') { '&' } else { '?' };
            let basic = password.and_then(basic);
            let headers: Vec<(&str, &str)> =
                basic.iter().map(|value| ("authorization", value.as_str())).collect();
            self.http.get(&format!("{realm}{separator}{query}"), &headers)
        };
        let answer = answer.map_err(|error| remote(&error))?;
        let status = answer.status().as_u16();
        if status != 200 {
            return Err(BlobError::Remote(format!(
                "the token service `{realm}` answered {status} for `{}`{}",
                self.reference,
                self.hint(status)
            )));
        }
        let bytes = body(realm, answer, TOKEN_LIMIT).map_err(|error| remote(&error))?;
        let token: Token = serde_json::from_slice(&bytes)
            .map_err(|error| BlobError::Remote(format!("`{realm}` gave no token: {error}")))?;
        let token = token.token.or(token.access_token);
        token
            .map(|token| format!("Bearer {token}"))
            .ok_or_else(|| BlobError::Remote(format!("`{realm}` gave no token")))
    }

    fn hint(&self, status: u16) -> &'static str {
        match (status, &self.credential) {
            (401 | 403, None) => "; no credentials are stored for it (`docker login` stores them)",
            (401 | 403, Some(_)) => "; the stored credentials were refused",
            (404, _) => "; there is no such image, or it is not for us to see",
            (429, _) => "; too many requests: log in, or wait",
            _ => "",
        }
    }

    fn manifest(&self, name: &str) -> Result<(Vec<u8>, Digest), BlobError> {
        let url = format!("{}/manifests/{name}", self.base());
        let answer = self.get(&url, &[("accept", ACCEPT)])?;
        let status = answer.status().as_u16();
        if status != 200 {
            let what = format!("`{}` answered {status}{}", self.reference, self.hint(status));
            return Err(BlobError::Remote(what));
        }
        let bytes = body(&url, answer, MANIFEST_LIMIT).map_err(|error| remote(&error))?;
        let digest = Digest::sha256(&bytes);
        if let Ok(mut known) = self.known.lock() {
            known.insert(digest.clone(), bytes.clone());
        }
        Ok((bytes, digest))
    }

    fn blob(&self, digest: &Digest, offset: u64) -> Result<Answer, BlobError> {
        let url = format!("{}/blobs/{digest}", self.base());
        let range = format!("bytes={offset}-");
        let headers: &[(&str, &str)] = if offset == 0 { &[] } else { &[("range", &range)] };
        let answer = self.get(&url, headers)?;
        match (answer.status().as_u16(), offset) {
            (200, 0) | (206, 1..) => Ok(answer),
            (404, _) => Err(BlobError::Missing { digest: digest.to_string() }),
            (status, _) => Err(BlobError::Remote(format!(
                "blob `{digest}` of `{}`: the registry answered {status}{}",
                self.reference,
                self.hint(status)
            ))),
        }
    }
}

impl Blobs for Remote {
    fn root(&self) -> Result<(Vec<u8>, Option<Digest>), BlobError> {
        let (bytes, digest) = self.manifest(&self.reference.manifest_name())?;
        if let Some(wanted) = &self.reference.digest
            && !wanted.matches(&bytes)
        {
            return Err(BlobError::WrongDigest { digest: wanted.clone(), actual: digest });
        }
        Ok((bytes, Some(digest)))
    }

    fn document(&self, digest: &Digest, limit: u64) -> Result<Vec<u8>, BlobError> {
        if let Some(bytes) = self.known.lock().ok().and_then(|known| known.get(digest).cloned()) {
            return Ok(bytes);
        }
        // A configuration is a blob, a platform's manifest is not: ask for the likelier one first.
        let bytes = match self.blob(digest, 0) {
            Ok(answer) => {
                body(&digest.to_string(), answer, limit).map_err(|error| remote(&error))?
            }
            Err(BlobError::Missing { .. }) => self.manifest(&digest.to_string())?.0,
            Err(error) => return Err(error),
        };
        if digest.matches(&bytes) {
            Ok(bytes)
        } else {
            Err(BlobError::WrongDigest { digest: digest.clone(), actual: Digest::sha256(&bytes) })
        }
    }

    fn layer(&self, digest: &Digest) -> Result<Box<dyn Read + '_>, BlobError> {
        let name = digest.clone();
        let reopen = move |offset: u64| -> io::Result<Box<dyn Read + Send>> {
            let answer = self.blob(&name, offset).map_err(io::Error::other)?;
            let reader = answer.into_body().into_with_config().limit(u64::MAX).reader();
            Ok(Box::new(reader))
        };
        Verified::open(digest.clone(), RESUMES, Box::new(reopen))
            .map(|stream| Box::new(stream) as Box<dyn Read + '_>)
            .map_err(|source| BlobError::Read { what: digest.to_string(), source })
    }
}

fn remote(error: &HttpError) -> BlobError {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    BlobError::Remote(text)
}

fn basic(credential: &Credential) -> Option<String> {
    match credential {
        Credential::Password { username, password } => {
            let pair = format!("{username}:{}", password.expose());
            Some(format!("Basic {}", panoply_base::base64::encode(pair.as_bytes())))
        }
        Credential::Identity { .. } => None,
    }
}

fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest)
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split(':').next().unwrap_or(host),
    };
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Percent-encodes a query value.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
