//! What `var.x`, `local.x`, `module.x.y`, `aws_s3_bucket.x.id` and `path.module` stand for.

use std::collections::HashSet;
use std::sync::Arc;

use super::evaluate::{ADDRESS, Evaluator, Frame, Slot, derived, failed};
use super::instance::{Child, InstanceId, MemberList, Root};
use super::module::{Declared, Repeated};
use super::operators::{Fault, broken, fault};
use super::provenance::{from_resource, used};
use super::syntax::{Expr, Step};
use super::{number, policy};
use crate::node::{Cause, Entry, Node, Value};
use crate::sources::Span;

impl Evaluator<'_> {
    pub(super) fn reference(&mut self, root: &str, steps: &[Step], span: Span) -> Node {
        let instance = self.frame.instance;
        let name = |at: usize| match steps.get(at) {
            Some(Step::Attr(name)) => Some(name.clone()),
            _ => None,
        };
        let rest = |from: usize| steps.get(from..).unwrap_or_default();
        match (root, name(0), name(1)) {
            ("var", Some(name), _) => {
                let node = self.variable(instance, &name);
                let node = self.walk(node, rest(1), span);
                used(node, span, || format!("var.{name}"))
            }
            ("local", Some(name), _) => {
                let node = self.local(instance, &name);
                let node = self.walk(node, rest(1), span);
                used(node, span, || format!("local.{name}"))
            }
            ("module", Some(name), _) => self.declaration("module", &name, rest(1), span),
            ("data" | "ephemeral", Some(kind), Some(name)) => {
                self.declaration(&format!("{root}.{kind}"), &name, rest(2), span)
            }
            ("resource", Some(kind), Some(name)) => self.declaration(&kind, &name, rest(2), span),
            ("self", Some(_), _) => match self.frame.current {
                Some((at, member)) => self.member(instance, at, member, steps, span),
                None => failed(broken("`self` outside of a resource"), span),
            },
            ("path", Some(name), _) => self.own_path(&name, span),
            ("terraform", Some(name), _) => match (&*name, &self.settings.workspace) {
                ("workspace", Some(workspace)) => Node::text(workspace.as_str(), Some(span)),
                _ => Node::unknown(Cause::NoValue(format!("terraform.{name}")), Some(span)),
            },
            ("each" | "count", ..) => {
                failed(broken(format!("`{root}` outside of instances")), span)
            }
            (kind, Some(name), _) => self.declaration(kind, &name, rest(1), span),
            _ => failed(broken(format!("`{root}`")), span),
        }
    }

    fn own_path(&self, name: &str, span: Span) -> Node {
        let instance = self.instances.get(self.frame.instance);
        let root = instance.and_then(|i| self.roots.get(i.root)).map_or("", |root| &root.dir);
        match name {
            "root" => Node::text(".", Some(span)),
            "module" => {
                let dir = instance.map_or("", |instance| &instance.module.dir);
                Node::text(relative(root, dir), Some(span))
            }
            _ => Node::unknown(Cause::Function(format!("path.{name}")), Some(span)),
        }
    }

    pub(super) fn variable(&mut self, instance: InstanceId, name: &Arc<str>) -> Node {
        match self.instances.get(instance).and_then(|i| i.variables.get(name)) {
            Some(Slot::Done(node)) => return node.clone(),
            Some(Slot::Running) => {
                return Node::unknown(Cause::Cycle(format!("var.{name}")), None);
            }
            None => {}
        }
        let remember = |this: &mut Self, slot| {
            if let Some(instance) = this.instances.get_mut(instance) {
                instance.variables.insert(name.clone(), slot);
            }
        };
        remember(self, Slot::Running);
        let node = self.variable_value(instance, name);
        let node = self.kept(node, || format!("var.{name}"));
        remember(self, Slot::Done(node.clone()));
        node
    }

    fn variable_value(&mut self, instance: InstanceId, name: &Arc<str>) -> Node {
        let module = self.module(instance);
        let no_value = || Node::unknown(Cause::NoValue(format!("var.{name}")), None);
        let Some(variable) = module.variables.get(name) else { return no_value() };
        let Some(this) = self.instances.get(instance) else { return no_value() };
        let given = match this.caller {
            Some((caller, at, member)) => self.cell(caller, at, member, name),
            None => self.roots.get(this.root).and_then(|root| root.given.get(name)).cloned(),
        };
        let default = variable.block.body.attr("default");
        let given = given.filter(|node| variable.nullable || default.is_none() || !node.is_null());
        let node = match (given, default) {
            (Some(node), _) => node,
            (None, Some(default)) => {
                let frame = Frame { instance, ..Frame::default() };
                self.within(frame, |this| this.eval(&default.expr))
            }
            (None, None) => {
                return Node { span: Some(variable.block.span), ..no_value() };
            }
        };
        variable.kind.convert(node)
    }

    /// The value of a local; those that it needs come first, so that a long chain of locals takes no
    /// deep recursion.
    fn local(&mut self, instance: InstanceId, name: &Arc<str>) -> Node {
        let module = self.module(instance);
        let mut opened: HashSet<Arc<str>> = HashSet::new();
        let mut todo = vec![name.clone()];
        while let Some(next) = todo.last().cloned() {
            if self.instances.get(instance).is_none_or(|i| i.locals.contains_key(&next)) {
                todo.pop();
                continue;
            }
            let Some(local) = module.locals.get(&next) else {
                todo.pop();
                continue;
            };
            if opened.insert(next.clone()) {
                let before = todo.len();
                let known = self.instances.get(instance).map(|i| &i.locals);
                let new = |need: &&Arc<str>| {
                    !opened.contains(*need) && known.is_some_and(|known| !known.contains_key(*need))
                };
                todo.extend(local.needs.iter().filter(new).cloned());
                if todo.len() > before {
                    continue;
                }
            }
            todo.pop();
            self.work_out_local(instance, &next, &local.attr.expr);
        }
        match self.instances.get(instance).and_then(|i| i.locals.get(name)) {
            Some(Slot::Done(node)) => node.clone(),
            Some(Slot::Running) => Node::unknown(Cause::Cycle(format!("local.{name}")), None),
            None => Node::unknown(Cause::Missing(format!("local.{name}")), None),
        }
    }

    fn work_out_local(&mut self, instance: InstanceId, name: &Arc<str>, expr: &Expr) {
        if let Some(instance) = self.instances.get_mut(instance) {
            instance.locals.insert(name.clone(), Slot::Running);
        }
        let node = self.within(Frame { instance, ..Frame::default() }, |this| this.eval(expr));
        let node = self.kept(node, || format!("local.{name}"));
        if let Some(instance) = self.instances.get_mut(instance) {
            instance.locals.insert(name.clone(), Slot::Done(node));
        }
    }

    pub(super) fn output(&mut self, instance: InstanceId, name: &Arc<str>) -> Node {
        match self.instances.get(instance).and_then(|i| i.outputs.get(name)) {
            Some(Slot::Done(node)) => return node.clone(),
            Some(Slot::Running) => {
                return Node::unknown(Cause::Cycle(format!("output.{name}")), None);
            }
            None => {}
        }
        let module = self.module(instance);
        let expr = module.outputs.get(name).and_then(|block| block.body.attr("value"));
        let Some(attr) = expr else {
            return Node::unknown(Cause::Missing(format!("output.{name}")), None);
        };
        if let Some(instance) = self.instances.get_mut(instance) {
            instance.outputs.insert(name.clone(), Slot::Running);
        }
        let frame = Frame { instance, ..Frame::default() };
        let node = self.within(frame, |this| this.eval(&attr.expr));
        let node = self.kept(node, || format!("output.{name}"));
        if let Some(instance) = self.instances.get_mut(instance) {
            instance.outputs.insert(name.clone(), Slot::Done(node.clone()));
        }
        node
    }

    /// A reference to a resource, data source or module call of this module.
    fn declaration(&mut self, kind: &str, name: &Arc<str>, steps: &[Step], span: Span) -> Node {
        let instance = self.frame.instance;
        let module = self.module(instance);
        let Some(at) = module.by_name.get(&(Arc::<str>::from(kind), name.clone())).copied() else {
            return Node::unknown(Cause::Missing(format!("{kind}.{name}")), Some(span));
        };
        // What exists once is not asked how often it does: asking could go in circles.
        if module.declared.get(at).is_some_and(|d| d.repeated == Repeated::Once) {
            return self.only_member(instance, at, steps, span);
        }
        let members = self.members(instance, at);
        self.select(instance, at, &members, steps, span)
    }

    fn only_member(&mut self, of: InstanceId, at: usize, steps: &[Step], span: Span) -> Node {
        match steps.first() {
            Some(Step::Splat | Step::AttrSplat) => {
                let tail = steps.get(1..).unwrap_or_default();
                let node = self.member(of, at, 0, tail, span);
                Node::list(vec![node], Some(span))
            }
            // Since it was written, `count` may have gone.
            Some(Step::Index(index)) if index.as_constant().and_then(Node::as_int) == Some(0) => {
                self.member(of, at, 0, steps.get(1..).unwrap_or_default(), span)
            }
            _ => self.member(of, at, 0, steps, span),
        }
    }

    fn select(
        &mut self,
        of: InstanceId,
        at: usize,
        members: &MemberList,
        steps: &[Step],
        span: Span,
    ) -> Node {
        let tail = steps.get(1..).unwrap_or_default();
        if let Some(cause) = &members.unknown {
            return match steps.first() {
                Some(Step::Index(_)) => self.member(of, at, 0, tail, span),
                Some(Step::Attr(_)) => self.member(of, at, 0, steps, span),
                // Which ones there are, nobody knows; that they come from there is known.
                _ => {
                    let node = self.member(of, at, 0, tail, span);
                    derived(Err(cause.clone()), span, [&node])
                }
            };
        }
        match steps.first() {
            None => self.all_members(of, at, members, span),
            Some(Step::Splat | Step::AttrSplat) => {
                if let Err(cause) = self.spend(members.all.len()) {
                    return failed(cause, span);
                }
                let count = members.all.len();
                let items =
                    (0..count).map(|which| self.member(of, at, which, tail, span)).collect();
                Node::list(items, Some(span))
            }
            Some(Step::Index(index)) => {
                let index = self.eval(index);
                match which(members, &index) {
                    Ok(found) => self.member(of, at, found, tail, span),
                    Err(cause) => derived(Err(cause), span, [&index]),
                }
            }
            Some(Step::Attr(name)) => match which(members, &Node::text(name.clone(), None)) {
                Ok(found) => self.member(of, at, found, tail, span),
                Err(_) => self.member(of, at, 0, steps, span),
            },
        }
    }

    fn all_members(&mut self, of: InstanceId, at: usize, members: &MemberList, span: Span) -> Node {
        if let Err(cause) = self.spend(members.all.len()) {
            return failed(cause, span);
        }
        let nodes: Vec<Node> =
            (0..members.all.len()).map(|which| self.member(of, at, which, &[], span)).collect();
        if members.repeated == Repeated::Count {
            return Node::list(nodes, Some(span));
        }
        let keys = members.all.iter().map(|member| member.key.clone().unwrap_or_default());
        let entries = keys.zip(nodes).map(|(key, node)| Entry::new(key, None, node)).collect();
        Node::map(entries, Some(span))
    }

    /// What a path finds in one instance.
    fn member(
        &mut self,
        of: InstanceId,
        at: usize,
        which: usize,
        steps: &[Step],
        span: Span,
    ) -> Node {
        let module = self.module(of);
        let Some(declared) = module.declared.get(at) else {
            return failed(broken("a reference"), span);
        };
        if declared.is_call() {
            return self.module_output(of, at, which, declared, steps, span);
        }
        let label = if declared.repeated == Repeated::Once {
            String::new()
        } else {
            let members = self.members(of, at);
            members.all.get(which).map_or_else(|| "[*]".to_owned(), |m| m.label.clone())
        };
        let address = self.address(of, declared, &label);
        if !self.addresses.contains(&address) {
            self.addresses.insert(address.clone());
        }
        let first = match steps.first() {
            Some(Step::Attr(name)) => Some(name.clone()),
            Some(Step::Index(index)) => {
                let index = self.eval(index);
                number::as_text(&index)
            }
            _ => None,
        };
        let node = if let Some(name) = first {
            let tail = steps.get(1..).unwrap_or_default();
            self.resource_value(of, at, which, declared, &name, &address, tail, span)
        } else {
            let whole = self.whole(of, at, which, declared, &address);
            self.walk(whole, steps, span)
        };
        from_resource(node, span, &address)
    }

    #[expect(clippy::too_many_arguments, reason = "they all say which value is meant")]
    fn resource_value(
        &mut self,
        of: InstanceId,
        at: usize,
        which: usize,
        declared: &Declared,
        name: &Arc<str>,
        address: &str,
        steps: &[Step],
        span: Span,
    ) -> Node {
        let computed = || Node::unknown(Cause::Computed(format!("{address}.{name}")), None);
        let written = self.cell(of, at, which, name).filter(|node| !node.is_null());
        let written = written.or_else(|| policy::computed(self, of, at, which, declared, name));
        let Some(node) = written else { return computed() };
        if steps.is_empty() {
            return node;
        }
        let found = self.walk(node, steps, span);
        // The provider may add what nobody wrote, such as an id inside of a block.
        match fault(&found).as_deref() {
            Some(Cause::Broken(_)) => computed(),
            _ => found,
        }
    }

    /// Everything that a resource says of itself, as one object that knows what it stands for.
    fn whole(
        &mut self,
        of: InstanceId,
        at: usize,
        which: usize,
        declared: &Declared,
        address: &str,
    ) -> Node {
        self.whole_objects = true;
        let mut entries = vec![Entry::new(ADDRESS, None, Node::text(address, None))];
        let meta = ["count", "for_each", "depends_on", "lifecycle", "provider", "provisioner"];
        for name in declared.names.iter().filter(|name| !meta.contains(&&***name)) {
            if let Some(node) = self.cell(of, at, which, name) {
                entries.push(Entry::new(name.clone(), None, node));
            }
        }
        if self.spend(entries.len()).is_err() {
            return failed(Self::limit("evaluation"), declared.block.span);
        }
        Node::map(entries, Some(declared.block.span))
    }

    fn module_output(
        &mut self,
        of: InstanceId,
        at: usize,
        which: usize,
        declared: &Declared,
        steps: &[Step],
        span: Span,
    ) -> Node {
        let child = match self.child(of, at, which) {
            Child::Here(child) => child,
            Child::NotHere(cause) => return failed(cause, span),
        };
        if let Some(Step::Attr(name)) = steps.first() {
            let node = self.output(child, name);
            let node = self.walk(node, steps.get(1..).unwrap_or_default(), span);
            return used(node, span, || format!("module.{}.{name}", declared.name));
        }
        let module = self.module(child);
        let entries = module.outputs.keys();
        let entries = entries.map(|name| Entry::new(name.clone(), None, self.output(child, name)));
        let whole = Node::map(entries.collect(), Some(span));
        self.walk(whole, steps, span)
    }
}

fn which(members: &MemberList, index: &Node) -> Result<usize, Fault> {
    if let Some(cause) = fault(index) {
        return Err(cause);
    }
    let found = match (members.repeated, number::as_number(index)) {
        (Repeated::Count, Some(Value::Int(at))) => {
            usize::try_from(at).ok().filter(|at| *at < members.all.len())
        }
        (Repeated::Each, _) => {
            let key = number::as_text(index);
            members.all.binary_search_by(|member| member.key.cmp(&key)).ok()
        }
        _ => None,
    };
    found.ok_or_else(|| broken("an instance that is not there"))
}

/// The way from one directory to another, as Terraform spells `path.module`.
pub(super) fn relative(from: &str, to: &str) -> String {
    let parts = |dir: &str| -> Vec<String> {
        dir.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let (from, to) = (parts(from), parts(to));
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - same);
    let way: Vec<String> = up.chain(to.into_iter().skip(same)).collect();
    if way.is_empty() { ".".to_owned() } else { way.join("/") }
}

impl Root {
    pub(super) fn prefix_of(dir: &str) -> String {
        if dir.is_empty() { String::new() } else { format!("{dir}: ") }
    }
}
