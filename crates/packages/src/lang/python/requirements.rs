//! Reads pip's requirements files.
//!
//! Follows "Requirements File Format" of pip's manual. A package is listed where one version is asked
//! for (`==`, `===`, an archive with its version in the name, a repository's commit); a range says what
//! would do, not what is there, and is passed over. A constraints file (`-c`) pins what is asked for
//! without a version.

use std::collections::{HashMap, HashSet};

use panoply_base::{Limits, Parsed, Problem};
use panoply_model::{Relation, Scope};

use super::locked::{Locked, Wants, assemble};
use super::names::{self, Requirement, normal};
use crate::json::short;
use crate::{Catalogue, Cataloguer, FileInput, Pattern, Reads, decode};

mod lines;

use lines::{Line, logical_lines};

pub const REQUIREMENTS: Cataloguer = Cataloguer {
    name: "pip-requirements",
    patterns: &[
        Pattern::Framed("requirements", ".txt"),
        Pattern::Suffix("requirements.txt"),
        Pattern::In("requirements", ".txt"),
        Pattern::Framed("constraints", ".txt"),
    ],
    reads: Reads::Together(read_all),
};

fn read_all(files: &[FileInput<'_>], limits: &Limits) -> Parsed<Catalogue> {
    let paths: HashMap<&str, &FileInput<'_>> = files.iter().map(|file| (file.path, file)).collect();
    let mut all = Parsed::whole(Catalogue::default());
    for file in files.iter().filter(|file| !file.name().starts_with("constraints")) {
        let text = decode::decode(file.bytes);
        let mut reader = Reader {
            file,
            paths: &paths,
            pins: HashMap::new(),
            entries: Vec::new(),
            via: HashMap::new(),
            problems: text.problems,
            limits,
        };
        reader.read(&text.value);
        let found = reader.finish(&text.value);
        all.value.packages.extend(found.value);
        let problems = found.problems.into_iter().take(limits.problems);
        all.problems.extend(problems.map(|problem| problem.within(file.path)));
    }
    all
}

struct Reader<'a> {
    file: &'a FileInput<'a>,
    paths: &'a HashMap<&'a str, &'a FileInput<'a>>,
    /// What constraints files say, by normal name.
    pins: HashMap<String, String>,
    entries: Vec<Locked>,
    /// From a normal name to those that need it, as `# via` comments of pip-compile and uv say.
    via: HashMap<String, Vec<String>>,
    problems: Vec<Problem>,
    limits: &'a Limits,
}

impl<'a> Reader<'a> {
    fn read(&mut self, text: &str) {
        let mut unpinned = Vec::new();
        for line in logical_lines(text) {
            if self.entries.len() as u64 >= self.limits.entries {
                self.problems.push(Problem::line(line.number, "more entries than allowed"));
                break;
            }
            if line.text.starts_with('-') {
                self.option(&line);
            } else if let Some((name, locked)) = self.requirement(&line, &line.text) {
                match locked {
                    Some(locked) => self.entries.push(locked),
                    None => unpinned.push((name, line.number)),
                }
                if !line.via.is_empty() {
                    let name = Requirement::read(&line.text).map(|read| normal(read.name));
                    self.via.insert(name.unwrap_or_default(), line.via);
                }
            }
        }
        for (name, line) in unpinned {
            if let Some(version) = self.pins.get(&normal(&name)) {
                let version = version.clone();
                self.entries.push(Locked { name, version, line, ..Locked::default() });
            }
        }
        self.entries.sort_by_key(|entry| entry.line);
    }

    /// Reads one requirement: its name, and what is there to list of it.
    fn requirement(&mut self, line: &Line, text: &str) -> Option<(String, Option<Locked>)> {
        let text = text.split(" --").next().unwrap_or(text).trim();
        let address = |text: &str| text.contains("://") && !text.contains(" @ ");
        let is_path = text.starts_with(['.', '/']) || text.starts_with("file:");
        if address(text) || is_path && names::of_archive(text).is_some() {
            let (name, locked) = from_address(text, None, line.number)?;
            return Some((name, Some(locked)));
        }
        if is_path {
            return None;
        }
        let Some(read) = Requirement::read(text) else {
            let what = format!("`{}` is no requirement", short(text));
            self.problems.push(Problem::line(line.number, what));
            return None;
        };
        if !read.address.is_empty() {
            let found = from_address(read.address, Some(read.name), line.number);
            return Some((read.name.to_owned(), found.map(|(_, locked)| locked)));
        }
        let locked = read.pin().map(|version| Locked {
            name: read.name.to_owned(),
            version: version.to_owned(),
            line: line.number,
            hashes: line.hashes.clone(),
            ..Locked::default()
        });
        Some((read.name.to_owned(), locked))
    }

    fn option(&mut self, line: &Line) {
        let (option, value) = line.text.split_once([' ', '=']).unwrap_or((&line.text, ""));
        let value = value.trim();
        match option {
            "-r" | "--requirement" if self.resolve(value).is_none() => {
                let what = format!("`{}` is asked for and not read", short(value));
                self.problems.push(Problem::line(line.number, what));
            }
            "-c" | "--constraint" => {
                if let Some(file) = self.resolve(value) {
                    self.read_constraints(file.bytes);
                } else {
                    let what = format!("the constraints in `{}` are not read", short(value));
                    self.problems.push(Problem::line(line.number, what));
                }
            }
            "-e" | "--editable" if value.contains("://") => {
                self.entries.extend(from_address(value, None, line.number).map(|(_, found)| found));
            }
            _ => {}
        }
    }

    /// The file that an option means, if it is among those that were found.
    fn resolve(&self, value: &str) -> Option<&'a FileInput<'a>> {
        let mut parts: Vec<&str> = self.file.directory().split('/').collect();
        for part in value.trim_matches(['"', '\'']).split('/') {
            match part {
                "." | "" => {}
                ".." => {
                    parts.pop()?;
                }
                _ => parts.push(part),
            }
        }
        parts.retain(|part| !part.is_empty());
        self.paths.get(parts.join("/").as_str()).copied()
    }

    fn read_constraints(&mut self, bytes: &[u8]) {
        let text = decode::decode(bytes);
        for line in logical_lines(&text.value) {
            if let Some(read) = Requirement::read(&line.text)
                && let Some(pin) = read.pin()
            {
                self.pins.insert(normal(read.name), pin.to_owned());
            }
        }
    }

    fn finish(mut self, text: &str) -> Parsed<Vec<panoply_model::Package>> {
        let scope = if names::is_development(self.file.name()) {
            Scope::Development
        } else {
            Scope::Unknown
        };
        let mut wants = Wants::new();
        let mut needs: HashMap<String, Vec<(String, Option<String>)>> = HashMap::new();
        let named: HashSet<String> = self.entries.iter().map(|entry| normal(&entry.name)).collect();
        for entry in &self.entries {
            let name = normal(&entry.name);
            // uv says nothing of what its project asks for itself.
            if !self.via.contains_key(&name) {
                wants.push((name.clone(), scope));
            }
            for from in self.via.get(&name).into_iter().flatten() {
                if named.contains(&normal(from)) {
                    needs.entry(normal(from)).or_default().push((name.clone(), None));
                } else {
                    // A file or a project: somebody asked for it by name.
                    wants.push((name.clone(), scope));
                }
            }
        }
        for entry in &mut self.entries {
            entry.scope = scope;
            entry.needs.extend(needs.remove(&normal(&entry.name)).unwrap_or_default());
        }
        let path = self.file.path;
        let compiled = !self.via.is_empty();
        let wants = compiled.then_some(&wants);
        let mut packages = assemble(path, REQUIREMENTS.name, self.entries, wants);
        // Nobody writes down by hand what they do not ask for; tools that do say who they are.
        if !compiled && !text.to_ascii_lowercase().contains("autogenerated") {
            for package in &mut packages {
                package.relation = Relation::Direct;
            }
        }
        Parsed { value: packages, problems: self.problems }
    }
}

/// What an address holds: an archive with its version in the name, or a commit of a repository.
fn from_address(address: &str, name: Option<&str>, line: u32) -> Option<(String, Locked)> {
    let address = address.split(" ;").next().unwrap_or(address).trim();
    let egg = address.split_once("#egg=").map(|(_, egg)| egg);
    let egg = egg.and_then(|egg| egg.split(['&', '[']).next());
    let archive = names::of_archive(address);
    let repository = ["git+", "hg+", "svn+", "bzr+"].iter().any(|start| address.starts_with(start));
    let (name, version) = if repository {
        let path = address.split(['#', '?']).next()?;
        let last = path.rsplit('/').next()?.split('@').next()?;
        (name.or(egg).unwrap_or(last.trim_end_matches(".git")), names::commit(address)?)
    } else {
        let (of_archive, version) = archive?;
        (name.or(egg).unwrap_or(of_archive), version)
    };
    let found = Locked {
        name: name.to_owned(),
        version: version.to_owned(),
        line,
        repository: repository.then(|| address.split('#').next().unwrap_or_default().to_owned()),
        ..Locked::default()
    };
    (!name.is_empty()).then(|| (name.to_owned(), found))
}

#[cfg(test)]
mod tests;
