//! Who needs whom in a lock file, and what follows from it for each package.

use std::collections::{BTreeSet, VecDeque};

use panoply_model::{Package, Relation, Scope};

/// The packages of one lock file with the edges between them.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    /// Asked for by name, with the scope they were asked for in.
    roots: Vec<(usize, Scope)>,
    knows_roots: bool,
}

#[derive(Debug)]
struct Node {
    package: Package,
    needs: BTreeSet<usize>,
}

impl Graph {
    pub(crate) fn add(&mut self, package: Package) -> usize {
        self.nodes.push(Node { package, needs: BTreeSet::new() });
        self.nodes.len() - 1
    }

    pub(crate) fn need(&mut self, from: usize, to: usize) {
        if let Some(node) = self.nodes.get_mut(from)
            && from != to
        {
            node.needs.insert(to);
        }
    }

    /// Says that the file, or a manifest beside it, names what was asked for, even if it is nothing.
    pub(crate) fn knows_roots(&mut self) {
        self.knows_roots = true;
    }

    /// A package that was asked for by name.
    pub(crate) fn root(&mut self, index: usize, scope: Scope) {
        self.roots.push((index, scope));
    }

    /// Settles relation, scope and needs. A scope that the file stated itself is not overruled.
    pub(crate) fn finish(mut self) -> Vec<Package> {
        let production = self.reach(Scope::Production);
        let development = self.reach(Scope::Development);
        let direct: BTreeSet<usize> = self.roots.iter().map(|(index, _)| *index).collect();
        let purls: Vec<String> =
            self.nodes.iter().map(|node| node.package.purl.to_string()).collect();
        for (index, node) in self.nodes.iter_mut().enumerate() {
            let package = &mut node.package;
            if direct.contains(&index) {
                package.relation = Relation::Direct;
            } else if self.knows_roots && package.relation == Relation::Unknown {
                package.relation = Relation::Transitive;
            }
            if package.scope == Scope::Unknown {
                package.scope = if production.get(index) == Some(&true) {
                    Scope::Production
                } else if development.get(index) == Some(&true) {
                    Scope::Development
                } else {
                    Scope::Unknown
                };
            }
            package.depends_on.extend(node.needs.iter().filter_map(|to| purls.get(*to).cloned()));
            package.depends_on.sort();
            package.depends_on.dedup();
        }
        self.nodes.into_iter().map(|node| node.package).collect()
    }

    /// Which packages are reached from the roots of a scope.
    fn reach(&self, scope: Scope) -> Vec<bool> {
        let mut reached = vec![false; self.nodes.len()];
        let roots = self.roots.iter().filter(|(_, of)| *of == scope);
        let mut queue: VecDeque<usize> = roots.map(|(index, _)| *index).collect();
        while let Some(index) = queue.pop_front() {
            if let (Some(seen), Some(node)) = (reached.get_mut(index), self.nodes.get(index))
                && !*seen
            {
                *seen = true;
                queue.extend(&node.needs);
            }
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use panoply_model::Location;

    use super::*;

    #[test]
    fn scope_and_relation_follow_the_edges() {
        let mut graph = Graph::default();
        let mut add = |name: &str| {
            let purl = format!("pkg:npm/{name}@1").parse().unwrap();
            graph.add(Package::new(purl, Location::path("lock"), "test"))
        };
        let (app, tool, shared, _lonely) = (add("app"), add("tool"), add("shared"), add("lonely"));
        graph.knows_roots();
        graph.root(app, Scope::Production);
        graph.root(tool, Scope::Development);
        graph.need(app, shared);
        graph.need(tool, shared);
        graph.need(shared, app);
        let facts: Vec<_> = graph
            .finish()
            .iter()
            .map(|p| (p.relation.name(), p.scope.name(), p.depends_on.join(" ")))
            .collect();
        let fact = |relation, scope, needs: &str| (relation, scope, needs.to_owned());
        assert_eq!(
            facts,
            [
                fact("direct", "production", "pkg:npm/shared@1"),
                fact("direct", "development", "pkg:npm/shared@1"),
                fact("transitive", "production", "pkg:npm/app@1"),
                fact("transitive", "unknown", ""),
            ]
        );
    }
}
