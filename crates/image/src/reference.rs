//! The name under which an image is kept in a registry.
//!
//! Grammar of the OCI distribution specification ("Pulling manifests"), with the short forms that
//! Docker made usual: `alpine` means `docker.io/library/alpine:latest`.

use std::fmt;
use std::str::FromStr;

use panoply_base::Digest;

/// `registry/repository[:tag][@digest]`, complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Host, with a port where one is given.
    pub registry: String,
    pub repository: String,
    pub tag: Option<String>,
    pub digest: Option<Digest>,
}

/// Why a text names no image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an image reference: {why}")]
pub struct ReferenceError {
    text: String,
    why: &'static str,
}

impl Reference {
    /// What to ask the registry for: the digest where there is one, else the tag.
    pub fn manifest_name(&self) -> String {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.clone(),
            (None, None) => "latest".to_owned(),
        }
    }

    /// Registry and repository without tag: the lineage that an image's findings belong to.
    pub fn lineage(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let refuse = |why| ReferenceError { text: text.chars().take(200).collect(), why };
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => {
                (rest, Some(digest.parse().map_err(|_| refuse("its digest is malformed"))?))
            }
            None => (text, None),
        };
        let (registry, path) = match rest.split_once('/') {
            Some((first, path))
                if first.contains(['.', ':'])
                    || first == "localhost"
                    || first != first.to_lowercase() =>
            {
                (first, path.to_owned())
            }
            Some(_) => ("docker.io", rest.to_owned()),
            None => ("docker.io", format!("library/{rest}")),
        };
        let (repository, tag) = match path.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag.to_owned())),
            _ => (path.as_str(), None),
        };
        if !is_repository(repository) {
            return Err(refuse(
                "a repository is lower-case letters, digits, `.`, `_`, `-` and `/`",
            ));
        }
        if tag.as_deref().is_some_and(|tag| !is_tag(tag)) {
            return Err(refuse("a tag is at most 128 letters, digits, `.`, `_` and `-`"));
        }
        if !is_host(registry) {
            return Err(refuse("its registry is no host name"));
        }
        Ok(Self { registry: registry.to_owned(), repository: repository.to_owned(), tag, digest })
    }
}

fn is_repository(text: &str) -> bool {
    text.len() <= 255
        && text.split('/').all(|part| {
            part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && part.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
        })
}

fn is_tag(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 128
        && !text.starts_with(['.', '-'])
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'))
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, complete: &str) {
        assert_eq!(text.parse::<Reference>().unwrap().to_string(), complete);
    }

    #[test]
    fn short_names_are_completed_as_docker_does() {
        check("alpine", "docker.io/library/alpine");
        check("alpine:3.19", "docker.io/library/alpine:3.19");
        check("owner/app:1", "docker.io/owner/app:1");
        check("localhost:5000/app", "localhost:5000/app");
        check("ghcr.io/a/b/c:v1", "ghcr.io/a/b/c:v1");
        check("127.0.0.1:5000/app:x", "127.0.0.1:5000/app:x");
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in ["", "A", "a/../b", "a:b:c", "a@sha256:x", "-x", "host.tld/", "a//b", "a:-x"] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }
}
