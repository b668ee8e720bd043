//! Functions of files. Only files of the target that were read; of others nobody says anything.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::evaluate::{Evaluator, Frame, sorted};
use super::super::module::join;
use super::super::operators::{Fault, broken};
use super::super::syntax::Names;
use super::super::{hcl, reference};
use super::{Answer, Args, encode, hash, list, text, truth};
use crate::node::{Cause, Node, Value};

impl Evaluator<'_> {
    pub(super) fn file_function(&mut self, name: &str, args: &Args<'_>) -> Answer {
        match name {
            "templatestring" => {
                let template = args.text(0)?;
                return self.fill_in(&template, args);
            }
            "fileset" => return self.files(args),
            _ => {}
        }
        let path = args.text(0)?;
        let missing = || Arc::new(Cause::Missing(path.to_string()));
        let found = self.resolve(&path).and_then(|path| self.sources.find(&path));
        // What was not read may exist all the same.
        let file = found.and_then(|id| self.sources.file(id)).ok_or_else(missing)?;
        match name {
            "fileexists" => truth(true),
            "file" => text(file.text.clone()),
            "filebase64" => text(encode::base64(file.text.as_bytes())),
            "templatefile" => {
                let template = file.text.clone();
                self.fill_in(&template, args)
            }
            _ => {
                let kind = name.replace("file", "");
                text(hash::of(&kind, file.text.as_bytes()))
            }
        }
    }

    /// The path in the target that a path means which is relative to the root of the configuration.
    fn resolve(&self, path: &str) -> Option<String> {
        let root = self.instances.get(self.frame.instance).and_then(|i| self.roots.get(i.root));
        join(root.map_or("", |root| &root.dir), path)
    }

    fn fill_in(&mut self, template: &str, args: &Args<'_>) -> Answer {
        let expr = hcl::template(template, args.span, &mut Names::default()).map_err(broken)?;
        let mut scope = Vec::new();
        if args.nodes.len() > 1 {
            for entry in sorted(args.map(1)?) {
                scope.push((entry.key.clone(), entry.node.clone()));
            }
        }
        let instance = self.frame.instance;
        let frame = Frame { instance, scope, current: None };
        let node = self.within(frame, |this| this.eval(&expr));
        match &node.value {
            Value::Unknown(cause) => Err(cause.clone()),
            _ => text(super::text_of(&node)?),
        }
    }

    fn files(&mut self, args: &Args<'_>) -> Answer {
        let (dir, pattern) = (args.text(0)?, args.text(1)?);
        let missing = || -> Fault { Arc::new(Cause::Missing(format!("{dir}/{pattern}"))) };
        let dir_path = self.resolve(&dir).ok_or_else(missing)?;
        let mut known: HashMap<(usize, usize), bool> = HashMap::new();
        let mut found = Vec::new();
        for (_, file) in self.sources.under(&dir_path) {
            let inner = match dir_path.as_str() {
                "" => &*file.path,
                dir => file.path.get(dir.len() + 1..).unwrap_or_default(),
            };
            known.clear();
            if matches(pattern.as_bytes(), inner.as_bytes(), 0, 0, &mut known) {
                found.push(Node::text(inner, None));
            }
            args.few(found.len())?;
        }
        // Nothing may also mean that files of this kind were not read.
        if found.is_empty() { Err(missing()) } else { list(found) }
    }
}

/// Shell patterns: `*` inside of a part, `**` across parts, `?`, `{a,b}`.
fn matches(
    pattern: &[u8],
    name: &[u8],
    p: usize,
    n: usize,
    known: &mut HashMap<(usize, usize), bool>,
) -> bool {
    if let Some(answer) = known.get(&(p, n)) {
        return *answer;
    }
    if known.len() > 20_000 {
        return false;
    }
    let rest = pattern.get(p..).unwrap_or_default();
    let answer = match rest {
        [] => n == name.len(),
        [b'*', b'*', b'/', ..] => {
            let mut from = Some(n);
            let mut found = false;
            while let Some(at) = from {
                found |= matches(pattern, name, p + 3, at, known);
                let tail = name.get(at..).unwrap_or_default();
                from = tail.iter().position(|byte| *byte == b'/').map(|slash| at + slash + 1);
                if found {
                    break;
                }
            }
            found
        }
        [b'*', b'*', ..] => (n..=name.len()).any(|at| matches(pattern, name, p + 2, at, known)),
        [b'*', ..] => {
            let tail = name.get(n..).unwrap_or_default();
            let part = tail.iter().position(|byte| *byte == b'/').unwrap_or(tail.len());
            (n..=n + part).any(|at| matches(pattern, name, p + 1, at, known))
        }
        [b'{', inner @ ..] => match inner.iter().position(|byte| *byte == b'}') {
            Some(end) => {
                let choices = inner.get(..end).unwrap_or_default();
                choices.split(|byte| *byte == b',').any(|choice| {
                    name.get(n..).is_some_and(|tail| tail.starts_with(choice))
                        && matches(pattern, name, p + end + 2, n + choice.len(), known)
                })
            }
            None => false,
        },
        [b'?', ..] => {
            name.get(n).is_some_and(|byte| *byte != b'/')
                && matches(pattern, name, p + 1, n + 1, known)
        }
        [byte, ..] => name.get(n) == Some(byte) && matches(pattern, name, p + 1, n + 1, known),
    };
    known.insert((p, n), answer);
    answer
}

/// Functions of paths as texts.
pub(super) fn path_text(name: &str, args: &Args<'_>) -> Option<Answer> {
    let one = |work: fn(&str) -> String| args.text(0).and_then(|path| text(work(&path)));
    Some(match name {
        "basename" => one(|path| {
            let path = path.trim_end_matches('/');
            path.rsplit('/').next().unwrap_or_default().to_owned()
        }),
        "dirname" => one(|path| match path.rsplit_once('/') {
            Some(("", _)) => "/".to_owned(),
            Some((dir, _)) => reference::relative("", dir),
            None => ".".to_owned(),
        }),
        _ => return None,
    })
}
