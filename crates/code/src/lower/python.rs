//! Python, 2 as far as the grammar knows it.

use panoply_grammars::tree_sitter::Node as Syntax;

use super::{Lowering, field, fields, has_token, named};
use crate::kind::Kind;
use crate::tree::Node;

pub(super) fn file(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let statements = statements(l, syntax);
    l.node(Kind::File, syntax, &statements)
}

fn statements(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Vec<Node> {
    named(syntax).into_iter().map(|statement| l.below(statement, self::statement)).collect()
}

fn block(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let statements = statements(l, syntax);
    l.node(Kind::Block, syntax, &statements)
}

/// The block in a field; none where there is none.
fn body(l: &mut Lowering<'_>, syntax: Syntax<'_>, name: &str) -> Node {
    match field(syntax, name) {
        Some(body) => l.below(body, block),
        None => l.none(syntax),
    }
}

/// The expression in a field; none where there is none.
fn part(l: &mut Lowering<'_>, syntax: Syntax<'_>, name: &str) -> Node {
    match field(syntax, name) {
        Some(part) => expression(l, part),
        None => l.none(syntax),
    }
}

fn statement(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    match syntax.kind() {
        "expression_statement" => match named(syntax).as_slice() {
            [one] => {
                let value = expression(l, *one);
                l.node(Kind::Expression, syntax, &[value])
            }
            several => {
                let items: Vec<Node> = several.iter().map(|item| expression(l, *item)).collect();
                let value = l.node(Kind::Tuple, syntax, &items);
                l.node(Kind::Expression, syntax, &[value])
            }
        },
        "import_statement" => import(l, syntax),
        "import_from_statement" | "future_import_statement" => import_from(l, syntax),
        "assert_statement" => {
            let parts: Vec<Node> = named(syntax).into_iter().map(|n| expression(l, n)).collect();
            l.node(Kind::Assert, syntax, &parts)
        }
        "return_statement" => one_or_none(l, Kind::Return, syntax),
        "raise_statement" => one_or_none(l, Kind::Throw, syntax),
        "delete_statement" => {
            let parts: Vec<Node> = named(syntax).into_iter().map(|n| expression(l, n)).collect();
            l.node(Kind::Delete, syntax, &parts)
        }
        "pass_statement" => l.node(Kind::Block, syntax, &[]),
        "break_statement" => l.node(Kind::Break, syntax, &[]),
        "continue_statement" => l.node(Kind::Continue, syntax, &[]),
        "global_statement" => outer(l, syntax, "global"),
        "nonlocal_statement" => outer(l, syntax, "nonlocal"),
        "if_statement" => conditions(l, syntax),
        "while_statement" => {
            let condition = part(l, syntax, "condition");
            let inner = body(l, syntax, "body");
            let otherwise = alternative(l, syntax);
            l.node(Kind::While, syntax, &[condition, inner, otherwise])
        }
        "for_statement" => {
            let pattern = part(l, syntax, "left");
            let values = part(l, syntax, "right");
            let inner = body(l, syntax, "body");
            let otherwise = alternative(l, syntax);
            l.node(Kind::ForEach, syntax, &[pattern, values, inner, otherwise])
        }
        "try_statement" => attempt(l, syntax),
        "with_statement" => with(l, syntax),
        "match_statement" => choice(l, syntax),
        "function_definition" => {
            let modifiers = modifiers(l, syntax, &[]);
            function(l, syntax, modifiers)
        }
        "class_definition" => {
            let modifiers = modifiers(l, syntax, &[]);
            class(l, syntax, modifiers)
        }
        "decorated_definition" => decorated(l, syntax),
        "print_statement" | "exec_statement" => {
            let word = syntax.kind().split('_').next().unwrap_or_default();
            let callee = l.named(Kind::Name, syntax, word, &[]);
            let values: Vec<Node> = named(syntax).into_iter().map(|n| expression(l, n)).collect();
            let arguments = l.node(Kind::Args, syntax, &values);
            let call = l.node(Kind::Call, syntax, &[callee, arguments]);
            l.node(Kind::Expression, syntax, &[call])
        }
        "type_alias_statement" => l.node(Kind::Block, syntax, &[]),
        "block" => block(l, syntax),
        "ERROR" => l.error(syntax, "no Python"),
        _ => {
            let value = expression(l, syntax);
            l.node(Kind::Expression, syntax, &[value])
        }
    }
}

fn one_or_none(l: &mut Lowering<'_>, kind: Kind, syntax: Syntax<'_>) -> Node {
    let value = match named(syntax).first() {
        Some(value) => expression(l, *value),
        None => l.none(syntax),
    };
    l.node(kind, syntax, &[value])
}

fn outer(l: &mut Lowering<'_>, syntax: Syntax<'_>, word: &str) -> Node {
    let names: Vec<Node> = named(syntax).into_iter().map(|n| l.leaf(Kind::Name, n)).collect();
    l.named(Kind::Outer, syntax, word, &names)
}

/// `import a.b, c as d`: one node each, in a block if there are several.
fn import(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let mut imports = Vec::new();
    for name in fields(syntax, "name") {
        let (module, alias) = aliased(l, name);
        imports.push(l.named(Kind::Import, name, &module, &[alias]));
    }
    match imports.as_slice() {
        [one] => *one,
        several => l.node(Kind::Block, syntax, several),
    }
}

fn aliased(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> (String, Node) {
    if syntax.kind() != "aliased_import" {
        return (dotted(l, syntax), l.none(syntax));
    }
    let name = field(syntax, "name").map(|name| dotted(l, name)).unwrap_or_default();
    let alias = match field(syntax, "alias") {
        Some(alias) => l.leaf(Kind::Name, alias),
        None => l.none(syntax),
    };
    (name, alias)
}

/// A name of parts, without blanks between them.
fn dotted(l: &Lowering<'_>, syntax: Syntax<'_>) -> String {
    l.source(syntax).split_whitespace().collect()
}

fn import_from(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let module = field(syntax, "module_name").map(|module| dotted(l, module));
    let module = module.unwrap_or_else(|| "__future__".to_owned());
    let mut children = vec![l.none(syntax)];
    for name in fields(syntax, "name") {
        let (item, alias) = aliased(l, name);
        children.push(l.named(Kind::ImportItem, name, &item, &[alias]));
    }
    if let Some(all) = named(syntax).into_iter().find(|n| n.kind() == "wildcard_import") {
        let alias = l.none(all);
        children.push(l.named(Kind::ImportItem, all, "*", &[alias]));
    }
    l.named(Kind::Import, syntax, &module, &children)
}

/// `if`, `elif` and `else`: each alternative is the `else` of the one before.
fn conditions(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let mut otherwise = l.none(syntax);
    for clause in fields(syntax, "alternative").into_iter().rev() {
        if clause.kind() == "else_clause" {
            otherwise = body(l, clause, "body");
            continue;
        }
        let condition = part(l, clause, "condition");
        let then = body(l, clause, "consequence");
        let span = clause.start_byte()..syntax.end_byte();
        otherwise = l.over(Kind::If, span, &[condition, then, otherwise]);
    }
    let condition = part(l, syntax, "condition");
    let then = body(l, syntax, "consequence");
    l.node(Kind::If, syntax, &[condition, then, otherwise])
}

/// The `else` of a loop or of `try`.
fn alternative(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let clause = named(syntax).into_iter().find(|n| n.kind() == "else_clause");
    match clause {
        Some(clause) => body(l, clause, "body"),
        None => l.none(syntax),
    }
}

fn attempt(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let inner = body(l, syntax, "body");
    let mut catches = Vec::new();
    let mut last = l.none(syntax);
    for clause in named(syntax) {
        match clause.kind() {
            "except_clause" | "except_group_clause" => catches.push(except(l, clause)),
            "finally_clause" => {
                if let Some(block) = named(clause).into_iter().find(|n| n.kind() == "block") {
                    last = l.below(block, self::block);
                }
            }
            _ => {}
        }
    }
    let catches = l.node(Kind::Block, syntax, &catches);
    let otherwise = alternative(l, syntax);
    l.node(Kind::Try, syntax, &[inner, catches, otherwise, last])
}

/// `except (A, B) as e:`; in Python 2, `except A, e:`.
fn except(l: &mut Lowering<'_>, clause: Syntax<'_>) -> Node {
    let (mut types, mut name) = (Vec::new(), "");
    let mut inner = l.none(clause);
    let mut take = |l: &mut Lowering<'_>, value: Syntax<'_>| match value.kind() {
        "tuple" | "parenthesized_expression" => {
            types.extend(named(value).into_iter().map(|one| self::type_name(l, one)));
        }
        _ => types.push(self::type_name(l, value)),
    };
    for child in named(clause) {
        match child.kind() {
            "block" => inner = l.below(child, block),
            "as_pattern" => {
                if let Some(value) = named(child).first() {
                    take(l, *value);
                }
                name = field(child, "alias").map_or("", |alias| l.source(alias));
            }
            _ => take(l, child),
        }
    }
    if let Some(alias) = field(clause, "alias") {
        name = l.source(alias);
    }
    let types = l.node(Kind::Tuple, clause, &types);
    l.named(Kind::Catch, clause, name, &[types, inner])
}

fn type_name(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let name = dotted(l, syntax);
    l.named(Kind::Type, syntax, &name, &[])
}

fn with(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let mut resources = Vec::new();
    let clauses = named(syntax).into_iter().filter(|n| n.kind() == "with_clause");
    for item in clauses.flat_map(named) {
        let Some(value) = field(item, "value") else { continue };
        if value.kind() != "as_pattern" {
            resources.push(expression(l, value));
            continue;
        }
        let parts = named(value);
        let (Some(what), Some(target)) = (parts.first(), field(value, "alias")) else { continue };
        let what = expression(l, *what);
        let target = named(target).first().copied().unwrap_or(target);
        let target = expression(l, target);
        let none = l.none(item);
        let modifiers = l.node(Kind::Modifiers, item, &[]);
        resources.push(l.node(Kind::Variable, item, &[modifiers, target, none, what]));
    }
    let resources = l.node(Kind::Block, syntax, &resources);
    let inner = body(l, syntax, "body");
    l.node(Kind::With, syntax, &[resources, inner])
}

fn choice(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let subjects: Vec<Node> =
        fields(syntax, "subject").into_iter().map(|n| expression(l, n)).collect();
    let subject = match subjects.as_slice() {
        [one] => *one,
        several => l.node(Kind::Tuple, syntax, several),
    };
    let mut children = vec![subject];
    let cases = field(syntax, "body").map(named).unwrap_or_default();
    for case in cases.into_iter().filter(|n| n.kind() == "case_clause") {
        let patterns = named(case).into_iter().filter(|n| n.kind() == "case_pattern");
        let labels: Vec<Node> = patterns
            .filter(|pattern| l.source(*pattern) != "_")
            .map(|pattern| named(pattern).first().copied().unwrap_or(pattern))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|pattern| expression(l, pattern))
            .collect();
        let labels = l.node(Kind::Tuple, case, &labels);
        let guard = match field(case, "guard").and_then(|guard| named(guard).first().copied()) {
            Some(guard) => expression(l, guard),
            None => l.none(case),
        };
        let inner = body(l, case, "consequence");
        children.push(l.node(Kind::Case, case, &[labels, guard, inner]));
    }
    l.node(Kind::Switch, syntax, &children)
}

/// Decorators as annotations, and `async` as a modifier.
fn modifiers(l: &mut Lowering<'_>, syntax: Syntax<'_>, decorators: &[Syntax<'_>]) -> Node {
    let mut all = Vec::new();
    for decorator in decorators {
        let Some(value) = named(*decorator).first().copied() else { continue };
        let (name, arguments) = match value.kind() {
            "call" => (field(value, "function"), field(value, "arguments")),
            _ => (Some(value), None),
        };
        let name = name.map(|name| dotted(l, name)).unwrap_or_default();
        let arguments = match arguments {
            Some(list) => arguments_of(l, list),
            None => l.none(value),
        };
        all.push(l.named(Kind::Annotation, *decorator, &name, &[arguments]));
    }
    if has_token(syntax, "async") {
        all.push(l.named(Kind::Modifier, syntax, "async", &[]));
    }
    l.node(Kind::Modifiers, syntax, &all)
}

fn decorated(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let decorators: Vec<Syntax<'_>> =
        named(syntax).into_iter().filter(|n| n.kind() == "decorator").collect();
    let Some(definition) = field(syntax, "definition") else {
        return l.error(syntax, "a decorator of nothing");
    };
    let modifiers = modifiers(l, definition, &decorators);
    match definition.kind() {
        "class_definition" => class(l, definition, modifiers),
        _ => function(l, definition, modifiers),
    }
}

fn function(l: &mut Lowering<'_>, syntax: Syntax<'_>, modifiers: Node) -> Node {
    let name = field(syntax, "name").map_or("", |name| l.source(name));
    let params = parameters(l, field(syntax, "parameters"), syntax);
    let result = annotation(l, syntax, "return_type");
    let inner = body(l, syntax, "body");
    l.named(Kind::Function, syntax, name, &[modifiers, params, result, inner])
}

fn annotation(l: &mut Lowering<'_>, syntax: Syntax<'_>, name: &str) -> Node {
    match field(syntax, name) {
        Some(written) => type_of(l, written),
        None => l.none(syntax),
    }
}

/// `list[str]` is a type with an argument; a type in quotes is that type.
fn type_of(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let inner = match syntax.kind() {
        "type" => named(syntax).first().copied().unwrap_or(syntax),
        _ => syntax,
    };
    match inner.kind() {
        "subscript" | "generic_type" => {
            let mut parts = named(inner).into_iter();
            let name = parts.next().map(|name| dotted(l, name)).unwrap_or_default();
            let arguments: Vec<Syntax<'_>> = parts
                .flat_map(|n| if n.kind() == "type_parameter" { named(n) } else { vec![n] })
                .collect();
            let arguments: Vec<Node> = arguments.into_iter().map(|n| l.below(n, type_of)).collect();
            l.named(Kind::Type, inner, &name, &arguments)
        }
        "string" => {
            let name = l.source(inner).trim_matches(['"', '\'']);
            l.named(Kind::Type, inner, name, &[])
        }
        _ => type_name(l, inner),
    }
}

fn parameters(l: &mut Lowering<'_>, list: Option<Syntax<'_>>, behind: Syntax<'_>) -> Node {
    let Some(list) = list else {
        return l.over(Kind::Params, behind.end_byte()..behind.end_byte(), &[]);
    };
    let written = named(list).into_iter();
    let kept =
        written.filter(|n| !matches!(n.kind(), "keyword_separator" | "positional_separator"));
    let kept: Vec<Syntax<'_>> = kept.collect();
    let params: Vec<Node> = kept.into_iter().map(|param| parameter(l, param)).collect();
    l.node(Kind::Params, list, &params)
}

fn parameter(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let modifiers = l.over(Kind::Modifiers, syntax.start_byte()..syntax.start_byte(), &[]);
    let kind = annotation(l, syntax, "type");
    match syntax.kind() {
        "identifier" => plain(l, syntax, syntax, modifiers, kind),
        "default_parameter" | "typed_default_parameter" => {
            let name = field(syntax, "name").map_or("", |name| l.source(name));
            let value = part(l, syntax, "value");
            let none = l.none(syntax);
            l.named(Kind::Param, syntax, name, &[modifiers, kind, value, none])
        }
        "typed_parameter" => match named(syntax).first() {
            Some(inner) => plain(l, syntax, *inner, modifiers, kind),
            None => l.error(syntax, "a parameter without a name"),
        },
        _ => plain(l, syntax, syntax, modifiers, kind),
    }
}

fn plain(
    l: &mut Lowering<'_>,
    syntax: Syntax<'_>,
    name: Syntax<'_>,
    modifiers: Node,
    kind: Node,
) -> Node {
    let inner = named(name).first().copied().unwrap_or(name);
    match name.kind() {
        "list_splat_pattern" => {
            let text = l.source(inner);
            l.named(Kind::RestParam, syntax, text, &[modifiers, kind])
        }
        "dictionary_splat_pattern" => {
            let text = l.source(inner);
            l.named(Kind::NamedRestParam, syntax, text, &[modifiers, kind])
        }
        "identifier" => {
            let (text, none) = (l.source(name), l.none(syntax));
            l.named(Kind::Param, syntax, text, &[modifiers, kind, none, none])
        }
        _ => {
            let (pattern, none) = (expression(l, name), l.none(syntax));
            l.node(Kind::Param, syntax, &[modifiers, kind, none, pattern])
        }
    }
}

fn class(l: &mut Lowering<'_>, syntax: Syntax<'_>, modifiers: Node) -> Node {
    let name = field(syntax, "name").map_or("", |name| l.source(name));
    let written = field(syntax, "superclasses").map(named).unwrap_or_default();
    let bases: Vec<Node> = written
        .into_iter()
        .map(|base| match base.kind() {
            "identifier" | "attribute" | "subscript" => type_of(l, base),
            _ => argument(l, base),
        })
        .collect();
    let bases = l.node(Kind::Tuple, syntax, &bases);
    let inner = body(l, syntax, "body");
    l.named(Kind::Class, syntax, name, &[modifiers, bases, inner])
}

fn arguments_of(l: &mut Lowering<'_>, list: Syntax<'_>) -> Node {
    if list.kind() == "generator_expression" {
        let one = expression(l, list);
        return l.node(Kind::Args, list, &[one]);
    }
    let arguments: Vec<Node> = named(list).into_iter().map(|n| argument(l, n)).collect();
    l.node(Kind::Args, list, &arguments)
}

fn argument(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    if syntax.kind() != "keyword_argument" {
        return expression(l, syntax);
    }
    let name = field(syntax, "name").map_or("", |name| l.source(name));
    let value = part(l, syntax, "value");
    l.named(Kind::Named, syntax, name, &[value])
}

fn expression(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    l.below(syntax, expression_here)
}

fn items(l: &mut Lowering<'_>, kind: Kind, syntax: Syntax<'_>) -> Node {
    let items: Vec<Node> = named(syntax).into_iter().map(|item| expression(l, item)).collect();
    l.node(kind, syntax, &items)
}

fn expression_here(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    match syntax.kind() {
        "identifier" | "keyword_identifier" => l.leaf(Kind::Name, syntax),
        "string" => text(l, syntax),
        "concatenated_string" => concatenated(l, syntax),
        "integer" => {
            let digits = l.source(syntax).replace('_', "");
            l.named(Kind::Int, syntax, digits.trim_end_matches(['l', 'L', 'j', 'J']), &[])
        }
        "float" => {
            let digits = l.source(syntax).replace('_', "");
            l.named(Kind::Float, syntax, &digits, &[])
        }
        "true" => l.named(Kind::Bool, syntax, "true", &[]),
        "false" => l.named(Kind::Bool, syntax, "false", &[]),
        "none" => l.node(Kind::Null, syntax, &[]),
        "ellipsis" => l.node(Kind::Ellipsis, syntax, &[]),
        "call" => {
            let callee = part(l, syntax, "function");
            let arguments = match field(syntax, "arguments") {
                Some(list) => arguments_of(l, list),
                None => l.node(Kind::Args, syntax, &[]),
            };
            l.node(Kind::Call, syntax, &[callee, arguments])
        }
        "attribute" => {
            let object = part(l, syntax, "object");
            let name = field(syntax, "attribute").map_or("", |name| l.source(name));
            l.named(Kind::Member, syntax, name, &[object])
        }
        "subscript" => {
            let mut children = vec![part(l, syntax, "value")];
            children.extend(fields(syntax, "subscript").into_iter().map(|n| expression(l, n)));
            l.node(Kind::Index, syntax, &children)
        }
        "slice" => slice(l, syntax),
        "tuple" | "expression_list" | "pattern_list" | "tuple_pattern" => {
            items(l, Kind::Tuple, syntax)
        }
        "list" | "list_pattern" => items(l, Kind::List, syntax),
        "set" => items(l, Kind::Set, syntax),
        "dictionary" => items(l, Kind::Map, syntax),
        "pair" => {
            let (key, value) = (part(l, syntax, "key"), part(l, syntax, "value"));
            l.node(Kind::Entry, syntax, &[key, value])
        }
        "list_splat" | "list_splat_pattern" => one(l, Kind::Spread, syntax, "*"),
        "dictionary_splat" | "dictionary_splat_pattern" => one(l, Kind::Spread, syntax, "**"),
        "parenthesized_expression" => match named(syntax).first() {
            Some(inner) => expression(l, *inner),
            None => l.node(Kind::Tuple, syntax, &[]),
        },
        "list_comprehension" => comprehension(l, syntax, "list"),
        "set_comprehension" => comprehension(l, syntax, "set"),
        "dictionary_comprehension" => comprehension(l, syntax, "map"),
        "generator_expression" => comprehension(l, syntax, "generator"),
        "lambda" => {
            let modifiers = l.over(Kind::Modifiers, syntax.start_byte()..syntax.start_byte(), &[]);
            let params = parameters(l, field(syntax, "parameters"), syntax);
            let none = l.none(syntax);
            let inner = part(l, syntax, "body");
            l.node(Kind::Lambda, syntax, &[modifiers, params, none, inner])
        }
        "await" => one(l, Kind::Await, syntax, ""),
        "yield" => {
            let sign = if has_token(syntax, "from") { "yield*" } else { "" };
            let value = match named(syntax).first() {
                Some(value) => expression(l, *value),
                None => l.none(syntax),
            };
            l.named(Kind::Yield, syntax, sign, &[value])
        }
        "conditional_expression" => match named(syntax).as_slice() {
            [then, condition, otherwise] => {
                let (then, condition) = (expression(l, *then), expression(l, *condition));
                let otherwise = expression(l, *otherwise);
                l.node(Kind::Conditional, syntax, &[condition, then, otherwise])
            }
            _ => l.error(syntax, "no Python"),
        },
        "named_expression" => {
            let (target, value) = (part(l, syntax, "name"), part(l, syntax, "value"));
            l.node(Kind::Assign, syntax, &[target, value])
        }
        "assignment" => assignment(l, syntax),
        "augmented_assignment" => {
            let sign = field(syntax, "operator").map_or("", |sign| l.source(sign));
            let sign = sign.trim_end_matches('=');
            let (target, value) = (part(l, syntax, "left"), part(l, syntax, "right"));
            l.named(Kind::Assign, syntax, sign, &[target, value])
        }
        "not_operator" => {
            let value = part(l, syntax, "argument");
            l.named(Kind::Unary, syntax, "not", &[value])
        }
        "unary_operator" => {
            let sign = field(syntax, "operator").map_or("", |sign| l.source(sign));
            let value = part(l, syntax, "argument");
            l.named(Kind::Unary, syntax, sign, &[value])
        }
        "boolean_operator" | "binary_operator" => binary(l, syntax),
        "comparison_operator" => comparison(l, syntax),
        "as_pattern" => match named(syntax).first() {
            Some(value) => expression(l, *value),
            None => l.error(syntax, "no Python"),
        },
        "interpolation" | "type" | "case_pattern" | "dotted_name" => match named(syntax).as_slice()
        {
            [inner] if syntax.kind() != "dotted_name" => expression(l, *inner),
            [first, rest @ ..] if syntax.kind() == "dotted_name" => {
                let mut object = expression(l, *first);
                for part in rest {
                    let (name, span) = (l.source(*part), syntax.start_byte()..part.end_byte());
                    object = l.builder.named(Kind::Member, span, name, &[object]);
                }
                object
            }
            _ => l.leaf(Kind::Name, syntax),
        },
        "ERROR" => l.error(syntax, "no Python"),
        // Whatever else the grammar has is kept, so that what is in it is not lost.
        _ => items(l, Kind::Tuple, syntax),
    }
}

fn one(l: &mut Lowering<'_>, kind: Kind, syntax: Syntax<'_>, atom: &str) -> Node {
    let value = match named(syntax).first() {
        Some(value) => expression(l, *value),
        None => l.none(syntax),
    };
    l.named(kind, syntax, atom, &[value])
}

/// `a = b = c` assigns from the right.
fn assignment(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let target = part(l, syntax, "left");
    let Some(written) = field(syntax, "type") else {
        let value = part(l, syntax, "right");
        return l.node(Kind::Assign, syntax, &[target, value]);
    };
    let kind = type_of(l, written);
    let value = part(l, syntax, "right");
    let modifiers = l.over(Kind::Modifiers, syntax.start_byte()..syntax.start_byte(), &[]);
    l.node(Kind::Variable, syntax, &[modifiers, target, kind, value])
}

/// Long sums lean to the left; they are read without going deeper.
fn binary(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let is_binary = |n: &Syntax<'_>| matches!(n.kind(), "binary_operator" | "boolean_operator");
    let mut open = vec![syntax];
    while let Some(left) = open.last().and_then(|last| field(*last, "left")).filter(is_binary) {
        open.push(left);
    }
    let innermost = open.last().copied().unwrap_or(syntax);
    let mut value = part(l, innermost, "left");
    for sum in open.into_iter().rev() {
        let sign = field(sum, "operator").map_or("", |sign| l.source(sign));
        let right = part(l, sum, "right");
        value = l.named(Kind::Binary, sum, sign, &[value, right]);
    }
    value
}

/// `a < b < c` holds if each does.
fn comparison(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let values: Vec<Node> = named(syntax).into_iter().map(|n| expression(l, n)).collect();
    let signs: Vec<String> = fields(syntax, "operators")
        .into_iter()
        .map(|sign| l.source(sign).split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let mut joined: Option<Node> = None;
    for (pair, sign) in values.windows(2).zip(&signs) {
        let next = l.named(Kind::Binary, syntax, sign, pair);
        joined = Some(match joined {
            Some(before) => l.named(Kind::Binary, syntax, "and", &[before, next]),
            None => next,
        });
    }
    joined.or_else(|| values.first().copied()).unwrap_or_else(|| l.error(syntax, "no Python"))
}

fn slice(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let mut parts = [l.none(syntax); 3];
    let mut place = 0;
    for child in (0..syntax.child_count()).filter_map(|n| syntax.child(n)) {
        if child.kind() == ":" {
            place += 1;
        } else if child.is_named()
            && let Some(part) = parts.get_mut(place)
        {
            *part = l.below(child, expression_here);
        }
    }
    l.node(Kind::Slice, syntax, &parts)
}

fn comprehension(l: &mut Lowering<'_>, syntax: Syntax<'_>, word: &str) -> Node {
    let mut children = vec![part(l, syntax, "body")];
    for clause in named(syntax) {
        match clause.kind() {
            "for_in_clause" => {
                let (pattern, values) = (part(l, clause, "left"), part(l, clause, "right"));
                let none = l.none(clause);
                children.push(l.node(Kind::ForEach, clause, &[pattern, values, none, none]));
            }
            "if_clause" => children.extend(named(clause).first().map(|n| expression(l, *n))),
            _ => {}
        }
    }
    l.named(Kind::Comprehension, syntax, word, &children)
}

/// A text, or one with values in it.
fn text(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let parts = parts(l, syntax);
    whole(l, syntax, &parts)
}

/// What pieces of text make together.
fn whole(l: &mut Lowering<'_>, syntax: Syntax<'_>, parts: &[Part]) -> Node {
    let is_plain = |part: &Part| matches!(part, Part::Text(..));
    if parts.iter().all(is_plain) {
        let text: String =
            parts.iter().map(|p| if let Part::Text(t, _) = p { t } else { "" }).collect();
        return l.named(Kind::Str, syntax, &text, &[]);
    }
    let mut children = Vec::new();
    for part in parts {
        children.push(match part {
            Part::Text(text, span) => l.builder.named(Kind::Str, span.clone(), text, &[]),
            Part::Value(node) => *node,
        });
    }
    l.node(Kind::Template, syntax, &children)
}

enum Part {
    Text(String, std::ops::Range<usize>),
    Value(Node),
}

fn parts(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Vec<Part> {
    let start = named(syntax).into_iter().find(|n| n.kind() == "string_start");
    let prefix = start.map_or("", |start| l.source(start)).to_ascii_lowercase();
    let raw = prefix.contains('r');
    let mut parts = Vec::new();
    for child in named(syntax) {
        match child.kind() {
            "string_content" if raw => {
                parts.push(Part::Text(l.source(child).to_owned(), child.byte_range()));
            }
            "string_content" => {
                parts.push(Part::Text(unescaped(l.source(child)), child.byte_range()));
            }
            "interpolation" => {
                if let Some(value) =
                    field(child, "expression").or_else(|| named(child).first().copied())
                {
                    parts.push(Part::Value(expression(l, value)));
                }
            }
            _ => {}
        }
    }
    parts
}

fn concatenated(l: &mut Lowering<'_>, syntax: Syntax<'_>) -> Node {
    let mut all = Vec::new();
    for text in named(syntax) {
        all.extend(parts(l, text));
    }
    whole(l, syntax, &all)
}

/// Escapes as "String and Bytes literals" of the language's reference lists them.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(rest.get(..at).unwrap_or_default());
        let behind = rest.get(at + 1..).unwrap_or_default();
        let Some(letter) = behind.chars().next() else {
            out.push('\\');
            return out;
        };
        let after = behind.get(letter.len_utf8()..).unwrap_or_default();
        let hex = |digits: usize| {
            let number = u32::from_str_radix(after.get(..digits)?, 16).ok()?;
            Some((char::from_u32(number)?, after.get(digits..)?))
        };
        let (read, next) = match letter {
            '\n' => (None, after),
            'n' => (Some('\n'), after),
            't' => (Some('\t'), after),
            'r' => (Some('\r'), after),
            '\\' | '\'' | '"' => (Some(letter), after),
            'x' | 'u' | 'U' => {
                let digits = match letter {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                hex(digits).map_or((Some('\\'), behind), |(read, next)| (Some(read), next))
            }
            '0'..='7' => {
                let count =
                    behind.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
                let digits = behind.get(..count).unwrap_or_default();
                let number = u32::from_str_radix(digits, 8).unwrap_or_default();
                (char::from_u32(number), behind.get(count..).unwrap_or_default())
            }
            _ => (Some('\\'), behind),
        };
        out.extend(read);
        rest = next;
    }
    out.push_str(rest);
    out
}
