//! Objects of Kubernetes in Terraform are judged as their manifests are.

use std::collections::BTreeSet;

use panoply_base::Limits;
use panoply_posture::check::Checks;
use panoply_posture::{Platform, Resource, Sources, Verdict, World, ask, comments, evidence};

use crate::checks::rules;
use crate::terraform::show;

struct Read {
    world: World,
    sources: Sources,
    problems: Vec<String>,
}

fn read(files: &[(&str, &str)]) -> Read {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(*path, *text);
    }
    let found = evidence::resources(&sources, &evidence::Settings::default(), &Limits::DEFAULT);
    let problems = found.problems.iter().map(ToString::to_string).collect();
    Read { world: World::new(found.value), sources, problems }
}

impl Read {
    fn objects(&self) -> Vec<&Resource> {
        let all = self.world.resources().iter();
        all.filter(|resource| resource.platform == Platform::Kubernetes).collect()
    }

    /// Check, line and verdict of everything that the checks named here say.
    fn said(&self, ids: &[&str]) -> Vec<String> {
        let chosen = rules().iter().filter(|rule| ids.contains(&rule.head.id.as_str())).cloned();
        let checks = Checks::new(chosen.collect());
        assert_eq!(checks.len(), ids.len(), "{ids:?}");
        let (answers, _) = ask(&checks, &self.world, 100);
        assert!(answers.problems.is_empty(), "{:?}", answers.problems);
        let line = |span| self.sources.lines(span).map_or(0, |lines| lines.line);
        let mut said: Vec<String> = answers
            .value
            .iter()
            .map(|answer| {
                let verdict = match &answer.verdict {
                    Verdict::Fails => "fails".to_owned(),
                    Verdict::Unknown { cause, .. } => format!("unknown because {}", cause.en),
                };
                let line = answer.span.map_or(0, line);
                format!("{} {line} {} {verdict}", answer.check.id(), answer.resource.address)
            })
            .collect();
        said.sort();
        said
    }

    /// Ids of all checks that fail.
    fn failing(&self) -> BTreeSet<String> {
        let checks = Checks::new(rules().to_vec());
        let (answers, _) = ask(&checks, &self.world, 100);
        assert!(answers.problems.is_empty(), "{:?}", answers.problems);
        let failing = answers.value.iter().filter(|answer| answer.verdict == Verdict::Fails);
        failing.map(|answer| answer.check.id().to_owned()).collect()
    }
}

/// Compares the manifest that a configuration stands for.
fn manifest(configuration: &str, expected: &str) {
    let read = read(&[("main.tf", configuration)]);
    let [object] = read.objects()[..] else { panic!("{:?}", read.objects()) };
    assert_eq!(show(&object.attrs), expected);
}

#[test]
fn blocks_are_objects_and_lists() {
    manifest(
        r#"
resource "kubernetes_pod_v1" "a" {
  metadata {
    name      = "a"
    namespace = "shop"
    labels    = { my_app = "a" }
  }
  spec {
    host_pid = "true"
    container {
      name = "x"
      port { container_port = 80 }
      env {
        name  = "a_b"
        value = "true"
      }
      security_context {
        run_as_user = "1000"
        capabilities { drop = ["ALL"] }
      }
      liveness_probe {
        http_get { port = 80 }
      }
      resources {
        limits = { cpu = "1", "ephemeral-storage" = "1Gi" }
      }
    }
    init_container {
      name = "y"
      volume_mount { mount_path = "/m" }
    }
    volume {
      name = "v"
      host_path { path = "/" }
    }
  }
  lifecycle { ignore_changes = [spec] }
}
"#,
        "{apiVersion: \"v1\", kind: \"Pod\", metadata: {name: \"a\", namespace: \"shop\", labels: \
         {my_app: \"a\"}}, spec: {hostPID: true, containers: [{name: \"x\", ports: [{containerPort: \
         80}], env: [{name: \"a_b\", value: \"true\"}], securityContext: {runAsUser: \"1000\", \
         capabilities: {drop: [\"ALL\"]}}, livenessProbe: {httpGet: {port: 80}}, resources: \
         {limits: {cpu: \"1\", ephemeral-storage: \"1Gi\"}}}], initContainers: [{name: \"y\", \
         volumeMounts: [{mountPath: \"/m\"}]}], volumes: [{name: \"v\", hostPath: {path: \"/\"}}]}}",
    );
}

#[test]
fn what_the_provider_does_by_itself_is_there() {
    manifest(
        r#"
resource "kubernetes_secret" "a" {
  metadata { name = "a" }
  data = { password = "x" }
}
"#,
        "{apiVersion: \"v1\", kind: \"Secret\", metadata: {name: \"a\", namespace: \"default\"}, \
         stringData: {password: \"x\"}}",
    );
    manifest(
        r#"
resource "kubernetes_cluster_role_binding_v1" "a" {
  metadata { name = "a" }
  subject {
    kind = "ServiceAccount"
    name = "b"
  }
  role_ref { name = "c" }
}
"#,
        "{apiVersion: \"rbac.authorization.k8s.io/v1\", kind: \"ClusterRoleBinding\", metadata: \
         {name: \"a\"}, subjects: [{kind: \"ServiceAccount\", name: \"b\", namespace: \"default\"}], \
         roleRef: {name: \"c\"}}",
    );
    manifest(
        r#"
resource "kubernetes_persistent_volume" "a" {
  metadata { name = "a" }
  spec {
    capacity = { storage = "1Gi" }
    persistent_volume_source {
      host_path { path = "/var" }
    }
  }
}
"#,
        "{apiVersion: \"v1\", kind: \"PersistentVolume\", metadata: {name: \"a\"}, spec: {capacity: \
         {storage: \"1Gi\"}, hostPath: {path: \"/var\"}}}",
    );
}

#[test]
fn the_same_name_is_a_list_here_and_an_object_there() {
    manifest(
        r#"
resource "kubernetes_ingress_v1" "a" {
  metadata { name = "a" }
  spec {
    rule {
      http {
        path {
          path = "/"
          backend {
            service {
              name = "b"
              port { number = 80 }
            }
          }
        }
      }
    }
  }
}
"#,
        "{apiVersion: \"networking.k8s.io/v1\", kind: \"Ingress\", metadata: {name: \"a\", namespace: \
         \"default\"}, spec: {rules: [{http: {paths: [{path: \"/\", backend: {service: {name: \"b\", \
         port: {number: 80}}}}]}}]}}",
    );
    manifest(
        r#"
resource "kubernetes_network_policy" "a" {
  metadata { name = "a" }
  spec {
    pod_selector {}
    ingress {
      from {
        ip_block { cidr = "10.0.0.0/8" }
      }
      ports { port = 80 }
    }
    policy_types = ["Ingress"]
  }
}
"#,
        "{apiVersion: \"networking.k8s.io/v1\", kind: \"NetworkPolicy\", metadata: {name: \"a\", \
         namespace: \"default\"}, spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: \
         \"10.0.0.0/8\"}}], ports: [{port: 80}]}], policyTypes: [\"Ingress\"]}}",
    );
}

const YAML: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      hostNetwork: true
      volumes: [{name: d, hostPath: {path: /var/run/docker.sock}}]
      containers:
      - name: web
        image: nginx
        securityContext: {privileged: true, capabilities: {add: [SYS_ADMIN]}}
        env: [{name: DB_PASSWORD, value: hunter2-x}]
        ports: [{containerPort: 80, hostPort: 80}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: default, namespace: shop}]
";

const BLOCKS: &str = r#"
resource "kubernetes_deployment_v1" "web" {
  metadata {
    name      = "web"
    namespace = "shop"
    labels    = { app = "web" }
  }
  spec {
    replicas = 3
    selector {
      match_labels = { app = "web" }
    }
    template {
      metadata {
        labels = { app = "web" }
      }
      spec {
        host_network = true
        volume {
          name = "d"
          host_path { path = "/var/run/docker.sock" }
        }
        container {
          name  = "web"
          image = "nginx"
          security_context {
            privileged = true
            capabilities { add = ["SYS_ADMIN"] }
          }
          env {
            name  = "DB_PASSWORD"
            value = "hunter2-x"
          }
          port {
            container_port = 80
            host_port      = 80
          }
        }
      }
    }
  }
}

resource "kubernetes_cluster_role_binding" "a" {
  metadata { name = "a" }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "cluster-admin"
  }
  subject {
    kind      = "ServiceAccount"
    name      = "default"
    namespace = "shop"
  }
}
"#;

#[test]
fn every_check_says_the_same_of_blocks_and_of_yaml() {
    let (yaml, blocks) = (read(&[("a.yaml", YAML)]), read(&[("main.tf", BLOCKS)]));
    assert_eq!(yaml.failing(), blocks.failing());
    assert!(yaml.failing().len() > 15, "{:?}", yaml.failing());
    assert_eq!(
        blocks.said(&["k8s-privileged-container", "k8s-cluster-admin-bound"]),
        [
            "k8s-cluster-admin-bound 49 kubernetes_cluster_role_binding.a fails",
            "k8s-privileged-container 27 kubernetes_deployment_v1.web fails",
        ]
    );
}

#[test]
fn what_nobody_knows_is_unknown() {
    let read = read(&[(
        "main.tf",
        r#"
variable "privileged" {}
variable "contexts" {}
resource "kubernetes_pod" "a" {
  metadata { name = "a" }
  spec {
    container {
      name = "x"
      security_context { privileged = var.privileged }
    }
    container {
      name = "y"
      dynamic "security_context" {
        for_each = var.contexts
        content { privileged = true }
      }
    }
  }
}
"#,
    )]);
    assert_eq!(
        read.said(&["k8s-privileged-container"]),
        [
            "k8s-privileged-container 13 kubernetes_pod.a unknown because `var.contexts` has no value",
            "k8s-privileged-container 9 kubernetes_pod.a unknown because `var.privileged` has no value",
        ]
    );
}

#[test]
fn objects_in_a_namespace_that_nobody_knows_may_belong_together() {
    let policy = |namespace: &str| {
        format!(
            r#"
variable "ns" {{}}
resource "kubernetes_pod" "a" {{
  metadata {{
    name      = "a"
    namespace = "shop"
    labels    = {{ app = "a" }}
  }}
  spec {{
    container {{ name = "x" }}
  }}
}}
resource "kubernetes_network_policy" "a" {{
  metadata {{
    name      = "a"
    namespace = {namespace}
  }}
  spec {{
    pod_selector {{}}
    policy_types = ["Ingress"]
  }}
}}
"#
        )
    };
    let said = |namespace| {
        let text = policy(namespace);
        read(&[("main.tf", &text)]).said(&["k8s-workload-without-network-policy"]).join("")
    };
    assert!(said("\"other\"").ends_with("kubernetes_pod.a fails"), "{}", said("\"other\""));
    assert!(said("var.ns").ends_with("unknown because `var.ns` has no value"));
    assert_eq!(said("\"shop\""), "");
}

#[test]
fn manifests_are_judged_where_they_are_written() {
    let read = read(&[(
        "main.tf",
        r#"
resource "kubernetes_manifest" "object" {
  manifest = {
    apiVersion = "v1"
    kind       = "Pod"
    metadata   = { name = "a", namespace = "shop" }
    spec = {
      hostPID    = true
      containers = [{ name = "x", image = "i" }]
    }
  }
}
resource "kubectl_manifest" "text" {
  yaml_body = <<-YAML
    apiVersion: v1
    kind: Pod
    metadata: {name: b}
    spec:
      hostPID: true
      containers: [{name: x}]
  YAML
}
resource "kubectl_manifest" "encoded" {
  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "Pod"
    spec       = { hostPID = true, containers = [] }
  })
}
resource "kubernetes_manifest" "decoded" {
  manifest = yamldecode(<<EOF
apiVersion: v1
kind: Pod
spec: {hostPID: true, containers: [{name: x}]}
EOF
  )
}
resource "kubectl_manifest" "elsewhere" {
  yaml_body = data.http.manifest.response_body
}
"#,
    )]);
    assert_eq!(
        read.said(&["k8s-host-pid"]),
        [
            "k8s-host-pid 19 kubectl_manifest.text fails",
            "k8s-host-pid 24 kubectl_manifest.encoded fails",
            "k8s-host-pid 34 kubernetes_manifest.decoded fails",
            "k8s-host-pid 8 kubernetes_manifest.object fails",
        ]
    );
    assert_eq!(
        read.problems,
        ["main.tf: the manifest of `kubectl_manifest.elsewhere` is unknown because \
          `data.http.manifest` is not here: not analysed"]
    );
}

#[test]
fn a_manifest_from_a_file_of_the_target_is_judged_once() {
    let read = read(&[
        ("main.tf", "resource \"kubectl_manifest\" \"a\" {\n  yaml_body = file(\"pod.yaml\")\n}\n"),
        ("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostPID: true}\n"),
    ]);
    assert_eq!(read.said(&["k8s-host-pid"]), ["k8s-host-pid 4 Pod/a fails"]);
}

#[test]
fn comments_in_the_block_accept_what_is_found() {
    let read = read(&[(
        "main.tf",
        r#"resource "kubernetes_pod" "a" {
  # checkov:skip=CKV_K8S_17: it watches the others
  metadata { name = "a" }
  spec {
    host_pid = true
    host_ipc = true # panoply:ignore=k8s-host-ipc until=2027-01-31
    host_network = true
  }
}
"#,
    )]);
    let ids = ["k8s-host-pid", "k8s-host-ipc", "k8s-host-network"];
    let checks = rules().iter().filter(|rule| ids.contains(&rule.head.id.as_str())).cloned();
    let checks = Checks::new(checks.collect());
    let (answers, _) = ask(&checks, &read.world, 100);
    let accepted: Vec<(&str, Option<String>)> = answers
        .value
        .iter()
        .map(|answer| {
            let span = answer.span.unwrap();
            let file = read.sources.file(span.file).unwrap();
            let head = &answer.check.rule.head;
            let found = comments::acceptance(file, head, span, answer.resource.span);
            (answer.check.id(), found.map(|found| found.marker))
        })
        .collect();
    assert_eq!(
        accepted,
        [
            ("k8s-host-ipc", Some("panoply:ignore=k8s-host-ipc".to_owned())),
            ("k8s-host-network", None),
            ("k8s-host-pid", Some("checkov:skip=CKV_K8S_17".to_owned())),
        ]
    );
}

#[test]
fn plans_are_read_as_well() {
    let plan = r#"{"format_version": "1.2", "planned_values": {"root_module": {"resources": [
        {"address": "kubernetes_pod.a", "mode": "managed", "type": "kubernetes_pod", "name": "a",
         "values": {"metadata": [{"name": "a", "namespace": "shop", "labels": null}],
                    "spec": [{"host_pid": true, "container": [{"name": "x", "security_context": []}]}]}}
    ]}}}"#;
    let read = read(&[("plan.json", plan)]);
    assert_eq!(read.said(&["k8s-host-pid"]).len(), 1);
    let pod = show(read.objects()[0].attrs.get("spec").unwrap());
    assert_eq!(pod, "{hostPID: true, containers: [{name: \"x\"}]}");
}
