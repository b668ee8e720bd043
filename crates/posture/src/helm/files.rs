//! `.Files`: what lies in a chart beside its templates.

use std::rc::Rc;
use std::sync::Arc;

use super::eval::Engine;
use super::functions::Args;
use super::functions::base64;
use super::glob::Glob;
use super::syntax::Stop;
use super::value::{Kind, Val};
use super::write::yaml;

/// Files by their path in the chart, in the order of paths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    files: Vec<(Rc<str>, Arc<str>)>,
}

impl Files {
    pub(crate) fn new(mut files: Vec<(Rc<str>, Arc<str>)>) -> Self {
        files.sort();
        Self { files }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub(crate) fn entries(&self) -> Vec<(Rc<str>, Val)> {
        self.files.iter().map(|(path, text)| (path.clone(), Val::text(&**text))).collect()
    }

    fn find(&self, path: &str) -> Option<&Arc<str>> {
        let at = self.files.binary_search_by(|(known, _)| (**known).cmp(path)).ok()?;
        self.files.get(at).map(|(_, text)| text)
    }

    pub(crate) fn get(&self, path: &str) -> Val {
        Val::text(self.find(path).map_or("", |text| text))
    }

    pub(crate) fn method(&self, engine: &Engine, name: &str, args: &mut Args) -> Result<Val, Stop> {
        engine.cost.step(self.files.len())?;
        match name {
            "Get" | "GetBytes" => {
                let path = args.text()?;
                let text = self.find(path.as_str()).map_or("", |text| text);
                engine.cost.text(text.len())?;
                Ok(Val::text(text))
            }
            "Lines" => {
                let path = args.text()?;
                let text = self.find(path.as_str()).map_or("", |text| text);
                let text = text.strip_suffix('\n').unwrap_or(text);
                engine.cost.text(text.len())?;
                engine.cost.step(text.matches('\n').count())?;
                let lines = if text.is_empty() { Vec::new() } else { text.split('\n').collect() };
                Ok(Val::texts(lines))
            }
            "Glob" => {
                let glob = Glob::new(args.text()?.as_str());
                let matching = |path: &str| glob.matches(path);
                let files = self.files.iter().filter(|(path, _)| matching(path)).cloned();
                Ok(Kind::Files(Rc::new(Self { files: files.collect() })).into())
            }
            "AsConfig" | "AsSecrets" => {
                let content = |text: &str| match name {
                    "AsConfig" => Val::text(text),
                    _ => Val::text(base64(text.as_bytes())),
                };
                let base = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
                let entries =
                    self.files.iter().map(|(path, text)| (base(path).into(), content(text)));
                if self.files.is_empty() {
                    return Ok(Val::text(if name == "AsConfig" { "{}" } else { "" }));
                }
                yaml(&Val::dict(entries), &engine.cost).map(|text| Kind::Text(text).into())
            }
            _ => Err(format!("files have no `{name}`").into()),
        }
    }
}
