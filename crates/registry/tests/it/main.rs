//! The client against a registry that speaks real HTTP on a loopback port.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that meets the unexpected must fail"
)]

use std::io::Read;
use std::time::Duration;

use panoply_base::Secret;
use panoply_image::{Blobs, Image};
use panoply_registry::{Credential, Credentials, Http, HttpOptions, Remote, RemoteOptions};
use panoply_testkit::registry::{Behaviour, Registry};

fn remote(registry: &Registry, credentials: &Credentials) -> Remote {
    let options = HttpOptions { pause: Duration::from_millis(1), ..HttpOptions::default() };
    let http = Http::new(&options).unwrap();
    let reference = format!("127.0.0.1:{}/shop/web:1", registry.port).parse().unwrap();
    Remote::new(http, reference, credentials, &RemoteOptions::default())
}

fn ann(registry: &Registry) -> Credentials {
    let mut credentials = Credentials::default();
    credentials.give(
        &format!("127.0.0.1:{}", registry.port),
        Credential::Password { username: "ann".into(), password: Secret::new("invented".into()) },
    );
    credentials
}

fn pull(remote: &Remote) -> Result<Vec<u8>, String> {
    let image = Image::open(remote, None).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    let mut layer = remote.layer(&image.layers[0].digest).map_err(|error| error.to_string())?;
    layer.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

#[test]
fn an_image_is_pulled_with_a_token() {
    let registry = Registry::start(Behaviour::default());
    let remote = remote(&registry, &ann(&registry));
    assert_eq!(pull(&remote).unwrap(), registry.layer());
    assert_eq!(Image::open(&remote, None).unwrap().platform.to_string(), "linux/amd64");
}

#[test]
fn without_credentials_the_error_says_what_would_help() {
    let registry = Registry::start(Behaviour::default());
    let error = pull(&remote(&registry, &Credentials::default())).unwrap_err();
    assert!(error.contains("401") && error.contains("docker login"), "{error}");
}

#[test]
fn a_layer_that_breaks_off_is_taken_up_again() {
    let registry = Registry::start(Behaviour { break_after: Some(1_000), ..Behaviour::default() });
    assert_eq!(pull(&remote(&registry, &ann(&registry))).unwrap(), registry.layer());
}

#[test]
fn a_busy_registry_is_asked_again() {
    let registry = Registry::start(Behaviour { busy: 2, ..Behaviour::default() });
    assert_eq!(pull(&remote(&registry, &ann(&registry))).unwrap(), registry.layer());
}

#[test]
fn a_layer_with_other_bytes_is_refused() {
    let registry = Registry::start(Behaviour { tamper: true, ..Behaviour::default() });
    let error = pull(&remote(&registry, &ann(&registry))).unwrap_err();
    assert!(error.contains("arrived with the digest"), "{error}");
}

#[test]
fn a_proxy_carries_the_requests() {
    let registry = Registry::start(Behaviour::default());
    // The registry also accepts CONNECT and then answers as if it were the host asked for.
    let options = HttpOptions {
        proxy: Some(format!("http://127.0.0.1:{}", registry.port)),
        ..HttpOptions::default()
    };
    let http = Http::new(&options).unwrap();
    let reference = "registry.invalid/shop/web:1".parse().unwrap();
    let insecure = RemoteOptions { insecure: vec!["registry.invalid".to_owned()] };
    let mut credentials = Credentials::default();
    credentials.give(
        "registry.invalid",
        Credential::Password { username: "ann".into(), password: Secret::new("invented".into()) },
    );
    let remote = Remote::new(http, reference, &credentials, &insecure);
    assert_eq!(pull(&remote).unwrap(), registry.layer());
}

#[test]
fn offline_means_no_connection() {
    let http = Http::new(&HttpOptions { offline: true, ..HttpOptions::default() }).unwrap();
    let error = http.fetch("http://127.0.0.1:1/", &[], 10).unwrap_err();
    assert!(error.to_string().contains("working offline"));
}
