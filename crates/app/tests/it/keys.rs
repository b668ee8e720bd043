//! From a new key to a bundle that is believed, and one that is not.

use std::fs;

use panoply_testkit::ZipBuilder;

use crate::program::Program;

const RECORD: &str = r#"{"id": "TEST-1", "modified": "2024-01-01T00:00:00Z", "affected": [{"package":
    {"ecosystem": "npm", "name": "left"}, "versions": ["1.1.0"]}]}"#;

/// A program with a key pair and a signed database out of one invented advisory.
fn signed() -> Program {
    let program = Program::new();
    fs::create_dir_all(program.home().join("in/osv/npm")).unwrap();
    let zip = ZipBuilder::new().stored("TEST-1.json", RECORD).finish();
    fs::write(program.home().join("in/osv/npm/all.zip"), zip).unwrap();
    expect(&program, &["db", "key", "new", "team.key"], 0, "keep it secret");
    expect(&program, &["db", "update", "--from", "in", "--sign-with", "team.key"], 0, "signed");
    expect(&program, &["db", "export", "db.bundle"], 0, "");
    program
}

fn expect(program: &Program, arguments: &[&str], status: i32, words: &str) -> String {
    let run = program.run(arguments);
    assert_eq!(run.status, status, "{arguments:?}: {}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
    run.stdout
}

#[test]
fn a_key_pair_carries_a_database_to_somebody_who_checks_it() {
    let program = signed();
    let import = ["db", "import", "db.bundle", "--public-key", "team.pub", "--db", "there"];
    expect(&program, &import, 0, "");
    expect(&program, &["db", "verify", "--db", "there", "--public-key", "team.pub"], 0, "");
    let found = expect(&program, &["db", "search", "TEST-1", "--db", "there"], 0, "");
    assert!(found.contains("left"), "{found}");
}

#[test]
fn a_bundle_that_was_changed_or_signed_by_somebody_else_is_refused() {
    let program = signed();
    let import = |bundle: &str, key: &str, words: &str| {
        let arguments = ["db", "import", bundle, "--public-key", key, "--db", "there"];
        expect(&program, &arguments, 2, words);
        assert!(!program.home().join("there").exists(), "something of {bundle} was kept");
    };
    expect(&program, &["db", "key", "new", "other.key"], 0, "");
    import("db.bundle", "other.pub", "not trusted");

    let packed = fs::read(program.home().join("db.bundle")).unwrap();
    let plain = zstd::decode_all(&packed[..]).unwrap();
    // One digit of the manifest, one of the signature, one byte of a database file.
    let manifest = position(&plain, b"\"built\"") + 12;
    let signature = position(&plain, b"manifest.sig") + 512 + 7;
    let file = position(&plain, b"TEST-1");
    for (at, words) in [(manifest, "not trusted"), (signature, "not trusted"), (file, "the file")] {
        let mut changed = plain.clone();
        changed[at] = if changed[at] == b'1' { b'2' } else { b'1' };
        fs::write(program.home().join("changed"), zstd::encode_all(&changed[..], 1).unwrap())
            .unwrap();
        import("changed", "team.pub", words);
    }

    expect(&program, &["db", "update", "--from", "in", "--db", "plain"], 0, "");
    expect(&program, &["db", "export", "plain.bundle", "--db", "plain"], 0, "");
    import("plain.bundle", "team.pub", "not signed");
    // Signing afterwards is enough.
    expect(&program, &["db", "sign", "team.key", "--db", "plain"], 0, "signed");
    expect(&program, &["db", "verify", "--db", "plain", "--public-key", "team.pub"], 0, "");
    expect(
        &program,
        &["db", "verify", "--db", "plain", "--public-key", "other.pub"],
        2,
        "signature",
    );
}

fn position(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).position(|window| window == wanted).unwrap()
}

#[test]
fn a_key_is_for_one_reader_and_never_replaced() {
    let program = Program::new();
    let public = expect(&program, &["db", "key", "new", "team.key"], 0, "team.pub");
    let text = |name: &str| fs::read_to_string(program.home().join(name)).unwrap();
    let (private, written) = (text("team.key"), text("team.pub"));
    assert_eq!(public, written);
    assert_eq!(expect(&program, &["db", "key", "public", "team.key"], 0, ""), public);
    assert_ne!(private, public);
    assert_eq!(private.trim().len(), 64);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(program.home().join("team.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let run = program.run(&["db", "key", "new", "team.key"]);
    assert!(!(run.stdout + &run.stderr).contains(private.trim()));

    expect(&program, &["db", "key", "new", "team.key"], 2, "never replaced");
    // The public half alone is in the way as well, and leaves no private half behind.
    expect(&program, &["db", "key", "new", "team.txt"], 2, "team.pub");
    assert!(!program.home().join("team.txt").exists());
    expect(&program, &["db", "key", "new", "new.pub"], 2, "name the private one");
    assert_eq!((text("team.key"), text("team.pub")), (private.clone(), written));

    expect(&program, &["db", "key", "new", "second.key"], 0, "");
    assert_ne!(text("second.key"), private);
    expect(&program, &["db", "key", "public", "absent.key"], 2, "absent.key");
}
