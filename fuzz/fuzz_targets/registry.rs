//! What registries and credential files say: `WWW-Authenticate` headers, `config.json`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_fuzz::{Input, text};
use panoply_registry::challenge::Challenge;
use panoply_registry::{Credential, Credentials};

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    if input.byte() & 1 == 0 {
        let header = text(input.rest());
        if let Some(Challenge::Bearer { realm, .. }) = Challenge::parse(&header) {
            assert!(header.contains(&realm));
        }
        return;
    }
    let mut credentials = Credentials::default();
    credentials.add("config.json", input.rest());
    assert!(credentials.problems.len() <= 1);
    // Helpers are programs; nothing is asked of a file that may name one.
    let may_name_a_helper =
        text(input.rest()).to_ascii_lowercase().contains("cred") || bytes.contains(&b'\\');
    if may_name_a_helper {
        return;
    }
    for registry in ["docker.io", "https://index.docker.io/v1/", "r.test", "R.test:5000"] {
        if let Some(Credential::Password { password, .. }) = credentials.of(registry) {
            let shown = format!("{credentials:?}");
            let password = password.expose();
            assert!(
                password.len() < 12 || !shown.contains(password.as_str()),
                "a password is shown"
            );
        }
    }
});
