//! Modules as often as they are called, and resources as often as `count` and `for_each` say.

use std::collections::HashMap;
use std::sync::Arc;

use super::evaluate::{Evaluator, Frame, Slot, sorted};
use super::module::{Declared, Module, Repeated, join};
use super::operators::{Fault, broken};
use super::{number, provenance};
use crate::node::{Cause, Entry, Node, Value};

pub(super) type InstanceId = usize;

/// A configuration that is applied by itself.
#[derive(Debug, Default)]
pub(super) struct Root {
    pub(super) dir: Arc<str>,
    /// What addresses begin with: `infra/prod: `.
    pub(super) prefix: String,
    /// From variable files, the last one that says something.
    pub(super) given: HashMap<Arc<str>, Node>,
    /// Where `terraform init` put modules, by their path of calls: `vpc`, `vpc.subnets`.
    pub(super) installed: HashMap<String, String>,
}

/// A module as one call of it makes it.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) module: Arc<Module>,
    pub(super) root: usize,
    /// Who calls it: the instance, the call, and which of the call's instances.
    pub(super) caller: Option<(InstanceId, usize, usize)>,
    /// `module.a["k"].module.b`
    pub(super) address: String,
    /// `a.b`
    pub(super) call_path: String,
    pub(super) depth: u32,
    pub(super) variables: HashMap<Arc<str>, Slot>,
    pub(super) locals: HashMap<Arc<str>, Slot>,
    pub(super) outputs: HashMap<Arc<str>, Slot>,
    pub(super) cells: HashMap<(usize, usize, Arc<str>), Slot>,
    pub(super) members: HashMap<usize, Members>,
    pub(super) children: HashMap<(usize, usize), Child>,
}

#[derive(Clone, Debug)]
pub(super) enum Members {
    Running,
    Known(Arc<MemberList>),
}

/// The instances of one declaration.
#[derive(Debug)]
pub(super) struct MemberList {
    pub(super) repeated: Repeated,
    pub(super) all: Vec<Member>,
    /// Why nobody knows how many there are; one stands for all of them then.
    pub(super) unknown: Option<Fault>,
}

#[derive(Debug)]
pub(super) struct Member {
    /// `[0]`, `["eu"]`, `[*]` if nobody knows which.
    pub(super) label: String,
    pub(super) key: Option<Arc<str>>,
    pub(super) scope: Option<(Arc<str>, Node)>,
}

#[derive(Clone, Debug)]
pub(super) enum Child {
    Here(InstanceId),
    NotHere(Fault),
}

/// The number of the instance that stands for no instance: `count` itself is evaluated there.
pub(super) const NO_MEMBER: usize = usize::MAX;

impl Evaluator<'_> {
    /// The instances of a declaration of the current module.
    pub(super) fn members(&mut self, instance: InstanceId, at: usize) -> Arc<MemberList> {
        let single = |unknown| MemberList {
            repeated: Repeated::Once,
            all: vec![Member { label: String::new(), key: None, scope: None }],
            unknown,
        };
        let module = self.module(instance);
        let Some(declared) = module.declared.get(at) else { return Arc::new(single(None)) };
        let known = self.instances.get(instance).and_then(|i| i.members.get(&at)).cloned();
        match known {
            Some(Members::Known(known)) => return known,
            Some(Members::Running) => {
                let cause = Cause::Cycle(format!("{}.{}", declared.kind, declared.name));
                return Arc::new(unknown_members(declared.repeated, Arc::new(cause)));
            }
            None => {}
        }
        let list = if declared.repeated == Repeated::Once {
            single(None)
        } else {
            if let Some(instance) = self.instances.get_mut(instance) {
                instance.members.insert(at, Members::Running);
            }
            self.repeat(instance, at, declared)
        };
        let list = Arc::new(list);
        if let Some(instance) = self.instances.get_mut(instance) {
            instance.members.insert(at, Members::Known(list.clone()));
        }
        list
    }

    fn repeat(&mut self, instance: InstanceId, at: usize, declared: &Declared) -> MemberList {
        let repeated = declared.repeated;
        let name = if repeated == Repeated::Count { "count" } else { "for_each" };
        let node = self.cell(instance, at, NO_MEMBER, name).unwrap_or_else(|| Node::null(None));
        let most = self.bounds.members;
        let found = match repeated {
            Repeated::Count => counted(&node, most),
            _ => keyed(&node, most),
        };
        match found {
            Ok(all) => MemberList { repeated, all, unknown: None },
            Err(cause) => {
                if matches!(*cause, Cause::Limit(_)) {
                    let span = declared.block.span;
                    let what = format!(
                        "`{}.{}` has more than {most} instances; one stands for all of them",
                        declared.kind, declared.name
                    );
                    self.problem(span, what);
                }
                unknown_members(repeated, cause)
            }
        }
    }

    /// What a declaration says under a name in one of its instances; none if it says nothing.
    pub(super) fn cell(
        &mut self,
        instance: InstanceId,
        at: usize,
        member: usize,
        name: &str,
    ) -> Option<Node> {
        let module = self.module(instance);
        let declared = module.declared.get(at)?;
        let name = declared.names.iter().find(|known| &***known == name)?.clone();
        // What is the same in every instance is worked out in the first one.
        let member = match &*name {
            "count" | "for_each" => NO_MEMBER,
            name if member != NO_MEMBER && !declared.varying.contains(name) => 0,
            _ => member,
        };
        let key = (at, member, name.clone());
        match self.instances.get(instance)?.cells.get(&key) {
            Some(Slot::Done(node)) => return Some(node.clone()),
            Some(Slot::Running) => {
                let what = format!("{}.{}.{name}", declared.kind, declared.name);
                return Some(Node::unknown(Cause::Cycle(what), Some(declared.block.span)));
            }
            None => {}
        }
        self.instances.get_mut(instance)?.cells.insert(key.clone(), Slot::Running);
        let mut frame = Frame { instance, ..Frame::default() };
        if member != NO_MEMBER {
            let members = self.members(instance, at);
            frame.scope.extend(members.all.get(member).and_then(|member| member.scope.clone()));
            frame.current = Some((at, member));
        }
        let node = self.within(frame, |this| this.named(&declared.block, &name));
        let node = self.kept(node, || format!("{}.{}.{name}", declared.kind, declared.name));
        self.instances.get_mut(instance)?.cells.insert(key, Slot::Done(node.clone()));
        Some(node)
    }

    /// The address of a resource or call, as findings name it.
    pub(super) fn address(&self, instance: InstanceId, declared: &Declared, label: &str) -> String {
        self.address_of(instance, &format!("{}.{}{label}", declared.kind, declared.name))
    }

    pub(super) fn address_of(&self, instance: InstanceId, name: &str) -> String {
        let Some(instance) = self.instances.get(instance) else { return name.to_owned() };
        let prefix = self.roots.get(instance.root).map_or("", |root| &root.prefix);
        let dot = if instance.address.is_empty() { "" } else { "." };
        format!("{prefix}{}{dot}{name}", instance.address)
    }

    /// The module that a call makes.
    pub(super) fn child(&mut self, instance: InstanceId, at: usize, member: usize) -> Child {
        let known = self.instances.get(instance).and_then(|i| i.children.get(&(at, member)));
        if let Some(known) = known {
            return known.clone();
        }
        let child = self.make_child(instance, at, member);
        if let Some(instance) = self.instances.get_mut(instance) {
            instance.children.insert((at, member), child.clone());
        }
        child
    }

    fn make_child(&mut self, instance: InstanceId, at: usize, member: usize) -> Child {
        let module = self.module(instance);
        let members = self.members(instance, at);
        let (Some(declared), Some(caller), Some(which)) =
            (module.declared.get(at), self.instances.get(instance), members.all.get(member))
        else {
            return Child::NotHere(broken("a call"));
        };
        let name = &declared.name;
        let span = declared.block.span;
        let (root, depth) = (caller.root, caller.depth + 1);
        let call_path = match caller.call_path.as_str() {
            "" => name.to_string(),
            path => format!("{path}.{name}"),
        };
        let address = match caller.address.as_str() {
            "" => format!("module.{name}{}", which.label),
            address => format!("{address}.module.{name}{}", which.label),
        };
        let source = declared.source();
        let target = source.and_then(|source| {
            let local = matches!(source, "." | "..")
                || source.starts_with("./")
                || source.starts_with("../");
            if local {
                return join(&module.dir, source);
            }
            self.roots.get(root)?.installed.get(&call_path).cloned()
        });
        let found = target.as_deref().and_then(|dir| self.modules.get(dir)).cloned();
        let Some(found) = found else {
            let shown = source.unwrap_or("a source that is no plain text");
            let what = format!("module `{name}` from `{shown}` is not here: not analysed");
            self.problem(span, what);
            return Child::NotHere(Arc::new(Cause::Missing(format!("module.{name}"))));
        };
        let mut above = Some(instance);
        while let Some(id) = above {
            let Some(one) = self.instances.get(id) else { break };
            if Arc::ptr_eq(&one.module, &found) {
                self.problem(span, format!("module `{name}` calls itself: not analysed"));
                return Child::NotHere(Arc::new(Cause::Cycle(format!("module.{name}"))));
            }
            above = one.caller.map(|(id, ..)| id);
        }
        if depth > self.bounds.modules_deep || self.instances.len() >= self.bounds.modules {
            let what = format!("module `{name}` is beyond the limits of this scan: not analysed");
            self.problem(span, what);
            return Child::NotHere(Self::limit(&format!("module.{name}")));
        }
        let caller = Some((instance, at, member));
        let id = self.add_instance(found, root, caller, address, call_path, depth);
        Child::Here(id)
    }

    pub(super) fn add_instance(
        &mut self,
        module: Arc<Module>,
        root: usize,
        caller: Option<(InstanceId, usize, usize)>,
        address: String,
        call_path: String,
        depth: u32,
    ) -> InstanceId {
        self.instances.push(Instance {
            module,
            root,
            caller,
            address,
            call_path,
            depth,
            variables: HashMap::new(),
            locals: HashMap::new(),
            outputs: HashMap::new(),
            cells: HashMap::new(),
            members: HashMap::new(),
            children: HashMap::new(),
        });
        self.instances.len() - 1
    }
}

fn counted(node: &Node, most: usize) -> Result<Vec<Member>, Fault> {
    let count = match &node.value {
        Value::Unknown(cause) => return Err(cause.clone()),
        _ => number::as_number(node).ok_or_else(|| broken("a count that is no number"))?,
    };
    let Value::Int(count) = count else { return Err(broken("a count that is not whole")) };
    let count = usize::try_from(count).map_err(|_| broken("a count below zero"))?;
    if count > most {
        return Err(Arc::new(Cause::Limit("count".to_owned())));
    }
    let name: Arc<str> = "count".into();
    Ok((0..count)
        .map(|at| {
            let index = Entry::new("index", None, Node::new(Value::Int(at as i64), None));
            let scope = Some((name.clone(), Node::map(vec![index], None)));
            Member { label: format!("[{at}]"), key: None, scope }
        })
        .collect())
}

fn keyed(node: &Node, most: usize) -> Result<Vec<Member>, Fault> {
    let pairs: Vec<(Arc<str>, Node, Node)> = match &node.value {
        Value::Unknown(cause) => return Err(cause.clone()),
        Value::Map(map) => sorted(map)
            .into_iter()
            .map(|e| (e.key.clone(), Node::text(e.key.clone(), e.key_span), e.node.clone()))
            .collect(),
        Value::List(items) => {
            let mut pairs = Vec::with_capacity(items.len());
            for item in items.iter() {
                if let Some(cause) = provenance::unknown_inside(item) {
                    return Err(cause);
                }
                let key = number::as_text(item).ok_or_else(|| broken("a for_each of no texts"))?;
                pairs.push((key, item.clone(), item.clone()));
            }
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            pairs.dedup_by(|a, b| a.0 == b.0);
            pairs
        }
        _ => return Err(broken("a for_each of no collection")),
    };
    if pairs.len() > most {
        return Err(Arc::new(Cause::Limit("for_each".to_owned())));
    }
    let name: Arc<str> = "each".into();
    let (key_name, value_name): (Arc<str>, Arc<str>) = ("key".into(), "value".into());
    let member = |(key, key_node, value): (Arc<str>, Node, Node)| {
        let entries = vec![
            Entry::new(key_name.clone(), None, key_node),
            Entry::new(value_name.clone(), None, value),
        ];
        Member {
            label: quoted(&key),
            key: Some(key),
            scope: Some((name.clone(), Node::map(entries, None))),
        }
    };
    Ok(pairs.into_iter().map(member).collect())
}

/// `["key"]`
pub(super) fn quoted(key: &str) -> String {
    format!("[\"{}\"]", key.replace('\\', "\\\\").replace('"', "\\\""))
}

fn unknown_members(repeated: Repeated, cause: Fault) -> MemberList {
    let cause = Cause::bare(cause);
    let unknown = || Node::new(Value::Unknown(cause.clone()), None);
    let scope = if repeated == Repeated::Count {
        ("count".into(), Node::map(vec![Entry::new("index", None, unknown())], None))
    } else {
        let entries =
            vec![Entry::new("key", None, unknown()), Entry::new("value", None, unknown())];
        ("each".into(), Node::map(entries, None))
    };
    let member = Member { label: "[*]".to_owned(), key: None, scope: Some(scope) };
    MemberList { repeated, all: vec![member], unknown: Some(cause) }
}
