//! From the syntax tree of a grammar to the tree of the house.
//!
//! Each language has a file of its own that says what becomes of each of its nodes. Text that does
//! not parse becomes [`Kind::Error`] and costs its statement, not the file.

mod python;

use std::ops::Range;
use std::sync::Arc;

use panoply_base::{Limits, Parsed, Problem};
use panoply_grammars::tree_sitter::{Node as Syntax, ParseOptions, Parser, TreeCursor};

use crate::kind::Kind;
use crate::language::Language;
use crate::tree::{Builder, Node, Tree};

/// Levels of nesting that are read. Each costs stack, and people stop long before.
const DEPTH: usize = 300;

/// Problems of one file that are told one by one.
const PROBLEMS: usize = 20;

/// Reads one file. What cannot be read is a problem with its line.
pub fn parse(language: Language, path: &str, text: &str, limits: &Limits) -> Parsed<Option<Tree>> {
    if text.len() as u64 > limits.file_bytes.min(u64::from(u32::MAX)) {
        return Parsed::failed(Problem::whole("too large to be read as code"));
    }
    let mut parser = Parser::new();
    if let Err(error) = parser.set_language(&language.grammar(path).language()) {
        return Parsed::failed(Problem::whole(format!("no grammar: {error}")));
    }
    let Some(syntax) = parser.parse_with_options(
        &mut |at, _| text.as_bytes().get(at..).unwrap_or_default(),
        None,
        Some(ParseOptions::new()),
    ) else {
        return Parsed::failed(Problem::whole("the parser gave up"));
    };
    let mut lowering = Lowering {
        text,
        language,
        builder: Builder::new(text.len()),
        depth: 0,
        problems: Vec::new(),
        unread: 0,
    };
    let root = match language {
        Language::Python => python::file(&mut lowering, syntax.root_node()),
        _ => return Parsed::failed(Problem::whole("a language that is not read yet")),
    };
    lowering.finish(root)
}

/// One file on its way.
struct Lowering<'t> {
    text: &'t str,
    language: Language,
    builder: Builder,
    depth: usize,
    problems: Vec<Problem>,
    /// Places that could not be read beyond those that are told.
    unread: usize,
}

impl<'t> Lowering<'t> {
    fn finish(self, root: Node) -> Parsed<Option<Tree>> {
        let mut problems = self.problems;
        if self.unread > 0 {
            problems.push(Problem::whole(format!("{} more places cannot be read", self.unread)));
        }
        let tree = self.builder.finish(self.language, Arc::from(self.text), root);
        Parsed { value: Some(tree), problems }
    }

    fn source(&self, syntax: Syntax<'_>) -> &'t str {
        self.text.get(syntax.byte_range()).unwrap_or_default()
    }

    /// Lowers a node with `lower`, unless it lies too deep.
    fn below<'s>(
        &mut self,
        syntax: Syntax<'s>,
        lower: impl FnOnce(&mut Self, Syntax<'s>) -> Node,
    ) -> Node {
        if self.depth >= DEPTH {
            return self.error(syntax, "nested too deep");
        }
        self.depth += 1;
        let node = lower(self, syntax);
        self.depth -= 1;
        node
    }

    fn error(&mut self, syntax: Syntax<'_>, what: &str) -> Node {
        let line = syntax.start_position().row as u32 + 1;
        if self.problems.len() < PROBLEMS {
            self.problems.push(Problem::line(line, what));
        } else {
            self.unread += 1;
        }
        self.builder.node(Kind::Error, syntax.byte_range(), &[])
    }

    fn node(&mut self, kind: Kind, syntax: Syntax<'_>, children: &[Node]) -> Node {
        self.builder.node(kind, syntax.byte_range(), children)
    }

    fn named(&mut self, kind: Kind, syntax: Syntax<'_>, atom: &str, children: &[Node]) -> Node {
        self.builder.named(kind, syntax.byte_range(), atom, children)
    }

    /// A node of the same name as its text.
    fn leaf(&mut self, kind: Kind, syntax: Syntax<'_>) -> Node {
        let atom = self.source(syntax);
        self.named(kind, syntax, atom, &[])
    }

    fn none(&mut self, behind: Syntax<'_>) -> Node {
        self.builder.none(behind.end_byte())
    }

    /// A node over a stretch of text.
    fn over(&mut self, kind: Kind, span: Range<usize>, children: &[Node]) -> Node {
        self.builder.node(kind, span, children)
    }
}

/// Comments are no code; what does not parse should be.
fn is_code(syntax: &Syntax<'_>) -> bool {
    !syntax.is_extra() || syntax.is_error()
}

/// The named children of a node, without comments.
fn named<'s>(syntax: Syntax<'s>) -> Vec<Syntax<'s>> {
    let mut cursor: TreeCursor<'s> = syntax.walk();
    syntax.named_children(&mut cursor).filter(is_code).collect()
}

fn field<'s>(syntax: Syntax<'s>, name: &str) -> Option<Syntax<'s>> {
    syntax.child_by_field_name(name)
}

/// All children in a field.
fn fields<'s>(syntax: Syntax<'s>, name: &str) -> Vec<Syntax<'s>> {
    let mut cursor: TreeCursor<'s> = syntax.walk();
    syntax.children_by_field_name(name, &mut cursor).filter(is_code).collect()
}

/// Whether a child without a name of its own is there: `async`, `*`.
fn has_token(syntax: Syntax<'_>, token: &str) -> bool {
    (0..syntax.child_count()).filter_map(|n| syntax.child(n)).any(|c| c.kind() == token)
}
