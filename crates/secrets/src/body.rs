//! What a rule of kind `secret` says beyond its head.

use panoply_rules::{Body, Kind};
use serde::Deserialize;

use crate::validate::Validation;

/// How a secret is found and what is done with it.
///
/// `pattern` with `keywords`: a regular expression whose every match holds one of the keywords.
/// `pattern` with `names`: the value of an assignment whose name holds one of the names.
/// `pattern` with `paths` alone: looked for in the whole of those files.
/// `generic`: candidates of that kind, judged by the model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct SecretBody {
    /// Who hands the secret out, as they write their name.
    pub provider: String,
    /// Bytes-only syntax of the `regex-automata` crate. The group named `secret`, else the first
    /// group, else the whole match is the secret.
    #[serde(default)]
    pub pattern: Option<String>,
    /// Compared exactly, unless the pattern begins with `(?i)`.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// Compared ignoring case.
    #[serde(default)]
    pub names: Vec<String>,
    /// `*.tfstate` for an ending, `.docker/config.json` for the end of a path.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Bytes before a keyword at which a match may begin; 0 means that it begins with the keyword.
    #[serde(default)]
    pub before: usize,
    /// Shannon entropy in bits per character that the secret must at least have.
    #[serde(default)]
    pub entropy: Option<f32>,
    #[serde(default)]
    pub check: Option<Check>,
    /// Values that documentation made public; compared exactly.
    #[serde(default)]
    pub allow: Vec<String>,
    #[serde(default)]
    pub generic: Option<Generic>,
    /// Where two detectors claim the same place, the higher rank wins before the longer value.
    #[serde(default)]
    pub rank: i8,
    #[serde(default)]
    pub validate: Option<Validation>,
}

impl Body for SecretBody {
    const KIND: Kind = Kind::Secret;
}

/// What can be found out about a value without asking its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// The last six characters are the CRC-32 of the thirty before them, in base 62.
    GithubCrc32,
    /// The last eight characters are the CRC-32 of what is before the last `_`, in hexadecimal.
    GrafanaCrc32,
    /// An access key id from which the account can be computed.
    AwsAccount,
    Jwt,
    PemPrivateKey,
    /// A private key inside the JSON file of a service account.
    GcpServiceAccount,
    /// The first part is a number in base64.
    DiscordToken,
    /// Base64 of `name:password`.
    Base64Pair,
    /// Base64 of a JSON object.
    Base64Json,
    /// Base64 of printable text or of random bytes, as Kubernetes keeps it.
    Base64Text,
    /// A user and a password before the host of an address.
    UrlPassword,
    /// Hexadecimal or base64 with letters and digits mixed, as a generator writes it.
    Random,
}

/// Which candidates a generic rule stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Generic {
    /// Assigned to a name that means password.
    Password,
    /// Assigned to a name that means key, token or secret.
    Key,
    /// `proto://user:password@host`.
    Url,
    /// After `Authorization: Basic` or `Bearer`.
    Header,
    /// Under `data:` of a Kubernetes Secret.
    Kubernetes,
}
