//! What a node of a tree is: the words that all languages have in common.
//!
//! Children stand at fixed places, listed here as `[a, b?, c*]`: `b` may be [`Kind::None`], of `c`
//! there may be any number. The atom of a node, where it has one, stands in front of the brackets.

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Nobody wrote anything here.
    None,
    /// Text that could not be read as code.
    Error,
    /// `[statement*]`.
    File,

    // Values.
    /// The name of a variable, function or type where no more is known.
    Name,
    This,
    Super,
    /// The text as the program sees it, escapes resolved.
    Str,
    /// Without separators: `1000000`, `0xff`.
    Int,
    Float,
    Char,
    /// `true` or `false`.
    Bool,
    Null,
    /// The expression between the slashes.
    Regex,
    /// Text with values in it: `[part*]`, each a [`Kind::Str`] or an expression.
    Template,
    /// `[item*]`.
    Tuple,
    /// `[item*]`.
    List,
    /// `[item*]`.
    Set,
    /// `[entry*]`: each a [`Kind::Entry`] or a [`Kind::Spread`].
    Map,
    /// `[key, value]`.
    Entry,

    // Expressions.
    /// `[callee, Args]`.
    Call,
    /// `[type, Args, body?]`; the body is that of an anonymous class.
    New,
    /// `[argument*]`: expressions, [`Kind::Named`], [`Kind::Spread`].
    Args,
    /// An argument with its name: name `[value]`.
    Named,
    /// `*a`, `...a`, `**a`: the sign `[value]`.
    Spread,
    /// `a.b`: `b` `[a]`.
    Member,
    /// `[object, index*]`.
    Index,
    /// `[low?, high?, step?]`.
    Slice,
    /// Sign `[operand]`.
    Unary,
    /// Sign `[left, right]`. Words are written small: `and`, `or`, `not in`.
    Binary,
    /// `a = b`, and `a += b` with `+` as its atom: sign or nothing `[target, value]`.
    Assign,
    /// `++a` and `a--`: `++`, `--`, and with a dot in front where the old value counts `[operand]`.
    Step,
    /// `[condition, then, else]`.
    Conditional,
    /// `[Modifiers, Params, result?, body]`; the body is an expression or a [`Kind::Block`].
    Lambda,
    /// `[value]`.
    Await,
    /// `yield`, or `yield*` as its atom: sign `[value?]`.
    Yield,
    /// `[type, value]`.
    Cast,
    /// `[value, type or pattern]`.
    IsInstance,
    /// A type as it is written, without its arguments: name `[argument*]`.
    Type,
    /// `list`, `set`, `map` or `generator` `[element, clause*]`: [`Kind::ForEach`] without a body, or
    /// conditions.
    Comprehension,
    /// `&a`, `&mut a`: sign `[operand]`.
    Reference,
    /// `*a`: `[operand]`.
    Dereference,

    // Statements.
    /// `[statement*]`.
    Block,
    /// An expression as a statement: `[expression]`.
    Expression,
    /// `let`, `val`, `final int`…: the word, if there is one `[Modifiers, pattern, type?, value?]`.
    Variable,
    /// `[condition, then, else?]`.
    If,
    /// `[condition, body, else?]`.
    While,
    /// `[body, condition]`.
    DoWhile,
    /// `[start?, condition?, step?, body]`.
    For,
    /// `[pattern, values, body?, else?]`.
    ForEach,
    /// `[value?, case*]`.
    Switch,
    /// `fall` where the next case goes on without a break `[labels, condition?, body]`; labels are a
    /// [`Kind::Tuple`], an empty one for the default.
    Case,
    /// Label or nothing.
    Break,
    /// Label or nothing.
    Continue,
    /// `[value?]`.
    Return,
    /// `[value?]`.
    Throw,
    /// `[body, catches, else?, finally?]`; catches are a [`Kind::Block`].
    Try,
    /// Name of the exception or nothing `[types, body]`; types are a [`Kind::Tuple`].
    Catch,
    /// `with`, `using`, `try (…)`: `[resources, body]`; resources are a [`Kind::Block`] of
    /// [`Kind::Variable`] and expressions.
    With,
    /// Runs when the function ends: `[call]`.
    Defer,
    /// Runs beside the function: `[call]`.
    Spawn,
    /// The module as it is written `[alias?, item*]`. With items, these are what is taken from it.
    Import,
    /// What is taken from a module, `*` for everything: name `[alias?]`.
    ImportItem,
    /// Name `[Modifiers, Params, result?, body?]`.
    Function,
    /// `[parameter*]`.
    Params,
    /// Name or nothing `[Modifiers, type?, default?, pattern?]`.
    Param,
    /// `*args`, `...rest`: name `[Modifiers, type?]`.
    RestParam,
    /// `**kwargs`: name `[Modifiers, type?]`.
    NamedRestParam,
    /// Name `[Modifiers, bases, body]`: classes, interfaces, records, enumerations, traits. Bases are
    /// a [`Kind::Tuple`].
    Class,
    /// `[modifier*]`: [`Kind::Modifier`] and [`Kind::Annotation`].
    Modifiers,
    /// `public`, `static`, `async`.
    Modifier,
    /// Name `[Args?]`: annotations, decorators, attributes.
    Annotation,
    /// `package`, `namespace`, `mod`: name `[body?]`.
    Namespace,
    /// `[value*]`.
    Delete,
    /// `[condition, message?]`.
    Assert,
    /// `global`, `nonlocal` `[name*]`.
    Outer,
    /// Name `[statement]`.
    Label,
    /// Name.
    Goto,

    // What only patterns hold.
    /// `$X`.
    Metavariable,
    /// `$...X`, and `...` without a name.
    Ellipsis,
    /// `<... a ...>`: `[a]`.
    Deep,
    /// `(X $X)`, `$X: X`: `[metavariable, type]`.
    Typed,
}
