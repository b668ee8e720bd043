//! From the files of a target to resources: which reader is for which file.

use panoply_base::{Limits, Parsed};

use crate::node::Node;
use crate::read::{self, Document};
use crate::resource::Resource;
use crate::sources::{FileId, SourceFile, Sources};
use crate::{kubernetes, read::json};

/// Bytes of one file of configuration.
const FILE_BYTES: u64 = 16 << 20;

/// Whether a file may hold configuration that somebody here can read, by its path alone.
pub fn wants(path: &str, size: u64) -> bool {
    if size > FILE_BYTES {
        return false;
    }
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    matches!(ending, "yaml" | "yml" | "json")
}

/// Whether the bytes of a file that [`wants`] took look like something that is read here.
///
/// Most JSON of a source tree is data, and reading it all would cost more than everything else.
pub fn wants_content(path: &str, bytes: &[u8]) -> bool {
    if !path.to_ascii_lowercase().ends_with(".json") {
        return true;
    }
    let has = |word: &[u8]| memchr::memmem::find(bytes, word).is_some();
    has(b"\"apiVersion\"") && has(b"\"kind\"")
}

/// Everything that the files of a target declare, with what could not be read.
pub fn resources(sources: &Sources, limits: &Limits) -> Parsed<Vec<Resource>> {
    let mut found = Parsed::whole(Vec::new());
    for (id, file) in sources.iter() {
        let read = documents(id, file, limits);
        let problems = read.problems.into_iter();
        // A file that nobody can make sense of may be of another kind, such as a template.
        let is_ours = read.value.iter().any(|document| kubernetes::is_object(&document.root));
        if is_ours {
            found.problems.extend(problems.map(|problem| problem.within(&file.path)));
            let objects = kubernetes::resources(&read.value, id, limits);
            found.value.extend(objects.value);
            let problems = objects.problems.into_iter();
            found.problems.extend(problems.map(|problem| problem.within(&file.path)));
        }
    }
    found
}

fn documents(id: FileId, file: &SourceFile, limits: &Limits) -> Parsed<Vec<Document>> {
    if !file.path.to_ascii_lowercase().ends_with(".json") {
        return read::yaml(&file.text, id, limits);
    }
    match json(&file.text, id, limits) {
        Ok(root @ Node { span: Some(span), .. }) => Parsed::whole(vec![Document { root, span }]),
        Ok(_) => Parsed::whole(Vec::new()),
        Err(problem) => Parsed::failed(problem),
    }
}
