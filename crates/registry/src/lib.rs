//! Talks to OCI registries, and fetches files over HTTP for whoever needs one.
//!
//! Follows the OCI distribution specification 1.1 (pulling) and the token protocol that Docker's
//! registry made usual. This crate alone knows how to open a connection to somewhere else.
//!
//! - [`Http`] is the one way out: TLS, proxy, time limits, retries.
//! - [`Credentials`] are what the usual credential files say.
//! - [`Remote`] is an image in a registry, as [`panoply_image::Blobs`].

pub mod challenge;
pub mod credentials;
pub mod http;
pub mod remote;
pub mod verified;

pub use credentials::{Credential, Credentials};
pub use http::{Http, HttpError, HttpOptions};
pub use remote::{Remote, RemoteOptions};
