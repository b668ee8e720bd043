//! Images, as archives that the tests build.

use panoply_base::Digest;
use panoply_testkit::{TarBuilder, gzip};

use crate::program::Program;

const STATUS: &str =
    "Package: openssl\nStatus: install ok installed\nVersion: 1.1.1k-1\nArchitecture: amd64\n";
const RELEASE: &str = "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n";

/// What `docker save` writes, from layers and the instructions that made them.
fn image(layers: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = TarBuilder::new();
    let (mut names, mut diff_ids, mut history) = (Vec::new(), Vec::new(), Vec::new());
    for (index, (instruction, layer)) in layers.iter().enumerate() {
        let name = format!("{index}/layer.tar");
        diff_ids.push(Digest::sha256(layer).to_string());
        history.push(serde_json::json!({ "created_by": instruction }));
        archive = archive.file(&name, layer);
        names.push(name);
    }
    let config = serde_json::json!({
        "os": "linux", "architecture": "amd64", "history": history,
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    });
    let manifest = serde_json::json!([
        {"Config": "config.json", "RepoTags": ["registry.example/shop/web:1"], "Layers": names}
    ]);
    archive
        .file("config.json", config.to_string())
        .file("manifest.json", manifest.to_string())
        .finish()
}

fn three_layers() -> Vec<u8> {
    let lock = r#"{"lockfileVersion":3,"packages":{"node_modules/lodash":{"version":"4.17.4"}}}"#;
    image(&[
        (
            "ADD rootfs.tar /",
            TarBuilder::new()
                .file("etc/os-release", RELEASE)
                .file("var/lib/dpkg/status", STATUS)
                .file("app/old.env", format!("AWS_KEY={}{}\n", "AKIAQ3EGRIZLX", "K4TMB2F"))
                .finish(),
        ),
        ("RUN npm ci", TarBuilder::new().file("app/package-lock.json", lock).finish()),
        ("RUN rm old.env", TarBuilder::new().file("app/.wh.old.env", "").finish()),
    ])
}

#[test]
fn findings_name_the_layer_and_its_instruction() {
    let program = Program::new();
    program.file("image.tar", three_layers());
    let report = program.report(program.home(), &["image.tar"]);
    let findings = report["findings"].as_array().unwrap();
    let lodash = findings.iter().find(|f| f["package"]["name"] == "lodash").unwrap();
    assert_eq!(lodash["family"], "image");
    assert_eq!(lodash["location"]["layer"]["created_by"], "RUN npm ci", "{lodash:#}");
    let key = findings.iter().find(|f| f["family"] == "secret").unwrap();
    assert!(key.to_string().contains("removed in a later layer"), "{key:#}");
    assert_eq!(report["target"]["distro"]["id"], "debian");
}

#[test]
fn a_second_scan_reads_no_layer_and_says_the_same() {
    let program = Program::new();
    program.file("image.tar", three_layers());
    let first = program.report(program.home(), &["image.tar"]);
    let second = program.report(program.home(), &["image.tar"]);
    let cached = |report: &serde_json::Value| -> Vec<bool> {
        let layers = report["target"]["image"]["layers"].as_array().unwrap();
        layers.iter().map(|layer| layer["cached"].as_bool().unwrap()).collect()
    };
    assert_eq!(cached(&first), [false; 3]);
    assert_eq!(cached(&second), [true; 3]);
    assert_eq!(first["findings"], second["findings"]);
    assert_eq!(first["packages"], second["packages"]);
}

#[test]
fn a_layer_that_lies_about_its_name_poisons_no_cache() {
    let program = Program::new();
    program.file("good.tar", three_layers());
    // The same names, but the layer with the vulnerable package is empty.
    let whole = String::from_utf8_lossy(&three_layers()).into_owned();
    let at = whole.find("node_modules/lodash").unwrap();
    let mut bytes = three_layers();
    bytes[at..at + 19].copy_from_slice(b"nothing_here/nothin");
    program.file("evil.tar", bytes);
    let evil = program.report(program.home(), &["evil.tar"]);
    assert!(evil["coverage"]["problems"].to_string().contains("but it is"), "{evil:#}");
    let good = program.report(program.home(), &["good.tar"]);
    assert!(good["findings"].to_string().contains("lodash"));
}

#[test]
fn a_compressed_archive_is_the_same_image() {
    let program = Program::new();
    program.file("image.tar", three_layers());
    program.file("image.tar.gz", gzip(&three_layers()));
    let findings = |name: &str| program.report(program.home(), &[name])["findings"].clone();
    assert_eq!(findings("image.tar"), findings("image.tar.gz"));
}

#[test]
fn a_broken_layer_is_a_problem_and_the_others_are_still_read() {
    let program = Program::new();
    let lock = r#"{"lockfileVersion":3,"packages":{"node_modules/lodash":{"version":"4.17.4"}}}"#;
    program.file(
        "image.tar",
        image(&[
            ("ADD broken", b"this is no tar archive, whatever its name says".repeat(20)),
            ("COPY lock", TarBuilder::new().file("package-lock.json", lock).finish()),
        ]),
    );
    let report = program.report(program.home(), &["image.tar"]);
    assert!(report["findings"].to_string().contains("lodash"));
    assert!(report["coverage"]["problems"].to_string().contains("no tar header"));
    assert_eq!(program.run(&["scan", "image.tar", "--only", "packages", "--strict"]).status, 3);
}
