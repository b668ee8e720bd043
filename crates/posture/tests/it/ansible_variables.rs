//! Items of loops, inventories and roles: what is known of a task, what is not, and what counts more.

use std::fmt::Write as _;

use panoply_base::Limits;
use panoply_posture::{CheckBody, Checks, Node, Resource, Sources, Verdict, World, ask, evidence};
use panoply_rules::Rule;

use crate::product;

fn read(files: &[(&str, &str)]) -> (Vec<Resource>, Vec<String>) {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(*path, *text);
    }
    let found = evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT);
    (found.value, found.problems.iter().map(ToString::to_string).collect())
}

fn said(node: Option<&Node>) -> String {
    match node {
        None => "-".to_owned(),
        Some(node) => match (node.cause(), node.as_text(), node.as_int()) {
            (Some(cause), ..) => format!("? {}", cause.words().en),
            (_, Some(text), _) => text.to_owned(),
            (_, _, Some(value)) => value.to_string(),
            _ => format!("{:?}", node.as_bool()),
        },
    }
}

/// What `debug` says in each task: `address = message`.
fn messages(files: &[(&str, &str)]) -> Vec<String> {
    let (found, problems) = read(files);
    assert!(problems.is_empty(), "{problems:?}");
    let tasks = found.iter().filter(|resource| &*resource.kind == "debug");
    tasks
        .map(|task| format!("{} = {}", task.address, said(task.attrs.at(&["args", "msg"]))))
        .collect()
}

/// What a play for some hosts makes of `x`.
fn seen(hosts: &str, files: &[(&str, &str)]) -> String {
    let play = format!(
        "- hosts: {hosts}\n  tasks:\n  - name: t\n    debug: {{msg: '{{{{ x | default(0) }}}}'}}\n"
    );
    let mut all = vec![("site.yml", play.as_str())];
    all.extend(files);
    let found = messages(&all);
    found[0].split_once(" = ").unwrap().1.to_owned()
}

#[test]
fn each_known_item_is_a_task_and_the_task_is_there_as_it_is_written() {
    let found = messages(&[(
        "site.yml",
        "- hosts: all\n  name: p\n  vars: {people: [{name: ann, id: 1}, {name: bob, id: '{{ nothing }}'}]}\n  tasks:\n  \
         - name: l\n    debug: {msg: 'x{{ item.id }}'}\n    loop: '{{ people }}'\n  \
         - name: f\n    debug: {msg: '{{ item }}'}\n    with_items: [a, [b, a]]\n  \
         - name: d\n    debug: {msg: '{{ one.key }}={{ one.value }}:{{ at }}'}\n    loop: '{{ {\"k\": 1} | dict2items }}'\n    loop_control: {loop_var: one, index_var: at}\n  \
         - name: w\n    debug: {msg: '{{ item.key }}={{ item.value }}'}\n    with_dict: {k: v}\n  \
         - name: n\n    debug: {msg: same}\n    loop: [a, b]\n",
    )]);
    assert_eq!(
        found,
        [
            "play p, task l = ? `item.id` has no value",
            "play p, task l [ann] = x1",
            "play p, task l [bob] = ? `nothing` has no value",
            "play p, task f = ? `item` has no value",
            "play p, task f [a] = a",
            "play p, task f [b] = b",
            "play p, task f [a] (2) = a",
            "play p, task d = ? `one.key` has no value",
            "play p, task w = ? `item.key` has no value",
            "play p, task w [k] = k=v",
            "play p, task n = same",
        ]
    );
}

#[test]
fn items_that_may_be_secrets_go_by_their_number() {
    let (found, _) = read(&[(
        "site.yml",
        "- hosts: all\n  name: p\n  tasks:\n  - name: a\n    user: {name: x, password: '{{ item }}'}\n    loop: [Wq81kTzz]\n  \
         - name: b\n    user: name=x password={{ item }}\n    loop: [Wq81kTzz]\n  \
         - name: c\n    debug: {msg: '{{ item }}'}\n    no_log: true\n    loop: [Wq81kTzz]\n  \
         - name: d\n    user: {name: '{{ item.name }}', password: '{{ item.password }}'}\n    loop: [{password: Wq81kTzz, name: ann}]\n",
    )]);
    let addresses: Vec<&str> = found.iter().map(|one| one.address.as_str()).collect();
    assert!(!addresses.iter().any(|address| address.contains("Wq81")), "{addresses:?}");
    for address in
        ["play p, task a [0]", "play p, task b [0]", "play p, task c [0]", "play p, task d [ann]"]
    {
        assert!(addresses.contains(&address), "{address}: {addresses:?}");
    }
}

#[test]
fn an_item_stands_where_it_is_written() {
    let text = "- hosts: all\n  tasks:\n  - name: l\n    debug: {msg: '{{ item }}'}\n    loop:\n    - one\n    - two\n";
    let mut sources = Sources::default();
    sources.add("site.yml", text);
    let found =
        evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT).value;
    let two = found.iter().find(|one| one.address.ends_with("[two]")).expect("is there");
    let message = two.attrs.at(&["args", "msg"]).expect("is there");
    let line = |span| sources.lines(span).expect("in the file").line;
    assert_eq!(message.span.map(line), Some(4));
    let through = message.through.as_ref().expect("came from the item");
    assert_eq!((through.name.as_str(), through.span.map(line)), ("item", Some(7)));
}

#[test]
fn long_loops_are_told_and_multiplied_ones_end() {
    let mut text = String::from(
        "- hosts: all\n  tasks:\n  - name: l\n    debug: {msg: '{{ item }}'}\n    loop:\n",
    );
    for at in 0..5_000 {
        writeln!(text, "    - i{at}").unwrap();
    }
    let (found, problems) = read(&[("site.yml", &text)]);
    assert_eq!(found.iter().filter(|one| &*one.kind == "debug").count(), 101);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("site.yml"), "{problems:?}");
    let itself = "- hosts: all\n  vars: {a: ['{{ a }}', '{{ b }}'], b: '{{ a }}'}\n  tasks:\n  - debug: {msg: '{{ item }}'}\n    loop: '{{ a }}'\n";
    assert!(read(&[("site.yml", itself)]).0.len() < 10);
}

const HOSTS: (&str, &str) = (
    "inventory/hosts",
    "lone x=1\n[web]\nw1 x=2\nw2 x=2\n[db]\nd1\nd2\n[db:vars]\nx=3\n[prod:children]\nweb\ndb\n[prod:vars]\nx=4\ny=5\n",
);

#[test]
fn what_the_hosts_of_a_play_have_in_common_is_known() {
    assert_eq!(seen("web", &[HOSTS]), "2");
    assert_eq!(seen("db", &[HOSTS]), "3", "a group counts more than the group around it");
    assert_eq!(seen("[w1, w2]", &[HOSTS]), "2");
    assert_eq!(seen("web:db", &[HOSTS]), "? `x` is known only after deployment");
    assert_eq!(seen("all", &[HOSTS]), "? `x` is known only after deployment");
    assert_eq!(seen("'web:!w1'", &[HOSTS]), "? `x` is known only after deployment");
    assert_eq!(seen("lone", &[HOSTS]), "1");
}

#[test]
fn variables_count_by_the_precedence_of_ansible() {
    let all = ("inventory/group_vars/all.yml", "x: ia\n");
    let play_all = ("group_vars/all/a.yml", "x: pa\n");
    let web = ("inventory/group_vars/web.yml", "x: ig\n");
    let play_web = ("group_vars/web.yml", "x: pg\n");
    let host = ("inventory/host_vars/w.yml", "x: ih\n");
    let play_host = ("host_vars/w.yaml", "x: ph\n");
    let plain = ("inventory/hosts", "[web]\nw\n[web:vars]\nx=g\n");
    let beside = ("inventory/hosts", "[web]\nw x=h\n[web:vars]\nx=g\n");
    assert_eq!(seen("web", &[plain]), "g");
    assert_eq!(seen("web", &[plain, all]), "ia");
    assert_eq!(seen("web", &[plain, all, play_all]), "pa");
    assert_eq!(seen("web", &[plain, all, play_all, web]), "ig");
    assert_eq!(seen("web", &[plain, all, play_all, web, play_web]), "pg");
    assert_eq!(seen("web", &[beside, all, play_all, web, play_web]), "h");
    assert_eq!(seen("web", &[beside, play_web, host]), "ih");
    assert_eq!(seen("web", &[beside, play_web, host, play_host]), "ph");
}

#[test]
fn environments_that_differ_are_not_known() {
    let prod = ("inventories/prod/hosts.ini", "[web]\np1\n[web:vars]\nx=1\n");
    let same = ("inventories/test/hosts.ini", "[web]\nt1\n[web:vars]\nx=1\n");
    let other = ("inventories/test/hosts.ini", "[web]\nt1\n[web:vars]\nx=2\n");
    assert_eq!(seen("web", &[prod, same]), "1");
    assert_eq!(seen("web", &[prod, other]), "? `x` is known only after deployment");
    // Without an inventory, a host may be in any other group as well.
    let web = ("group_vars/web.yml", "x: 1\n");
    let eu = ("group_vars/eu.yml", "x: 2\n");
    assert_eq!(seen("web", &[web]), "1");
    assert_eq!(seen("web", &[web, eu]), "? `x` is known only after deployment");
    assert_eq!(seen("db", &[web]), "? `x` is known only after deployment");
}

#[test]
fn inventories_in_yaml_are_the_same() {
    let text = "all:\n  vars: {x: 1}\n  children:\n    web:\n      hosts: {w1: , w2: {y: 2}}\n    db:\n      vars: {x: 3}\n      hosts: {d1: {x: 4}, d2: }\n";
    let file = ("hosts.yml", text);
    assert_eq!(seen("web", &[file]), "1");
    assert_eq!(seen("d2", &[file]), "3");
    assert_eq!(seen("d1", &[file]), "4");
    assert_eq!(seen("db", &[file]), "? `x` is known only after deployment");
}

#[test]
fn what_a_play_finds_out_is_not_known_before() {
    let found = messages(&[
        ("group_vars/all.yml", "x: 1\ny: 2\n"),
        (
            "site.yml",
            "- hosts: all\n  name: p\n  tasks:\n  - set_fact: {x: '{{ y }}'}\n  - command: id\n    register: who\n  \
             - name: t\n    debug: {msg: '{{ x | default(3) }}'}\n  - name: u\n    debug: {msg: '{{ who.stdout | default(4) }}'}\n  \
             - name: v\n    debug: {msg: '{{ y }}'}\n",
        ),
    ]);
    assert_eq!(
        found,
        [
            "play p, task t = ? `x` is known only after deployment",
            "play p, task u = ? `who` is known only after deployment",
            "play p, task v = 2",
        ]
    );
}

#[test]
fn a_role_has_defaults_variables_and_what_it_is_called_with() {
    let found = messages(&[
        (
            "site.yml",
            "- hosts: all\n  vars: {d: play}\n  roles:\n  - {role: web, v: called, p: 1}\n",
        ),
        ("group_vars/all.yml", "g: group\n"),
        ("roles/web/defaults/main/a.yml", "d: default\ng: default\ne: a\n"),
        ("roles/web/defaults/main/b.yml", "e: b\n"),
        ("roles/web/vars/main.yml", "v: role\nw: role\nd: role\n"),
        (
            "roles/web/tasks/main.yml",
            "- name: t\n  debug: {msg: '{{ d }} {{ g }} {{ e }} {{ v }} {{ w }} {{ p }}'}\n",
        ),
    ]);
    assert_eq!(found, ["task t = role group b called role 1"]);
}

#[test]
fn inventories_written_to_do_harm_end() {
    let mut text = String::new();
    for at in 0..300 {
        writeln!(
            text,
            "[g{at}]\nh{at} x={at}\n[g{at}:children]\ng{}\ng{}\n",
            (at + 1) % 300,
            (at * 7) % 300
        )
        .unwrap();
    }
    assert_eq!(seen("g1", &[("hosts", &text)]), "? `x` is known only after deployment");
    let mut many = String::from("[web]\n");
    for at in 0..5_000 {
        writeln!(many, "h{at} x=1").unwrap();
    }
    assert_eq!(seen("web", &[("hosts", &many)]), "? `inventory` is beyond the limits of this scan");
    let odd =
        "all:\n  hosts: [a]\n  vars: 1\n  children: {web: {hosts: {a: 1, b: [2]}, children: x}}\n";
    assert_eq!(seen("web", &[("hosts.yml", odd)]), "0");
    // Names of groups are no paths.
    let away = ("inventory/hosts", "[../../secret]\na\n");
    assert_eq!(seen("all", &[away, ("secret.yml", "x: 1\n")]), "0");
}

/// What one check says of a playbook: `address: message`.
fn answers(checks: &Checks, playbook: &str) -> Vec<String> {
    let mut sources = Sources::default();
    sources.add("site.yml", playbook);
    let found = evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT);
    let world = World::new(found.value);
    let (answers, tallies) = ask(checks, &world, 100);
    assert!(answers.problems.is_empty(), "{:?}", answers.problems);
    let tally = tallies.values().next().expect("one check was asked");
    assert_eq!(tally.failed + tally.unknown, answers.value.len() as u64, "{tally:?}");
    let lines = answers.value.iter().map(|answer| {
        let unknown = if answer.verdict == Verdict::Fails { "" } else { "? " };
        format!("{unknown}{}: {}", answer.resource.address, answer.message.en)
    });
    lines.collect()
}

#[test]
fn what_the_item_decides_is_said_of_it_and_the_rest_once() {
    let is_it = |rule: &Rule<CheckBody>| rule.head.id == "ansible-file-world-writable";
    let checks = Checks::new(product::rules().into_iter().filter(is_it).collect());
    let play = |mode: &str, items: &str| {
        format!(
            "- hosts: all\n  name: p\n  tasks:\n  - name: t\n    file: {{path: '{{{{ item.path }}}}', mode: '{mode}'}}\n    loop: {items}\n"
        )
    };
    let items = "[{path: /a, mode: '0777'}, {path: /b, mode: '0640'}, {path: /c, mode: '{{ m }}'}]";
    let of_items = answers(&checks, &play("{{ item.mode }}", items));
    assert_eq!(of_items.len(), 2, "{of_items:?}");
    assert!(of_items[0].starts_with("play p, task t [/a]: "), "{of_items:?}");
    assert!(of_items[0].ends_with("(item `/a`)"), "{of_items:?}");
    assert!(of_items[1].starts_with("? play p, task t [/c]: "), "{of_items:?}");
    let once = answers(&checks, &play("0777", items));
    assert_eq!(once.len(), 1, "{once:?}");
    assert!(once[0].starts_with("play p, task t: "), "{once:?}");
    let open = answers(&checks, &play("{{ m }}", items));
    assert_eq!(open.len(), 1, "{open:?}");
    assert!(open[0].starts_with("? play p, task t: "), "{open:?}");
}
