//! `panoply baseline` over root directories made here.

use serde_json::Value;

use crate::program::Program;

fn host() -> Program {
    let program = Program::new();
    program.file("root/etc/os-release", "ID=openEuler\nPRETTY_NAME=\"openEuler 22.03\"\n");
    program.file("root/etc/passwd", "root:x:0:0::/root:/bin/bash\ntoor:x:0:0::/:/bin/sh\n");
    program.file("root/etc/shadow", "root:$6$c2FsdA$invented:19000:0:99999:7:::\n");
    program.file("root/etc/ssh/sshd_config", "PermitRootLogin yes\n");
    program.file("root/etc/selinux/config", "SELINUX=permissive\n");
    program.file("root/usr/lib/modules/6.1.0/modules.dep", "");
    program.file("root/etc/docker/daemon.json", "{\"hosts\": [\"tcp://0.0.0.0:2375\"]}\n");
    program
}

fn results(text: &str) -> Value {
    let mut report: Value = serde_json::from_str(text).unwrap();
    report["results"].take()
}

fn status<'r>(results: &'r Value, id: &str) -> &'r str {
    let all = results.as_array().unwrap();
    let one = all.iter().find(|one| one["check"] == id).unwrap_or_else(|| panic!("no {id}"));
    one["status"].as_str().unwrap()
}

#[test]
fn a_snapshot_gives_the_same_result_elsewhere() {
    let program = host();
    let arguments =
        ["baseline", "host", "--root", "root", "--snapshot", "facts.json", "-o", "json"];
    let here = program.run(&arguments);
    assert_eq!(here.status, 0, "{}", here.stderr);
    let there = program.run(&["baseline", "host", "--from", "facts.json", "-o", "json"]);
    assert_eq!(here.stdout, there.stdout);
    let results = results(&here.stdout);
    for (id, expected) in [
        ("host-sshd-root-login", "fail"),
        ("host-account-second-root", "fail"),
        ("host-selinux-off", "fail"),
        ("host-sshd-empty-passwords", "pass"),
        ("host-nginx-old-tls", "not-applicable"),
        ("host-sysctl-dmesg", "unknown"),
    ] {
        assert_eq!(status(&results, id), expected, "{id}");
    }
    assert!(!here.stdout.contains("invented"));
}

#[test]
fn gates_choose_the_exit_status() {
    let program = host();
    let check = |arguments: &[&str], status: i32| {
        let mut all = vec!["baseline", "docker", "--root", "root"];
        all.extend(arguments);
        let run = program.run(&all);
        assert_eq!(run.status, status, "{arguments:?}: {}{}", run.stdout, run.stderr);
        run.stdout
    };
    let table = check(&[], 0);
    assert!(table.contains("dockerd-tcp-without-tls"), "{table}");
    check(&["--fail-on", "critical"], 1);
    check(&["--fail-on", "severe"], 2);
    let page = check(&["-o", "html", "--language", "zh"], 0);
    assert!(page.contains("<html lang=\"zh-CN\">") && page.contains("不通过"), "{page}");
}

#[cfg(unix)]
#[test]
fn a_walk_finds_what_no_list_names_and_says_where_it_ended() {
    use std::os::unix::fs::PermissionsExt as _;

    let program = host();
    program.file("root/srv/a/b/log", "x");
    let log = program.home().join("root/srv/a/b/log");
    std::fs::set_permissions(&log, std::fs::Permissions::from_mode(0o666)).unwrap();
    let id = "host-walk-file-writable-by-all";
    let check = |arguments: &[&str], expected: &str| {
        let mut all = vec!["baseline", "host", "--root", "root", "-o", "json"];
        all.extend(arguments);
        let run = program.run(&all);
        assert_eq!(status(&results(&run.stdout), id), expected, "{arguments:?}: {}", run.stderr);
        run.stdout
    };
    let whole = check(&["--snapshot", "walked.json"], "fail");
    assert!(whole.contains("`/srv/a/b/log` has mode 0666"), "{whole}");
    let there = program.run(&["baseline", "host", "--from", "walked.json", "-o", "json"]);
    assert_eq!(whole, there.stdout);
    let shallow = check(&["--walk-depth", "2"], "unknown");
    assert!(shallow.contains("deeper than 2 directories"), "{shallow}");
    check(&["--walk-entries", "3"], "unknown");
    check(&["--walk-entries", "0"], "unknown");
}

#[test]
fn a_page_needs_nothing_else_and_shows_failures_first() {
    let program = host();
    program.file("root/etc/passwd", "root:x:0:0::/root:/bin/bash\n<b>x:x:0:0::/:/bin/sh\n");
    let run = program.run(&["baseline", "host", "--root", "root", "-o", "html"]);
    let page = run.stdout;
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}: {page}"));
    // Worst first, then what nobody knows, then what people answer; the rest is folded.
    let order = [
        "<code class=\"id\">host-account-second-root</code>",
        "<code class=\"id\">host-sshd-root-login</code>",
        "<code class=\"id\">host-sysctl-dmesg</code>",
        "<code class=\"id\">host-manual-patching</code>",
        "<details class=\"fold\"><summary><span class=\"pill pass\">",
        "<code class=\"id\">host-sshd-empty-passwords</code>",
    ];
    assert!(order.windows(2).all(|pair| at(pair[0]) < at(pair[1])), "{page}");
    at("<code>/etc/ssh/sshd_config:1</code>");
    at("不通过");
    assert!(!page.contains("<b>x"), "{page}");
    for outside in [" src=", "<link", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn a_table_shows_failures_first_and_ends_with_shares() {
    let program = host();
    let run = program.run(&["baseline", "host", "--root", "root"]);
    let table = run.stdout;
    let at = |text: &str| table.find(text).unwrap_or_else(|| panic!("no {text}: {table}"));
    let order =
        ["What fails", "critical", "high", "Nobody can say", "UNKNOWN", "checks that apply"];
    assert!(order.windows(2).all(|pair| at(pair[0]) < at(pair[1])), "{table}");
    assert!(!table.contains('\u{1b}') && !table.contains("What passes"), "{table}");
    let all = program.run(&["baseline", "host", "--root", "root", "--all", "--language", "zh"]);
    assert!(all.stdout.contains("不适用的检查项"), "{}", all.stdout);
}

#[test]
fn what_is_not_known_is_status_3_when_strict_and_what_is_no_snapshot_is_2() {
    let program = host();
    let strict = program.run(&["baseline", "host", "--root", "root", "--strict"]);
    assert_eq!(strict.status, 3, "{}", strict.stderr);
    let other = program.run(&["baseline", "host", "--from", "root/etc/docker/daemon.json"]);
    assert_eq!(other.status, 2);
    assert!(other.stderr.contains("this is no snapshot of a host"), "{}", other.stderr);
    assert_eq!(program.run(&["baseline", "host", "--root", "nowhere"]).status, 2);
}
