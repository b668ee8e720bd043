//! Signatures of a database: Ed25519 over the bytes of the manifest, which names the digest of
//! every file.
//!
//! Keys and signatures are hexadecimal text, so that they can stand in a settings file.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use panoply_base::Secret;

use crate::store::{MANIFEST, SIGNATURE, replace};

/// A key that says whether a database comes from whom it should.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// A key to sign databases with.
#[derive(Debug)]
pub struct PrivateKey(Secret<SigningKey>);

/// Why a database is not trusted, or could not be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    #[error("a key is 64 hexadecimal digits")]
    Key,
    #[error("`{0}` is missing: the database is not signed")]
    Missing(PathBuf),
    #[error("the signature is not one of this key over this manifest")]
    Wrong,
    #[error("cannot read `{path}`")]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write `{path}`")]
    Write { path: PathBuf, source: io::Error },
}

impl PublicKey {
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let bytes = unhex(text).ok_or(SignatureError::Key)?;
        VerifyingKey::from_bytes(&bytes).map(Self).map_err(|_| SignatureError::Key)
    }

    pub(crate) fn check(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let text = std::str::from_utf8(signature).map_err(|_| SignatureError::Wrong)?;
        let bytes = unhex(text).ok_or(SignatureError::Wrong)?;
        let signature = Signature::from_bytes(&bytes);
        self.0.verify_strict(message, &signature).map_err(|_| SignatureError::Wrong)
    }

    /// Checks the signature of the manifest in a database directory.
    pub fn check_directory(&self, directory: &Path) -> Result<(), SignatureError> {
        let manifest = read(&directory.join(MANIFEST))?;
        self.check(&manifest, &read(&directory.join(SIGNATURE))?)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&panoply_base::digest::hex(self.0.as_bytes()))
    }
}

impl PrivateKey {
    /// Reads the 32 bytes of an Ed25519 seed.
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let bytes = unhex(text).ok_or(SignatureError::Key)?;
        Ok(Self(Secret::new(SigningKey::from_bytes(&bytes))))
    }

    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.expose().verifying_key())
    }

    /// Signs the manifest in a database directory.
    pub fn sign_directory(&self, directory: &Path) -> Result<(), SignatureError> {
        let manifest = read(&directory.join(MANIFEST))?;
        let signature = self.0.expose().sign(&manifest);
        let text = panoply_base::digest::hex(&signature.to_bytes()) + "\n";
        let path = directory.join(SIGNATURE);
        replace(directory, SIGNATURE, text.as_bytes())
            .map_err(|source| SignatureError::Write { path, source })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, SignatureError> {
    fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => SignatureError::Missing(path.to_owned()),
        _ => SignatureError::Read { path: path.to_owned(), source },
    })
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.trim().as_bytes();
    let (pairs, rest) = text.as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let digit = |letter: u8| char::from(letter).to_digit(16);
        *byte = (digit(*high)? * 16 + digit(*low)?) as u8;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_key_and_message_only() {
        let seed = "07".repeat(32);
        let key = PrivateKey::parse(&seed).unwrap();
        let signature = key.0.expose().sign(b"manifest");
        let text = panoply_base::digest::hex(&signature.to_bytes());
        let public = PublicKey::parse(&key.public().to_string()).unwrap();
        assert!(public.check(b"manifest", text.as_bytes()).is_ok());
        assert!(public.check(b"manifest!", text.as_bytes()).is_err());
        assert!(public.check(b"manifest", b"frob").is_err());
        let other = PrivateKey::parse(&"08".repeat(32)).unwrap().public();
        assert!(other.check(b"manifest", text.as_bytes()).is_err());
        assert!(!format!("{key:?}").contains("07"));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "07", &"07".repeat(33), &"0g".repeat(32), "é"] {
            assert!(PrivateKey::parse(text).is_err(), "{text}");
        }
    }
}
