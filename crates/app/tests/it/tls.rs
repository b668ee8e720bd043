//! Images from a registry behind TLS, with an authority that was made a moment ago.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use panoply_testkit::TarBuilder;
use panoply_testkit::registry::{Behaviour, Registry};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::program::{Program, Run};

/// An authority and its certificate as PEM.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

fn authority() -> Authority {
    let key = KeyPair::generate().unwrap();
    let mut wanted = CertificateParams::new(Vec::<String>::new()).unwrap();
    wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = wanted.self_signed(&key).unwrap().pem();
    Authority { issuer: Issuer::new(wanted, key), pem }
}

/// A registry whose certificate, by this authority, is for one name.
fn registry(authority: &Authority, name: &str) -> Registry {
    let key = KeyPair::generate().unwrap();
    let wanted = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = wanted.signed_by(&key, &authority.issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let config = Arc::new(config);
    let wrap = move |stream: TcpStream| {
        let connection = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
        Ok(StreamOwned::new(connection, stream))
    };
    let lock = r#"{"lockfileVersion":3,"packages":{"node_modules/lodash":{"version":"4.17.4"}}}"#;
    let layer = TarBuilder::new().file("app/package-lock.json", lock).finish();
    Registry::wrapped("https", layer, Behaviour::default(), wrap)
}

/// Scans the image; the program knows the password, and perhaps the authority.
fn scan(program: &Program, registry: &Registry, arguments: &[&str]) -> Run {
    let host = format!("localhost:{}", registry.port);
    let auth = panoply_base::base64::encode(b"ann:invented");
    let stored = serde_json::json!({"auths": {&host: {"auth": auth}}});
    program.file(".docker/config.json", stored.to_string());
    let target = format!("{host}/shop/web:1");
    let mut all = vec!["scan", target.as_str(), "--format", "json"];
    all.extend(arguments);
    program.run(&all)
}

#[test]
fn an_image_behind_tls_is_scanned_with_the_authority_that_is_named() {
    let (program, authority) = (Program::new(), authority());
    let registry = registry(&authority, "localhost");
    program.file("ca.pem", &authority.pem);
    let run = scan(&program, &registry, &["--ca-file", "ca.pem"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stdout.contains("lodash"), "{}", run.stdout);
}

#[test]
fn an_unknown_authority_is_refused_and_the_way_out_is_named() {
    let (program, known) = (Program::new(), authority());
    let registry = registry(&authority(), "localhost");
    program.file("ca.pem", &known.pem);
    // The second has the same name and another key, as an authority has that was made anew.
    for (arguments, why) in [(&[][..], "UnknownIssuer"), (&["--ca-file", "ca.pem"], "BadSignature")]
    {
        let run = scan(&program, &registry, arguments);
        assert_eq!(run.status, 2, "{}", run.stdout);
        assert!(run.stderr.contains("is not accepted"), "{}", run.stderr);
        assert!(run.stderr.contains("--ca-file"), "{}", run.stderr);
        assert!(run.stderr.contains(why), "{}", run.stderr);
    }
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let (program, authority) = (Program::new(), authority());
    let registry = registry(&authority, "registry.example");
    program.file("ca.pem", &authority.pem);
    let run = scan(&program, &registry, &["--ca-file", "ca.pem"]);
    assert_eq!(run.status, 2, "{}", run.stdout);
    assert!(run.stderr.contains("belongs to another name"), "{}", run.stderr);
}

#[test]
fn a_file_without_a_certificate_is_not_taken_for_no_file() {
    let (program, authority) = (Program::new(), authority());
    let registry = registry(&authority, "localhost");
    program.file("ca.pem", "no certificate, only words\n");
    let run = scan(&program, &registry, &["--ca-file", "ca.pem"]);
    assert_eq!(run.status, 2, "{}", run.stdout);
    assert!(run.stderr.contains("no certificate in PEM"), "{}", run.stderr);
    let run = scan(&program, &registry, &["--ca-file", "absent.pem"]);
    assert!(run.stderr.contains("absent.pem"), "{}", run.stderr);
}
