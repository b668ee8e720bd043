//! Hosts as directories on disk: what is collected, what it means, and that nothing leaks or loops.

use std::fs;
use std::path::{Path, PathBuf};

use panoply_base::Limits;
use panoply_posture::host::{self, Bounds, Status, judge};
use panoply_posture::{CheckBody, Checks, Node, Resource, Sources, Value, World};
use panoply_rules::{Rule, load_directory};

/// A root directory that goes away with the test.
pub(crate) struct Tree(pub(crate) PathBuf);

impl Tree {
    pub(crate) fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let root = std::env::temp_dir().join(format!("panoply-host-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).unwrap();
        let tree = Self(root);
        for (path, text) in files {
            let path = tree.0.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        tree
    }

    pub(crate) fn snapshot(&self) -> String {
        let taken = host::collect(&self.0, false, "2026-01-01T00:00:00Z", &Bounds::default());
        taken.unwrap().to_json().unwrap()
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn read(snapshot: &str) -> (Sources, Vec<Resource>, Vec<String>) {
    let mut sources = Sources::default();
    let file = sources.add("snapshot.json", snapshot);
    let (evidence, _) = host::resources(&mut sources, file, &Limits::DEFAULT).unwrap();
    let problems = evidence.problems.iter().map(ToString::to_string).collect();
    (sources, evidence.value, problems)
}

/// The value at a path of the first resource with this address, as text.
pub(crate) fn value(resources: &[Resource], address: &str, path: &[&str]) -> String {
    let resource = resources.iter().find(|resource| resource.address == address);
    let node = resource.unwrap_or_else(|| panic!("no {address}")).attrs.at(path);
    shown(node)
}

fn shown(node: Option<&Node>) -> String {
    match node.map(|node| &node.value) {
        None => "none".to_owned(),
        Some(Value::Null) => "null".to_owned(),
        Some(Value::Bool(value)) => value.to_string(),
        Some(Value::Int(value)) => value.to_string(),
        Some(Value::Float(value)) => value.to_string(),
        Some(Value::Text(text)) => text.to_string(),
        Some(Value::List(items)) => {
            items.iter().map(|item| shown(Some(item))).collect::<Vec<_>>().join(",")
        }
        Some(Value::Map(_)) => "map".to_owned(),
        Some(Value::Unknown(cause)) => format!("? {}", cause.words().en),
    }
}

fn packs(names: &[&str]) -> Checks {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/config");
    let loaded = names.iter().flat_map(|name| {
        let rules = load_directory::<CheckBody>(&folder.join(name), &Limits::DEFAULT);
        assert!(rules.problems.is_empty(), "{:?}", rules.problems);
        rules.value
    });
    Checks::new(loaded.collect::<Vec<Rule<CheckBody>>>())
}

/// Status of each check, and its evidence, by id.
fn verdicts(snapshot: &str, checks: &Checks) -> Vec<(String, Status, Vec<String>)> {
    let (sources, resources, _) = read(snapshot);
    let world = World::new(resources);
    let judged = judge(checks, &world, &sources, 100);
    assert!(judged.problems.is_empty(), "{:?}", judged.problems);
    let outcomes = judged.outcomes.iter().map(|outcome| {
        let evidence = outcome.evidence.iter().map(|one| format!("{}:{:?}", one.file, one.line));
        (outcome.check.id().to_owned(), outcome.status, evidence.collect())
    });
    outcomes.collect()
}

fn status(all: &[(String, Status, Vec<String>)], id: &str) -> Status {
    all.iter().find(|(known, ..)| known == id).unwrap_or_else(|| panic!("no {id}")).1
}

const DEBIAN: &[(&str, &str)] = &[
    ("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n"),
    ("etc/hostname", "web01\n"),
    ("usr/lib/modules/6.1.0/modules.dep", ""),
    ("etc/fstab", "/dev/sda1 / ext4 defaults 0 1\n/dev/sda2 /tmp ext4 nodev,nosuid 0 2\n"),
    ("etc/passwd", "root:x:0:0::/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/sh\n"),
    ("etc/group", "root:x:0:\nann:x:1000:\n"),
    ("etc/shadow", "root:$6$c2FsdA$invented0hash:19000:0:99999:7:::\nann:!:19000:0:90:7:::\n"),
    ("etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes\n"),
    ("etc/ssh/sshd_config.d/10-first.conf", "PermitRootLogin no\nX11Forwarding yes\n"),
    ("etc/sysctl.d/10-a.conf", "net.ipv4.ip_forward = 1\n"),
    ("etc/sysctl.d/99-b.conf", "net.ipv4.ip_forward = 0\nnet.ipv4.conf.*.rp_filter = 1\n"),
    ("usr/lib/sysctl.d/99-b.conf", "kernel.sysrq = 1\n"),
    ("etc/pam.d/passwd", "@include common-password\n"),
    ("etc/pam.d/common-password", "password required pam_pwquality.so minlen=12\n"),
    ("etc/security/pwquality.conf", "minlen = 6\n"),
    ("etc/systemd/system/multi-user.target.wants/x.service", "[Service]\nExecStart=/bin/x\n"),
    ("usr/lib/systemd/system/x.service", "[Service]\nExecStart=/bin/x\nUser=nobody\n"),
    ("etc/systemd/system/x.service.d/10.conf", "[Service]\nUser=root\n"),
];

#[test]
fn what_counts_is_put_together_from_many_files() {
    let tree = Tree::new("counts", DEBIAN);
    let (_, found, problems) = read(&tree.snapshot());
    assert_eq!(problems, Vec::<String>::new());
    for (address, path, expected) in [
        ("host", &["os", "family"][..], "debian"),
        // The first value of sshd_config counts, and the included file comes first.
        ("sshd", &["permitrootlogin"], "no"),
        ("sshd", &["x11forwarding"], "yes"),
        ("sshd", &["maxauthtries"], "6"),
        // The last value of sysctl.d counts; of files of the same name, that of /etc alone.
        ("sysctl", &["value", "net.ipv4.ip_forward"], "0"),
        ("sysctl", &["value", "net.ipv4.conf.all.rp_filter"], "1"),
        ("sysctl", &["value", "kernel.randomize_va_space"], "2"),
        ("sysctl", &["value", "kernel.sysrq"], "? `kernel.sysrq` has no value"),
        // Arguments of the module outweigh its file.
        ("pwquality", &["minlen"], "12"),
        ("pwquality", &["used"], "true"),
        ("account root", &["password"], "hashed"),
        ("account root", &["hash"], "sha512"),
        ("account ann", &["password"], "locked"),
        ("mount /tmp", &["options"], "nodev,nosuid"),
        ("unit x.service", &["enabled"], "true"),
        ("unit x.service", &["service", "User"], "root"),
    ] {
        assert_eq!(value(&found, address, path), expected, "{address} {path:?}");
    }
}

#[test]
fn a_snapshot_says_the_same_wherever_it_is_judged_and_holds_no_hash() {
    let tree = Tree::new("round", DEBIAN);
    let checks = packs(&["host"]);
    let text = tree.snapshot();
    assert!(!text.contains("invented0hash") && !text.contains("c2FsdA"), "{text}");
    let here = verdicts(&text, &checks);
    let path = tree.0.join("snapshot.json");
    fs::write(&path, &text).unwrap();
    for (file, _) in DEBIAN {
        fs::remove_file(tree.0.join(file)).unwrap();
    }
    let there = verdicts(&fs::read_to_string(&path).unwrap(), &checks);
    assert_eq!(here, there);
    assert_eq!(status(&here, "host-sshd-root-login"), Status::Pass);
    assert_eq!(status(&here, "host-sshd-x11-forwarding"), Status::Fail);
    assert_eq!(status(&here, "host-mount-noexec-missing"), Status::Fail);
    assert_eq!(status(&here, "host-sysctl-magic-keys"), Status::Unknown);
    assert_eq!(status(&here, "host-nginx-old-tls"), Status::NotApplicable);
    let (_, _, places) = here.iter().find(|one| one.0 == "host-sshd-x11-forwarding").unwrap();
    assert_eq!(places, &["etc/ssh/sshd_config.d/10-first.conf:Some(2)"]);
}

#[test]
fn other_formats_and_newer_snapshots_are_refused() {
    for (text, why) in [
        ("{}", "this is no snapshot of a host"),
        ("{\"snapshot\": \"panoply-host\"}", "this snapshot has no version"),
        (
            "{\"snapshot\": \"panoply-host\", \"version\": 2}",
            "this snapshot has version 2; up to 1 can be read",
        ),
    ] {
        let mut sources = Sources::default();
        let file = sources.add("s.json", text);
        let refused = host::resources(&mut sources, file, &Limits::DEFAULT).unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
    }
}

#[cfg(unix)]
#[test]
fn links_never_lead_out_of_the_root() {
    use std::os::unix::fs::symlink;
    let outside = Tree::new("outside", &[("passwd", "stolen:x:0:0::/:/bin/sh\n")]);
    let tree = Tree::new("links", &[("etc/real", "root:x:0:0::/root:/bin/sh\n")]);
    let etc = tree.0.join("etc");
    // Absolute, and meant inside of the root.
    symlink("/etc/real", etc.join("passwd")).unwrap();
    symlink(outside.0.join("passwd"), etc.join("group")).unwrap();
    symlink("../../../../../../../../etc/real", etc.join("crontab")).unwrap();
    symlink("/etc/shadow", etc.join("shadow")).unwrap();
    let text = tree.snapshot();
    assert!(!text.contains("stolen"), "{text}");
    let (_, found, _) = read(&text);
    assert_eq!(value(&found, "account root", &["uid"]), "0");
}

#[test]
fn includes_that_go_round_end() {
    let tree = Tree::new(
        "loops",
        &[
            ("etc/ssh/sshd_config", "Include /etc/ssh/sshd_config\nPermitRootLogin yes\n"),
            ("etc/pam.d/login", "auth include login\nauth include login\n"),
            ("etc/sudoers", "@include /etc/sudoers\nann ALL=(ALL) NOPASSWD: ALL\n"),
            ("etc/nginx/nginx.conf", "http { include nginx.conf; include nginx.conf; }\n"),
        ],
    );
    let (_, found, _) = read(&tree.snapshot());
    assert!(value(&found, "sshd", &["permitrootlogin"]).starts_with("? "));
    assert!(value(&found, "pam login", &["rules"]).contains("beyond the limits"));
    assert!(value(&found, "sudoers", &["rules"]).starts_with("map"));
    assert!(value(&found, "nginx", &["elsewhere"]).starts_with("? "));
}

/// Files cut anywhere, and with bytes out of place, are read as far as they go.
#[test]
fn broken_files_are_no_reason_to_stop() {
    let nginx = "http { server { listen 80; location /a { alias \"/b/\"; } } }";
    let texts = [
        ("etc/ssh/sshd_config", "Match User \"a b\"\n  Ciphers +x,-y\nInclude 'q\n"),
        ("etc/sysctl.conf", "-a/b.c = 1\nnet.ipv4.conf.*.x=[\n"),
        ("etc/pam.d/x", "auth [success=1 default=die pam_x.so a=b\n@include x\n"),
        ("etc/passwd", "a:b:c\n::::::\nä:x:1:1::/:/bin/sh\n"),
        ("etc/shadow", "a:$\n:\nä:$6:1:::\n"),
        ("etc/sudoers", "a ALL=(b NOPASSWD: \\\n \\\nDefaults a=,!b\n"),
        ("etc/fstab", "a /b\\040c d e,f\n"),
        ("etc/audit/rules.d/x.rules", "-a -F path= -w\n-e 2\n"),
        ("etc/crontab", "* * * * *\n@daily root /x\n1 2 3 4 5 root\n"),
        ("etc/systemd/system/x.service", "[Service\n=\nExecStart=-@\\\n\nEnvironment=\n"),
        ("etc/nginx/nginx.conf", nginx),
        ("etc/docker/daemon.json", "{\"hosts\": [\"tcp://\"], \"icc\": null}"),
        ("etc/containerd/config.toml", "version = 2\n[plugins.'a'.b]\nc = [1]\n"),
        ("etc/modprobe.d/x.conf", "install\nblacklist\ninstall a /bin/true\n"),
        (
            "etc/kubernetes/manifests/x.yaml",
            "apiVersion: v1\nkind: Pod\nspec: {containers: [{}]}\n",
        ),
        ("var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\nauthentication: 1\n"),
        ("etc/rancher/k3s/config.yaml", "kube-apiserver-arg: [1, a]\ntls-san+: [x]\n"),
    ];
    for (path, text) in texts {
        let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        for end in ends {
            for filler in ["", "\"{\\", "é=\u{0}"] {
                let cut = format!("{}{filler}", text.get(..end).unwrap_or_default());
                let files =
                    serde_json::json!([{"path": format!("/{path}"), "kind": "file", "text": cut}]);
                let snapshot = serde_json::json!({
                    "snapshot": "panoply-host", "version": 1, "live": true, "files": files,
                });
                read(&snapshot.to_string());
            }
        }
    }
}
