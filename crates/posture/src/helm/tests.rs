use super::*;
use crate::node::Through;

const LIMITS: Limits = Limits::DEFAULT;

fn sources(files: &[(&str, &str)]) -> Sources {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(*path, *text);
    }
    sources
}

fn rendered(sources: &Sources, settings: &HelmSettings) -> (Vec<Rendered>, Vec<String>) {
    let roots = charts(sources);
    assert_eq!(roots.len(), 1, "{roots:?}");
    let parsed = render(sources, &roots[0], settings, &LIMITS);
    (parsed.value, parsed.problems.iter().map(ToString::to_string).collect())
}

/// A chart of one template; its text and the problems.
fn one(template: &str, values: &str) -> (String, Vec<String>) {
    let sources = sources(&[
        ("Chart.yaml", "name: c"),
        ("values.yaml", values),
        ("templates/a.yaml", template),
    ]);
    let (rendered, problems) = rendered(&sources, &HelmSettings::default());
    (rendered.first().map(|one| one.text.to_string()).unwrap_or_default(), problems)
}

fn names(through: Option<&Through>) -> Vec<&str> {
    std::iter::successors(through, |step| step.before.as_deref())
        .map(|step| step.name.as_str())
        .collect()
}

/// Where a value stands: the text there, its line and the way it came.
fn place<'s>(sources: &'s Sources, node: &'s Node) -> (&'s str, String, Vec<&'s str>) {
    let span = node.span.expect("has a place");
    let line = sources.lines(span).expect("is in a file").line;
    let at = format!("{}:{line}", sources.path(span.file));
    (sources.slice(span).expect("is in a file"), at, names(node.through.as_deref()))
}

const HELPERS: &str = r#"{{/* Names */}}
{{- define "shop.name" -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end }}
{{- define "shop.labels" -}}
app: {{ include "shop.name" . }}
tier: web
tag: {{ .Values.image.tag | quote }}
{{- end }}
{{- define "shop.context" -}}
privileged: true
{{- end }}
"#;

const DEPLOYMENT: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "shop.name" . }}
  labels:
    {{- include "shop.labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas | default 2 }}
  template:
    spec:
      hostNetwork: true
      {{- with .Values.pod }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: web
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          securityContext: {{- include "shop.context" . | nindent 12 }}
          ports:
            {{- range $i, $port := .Values.ports }}
            - containerPort: {{ $port }}
              name: port-{{ $i }}
            {{- end }}
          env:
            - name: HOST
              value: {{ tpl .Values.host . | quote }}
            - name: PASSWORD
              value: {{ randAlphaNum 16 | b64enc | quote }}
"#;

const VALUES: &str = r#"image:
  repository: shop/web
  tag: latest
pod:
  runAsUser: 0
  deep: {list: [x, 1]}
ports: [80, 443]
host: "{{ .Release.Name }}.example"
db:
  enabled: true
global: {zone: eu}
"#;

fn shop() -> Sources {
    sources(&[
        (
            "shop/Chart.yaml",
            "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n- {name: db, alias: store, condition: db.enabled, version: '>=1'}\n- {name: gone, condition: gone.enabled}\n- {name: absent}\n",
        ),
        ("shop/values.yaml", VALUES),
        ("shop/templates/_helpers.tpl", HELPERS),
        ("shop/templates/deployment.yaml", DEPLOYMENT),
        ("shop/templates/broken.yaml", "a: 1\nb: {{ .Values.nothing.here }}\n"),
        ("shop/templates/NOTES.txt", "{{ fail \"never rendered\" }}"),
        ("shop/crds/crd.yaml", "kind: CustomResourceDefinition\n"),
        ("shop/charts/db/Chart.yaml", "name: db\nversion: 1.2.3\n"),
        ("shop/charts/db/values.yaml", "size: 1\n"),
        (
            "shop/charts/db/templates/a.yaml",
            "kind: Db\nsize: {{ .Values.size }}\nzone: {{ .Values.global.zone }}\nname: {{ .Chart.Name }}\n",
        ),
        ("shop/charts/gone/Chart.yaml", "name: gone\n"),
        ("shop/charts/gone/values.yaml", "enabled: true\n"),
        ("shop/charts/gone/templates/a.yaml", "kind: Gone\n"),
    ])
}

#[test]
fn a_chart_is_rendered_and_its_values_know_their_places() {
    let sources = shop();
    let settings = HelmSettings {
        set: vec!["store.size=9,gone.enabled=false".to_owned()],
        ..HelmSettings::default()
    };
    let (rendered, problems) = rendered(&sources, &settings);
    assert_eq!(
        problems,
        [
            "shop/Chart.yaml: line 7: the chart `absent` that this one needs is not here",
            "shop/templates/broken.yaml: line 2: `.Values.nothing` is not set, so there is no `here` in it",
        ]
    );
    let paths: Vec<&str> = rendered.iter().map(|one| sources.path(one.template)).collect();
    assert_eq!(
        paths,
        ["shop/crds/crd.yaml", "shop/charts/db/templates/a.yaml", "shop/templates/deployment.yaml"]
    );
    let db = &rendered[1].documents[0].root;
    assert_eq!(db.get("size").and_then(Node::as_int), Some(9));
    assert_eq!(db.get("zone").and_then(Node::as_text), Some("eu"));
    assert_eq!(db.get("name").and_then(Node::as_text), Some("store"));
    assert_eq!(names(db.get("size").expect("is set").through.as_deref()), ["--set store.size"]);

    let web = &rendered[2].documents[0].root;
    let spec = web.at(&["spec", "template", "spec"]).expect("has a pod");
    let at = "shop/templates/deployment.yaml";
    let node = spec.get("hostNetwork").expect("is set");
    assert_eq!(place(&sources, node), ("true", format!("{at}:11"), vec![]));
    let container = &spec.get("containers").expect("has containers").items()[0];
    let image = container.get("image").expect("has an image");
    assert_eq!(image.as_text(), Some("shop/web:latest"));
    let (text, line, through) = place(&sources, image);
    assert_eq!(text, "\"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"");
    assert_eq!(line, format!("{at}:18"));
    assert_eq!(through, ["values.yaml .image.repository, values.yaml .image.tag"]);

    // A block of values keeps the place of each.
    let list = spec.at(&["securityContext", "deep", "list"]).expect("is set");
    let (_, line, through) = place(&sources, &list.items()[1]);
    assert_eq!((line, through), (format!("{at}:14"), vec!["values.yaml .pod.deep.list[1]"]));
    let user = spec.at(&["securityContext", "runAsUser"]).expect("is set");
    let written = user.through.as_deref().and_then(|step| step.span).expect("is written");
    assert_eq!(sources.lines(written).expect("is in a file").line, 5);

    // What a helper says is written in the helper.
    let privileged = container.at(&["securityContext", "privileged"]).expect("is set");
    let helpers = "shop/templates/_helpers.tpl";
    let (text, line, through) = place(&sources, privileged);
    assert_eq!((text, line), ("true", format!("{helpers}:11")));
    assert_eq!(through, ["include shop.context"]);
    let tag = web.at(&["metadata", "labels", "tag"]).expect("is set");
    let (_, line, through) = place(&sources, tag);
    assert_eq!((tag.as_text(), line), (Some("latest"), format!("{helpers}:8")));
    assert_eq!(through, ["include shop.labels", "values.yaml .image.tag"]);

    let ports = container.get("ports").expect("has ports").items();
    assert_eq!(ports[1].get("containerPort").and_then(Node::as_int), Some(443));
    assert_eq!(place(&sources, ports[1].get("name").expect("is set")).1, format!("{at}:23"));
    let env = container.get("env").expect("is set").items();
    assert_eq!(env[0].get("value").and_then(Node::as_text), Some("shop.example"));
    let cause = env[1].get("value").and_then(Node::cause);
    assert_eq!(cause, Some(&crate::Cause::Function("randAlphaNum".to_owned())));
}

#[test]
fn a_template_that_fails_costs_that_template() {
    let cases = [
        ("{{ required \"set a password\" .Values.p }}", "line 1: set a password"),
        ("a: 1\n{{ fail \"no\" }}", "line 2: no"),
        ("{{ include \"missing\" . }}", "line 1: in `missing`: the template `missing` is not here"),
        ("a: {{ .Values", "line 1: unclosed action"),
        ("{{ if true }}", "line 1: `if` has no `end`"),
        ("{{ nope }}", "line 1: function `nope` is not defined"),
        ("{{/* open", "line 1: unclosed comment"),
        ("{{ \"open }}", "line 1: unterminated quoted string"),
        ("x: [\n{{ .Release.Name }}", "line 1: the rendered template: broken YAML"),
    ];
    for (text, expected) in cases {
        let sources = sources(&[
            ("Chart.yaml", "name: c"),
            ("templates/a.yaml", text),
            ("templates/b.yaml", "kind: Good"),
        ]);
        let (rendered, problems) = rendered(&sources, &HelmSettings::default());
        assert_eq!(problems.len(), 1, "{text}: {problems:?}");
        assert!(problems[0].starts_with(&format!("templates/a.yaml: {expected}")), "{problems:?}");
        let documents: Vec<&Document> = rendered.iter().flat_map(|one| &one.documents).collect();
        assert_eq!(documents.len(), 1, "{text}");
    }
}

#[test]
fn the_language_of_templates() {
    let cases = [
        ("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 3 }}{{ end }}{{ $x }}", "2"),
        ("{{ with $y := 3 }}{{ $y }}{{ . }}{{ else }}no{{ end }}", "33"),
        ("{{ if false }}a{{ else if 1 }}b{{ else }}c{{ end }}", "b"),
        ("{{ with 0 }}a{{ else with 2 }}{{ . }}{{ end }}", "2"),
        (
            "{{ range $i, $e := list 1 2 3 4 }}{{ if eq $e 2 }}{{ continue }}{{ end }}{{ if eq $e 4 }}{{ break }}{{ end }}{{ $i }}{{ $e }} {{ end }}",
            "01 23 ",
        ),
        (
            "{{ range $k, $v := dict \"b\" 1 \"a\" 2 }}{{ $k }}{{ $v }}{{ end }}{{ range list }}x{{ else }}none{{ end }}",
            "a2b1none",
        ),
        ("{{ range 3 }}{{ . }}{{ end }}", "012"),
        ("a \n {{- \" b\" -}} \n c {{/* gone */ -}} d", "a b"),
        (
            "{{ define \"x\" }}[{{ . }}]{{ end }}{{ template \"x\" 1 }}{{ include \"x\" 2 | quote }}{{ block \"y\" 3 }}<{{ . }}>{{ end }}",
            "[1]\"[2]\"<3>",
        ),
        (
            "{{ (dict \"a\" (dict \"b\" 5)).a.b }} {{ (.Values.none).b.c }}{{ printf \"%d\" (add 1 (mul 2 3)) }}",
            "5 7",
        ),
        (
            "{{ $.Release.Name }} {{ .Template.Name }} {{ .Chart.Name }} {{ .Release.IsInstall }}",
            "c c/templates/a.yaml c true",
        ),
        (
            "{{ .Capabilities.APIVersions.Has \"policy/v1/PodDisruptionBudget\" }} {{ .Capabilities.APIVersions.Has \"policy/v1beta1\" }}",
            "true false",
        ),
        (
            "{{ tpl \"{{ .Values.a }}{{ define \\\"z\\\" }}z{{ end }}{{ include \\\"z\\\" . }}\" . }}",
            "8080z",
        ),
        (
            "{{ .Values.a }} {{ .Values.big }} {{ int .Values.big }} {{ .Values.on }} {{ .Values.oct }}",
            "8080 1.2345678e+07 12345678 true 420",
        ),
        ("{{ .Values.m | toYaml | nindent 2 }}", "\n  x: 1\n  \"y\": \"no\""),
        (
            "{{ .Files.Get \"f.txt\" }} {{ (.Files.Glob \"*.txt\").AsConfig }} {{ range .Files.Lines \"f.txt\" }}{{ . }};{{ end }}",
            "l1\nl2 f.txt: |-\n  l1\n  l2 l1;l2;",
        ),
        ("{{ `raw {{` }} {{ \"\\u00e9\\x41\" }} {{ '\\n' }}", "raw {{ éA 10"),
    ];
    for (text, expected) in cases {
        let sources = sources(&[
            ("Chart.yaml", "name: c"),
            ("values.yaml", "a: 8080\nbig: 12345678\non: yes\noct: 0644\nm: {x: 1, 'y': 'no'}\n"),
            ("f.txt", "l1\nl2"),
            ("templates/a.yaml", text),
        ]);
        let (rendered, _) = rendered(&sources, &HelmSettings::default());
        let shown = rendered.first().map_or("", |one| &*one.text);
        assert!(shown.starts_with(expected), "{text}: {shown:?}");
    }
}

#[test]
fn nothing_hostile_gets_far() {
    let cases = [
        "{{ define \"x\" }}{{ include \"x\" . }}{{ end }}{{ include \"x\" . }}",
        "{{ define \"x\" }}{{ template \"x\" . }}{{ end }}{{ template \"x\" . }}",
        "{{ define \"x\" }}{{ tpl \"{{ include \\\"x\\\" . }}\" . }}{{ end }}{{ include \"x\" . }}",
        "{{ until 1000000000 }}",
        "{{ range 1000000000 }}{{ end }}",
        "{{ untilStep 0 1000000000 1 }}",
        "{{ seq 1 1000000000 }}",
        "{{ repeat 1000000000 \"x\" }}",
        "{{ indent 1000000000 \"x\" }}",
        "{{ printf \"%1000000000d\" 1 }}",
        "{{ $x := \"ab\" }}{{ range until 100 }}{{ $x = cat $x $x }}{{ end }}{{ $x }}",
        "{{ $x := \"a\" }}{{ range until 100 }}{{ $x = replace \"a\" \"aa\" $x }}{{ end }}",
        "{{ $x := list 1 }}{{ range until 100 }}{{ $x = list $x $x }}{{ end }}{{ toYaml $x }}",
        "{{ $x := dict }}{{ range until 100000 }}{{ $x = dict \"a\" $x }}{{ end }}",
        "{{ $x := dict }}{{ $_ := set $x \"x\" $x }}{{ toYaml $x }}",
        "{{ $x := dict }}{{ $_ := set $x \"x\" $x }}{{ $x }}",
        "{{ $x := dict }}{{ $_ := set $x \"x\" $x }}{{ toJson (deepCopy $x) }}",
        "{{ regexReplaceAll \"\" (repeat 100000 \"x\") (repeat 100000 \"y\") }}",
        "{{ range until 1000 }}{{ range until 1000 }}{{ range until 1000 }}{{ end }}{{ end }}{{ end }}",
    ];
    // A twentieth of what a scan is allowed: the bounds are the same, and reached sooner.
    let tight = Limits { entries: 16_000, file_bytes: 4 << 20, ..LIMITS };
    for text in cases {
        let sources = sources(&[("Chart.yaml", "name: c"), ("templates/a.yaml", text)]);
        let parsed = render(&sources, &charts(&sources)[0], &HelmSettings::default(), &tight);
        assert_eq!(parsed.problems.len(), 1, "{text}: {:?}", parsed.problems);
    }
    // A long chain of dictionaries that hold each other is let go of without deep recursion.
    let chain = "{{ $c := dict }}{{ range until 50000 }}{{ $n := dict }}{{ $_ := set $c \"n\" $n }}{{ $c = $n }}{{ end }}";
    assert_eq!(one(chain, "").1, Vec::<String>::new());
    for text in ["(", "{{ if true }}", "{{ range list 1 }}"] {
        let deep = match text {
            "(" => format!("{{{{ {} }}}}", "(".repeat(100_000)),
            text => text.repeat(10_000),
        };
        assert_eq!(one(&deep, "").1.len(), 1, "{text}");
    }
    let nested = format!("{}x{}", "{{ if true }}".repeat(50), "{{ end }}".repeat(50));
    assert_eq!(one(&nested, "").0, "x");
}

#[test]
fn values_that_explode_are_refused() {
    let mut values = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..6 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        values = format!("{values}a{level}: &a{level} [{below}]\n");
    }
    let (text, problems) = one("kind: {{ .Release.Name }}", &values);
    assert_eq!(problems, ["values.yaml: line 6: more values than the limits allow"]);
    assert_eq!(text, "kind: c");
}

#[test]
fn values_of_charts_in_charts() {
    let sources = sources(&[
        (
            "Chart.yaml",
            "name: top\ndependencies:\n- {name: a, tags: [x], import-values: [data]}\n- {name: b, tags: [y]}\n- {name: lib, repository: 'file://../lib'}\n",
        ),
        ("values.yaml", "tags: {y: false}\na: {v: {k: top, gone: null}}\nglobal: {g: 1}\n"),
        ("templates/a.yaml", "mine: {{ .Values.imported }}\nlib: {{ include \"lib.x\" . }}\n"),
        ("charts/a/Chart.yaml", "name: a\n"),
        (
            "charts/a/values.yaml",
            "v: {k: own, other: 1, gone: 2}\nglobal: {g: 0, h: 2}\nexports: {data: {imported: yes-it-is}}\n",
        ),
        (
            "charts/a/templates/a.yaml",
            "v: {{ toJson .Values.v }}\ng: {{ toJson .Values.global }}\n",
        ),
        ("charts/b/Chart.yaml", "name: b\n"),
        ("charts/b/templates/a.yaml", "kind: B\n"),
    ]);
    let (rendered, problems) = rendered(&sources, &HelmSettings::default());
    assert!(problems[0].contains("the chart `lib`"), "{problems:?}");
    assert!(problems[1].contains("lib.x"), "{problems:?}");
    assert_eq!(rendered.len(), 1);
    assert_eq!(&*rendered[0].text, "v: {\"k\":\"top\",\"other\":1}\ng: {\"g\":1,\"h\":2}\n");
}

#[test]
fn a_library_next_door_and_files_of_charts() {
    let sources = sources(&[
        (
            "x/top/Chart.yaml",
            "name: top\nversion: 0.1.0\ndependencies:\n- {name: lib, repository: 'file://../lib', version: 1.x}\n",
        ),
        ("x/top/templates/a.yaml", "kind: {{ include \"lib.kind\" . }}\n"),
        ("x/top/dashboards/d.yaml", "a: b\n"),
        ("x/lib/Chart.yaml", "name: lib\ntype: library\nversion: 1.4.0\n"),
        ("x/lib/templates/_k.tpl", "{{ define \"lib.kind\" }}Pod{{ end }}"),
    ]);
    let roots = charts(&sources);
    assert_eq!(roots.len(), 2);
    let parsed = render(&sources, &roots[1], &HelmSettings::default(), &LIMITS);
    assert_eq!(parsed.problems, []);
    assert_eq!(parsed.value[0].documents[0].root.get("kind").and_then(Node::as_text), Some("Pod"));
    let library = render(&sources, &roots[0], &HelmSettings::default(), &LIMITS);
    assert!(library.value.is_empty() && library.problems.is_empty());
    let paths: Vec<&str> = files(&sources).into_iter().map(|file| sources.path(file)).collect();
    assert!(
        paths.contains(&"x/top/templates/a.yaml") && !paths.contains(&"x/top/dashboards/d.yaml")
    );
}

#[test]
fn the_shop_of_the_examples_is_rendered() {
    let mut sources = Sources::default();
    let base = "examples/shop/deploy/helm/shop";
    for path in ["Chart.yaml", "values.yaml", "templates/catalog.yaml", "templates/ingress.yaml"] {
        let file = format!("{}/../../{base}/{path}", env!("CARGO_MANIFEST_DIR"));
        sources.add(format!("{base}/{path}"), std::fs::read_to_string(file).expect("is there"));
    }
    let (rendered, problems) = rendered(&sources, &HelmSettings::default());
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(rendered.len(), 2);
    let pod = rendered[0].documents[0].root.at(&["spec", "template", "spec"]).expect("a pod");
    let container = &pod.get("containers").expect("has containers").items()[0];
    assert_eq!(container.get("image").and_then(Node::as_text), Some("shop/catalog:latest"));
    let add = container.at(&["securityContext", "capabilities", "add"]).expect("is set");
    let (text, line, _) = place(&sources, &add.items()[0]);
    assert_eq!((text, line), ("SYS_ADMIN", format!("{base}/templates/catalog.yaml:18")));
}

#[test]
fn no_cut_of_a_template_panics() {
    for end in 0..DEPLOYMENT.len() {
        if let Some(cut) = DEPLOYMENT.get(..end) {
            one(cut, VALUES);
        }
    }
}
