//! From the files of a target to resources: which reader is for which file.
//!
//! Readers of single files stand in [`READERS`]; a file belongs to the first that takes it.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use panoply_base::{Limits, Parsed, Problem};

use crate::helm::{self, HelmSettings};
use crate::node::Node;
use crate::read::{self, Document};
use crate::resource::Resource;
use crate::sources::{FileId, SourceFile, Sources};
use crate::terraform::{self, TerraformSettings};
use crate::{
    ansible, arm, cloudformation, compose, dockerfile, github, gitlab, host, kubernetes, kustomize,
    openapi, serverless, tekton,
};

/// Bytes of one file of configuration.
const FILE_BYTES: u64 = 16 << 20;

/// Words of a `daemon.json`: some of its keys.
const DOCKER_DAEMON: &[&[&str]] = &[
    &["\"insecure-registries\""],
    &["\"registry-mirrors\""],
    &["\"log-driver\""],
    &["\"storage-driver\""],
    &["\"exec-opts\""],
    &["\"hosts\""],
    &["\"icc\""],
    &["\"live-restore\""],
    &["\"userns-remap\""],
    &["\"userland-proxy\""],
    &["\"no-new-privileges\""],
];

/// Reads files of one kind.
struct Reader {
    /// Whether a file may be of this kind, by its path; its name is in lower case.
    wants: fn(path: &str, name: &str) -> bool,
    /// Words that a JSON file of this kind holds, all of one row: most JSON of a source tree is
    /// data, and reading it all would cost more than everything else. None: no JSON.
    json: &'static [&'static [&'static str]],
    /// The resources of a file; `None` if it is of another kind.
    read: fn(&File<'_>, &Limits) -> Option<Parsed<Vec<Resource>>>,
}

/// In the order in which they are asked.
const READERS: &[Reader] = &[
    Reader {
        wants: |path, _| host::is_file(path),
        json: DOCKER_DAEMON,
        read: |file, limits| {
            let source = file.source;
            host::alone(&source.path, &source.text, file.id, limits)
        },
    },
    Reader {
        wants: |path, _| dockerfile::is_dockerfile(path),
        json: &[],
        read: |file, limits| {
            let is = dockerfile::is_dockerfile(&file.source.path);
            is.then(|| dockerfile::resources(&file.source.text, file.id, limits))
        },
    },
    Reader {
        wants: |_, name| is_yaml(name),
        json: &[],
        read: |file, limits| {
            let path = &file.source.path;
            let first = file.documents(limits).value.first()?;
            if !github::is_workflow(path) && !github::looks_like_workflow(&first.root) {
                return None;
            }
            let read = github::resources(&first.root, &file.source.path, file.id);
            Some(file.with_problems(read?, limits))
        },
    },
    Reader {
        wants: |path, name| is_yaml(name) && gitlab::is_pipeline(path),
        json: &[],
        read: |file, limits| {
            // A file with inputs has them in a document before the pipeline.
            let last = file.documents(limits).value.last()?;
            let read = gitlab::resources(&last.root, file.id);
            Some(file.with_problems(read?, limits))
        },
    },
    Reader {
        wants: |_, name| is_yaml(name) || ending(name) == "json",
        // The last two are parts that whole documents refer to.
        json: &[
            &["\"openapi\"", "\"info\""],
            &["\"swagger\"", "\"info\""],
            &["\"components\"", "\"schemas\""],
            &["\"operationId\"", "\"responses\""],
        ],
        read: |file, limits| {
            let first = file.documents(limits).value.first()?;
            let read = openapi::resources(&first.root, file.id, file.described, limits);
            Some(file.with_problems(read?, limits))
        },
    },
    Reader {
        wants: |_, name| is_yaml(name) || ending(name) == "json",
        json: &[
            &["\"service\"", "\"provider\"", "\"functions\""],
            &["\"component\"", "\"inputs\""],
        ],
        read: |file, limits| {
            let first = file.documents(limits).value.first()?;
            let read = serverless::resources(&first.root, file.id, file.sources, limits);
            Some(file.with_problems(read?, limits))
        },
    },
    // Read before all others, since its files include each other.
    Reader { wants: ansible::wants_ini, json: &[], read: |_, _| None },
    Reader {
        wants: |_, name| is_yaml(name) || matches!(ending(name), "json" | "template" | "cfn"),
        json: &[&["\"Resources\"", "\"AWS::"]],
        read: |file, limits| {
            let first = file.documents(limits).value.first()?;
            let read = cloudformation::resources(&first.root, file.id, limits);
            Some(file.with_problems(read?, limits))
        },
    },
    Reader {
        wants: |_, name| is_yaml(name),
        json: &[],
        read: |file, limits| {
            let documents = &file.documents(limits).value;
            let is = documents.iter().any(|document| tekton::is_object(&document.root));
            is.then(|| {
                let mut read = kubernetes::resources(documents, file.id, limits);
                read.value.extend(tekton::resources(documents, file.id).value);
                file.with_problems(read, limits)
            })
        },
    },
    Reader {
        wants: |_, name| is_yaml(name),
        json: &[],
        read: |file, limits| {
            let first = file.documents(limits).value.first()?;
            let read = compose::resources(&first.root, &file.source.path, file.id);
            Some(file.with_problems(read?, limits))
        },
    },
    Reader {
        wants: |_, name| is_yaml(name) || ending(name) == "json",
        json: &[&["\"apiVersion\"", "\"kind\""]],
        read: |file, limits| {
            let documents = file.documents(limits);
            let is = documents.value.iter().any(|document| kubernetes::is_object(&document.root));
            is.then(|| {
                file.with_problems(kubernetes::resources(&documents.value, file.id, limits), limits)
            })
        },
    },
];

/// One file, whose documents are parsed when a reader first asks for them.
pub(crate) struct File<'a> {
    pub(crate) id: FileId,
    pub(crate) source: &'a SourceFile,
    /// Every file, for those that include others.
    pub(crate) sources: &'a Sources,
    /// The same, for descriptions of APIs that share parts.
    pub(crate) described: &'a openapi::Files<'a>,
    documents: OnceCell<Parsed<Vec<Document>>>,
}

impl<'a> File<'a> {
    fn new(
        id: FileId,
        source: &'a SourceFile,
        sources: &'a Sources,
        described: &'a openapi::Files<'a>,
    ) -> Self {
        Self { id, source, sources, described, documents: OnceCell::new() }
    }

    /// The documents of a YAML or JSON file; of every other file, none.
    pub(crate) fn documents(&self, limits: &Limits) -> &Parsed<Vec<Document>> {
        self.documents.get_or_init(|| {
            let name = self.source.path.to_ascii_lowercase();
            let template = matches!(ending(&name), "template" | "cfn");
            let braces = self.source.text.trim_start().starts_with('{');
            if is_yaml(&name) || template && !braces {
                return read::yaml(&self.source.text, self.id, limits);
            }
            if ending(&name) != "json" && !template {
                return Parsed::whole(Vec::new());
            }
            match read::json(&self.source.text, self.id, limits) {
                Ok(root @ Node { span: Some(span), .. }) => {
                    Parsed::whole(vec![Document { root, span }])
                }
                Ok(_) => Parsed::whole(Vec::new()),
                Err(problem) => Parsed::failed(problem),
            }
        })
    }

    /// What a reader made of the documents, with what could not be parsed of them.
    pub(crate) fn with_problems(
        &self,
        mut read: Parsed<Vec<Resource>>,
        limits: &Limits,
    ) -> Parsed<Vec<Resource>> {
        read.problems.extend(self.documents(limits).problems.iter().cloned());
        read
    }
}

/// Whether a name in lower case is that of a YAML file.
pub(crate) fn is_yaml(name: &str) -> bool {
    matches!(ending(name), "yaml" | "yml")
}

/// Whether a name in lower case is that of a JSON file.
pub(crate) fn is_json(name: &str) -> bool {
    ending(name) == "json"
}

fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// Whether a file may hold configuration that somebody here can read, by its path alone.
pub fn wants(path: &str, size: u64) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_partial = path.contains("templates/") && ending(&name) == "tpl";
    let known = is_partial
        || is_terraform(&name)
        || arm::wants(&name)
        || READERS.iter().any(|reader| (reader.wants)(path, &name));
    size <= FILE_BYTES && known
}

/// Whether a name in lower case is that of a file of Terraform or OpenTofu.
fn is_terraform(name: &str) -> bool {
    const ENDINGS: [&str; 6] =
        [".tf", ".tofu", ".tfvars", ".tf.json", ".tofu.json", ".tfvars.json"];
    ENDINGS.iter().any(|ending| name.ends_with(ending))
        // A plan is told by its content; where modules were put, Terraform writes down itself.
        || ending(name) == "json"
}

/// Whether the bytes of a file that [`wants`] took look like something that is read here.
pub fn wants_content(path: &str, bytes: &[u8]) -> bool {
    let lower = path.to_ascii_lowercase();
    let by_name = lower.ends_with(".tf.json")
        || lower.ends_with(".tfvars.json")
        || lower.ends_with(".terraform/modules/modules.json");
    if ending(&lower) != "json" || by_name {
        return true;
    }
    let has = |word: &&str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
    let plan: &[&str] = &["\"format_version\"", "\"planned_values\""];
    let mut kinds = READERS.iter().flat_map(|reader| reader.json).chain([&plan]).chain(&arm::WORDS);
    kinds.any(|words| words.iter().all(has))
}

/// What is known beside the files.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub terraform: TerraformSettings,
    pub helm: HelmSettings,
}

/// Everything that the files of a target declare, with what could not be read.
///
/// Readers that need many files at once come first.
pub fn resources(sources: &Sources, settings: &Settings, limits: &Limits) -> Parsed<Vec<Resource>> {
    let mut found = terraform::resources(sources, &settings.terraform, limits);
    let elements = settings.terraform.bounds.elements;
    let objects = kubernetes::terraform::resources(&found.value, sources, elements, limits);
    found.value.extend(objects.value);
    found.problems.extend(objects.problems);
    let mut claimed: BTreeSet<FileId> = helm::files(sources).into_iter().collect();
    for chart in helm::charts(sources) {
        let rendered = helm::render(sources, &chart, &settings.helm, limits);
        found.problems.extend(rendered.problems);
        for one in rendered.value {
            let read = kubernetes::resources(&one.documents, one.template, limits);
            take(&mut found, read, sources.path(one.template));
        }
    }
    for root in kustomize::roots(sources, limits) {
        let built = kustomize::build(sources, &root, limits);
        found.problems.extend(built.problems);
        let read = kubernetes::resources(&built.value.documents, root.file, limits);
        take(&mut found, read, sources.path(root.file));
        claimed.extend(built.value.files);
    }
    let (read, files) = ansible::resources(sources, &claimed, limits);
    found.value.extend(read.value);
    found.problems.extend(read.problems);
    claimed.extend(files);
    let azure = arm::read(sources, limits);
    found.value.extend(azure.resources.value);
    found.problems.extend(azure.resources.problems);
    claimed.extend(azure.files);
    let described = openapi::Files::new(sources, limits);
    for (id, source) in sources.iter().filter(|(id, _)| !claimed.contains(id)) {
        let name = source.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let file = File::new(id, source, sources, &described);
        let readers = READERS.iter().filter(|reader| (reader.wants)(&source.path, &name));
        if let Some(read) = readers.into_iter().find_map(|reader| (reader.read)(&file, limits)) {
            take(&mut found, read, &source.path);
        }
    }
    found.problems.extend(described.problems());
    found
}

fn take(found: &mut Parsed<Vec<Resource>>, read: Parsed<Vec<Resource>>, path: &str) {
    found.value.extend(read.value);
    let problems = read.problems.into_iter().map(|problem: Problem| problem.within(path));
    found.problems.extend(problems);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_wanted_by_name_and_json_by_content() {
        assert!(wants("a/b.yaml", 10) && wants("web.Dockerfile", 10));
        assert!(!wants("a/b.yaml", 1 << 40) && !wants("a/b.rs", 10));
        assert!(wants_content("a.json", br#"{"apiVersion": "v1", "kind": "Pod"}"#));
        assert!(!wants_content("package.json", br#"{"name": "kind"}"#));
    }

    #[test]
    fn a_broken_document_is_told_only_of_files_that_are_ours() {
        let mut sources = Sources::default();
        sources.add("template.yaml", "{{ if }}\na: [");
        sources.add("pod.yaml", "apiVersion: v1\nkind: Pod\n---\na: [");
        let found = resources(&sources, &Settings::default(), &Limits::DEFAULT);
        assert_eq!(found.value.len(), 1);
        assert_eq!(found.problems.len(), 1);
        assert_eq!(found.problems[0].file, "pod.yaml");
    }
}
