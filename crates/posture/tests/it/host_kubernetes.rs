//! Nodes of Kubernetes as kubeadm, k3s and others lay them out: which flags count.

use panoply_posture::Resource;

use crate::host::{Tree, read, value};

const KUBELET: &str = "KubeletConfiguration/node";

fn kubelet(name: &str, files: &[(&str, &str)], expected: &[(&[&str], &str)]) -> Vec<Resource> {
    let tree = Tree::new(name, files);
    let (_, found, problems) = read(&tree.snapshot());
    assert_eq!(problems, Vec::<String>::new());
    for (path, wanted) in expected {
        assert_eq!(value(&found, KUBELET, path), *wanted, "{path:?}");
    }
    found
}

/// The command of the container that stands for a component.
fn command(found: &[Resource], address: &str) -> String {
    let pod = found.iter().find(|one| one.address == address).unwrap();
    let containers = pod.attrs.at(&["spec", "containers"]).unwrap().items();
    let words = containers[0].get("command").unwrap().items();
    words.iter().filter_map(|word| word.as_text()).collect::<Vec<_>>().join(" ")
}

const ANONYMOUS: &[&str] = &["authentication", "anonymous", "enabled"];
const MODE: &[&str] = &["authorization", "mode"];

#[test]
fn with_kubeadm_flags_outweigh_the_file() {
    let found = kubelet(
        "kubeadm",
        &[
            ("usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet\n"),
            (
                "usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf",
                "[Service]\nEnvironment=\"KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml\"\n\
                 ExecStart=\nExecStart=/usr/bin/kubelet $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS\n",
            ),
            (
                "var/lib/kubelet/kubeadm-flags.env",
                "KUBELET_KUBEADM_ARGS=\"--read-only-port=10255 --pod-max-pids 100\"\n",
            ),
            (
                "var/lib/kubelet/config.yaml",
                "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n\
                 readOnlyPort: 0\nrotateCertificates: true\nauthentication:\n  anonymous:\n    \
                 enabled: false\n  x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}\n",
            ),
            (
                "etc/kubernetes/manifests/kube-apiserver.yaml",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-apiserver, namespace: kube-system}\n\
                 spec:\n  containers:\n  - name: kube-apiserver\n    command: [kube-apiserver, --profiling=false]\n",
            ),
        ],
        &[
            (&["readOnlyPort"], "10255"),
            (&["podPidsLimit"], "100"),
            (&["rotateCertificates"], "true"),
            (ANONYMOUS, "false"),
            (&["authentication", "x509", "clientCAFile"], "/etc/kubernetes/pki/ca.crt"),
        ],
    );
    assert_eq!(
        command(&found, "Pod/kube-system/kube-apiserver"),
        "kube-apiserver --profiling=false"
    );
}

#[test]
fn without_a_file_the_old_defaults_of_flags_count() {
    let unit = "[Service]\nExecStart=/usr/bin/kubelet --authorization-mode=Webhook\n";
    let expected: &[(&[&str], &str)] =
        &[(ANONYMOUS, "true"), (MODE, "Webhook"), (&["readOnlyPort"], "10255")];
    kubelet("bare", &[("etc/systemd/system/kubelet.service", unit)], expected);
}

#[test]
fn a_file_that_is_not_there_leaves_the_kubelet_unknown() {
    let unit = "[Service]\nExecStart=/usr/bin/kubelet --config=/srv/none.yaml\n";
    let tree = Tree::new("missing", &[("etc/systemd/system/kubelet.service", unit)]);
    let (_, found, _) = read(&tree.snapshot());
    let one = found.iter().find(|one| one.address == KUBELET).unwrap();
    assert!(one.attrs.cause().is_some());
}

#[test]
fn managed_nodes_merge_their_drop_ins() {
    let expected: &[(&[&str], &str)] = &[(ANONYMOUS, "false"), (&["podPidsLimit"], "1024")];
    kubelet(
        "managed",
        &[
            (
                "etc/kubernetes/kubelet/config.json",
                "{\"kind\": \"KubeletConfiguration\", \"apiVersion\": \"kubelet.config.k8s.io/v1beta1\", \
                 \"authentication\": {\"anonymous\": {\"enabled\": false}}, \"podPidsLimit\": -1}",
            ),
            ("etc/kubernetes/kubelet/config.json.d/40-n.conf", "{\"podPidsLimit\": 1024}"),
        ],
        expected,
    );
}

#[test]
fn k3s_is_judged_by_what_it_hands_on() {
    let found = kubelet(
        "k3s",
        &[
            ("etc/systemd/system/k3s.service", "[Service]\nExecStart=/usr/local/bin/k3s server\n"),
            (
                "etc/rancher/k3s/config.yaml",
                "token: not-for-anybody\nsecrets-encryption: true\nkube-apiserver-arg:\n\
                 - anonymous-auth=true\nkubelet-arg: [streaming-connection-idle-timeout=5m]\n",
            ),
            (
                "etc/rancher/k3s/config.yaml.d/a.yaml",
                "kube-apiserver-arg+: [audit-log-maxage=30]\n",
            ),
        ],
        &[(ANONYMOUS, "false"), (MODE, "Webhook"), (&["streamingConnectionIdleTimeout"], "5m")],
    );
    let server = command(&found, "process kube-apiserver");
    // The last one counts.
    let at = |text: &str| server.rfind(text).unwrap_or_else(|| panic!("{text} in {server}"));
    assert!(at("--anonymous-auth=true") > at("--anonymous-auth=false"));
    assert!(
        server.contains("--encryption-provider-config") && server.contains("audit-log-maxage=30")
    );
    assert_eq!(value(&found, "k3s", &["token"]), "<hidden>");
    assert_eq!(value(&found, "k3s", &["server"]), "true");
}

#[test]
fn k3s_leaves_to_a_file_of_the_user_what_the_file_says() {
    let found = kubelet(
        "k3s-authentication",
        &[(
            "etc/rancher/k3s/config.yaml",
            "kube-apiserver-arg: [authentication-config=/etc/rancher/k3s/auth.yaml]\n",
        )],
        &[(ANONYMOUS, "false"), (&["streamingConnectionIdleTimeout"], "4h")],
    );
    let server = command(&found, "process kube-apiserver");
    assert!(!server.contains("--anonymous-auth"), "{server}");
    assert!(server.contains("--authorization-mode=Node,RBAC"), "{server}");
}

#[test]
fn settings_of_etcd_in_a_file_are_flags() {
    let tree = Tree::new(
        "etcd",
        &[
            (
                "var/lib/rancher/rke2/agent/pod-manifests/etcd.yaml",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: etcd, namespace: kube-system}\nspec:\n  \
                 containers:\n  - name: etcd\n    command: [etcd]\n    args: \
                 [--config-file=/var/lib/rancher/rke2/server/db/etcd/config]\n",
            ),
            (
                "var/lib/rancher/rke2/server/db/etcd/config",
                "client-transport-security:\n  client-cert-auth: true\n  cert-file: /a\n\
                 peer-transport-security:\n  client-cert-auth: true\n",
            ),
        ],
    );
    let (_, found, _) = read(&tree.snapshot());
    let etcd = command(&found, "Pod/kube-system/etcd");
    assert!(
        etcd.contains("--client-cert-auth=true") && etcd.contains("--peer-client-cert-auth=true"),
        "{etcd}"
    );
    assert!(etcd.contains("--cert-file=/a"), "{etcd}");
}
