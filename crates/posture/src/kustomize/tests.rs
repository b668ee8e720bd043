use super::*;

const LIMITS: Limits = Limits::DEFAULT;

fn sources(files: &[(&str, &str)]) -> Sources {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(*path, *text);
    }
    sources
}

fn built(sources: &Sources) -> (Built, Vec<String>) {
    let roots = roots(sources, &LIMITS);
    assert_eq!(roots.len(), 1, "{roots:?}");
    let parsed = build(sources, &roots[0], &LIMITS);
    (parsed.value, parsed.problems.iter().map(ToString::to_string).collect())
}

fn object<'b>(built: &'b Built, kind: &str) -> &'b Node {
    let mut roots = built.documents.iter().map(|document| &document.root);
    roots.find(|root| root.get("kind").and_then(Node::as_text) == Some(kind)).expect(kind)
}

fn at<'n>(node: &'n Node, path: &str) -> &'n Node {
    path.split('.').fold(node, |node, step| match step.parse::<usize>() {
        Ok(index) => &node.items()[index],
        Err(_) => node.get(step).expect(path),
    })
}

/// Where a value is set, as `file:line`.
fn place(sources: &Sources, node: &Node) -> String {
    let span = node.span.expect("has a place");
    format!("{}:{}", sources.path(span.file), sources.lines(span).expect("is in a file").line)
}

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {x: web}}
  template:
    metadata: {labels: {x: web}}
    spec:
      serviceAccountName: sa
      containers:
      - name: web
        image: nginx:1.0
        args: [--a, $(SVC)]
        ports: [{containerPort: 80}]
        env: [{name: A, value: a}, {name: B, valueFrom: {configMapKeyRef: {name: conf, key: A}}}]
        envFrom: [{secretRef: {name: sec}}]
      - name: side
        image: reg:5000/side@sha256:abc
      volumes:
      - {name: v, configMap: {name: conf}}
      - {name: gone, emptyDir: {}}
";

fn overlay() -> Sources {
    sources(&[
        (
            "base/kustomization.yaml",
            "\
resources: [deploy.yaml, other.yaml]
configMapGenerator:
- {name: conf, literals: [A=1], files: [k=app.ini], envs: [e.env]}
secretGenerator:
- {name: sec, literals: [P=pw]}
commonLabels: {app: shop}
images: [{name: nginx, newTag: '1.2'}]
",
        ),
        ("base/app.ini", "x=1\n"),
        ("base/e.env", "# c\nE=v\n"),
        ("base/deploy.yaml", DEPLOYMENT),
        (
            "base/other.yaml",
            "\
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa}
---
apiVersion: v1
kind: Service
metadata: {name: svc}
spec: {selector: {x: web}, ports: [{port: 80}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: rb}
roleRef: {kind: ClusterRole, name: admin}
subjects: [{kind: ServiceAccount, name: sa}]
---
apiVersion: example.com/v1
kind: Thing
metadata: {name: t}
spec: {containers: [{name: a}, {name: b}], x: 1}
",
        ),
        (
            "comp/kustomization.yaml",
            "\
kind: Component
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      template:
        spec: {hostNetwork: true}
",
        ),
        (
            "over/kustomization.yaml",
            "\
resources: [../base, https://example.com/x.yaml, nowhere.yaml]
components: [../comp]
namePrefix: p-
nameSuffix: -s
namespace: prod
labels: [{pairs: {env: prod}, includeTemplates: true}]
commonAnnotations: {note: hello}
patchesStrategicMerge: [patch.yaml]
patches:
- target: {kind: Deployment, name: w.*}
  patch: |-
    - op: replace
      path: /spec/template/spec/containers/0/env/0/value
      value: patched
    - {op: remove, path: /spec/template/spec/containers/0/envFrom}
- path: thing.yaml
replicas: [{name: web, count: 5}]
images: [{name: nginx, newName: my/nginx, digest: 'sha256:ff'}]
replacements:
- source: {kind: Service, name: svc, fieldPath: 'spec.ports.0.port'}
  targets:
  - select: {kind: Deployment}
    fieldPaths: ['spec.template.spec.containers.[name=side].image']
    options: {delimiter: '/', index: 0}
vars: [{name: SVC, objref: {kind: Service, name: svc, apiVersion: v1}}]
",
        ),
        (
            "over/patch.yaml",
            "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: web
        securityContext: {privileged: true}
        env: [{name: C, value: c}]
        ports: [{containerPort: 443}]
      volumes: [{name: gone, $patch: delete}]
",
        ),
        (
            "over/thing.yaml",
            "\
apiVersion: example.com/v1
kind: Thing
metadata: {name: t}
spec: {containers: [{name: b}], x: null}
",
        ),
    ])
}

#[test]
fn an_overlay_is_built_and_every_value_knows_who_set_it() {
    let sources = overlay();
    let (built, problems) = built(&sources);
    assert_eq!(
        problems,
        [
            "over/kustomization.yaml: line 1: `https://example.com/x.yaml` is not here, and nothing is fetched",
            "over/kustomization.yaml: line 1: there is no kustomization in `over/nowhere.yaml`",
        ]
    );
    let web = object(&built, "Deployment");
    let text = |path: &str| scalar(at(web, path));
    assert_eq!(text("metadata.name"), "p-web-s");
    assert_eq!(text("metadata.namespace"), "prod");
    assert_eq!(text("metadata.labels.env"), "prod");
    assert_eq!(text("spec.selector.matchLabels.app"), "shop");
    assert!(at(web, "spec.selector.matchLabels").get("env").is_none());
    assert_eq!(text("spec.template.metadata.labels.env"), "prod");
    assert_eq!(text("spec.template.metadata.annotations.note"), "hello");
    assert_eq!(text("spec.replicas"), "5");
    let pod = at(web, "spec.template.spec");
    let place = |path: &str| place(&sources, at(pod, path));
    let text = |path: &str| scalar(at(pod, path));
    assert_eq!(text("containers.0.image"), "my/nginx@sha256:ff");
    assert_eq!(place("containers.0.image"), "over/kustomization.yaml:18");
    assert_eq!(text("containers.0.securityContext.privileged"), "true");
    assert_eq!(place("containers.0.securityContext.privileged"), "over/patch.yaml:9");
    assert_eq!(text("containers.0.env.0.value"), "patched");
    assert_eq!(place("containers.0.env.0.value"), "over/kustomization.yaml:14");
    assert_eq!(text("containers.0.env.1.value"), "a");
    assert_eq!(place("containers.0.env.1.value"), "base/deploy.yaml:15");
    assert_eq!(text("containers.0.env.2.valueFrom.configMapKeyRef.name"), "p-conf-s");
    assert!(at(pod, "containers.0").get("envFrom").is_none());
    assert_eq!(text("containers.0.ports.0.containerPort"), "443");
    assert_eq!(text("containers.0.ports.1.containerPort"), "80");
    assert_eq!(text("containers.0.args.1"), "p-svc-s");
    assert_eq!(text("containers.1.image"), "80/side@sha256:abc");
    assert_eq!(text("hostNetwork"), "true");
    assert_eq!(place("hostNetwork"), "comp/kustomization.yaml:9");
    assert_eq!(text("serviceAccountName"), "p-sa-s");
    assert_eq!(at(pod, "volumes").items().len(), 1);
    assert_eq!(text("volumes.0.configMap.name"), "p-conf-s");

    let binding = object(&built, "RoleBinding");
    assert_eq!(scalar(at(binding, "subjects.0.name")), "p-sa-s");
    assert_eq!(scalar(at(binding, "subjects.0.namespace")), "prod");
    assert_eq!(scalar(at(binding, "roleRef.name")), "admin");
    // How lists of an extension are merged is not known: they are replaced.
    let thing = object(&built, "Thing");
    assert_eq!(at(thing, "spec.containers").items().len(), 1);
    assert!(at(thing, "spec").get("x").is_none());
    let conf = object(&built, "ConfigMap");
    assert_eq!(scalar(at(conf, "data.A")), "1");
    assert_eq!(scalar(at(conf, "data.k")), "x=1\n");
    assert_eq!(scalar(at(conf, "data.E")), "v");
    assert_eq!(scalar(at(object(&built, "Secret"), "data.P")), "cHc=");
    let files: Vec<&str> = built.files.iter().map(|file| sources.path(*file)).collect();
    assert_eq!(files.len(), 9, "{files:?}");
}

#[test]
fn patches_delete_and_replace() {
    let patched = |patch: &str| {
        let sources = sources(&[
            ("kustomization.yaml", "resources: [a.yaml]\npatchesStrategicMerge: [p.yaml]\n"),
            ("a.yaml", DEPLOYMENT),
            (
                "p.yaml",
                &format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\n{patch}"),
            ),
        ]);
        built(&sources).0
    };
    assert!(patched("$patch: delete\n").documents.is_empty());
    let replaced = patched("spec: {template: {$patch: replace, spec: {hostPID: true}}}\n");
    let template = at(&replaced.documents[0].root, "spec.template");
    assert_eq!(template.as_map().map(|map| map.keys().collect::<Vec<_>>()), Some(vec!["spec"]));
    let list =
        patched("spec: {template: {spec: {containers: [{$patch: replace}, {name: only}]}}}\n");
    assert_eq!(at(&list.documents[0].root, "spec.template.spec.containers").items().len(), 1);
    let gone = patched("spec: {template: {spec: {containers: [{name: side, $patch: delete}]}}}\n");
    let containers = at(&gone.documents[0].root, "spec.template.spec.containers").items();
    assert_eq!(
        (containers.len(), scalar(at(&containers[0], "image"))),
        (1, "nginx:1.0".to_owned())
    );
}

#[test]
fn what_does_not_fit_is_told() {
    let cases = [
        ("patches: [{path: gone.yaml}]", "`gone.yaml` is not here"),
        ("patches: [{patch: \"[{op: add, path: /x}]\"}]", "without a target"),
        (
            "patches: [{target: {kind: Deployment}, patch: \"[{op: replace, path: /x/y, value: 1}]\"}]",
            "there is nothing at `/x/y`",
        ),
        (
            "patches: [{patch: \"{kind: Pod, metadata: {name: x}}\"}]",
            "there is no Pod `x` to patch",
        ),
        ("configMapGenerator: [{name: c, files: [gone.txt]}]", "the file `gone.txt` is not here"),
        ("helmCharts: [{name: redis}]", "the chart `redis` is not here"),
        ("transformers: [t.yaml]", "`transformers` are not applied"),
        ("components: [../../../etc]", "`../../../etc` is not here"),
    ];
    for (line, expected) in cases {
        let root = format!("resources: [a.yaml]\n{line}\n");
        let sources = sources(&[("kustomization.yaml", &root), ("a.yaml", DEPLOYMENT)]);
        let (built, problems) = built(&sources);
        assert_eq!(problems.len(), 1, "{line}: {problems:?}");
        assert!(problems[0].contains(expected), "{problems:?}");
        assert!(!built.documents.is_empty(), "{line}");
    }
}

#[test]
fn a_chart_of_a_kustomization_is_rendered() {
    let sources = sources(&[
        (
            "kustomization.yaml",
            "namespace: n\nhelmCharts:\n- name: c\n  releaseName: rel\n  valuesInline: {a: 7}\n",
        ),
        ("charts/c/Chart.yaml", "name: c\n"),
        ("charts/c/values.yaml", "a: 1\n"),
        (
            "charts/c/templates/a.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: '{{ .Release.Name }}'}\nspec: {a: {{ .Values.a }}}\n",
        ),
    ]);
    let (built, problems) = built(&sources);
    assert_eq!(problems, Vec::<String>::new());
    let pod = object(&built, "Pod");
    assert_eq!(scalar(at(pod, "metadata.name")), "rel");
    assert_eq!(scalar(at(pod, "metadata.namespace")), "n");
    assert_eq!(scalar(at(pod, "spec.a")), "7");
    assert_eq!(place(&sources, at(pod, "spec.a")), "charts/c/templates/a.yaml:4");
}

#[test]
fn cycles_and_bombs_end() {
    let cycle = sources(&[
        ("a/kustomization.yaml", "resources: [../b]\n"),
        ("b/kustomization.yaml", "resources: [../c]\n"),
        ("c/kustomization.yaml", "resources: [../b]\n"),
    ]);
    let (_, problems) = built(&cycle);
    assert_eq!(problems, ["c/kustomization.yaml: line 1: the kustomization in `b` needs itself"]);
    let mut bomb = Sources::default();
    for level in 0..15 {
        let below = format!("../l{}", level + 1);
        let text = format!("resources: [{below}, {below}, {below}, {below}]\n");
        bomb.add(format!("l{level}/kustomization.yaml"), text);
    }
    bomb.add("l15/kustomization.yaml", "resources: [a.yaml]\n");
    bomb.add("l15/a.yaml", DEPLOYMENT);
    let (built, problems) = built(&bomb);
    assert!(problems[0].contains("more kustomizations than the limits allow"));
    assert!(built.documents.len() < BUILDS);
}
