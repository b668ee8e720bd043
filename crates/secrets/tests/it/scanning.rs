//! What a scan says about whole files: encodings, binaries, comments that accept, overlaps, limits.

use panoply_base::Limits;
use panoply_model::{Confidence, Severity};
use panoply_secrets::{Context, FileView};

use crate::{all, scan};

/// Joined here, so that this file does not look like a leak.
fn joined(parts: &[&str]) -> String {
    parts.concat()
}

fn check(path: &str, text: &str, expected: &[&str]) {
    let hits = scan(all(), path, text.as_bytes());
    let found: Vec<_> =
        hits.iter().map(|hit| format!("{}:{} {}", hit.line, hit.column, hit.rule)).collect();
    assert_eq!(found, expected, "{text}");
}

fn aws() -> String {
    joined(&["AKIA", "3GQ7ZKXN5TWPLM2D"])
}

#[test]
fn places_are_lines_and_characters() {
    check("a.txt", &format!("\n密: {}\n", aws()), &["2:4 aws-access-key-id"]);
}

#[test]
fn utf16_is_read() {
    let text = format!("key={}\r\n", aws());
    let bytes: Vec<u8> =
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let hits = scan(all(), "export.reg", &bytes);
    assert_eq!(hits.len(), 1);
    assert_eq!((hits[0].line, hits[0].column), (1, 5));
}

#[test]
fn binaries_show_keys_of_a_known_shape_and_nothing_generic() {
    let bytes = format!("\0\x01{}\0password = \"q7Rk2mVx9Tz\"\0", aws());
    let hits = scan(all(), "app.bin", bytes.as_bytes());
    let found: Vec<_> = hits.iter().map(|hit| hit.rule.as_str()).collect();
    assert_eq!(found, ["aws-access-key-id"]);
}

#[test]
fn a_password_of_a_test_weighs_less_and_a_known_token_does_not() {
    let check = |path: &str, text: &str, expected: Severity| {
        let hits = scan(all(), path, text.as_bytes());
        assert_eq!(hits.iter().map(|hit| hit.severity).collect::<Vec<_>>(), [expected], "{path}");
    };
    let password = "db.password=LSzQ<+>afXb1XmjZb\n".replace("<+>", "");
    check("src/main/resources/application.properties", &password, Severity::High);
    check("src/test/resources/application.properties", &password, Severity::Low);
    let token = format!("k={}\n", aws());
    let outside = scan(all(), "a.txt", token.as_bytes())[0].severity;
    check("src/test/a.txt", &token, outside);
}

#[test]
fn an_accepting_comment_is_reported_with_the_secret() {
    for (comment, marker) in [
        ("# panoply:ignore", Some("panoply:ignore")),
        ("// gitleaks:allow", Some("gitleaks:allow")),
        ("# pragma: allowlist secret", Some("pragma: allowlist secret")),
        ("# rotated", None),
    ] {
        let hits = scan(all(), "a.py", format!("k = '{}' {comment}\n", aws()).as_bytes());
        assert_eq!(hits.len(), 1, "{comment}");
        assert_eq!(hits[0].suppressed, marker);
    }
}

#[test]
fn the_value_is_nowhere_in_a_hit() {
    let hits = scan(all(), "a.env", format!("AWS_ACCESS_KEY_ID={}", aws()).as_bytes());
    assert!(!format!("{hits:?}").contains(&aws()));
    assert_eq!(hits[0].fingerprint.len(), 64);
}

#[test]
fn equal_values_have_equal_fingerprints_under_one_key_only() {
    let detectors = all();
    let print = |key: &[u8], text: String| {
        let file = FileView { path: "a", bytes: text.as_bytes() };
        let context = Context { key, now: None };
        detectors.scan(&file, &context, &Limits::DEFAULT).value.remove(0).fingerprint
    };
    let (first, moved) = (print(b"1", aws()), print(b"1", format!("\n\n x {}", aws())));
    assert_eq!(first, moved);
    assert_ne!(first, print(b"2", aws()));
}

#[test]
fn a_checksum_that_does_not_match_lowers_the_claim() {
    let text = joined(&["ghp_", "Zq3vR8kLm2NxT7wYb5HsJ9cPd4GfAe", "000000"]);
    let hit = scan(all(), "a.txt", text.as_bytes()).remove(0);
    assert_eq!(hit.notes, ["checksum does not match"]);
    assert_eq!((hit.severity, hit.confidence), (Severity::Low, Confidence::Low));
}

#[test]
fn a_specific_rule_beats_the_generic_one() {
    check("app.env", &format!("AWS_TOKEN={}\n", aws()), &["1:11 aws-access-key-id"]);
}

#[test]
fn generic_secrets_are_found_in_many_notations() {
    let value = joined(&["q7Rk2", "mVx9T!z"]);
    let cases = [
        ("a.py", format!("db_password = '{value}'\n"), "1:16"),
        ("a.java", format!("config.setPassword(\"{value}\");\n"), "1:21"),
        ("a.ts", format!("const dbPassword: string = \"{value}\";\n"), "1:29"),
        ("a.yaml", format!("db:\n  password: {value}\n"), "2:13"),
        ("a.json", format!("{{\"user\": \"shop\", \"password\": \"{value}\"}}\n"), "1:31"),
        ("a.properties", format!("spring.datasource.password={value}\n"), "1:28"),
        ("a.xml", format!("<password>{value}</password>\n"), "1:11"),
        ("a.xml", format!("<add key=\"DbPassword\" value=\"{value}\"/>\n"), "1:30"),
        ("a.yaml", format!("- name: DB_PASSWORD\n  value: {value}\n"), "2:10"),
        ("wp-config.php", format!("define('DB_PASSWORD', '{value}');\n"), "1:24"),
        ("a.cs", format!("var c = \"Host=db;User=shop;Password={value};\";\n"), "1:37"),
        ("run.sh", format!("mysqldump --user shop --password {value} shop\n"), "1:34"),
        ("Dockerfile", format!("ENV DB_PASSWORD {value}\n"), "1:17"),
        ("a.sql", format!("CREATE USER shop IDENTIFIED BY '{value}';\n"), "1:33"),
        ("说明.txt", format!("数据库密码：{value}\n"), "1:7"),
    ];
    for (path, text, place) in cases {
        let expected = format!("{place} generic-password");
        check(path, &text, &[expected.as_str()]);
    }
}

#[test]
fn what_only_looks_like_an_assignment_is_let_go() {
    for (path, text) in [
        ("a.py", "password = getpass.getpass()\n"),
        ("a.py", "password = os.environ['DB_PASSWORD']\n"),
        ("a.py", "def login(password: str = None):\n"),
        ("a.yaml", "password: ${DB_PASSWORD}\n"),
        ("a.yaml", "password: \"{{ vault_password }}\"\n"),
        ("a.js", "label.password = 'Enter your password'\n"),
        ("a.env", "PASSWORD=changeme\n"),
        ("a.md", "Set the password: it must have eight characters.\n"),
        ("a.java", "private String passwordField = \"input-password\";\n"),
        ("a.c", "if (key == KEY_ENTER) token = next_token(lexer);\n"),
        ("a.go", "token := strings.TrimSpace(parts[1])\n"),
        ("yarn.lock", "token: q7Rk2mVx9Tz4Lw8HsB3n\n"),
    ] {
        check(path, text, &[]);
    }
}

#[test]
fn hostile_files_cost_linear_time_and_do_not_panic() {
    let detectors = all();
    for piece in [
        "-----BEGIN PRIVATE KEY-----\n",
        "password=",
        "AKIA",
        "://",
        "kind: Secret\n",
        "\"",
        "AZDO",
    ] {
        let bytes = piece.repeat((1 << 20) / piece.len());
        let context = Context { key: b"", now: None };
        let started = std::time::Instant::now();
        let file = FileView { path: "a.yaml", bytes: bytes.as_bytes() };
        let scanned = detectors.scan(&file, &context, &Limits::DEFAULT);
        assert!(scanned.value.is_empty(), "{piece}: {:?}", scanned.value.first());
        assert!(started.elapsed().as_secs() < 20, "{piece}: {:?}", started.elapsed());
        println!("{piece:?}: {:?}", started.elapsed());
    }
}

#[test]
fn a_file_over_the_limit_is_a_problem_and_its_head_is_searched() {
    let text = format!("{}\n{}", aws(), "x".repeat(100_000));
    let file = FileView { path: "a", bytes: text.as_bytes() };
    let scanned = all().scan(&file, &Context { key: b"", now: None }, &Limits::TINY);
    assert_eq!(scanned.value.len(), 1);
    assert_eq!(scanned.problems.len(), 1);
}

#[test]
fn every_prefix_of_a_file_can_be_scanned() {
    let detectors = all();
    let text = format!(
        "password = 'q7Rk2mVx\nhttps://a:b@c\n-----BEGIN PRIVATE KEY-----\nkind: Secret\ndata:\n  a: b\n\
         Authorization: Basic YTpi\n密码：{}\nvalue=\"\\\"",
        aws()
    );
    for end in 0..text.len() {
        let file = FileView { path: "a.yaml", bytes: &text.as_bytes()[..end] };
        let _ = detectors.scan(&file, &Context { key: b"", now: None }, &Limits::DEFAULT);
    }
}
