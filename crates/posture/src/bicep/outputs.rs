//! What the modules that a file calls give back: `network.outputs.subnet`.

use std::rc::Rc;

use super::emit::{Modules, declare, define};
use super::{Declaration, Module};
use crate::arm::Emitter;
use crate::arm::expression::{Expression, Kind};
use crate::arm::scope::{Scope, Source, outputs};
use crate::node::{Cause, Node};
use crate::sources::FileId;

impl Modules {
    /// Makes the outputs of the modules known that a file asks for any of.
    pub(super) fn outputs(&self, emitter: &mut Emitter<'_>, module: &Module, scope: &Rc<Scope>) {
        let text = emitter.sources.file(scope.file).map(|file| file.text.clone());
        let text = text.unwrap_or_default();
        for declaration in module.declarations.iter().filter(|declaration| {
            // Those with a condition may not be there; those of a loop are several.
            declaration.is_module && declaration.each.is_none() && declaration.condition.is_none()
        }) {
            if !text.contains(&format!("{}.outputs", declaration.symbol)) {
                continue;
            }
            let Some(file) = emitter.beside(scope.file, &declaration.what) else { continue };
            if let Some(source) = self.given_back(emitter, declaration, file, scope) {
                scope.define(outputs(&declaration.symbol), source);
            }
        }
    }

    fn given_back(
        &self,
        emitter: &mut Emitter<'_>,
        declaration: &Declaration,
        file: FileId,
        scope: &Rc<Scope>,
    ) -> Option<Source> {
        let prefix = format!("{}module.{}.", scope.prefix, declaration.symbol);
        let passed = passed(&declaration.body, scope);
        let Some(module) = self.by_file.get(&file) else {
            return emitter.given_back(file, passed?, prefix, scope);
        };
        let length = emitter.sources.file(file).map_or(0, |file| file.text.len());
        if emitter.inside.contains(&file)
            || emitter.inside.len() >= emitter.limits.depth as usize
            || !scope.pay_call(length)
        {
            return None;
        }
        let own = Rc::new(Scope::new(prefix, file, scope.budget()));
        let unknown = || {
            let names = module.parameters.iter().map(|parameter| parameter.name.clone());
            let node = |name: &String| Node::unknown(Cause::Computed(name.clone()), None);
            names.map(|name| (name.clone(), Source::Ready(node(&name)))).collect()
        };
        define(module, passed.unwrap_or_else(unknown), &own);
        declare(&module.declarations, &own, None);
        emitter.inside.push(file);
        self.outputs(emitter, module, &own);
        emitter.inside.pop();
        Some(Source::Outputs(Some(own), module.outputs.clone().into()))
    }
}

/// What a module is given, to be worked out with the names of the file that calls it; none if that is not
/// written entry by entry.
fn passed(body: &Expression, scope: &Rc<Scope>) -> Option<Vec<(String, Source)>> {
    let Kind::Map(entries) = &body.kind else { return None };
    let key = |key: &Option<Expression>| match &key.as_ref()?.kind {
        Kind::Value(name) => name.as_text().map(str::to_owned),
        _ => None,
    };
    let mut given = Vec::new();
    for (name, value) in entries {
        if key(name)? != "params" {
            continue;
        }
        let Kind::Map(params) = &value.kind else { return None };
        for (name, value) in params {
            let source = Source::Bicep(Rc::new(value.clone()));
            given.push((key(name)?, Source::Outside(Rc::downgrade(scope), Box::new(source))));
        }
    }
    Some(given)
}
