//! What several tests need: the checks of the product, and the files below a folder.

use std::fs;
use std::path::Path;

use panoply_base::Limits;
use panoply_posture::CheckBody;
use panoply_rules::{Rule, load_directory};

/// The checks of the product.
pub(crate) fn rules() -> Vec<Rule<CheckBody>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/config");
    load_directory(&folder, &Limits::DEFAULT).value
}

/// Paths of the files below a folder, from there, sorted.
pub(crate) fn paths(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let path = path.strip_prefix(root).unwrap_or(&path);
                found.push(path.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

/// Files below a folder, sorted, as path from there and text; what is no text is left out.
pub(crate) fn files(root: &Path) -> Vec<(String, String)> {
    let paths = paths(root).into_iter();
    paths
        .filter_map(|path| {
            let text = fs::read_to_string(root.join(&path)).ok()?;
            Some((path, text))
        })
        .collect()
}
