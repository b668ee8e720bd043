//! Playbooks and what they include: inheritance, variables, and files written to do harm.

use std::fmt::Write as _;

use panoply_base::Limits;
use panoply_posture::{Node, Resource, Sources, evidence};

fn read(files: &[(&str, &str)]) -> Vec<Resource> {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(*path, *text);
    }
    let found = evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT);
    let problems: Vec<_> = found.problems.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{problems:?}");
    found.value
}

fn one<'r>(found: &'r [Resource], address: &str) -> &'r Resource {
    let it = found.iter().find(|resource| resource.address == address);
    it.unwrap_or_else(|| {
        let known: Vec<_> = found.iter().map(|one| one.address.as_str()).collect();
        panic!("{address}: {known:?}")
    })
}

fn said(node: Option<&Node>) -> String {
    match node {
        None => "-".to_owned(),
        Some(node) => match (node.cause(), node.as_text(), node.as_bool()) {
            (Some(cause), ..) => format!("? {}", cause.words().en),
            (_, Some(text), _) => text.to_owned(),
            (_, _, Some(value)) => value.to_string(),
            _ => format!("{:?}", node.as_int()),
        },
    }
}

#[test]
fn modules_have_one_name_and_arguments_one_form() {
    let found = read(&[(
        "site.yml",
        "- hosts: all\n  tasks:\n  - ansible.builtin.file: path=/a mode=0644 recurse=yes\n  - name: long\n    file: {path: /b, recurse: no}\n  \
         - action: file path=/c\n  - local_action: {module: ansible.builtin.file, path: /d}\n  - command: ls -l\n    args: {chdir: /tmp}\n  \
         - file: path=/e\n",
    )]);
    let files: Vec<_> = found.iter().filter(|one| &*one.kind == "file").collect();
    let paths: Vec<String> =
        files.iter().map(|one| said(one.attrs.at(&["args", "path"]))).collect();
    assert_eq!(paths, ["/a", "/b", "/c", "/d", "/e"]);
    assert_eq!(said(files[0].attrs.at(&["args", "recurse"])), "true");
    assert_eq!(said(files[1].attrs.at(&["args", "recurse"])), "false");
    let command = found.iter().find(|one| &*one.kind == "command").unwrap();
    assert_eq!(said(command.attrs.at(&["args", "chdir"])), "/tmp");
    assert_eq!(said(command.attrs.get("commands").unwrap().items()[0].get("name")), "ls");
    let mut addresses: Vec<_> = found.iter().map(|one| &one.address).collect();
    addresses.sort();
    addresses.dedup();
    assert_eq!(addresses.len(), found.len(), "every task has an address of its own");
}

#[test]
fn blocks_and_plays_give_their_keywords_and_variables() {
    let found = read(&[(
        "site.yml",
        "- hosts: all\n  name: p\n  become: yes\n  vars: {mode: '0600', who: app}\n  tasks:\n  - block:\n    - {name: a, file: {path: /x, mode: '{{ mode }}'}, become_user: '{{ who }}'}\n    \
         rescue:\n    - {name: b, file: {path: '{{ nothing }}'}}\n    no_log: true\n    become: false\n    vars: {mode: '0777'}\n  - {name: c, file: {path: '{{ mode }}'}}\n",
    )]);
    let a = one(&found, "play p, task a");
    assert_eq!(said(a.attrs.at(&["args", "mode"])), "0777");
    assert_eq!(said(a.attrs.at(&["effective", "become"])), "false");
    assert_eq!(said(a.attrs.at(&["effective", "no_log"])), "true");
    assert_eq!(said(a.attrs.get("become_user")), "app");
    let b = one(&found, "play p, task b");
    assert_eq!(said(b.attrs.at(&["args", "path"])), "? `nothing` has no value");
    let c = one(&found, "play p, task c");
    assert_eq!(said(c.attrs.at(&["args", "path"])), "0600");
    assert_eq!(said(c.attrs.at(&["effective", "become"])), "true");
}

#[test]
fn roles_and_included_files_are_read_with_what_includes_them() {
    let found = read(&[
        (
            "site.yml",
            "- hosts: all\n  name: p\n  become: true\n  vars: {port: 1}\n  roles: [web, {role: db, vars: {port: 2}}]\n  tasks:\n  - include_tasks: more/once.yml\n  - import_tasks: twice.yml\n  - import_tasks: twice.yml\n",
        ),
        ("group_vars/all.yml", "domain: a.example\n"),
        (
            "roles/web/tasks/main.yml",
            "- name: t\n  debug: {msg: '{{ port }} {{ path }} {{ domain }}'}\n- include_tasks: inner.yml\n",
        ),
        ("roles/web/tasks/inner.yml", "- name: i\n  debug: {msg: '{{ fixed }}'}\n"),
        ("roles/web/defaults/main.yml", "path: /d\nport: 9\nfixed: weak\n"),
        ("roles/web/vars/main.yml", "fixed: strong\n"),
        ("roles/db/tasks/main.yml", "- name: d\n  debug: {msg: '{{ port }}'}\n"),
        ("more/once.yml", "- name: o\n  debug: {msg: '{{ port }}'}\n"),
        ("twice.yml", "- name: w\n  ansible.builtin.debug: {msg: '{{ port }}'}\n"),
    ]);
    let message = |address: &str| said(one(&found, address).attrs.at(&["args", "msg"]));
    assert_eq!(message("task t"), "1 /d a.example");
    assert_eq!(message("task i"), "strong");
    assert_eq!(message("task d"), "Some(2)");
    assert_eq!(message("task o"), "Some(1)");
    assert_eq!(
        message("task w"),
        "? `port` has no value",
        "several places may give several values"
    );
    assert_eq!(said(one(&found, "task i").attrs.at(&["effective", "become"])), "true");
    assert_eq!(
        said(one(&found, "task w").attrs.at(&["effective", "become"])),
        "? `become` has no value"
    );
}

#[test]
fn what_a_vault_keeps_is_no_secret_in_plain_sight() {
    let found = read(&[(
        "group_vars/db.yml",
        "db_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  61\napi_key: '{{ lookup(\"env\", \"K\") }}'\nsmtp: {password: Wq81kTzz}\n",
    )]);
    let secrets = found[0].attrs.get("secrets").unwrap().items();
    assert_eq!((secrets.len(), said(secrets[0].get("name"))), (1, "password".to_owned()));
}

#[test]
fn files_of_variables_are_told_by_their_place() {
    let places = [
        ("group_vars/all/main.yml", true),
        ("inventories/prod/host_vars/a.yml", true),
        ("roles/web/defaults/main.yml", true),
        ("roles/web/vars/Debian.yaml", true),
        ("vars/secrets.yml", true),
        ("app/vars/secrets.yml", false),
        ("defaults/x/y.yml", false),
    ];
    for (path, expected) in places {
        assert_eq!(read(&[(path, "db_password: Kq81vTz\n")]).len() == 1, expected, "{path}");
    }
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    assert!(read(&[("vars/map.yml", object)]).iter().all(|one| &*one.kind == "ConfigMap"));
}

#[test]
fn other_lists_are_left_alone() {
    for other in [
        "- a\n- b\n",
        "- name: x\n  value: y\n",
        "- op: add\n  path: /spec\n  value: 1\n",
        "- hosts: [a.example]\n  secretName: tls\n",
        "- id: 1\n  copy: that\n  move: this\n",
    ] {
        let found = read(&[("values.yaml", other)]);
        assert!(found.is_empty(), "{other}: {found:?}");
    }
}

#[test]
fn files_that_include_themselves_and_each_other_end() {
    let found = read(&[
        ("roles/a/tasks/main.yml", "- include_role: {name: b}\n- import_tasks: main.yml\n"),
        (
            "roles/b/tasks/main.yml",
            "- include_role: {name: a}\n- include_tasks: ../../a/tasks/main.yml\n",
        ),
        ("site.yml", "- hosts: all\n  roles: [a, b, ../../../etc]\n- import_playbook: site.yml\n"),
    ]);
    assert_eq!(found.iter().filter(|one| one.address.starts_with("task")).count(), 4);
}

#[test]
fn deep_blocks_and_variables_that_multiply_end() {
    let mut deep = String::from("- hosts: all\n  tasks:\n");
    for level in 0..40 {
        writeln!(deep, "{}- block:", "  ".repeat(level + 1)).unwrap();
    }
    writeln!(deep, "{}- debug: {{msg: a}}", "  ".repeat(41)).unwrap();
    let mut wide = String::from("- hosts: all\n  vars:\n    v0: x\n");
    for at in 1..16 {
        let text = format!("{{{{ v{} }}}}", at - 1).repeat(20);
        writeln!(wide, "    v{at}: '{text}'").unwrap();
    }
    wide.push_str("  tasks:\n  - name: w\n    debug: {msg: '{{ v15 }}'}\n");
    let found = read(&[("deep.yml", &deep), ("wide.yml", &wide)]);
    let wide = one(&found, "play all, task w");
    assert!(said(wide.attrs.at(&["args", "msg"])).contains("limits"), "{wide:?}");
}

#[test]
fn odd_values_do_no_harm() {
    let found = read(&[(
        "site.yml",
        "- hosts: 1\n  vars: [a]\n  tasks: {a: b}\n  roles: x\n- hosts: all\n  vars: 3\n  tasks: [1, null, [], {}, {name: 2}, {file: }, {file: 7}, {copy: [1]}, {block: 3}]\n",
    )]);
    assert!(found.iter().any(|one| &*one.kind == "copy"));
}
