//! Git repositories with loose objects.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use sha1::{Digest, Sha1};

/// Writes a repository commit by commit; nothing is checked out.
#[derive(Debug)]
pub struct GitBuilder {
    git: PathBuf,
}

/// A file, directory or link of a tree that is being written.
#[derive(Clone, Debug)]
pub struct TreeEntry {
    /// `100644`, `100755`, `120000`, `40000`, `160000`.
    pub mode: &'static str,
    pub name: Vec<u8>,
    pub id: String,
}

impl GitBuilder {
    /// An empty repository whose `.git` is in `work_tree`.
    pub fn new(work_tree: &Path) -> Self {
        let git = work_tree.join(".git");
        for directory in ["objects", "refs/heads", "refs/tags"] {
            fs::create_dir_all(git.join(directory)).expect("a temporary directory can be written");
        }
        let builder = Self { git };
        builder.write("HEAD", "ref: refs/heads/main\n");
        builder.write("config", "[core]\n\trepositoryformatversion = 0\n\tbare = false\n");
        builder
    }

    /// Writes a file below `.git`.
    pub fn write(&self, path: &str, content: &str) {
        let path = self.git.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&self.git)).expect("a directory can be made");
        fs::write(path, content).expect("a temporary directory can be written");
    }

    /// Writes a commit with these files and moves `branch` to it. `time` is in seconds.
    pub fn commit(
        &self,
        branch: &str,
        parents: &[&str],
        time: u64,
        files: &[(&str, &str)],
    ) -> String {
        let tree = self.tree_of(files);
        let commit = self.commit_of(&tree, parents, time);
        self.write(&format!("refs/heads/{branch}"), &format!("{commit}\n"));
        commit
    }

    pub fn commit_of(&self, tree: &str, parents: &[&str], time: u64) -> String {
        let parents: Vec<String> =
            parents.iter().map(|parent| format!("parent {parent}\n")).collect();
        let parents = parents.concat();
        let who = format!("Test <test@example.com> {time} +0000");
        let text = format!("tree {tree}\n{parents}author {who}\ncommitter {who}\n\nmessage\n");
        self.object("commit", text.as_bytes())
    }

    /// Writes a tree with files at any depth.
    pub fn tree_of(&self, files: &[(&str, &str)]) -> String {
        let mut entries: Vec<TreeEntry> = Vec::new();
        let mut directories: Vec<&str> = Vec::new();
        for (path, content) in files {
            match path.split_once('/') {
                None => entries.push(TreeEntry {
                    mode: "100644",
                    name: path.as_bytes().to_vec(),
                    id: self.object("blob", content.as_bytes()),
                }),
                Some((directory, _)) if directories.contains(&directory) => {}
                Some((directory, _)) => directories.push(directory),
            }
        }
        for directory in directories {
            let inside: Vec<_> = files
                .iter()
                .filter_map(|(path, content)| {
                    let rest = path.strip_prefix(directory)?.strip_prefix('/')?;
                    Some((rest, *content))
                })
                .collect();
            let id = self.tree_of(&inside);
            entries.push(TreeEntry { mode: "40000", name: directory.as_bytes().to_vec(), id });
        }
        self.tree(entries)
    }

    /// Writes one tree object, sorted as git sorts.
    pub fn tree(&self, mut entries: Vec<TreeEntry>) -> String {
        entries.sort_by_key(|entry| {
            let mut key = entry.name.clone();
            key.extend((entry.mode == "40000").then_some(b'/'));
            key
        });
        let mut bytes = Vec::new();
        for entry in entries {
            bytes.extend_from_slice(entry.mode.as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(&entry.name);
            bytes.push(0);
            bytes.extend(unhex(&entry.id));
        }
        self.object("tree", &bytes)
    }

    /// Writes one loose object and returns its id.
    pub fn object(&self, kind: &str, content: &[u8]) -> String {
        let mut bytes = format!("{kind} {}\0", content.len()).into_bytes();
        bytes.extend_from_slice(content);
        let id: Vec<_> = Sha1::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let id = id.concat();
        let (directory, name) = id.split_at(2);
        let directory = self.git.join("objects").join(directory);
        fs::create_dir_all(&directory).expect("a temporary directory can be written");
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&bytes).expect("a vector takes every byte");
        let packed = packed.finish().expect("a vector takes every byte");
        fs::write(directory.join(name), packed).expect("a temporary directory can be written");
        id
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
}
