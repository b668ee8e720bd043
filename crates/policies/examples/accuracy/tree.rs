//! Text files of a folder, or of the head of a bare git repository.

use std::collections::BTreeMap;
use std::path::Path;

use panoply_base::Limits;
use panoply_posture::{Node, Sources, kubernetes, read};

#[derive(Debug, Default)]
pub(crate) struct Tree(BTreeMap<String, String>);

impl Tree {
    pub(crate) fn open(folder: &Path) -> Result<Self, String> {
        let mut tree = Self::default();
        if folder.join("HEAD").exists() && folder.join("objects").exists() {
            tree.unpack(folder)?;
        } else {
            tree.walk(folder, "").map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        Ok(tree)
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// A name relative to a file of the tree.
    pub(crate) fn beside(&self, file: &str, name: &str) -> Option<(String, &str)> {
        let mut parts: Vec<&str> = file.split('/').collect();
        parts.pop();
        for part in name.split('/') {
            match part {
                "." | "" => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        let path = parts.join("/");
        self.text(&path).map(|text| (path.clone(), text))
    }

    fn walk(&mut self, folder: &Path, prefix: &str) -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            if entry.file_type()?.is_dir() {
                self.walk(&entry.path(), &format!("{path}/"))?;
            } else if wanted(&name) {
                self.0.insert(path, std::fs::read_to_string(entry.path()).unwrap_or_default());
            }
        }
        Ok(())
    }

    #[expect(clippy::disallowed_methods, reason = "a corpus may lie in git, and is read there")]
    fn unpack(&mut self, repository: &Path) -> Result<(), String> {
        let git = |arguments: &[&str]| -> Result<String, String> {
            let mut command = std::process::Command::new("git");
            let output = command.arg("--git-dir").arg(repository).args(arguments).output();
            let output = output.map_err(|error| error.to_string())?;
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        for path in git(&["ls-tree", "-r", "--name-only", "HEAD"])?.lines() {
            if wanted(path) {
                let text = git(&["show", &format!("HEAD:{path}")])?;
                self.0.insert(path.to_owned(), text);
            }
        }
        Ok(())
    }
}

fn wanted(name: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending))
}

/// The documents of a text.
pub(crate) fn documents(text: &str) -> Vec<Node> {
    let mut sources = Sources::default();
    let file = sources.add("object.yaml", text);
    read::yaml(text, file, &Limits::DEFAULT).value.into_iter().map(|one| one.root).collect()
}

/// The objects of a text.
pub(crate) fn objects(text: &str) -> Vec<panoply_posture::Resource> {
    let mut sources = Sources::default();
    let file = sources.add("object.yaml", text);
    let documents = read::yaml(text, file, &Limits::DEFAULT).value;
    kubernetes::resources(&documents, file, &Limits::DEFAULT).value
}
