//! Statements of Bicep.

mod expression;

use std::rc::Rc;

use panoply_base::{Limits, Parsed, Problem};

use super::lex::{Piece, Token, Word, tokens};
use super::{Declaration, Module, Parameter};
use crate::arm::expression::{DEPTH, Expression, Kind, Loop};
use crate::arm::scope::{Output, Source};
use crate::sources::{FileId, Span};

/// Words of one file.
const WORDS: u64 = 2_000_000;
/// Where a statement begins; a broken one ends before the next.
const STATEMENTS: [&str; 16] = [
    "param",
    "var",
    "resource",
    "module",
    "output",
    "targetScope",
    "type",
    "func",
    "metadata",
    "import",
    "using",
    "assert",
    "extension",
    "provider",
    "test",
    "extends",
];

pub(super) fn module(text: &str, file: FileId, limits: &Limits) -> Parsed<Module> {
    let (words, broken) = tokens(text, limits.entries.min(WORDS));
    let mut parsed = Parsed::whole(Module::default());
    for (at, what) in broken {
        parsed.problems.push(Problem::byte(at as u64, what));
    }
    let mut parser = Parser { words: &words, at: 0, file, nested: 0 };
    while parser.at < words.len() {
        let start = parser.at;
        if let Err(what) = parser.statement(&mut parsed.value) {
            if parsed.problems.len() < limits.problems {
                let at = parser.words.get(parser.at).or(words.last()).map_or(0, |word| word.start);
                parsed.problems.push(Problem::byte(at as u64, what));
            }
            parser.nested = 0;
            parser.recover(start);
        }
    }
    parsed
}

struct Parser<'t> {
    words: &'t [Token],
    at: usize,
    file: FileId,
    nested: u32,
}

type Read<T> = Result<T, String>;

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.words.get(self.at)
    }

    fn is(&self, sign: &str) -> bool {
        self.peek().is_some_and(|token| matches!(&token.word, Word::Sign(own) if *own == sign))
    }

    /// A sign that belongs to what stands before it only on the same line.
    fn is_beside(&self, sign: &str) -> bool {
        self.is(sign) && self.peek().is_some_and(|token| !token.new_line)
    }

    fn is_name(&self, name: &str) -> bool {
        self.peek().is_some_and(|token| matches!(&token.word, Word::Name(own) if own == name))
    }

    fn eat(&mut self, sign: &str) -> bool {
        let is = self.is(sign);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, sign: &str) -> Read<()> {
        if self.eat(sign) {
            return Ok(());
        }
        Err(format!("`{sign}` is missing"))
    }

    fn name(&mut self) -> Read<String> {
        match self.peek().map(|token| &token.word) {
            Some(Word::Name(name)) => {
                self.at += 1;
                Ok(name.clone())
            }
            _ => Err("a name is missing".to_owned()),
        }
    }

    /// A text without expressions inside.
    fn plain(&mut self) -> Read<String> {
        match self.peek().map(|token| &token.word) {
            Some(Word::Text(pieces)) => match pieces.as_slice() {
                [Piece::Plain(text)] => {
                    self.at += 1;
                    Ok(text.clone())
                }
                _ => Err("a text without expressions is missing".to_owned()),
            },
            _ => Err("a text is missing".to_owned()),
        }
    }

    /// From one token up to the one before this.
    fn span(&self, from: usize) -> Span {
        let start = self.words.get(from).map_or(0, |token| token.start);
        let end =
            self.words.get(self.at.saturating_sub(1).max(from)).map_or(start, |token| token.end);
        Span::new(self.file, start, end)
    }

    fn make(&self, kind: Kind, from: usize) -> Read<Expression> {
        Expression::new(kind, Some(self.span(from)))
    }

    /// Goes on at the next statement.
    fn recover(&mut self, start: usize) {
        self.at = self.at.max(start + 1);
        while let Some(token) = self.peek() {
            let begins = match &token.word {
                Word::Name(name) => STATEMENTS.contains(&name.as_str()),
                Word::Sign(sign) => *sign == "@",
                _ => false,
            };
            if token.margin && begins {
                return;
            }
            self.at += 1;
        }
    }

    fn statement(&mut self, module: &mut Module) -> Read<()> {
        let secure = self.decorators()?;
        let start = self.at;
        let keyword = self.name()?;
        match keyword.as_str() {
            "param" => {
                let name = self.name()?;
                let span = self.span(start);
                let default = self.assigned()?;
                module.parameters.push(Parameter { name, default, secure, span });
            }
            "var" => {
                let name = self.name()?;
                let value = self.assigned()?.ok_or("`=` is missing")?;
                module.variables.push((name, value));
            }
            "output" => {
                let name = self.name()?;
                let value = self.assigned()?.ok_or("`=` is missing")?;
                let value = Source::Bicep(value);
                module.outputs.push(Output { name, value, secure });
            }
            "func" => {
                let name = self.name()?;
                let (parameters, body) = self.function()?;
                module.functions.push((name, parameters, body));
            }
            "resource" | "module" => {
                let declaration = self.declaration(start, keyword == "module")?;
                module.declarations.push(declaration);
            }
            "using" => {
                module.using = self.plain().ok();
                self.recover(start);
            }
            known if STATEMENTS.contains(&known) => self.recover(start),
            other => return Err(format!("`{other}` begins no statement")),
        }
        Ok(())
    }

    /// Decorators before a statement; whether one says that the value is a secret.
    fn decorators(&mut self) -> Read<bool> {
        let mut secure = false;
        while self.eat("@") {
            let decorator = self.expression()?;
            secure |= match &decorator.kind {
                Kind::Call(name, _) => name == "secure",
                Kind::Method(_, name, _) => name == "secure",
                _ => false,
            };
        }
        Ok(secure)
    }

    /// Passes over a type; the value after `=`, if there is one.
    fn assigned(&mut self) -> Read<Option<Rc<Expression>>> {
        let mut open = 0_i32;
        while let Some(token) = self.peek() {
            match &token.word {
                Word::Sign("=") if open == 0 => {
                    self.at += 1;
                    return self.expression().map(|value| Some(Rc::new(value)));
                }
                word if open == 0 && token.new_line && *word != Word::Sign("|") => return Ok(None),
                Word::Sign("{" | "[" | "(" | "[?") => open += 1,
                Word::Sign("}" | "]" | ")") => open -= 1,
                _ => {}
            }
            self.at += 1;
        }
        Ok(None)
    }

    /// What follows the name of a function: names of its parameters, and what it gives.
    fn function(&mut self) -> Read<(Vec<String>, Rc<Expression>)> {
        self.expect("(")?;
        let mut parameters = Vec::new();
        while !self.eat(")") {
            parameters.push(self.name()?);
            self.pass_type(&[",", ")"])?;
            self.eat(",");
        }
        self.pass_type(&["=>"])?;
        self.expect("=>")?;
        Ok((parameters, Rc::new(self.expression()?)))
    }

    /// Passes over a type, up to one of these signs.
    fn pass_type(&mut self, ends: &[&str]) -> Read<()> {
        let mut open = 0_i32;
        while let Some(token) = self.peek() {
            match &token.word {
                Word::Sign(sign) if open == 0 && ends.contains(sign) => return Ok(()),
                Word::Sign("{" | "[" | "(" | "[?") => open += 1,
                Word::Sign("}" | "]" | ")") => open -= 1,
                Word::Name(name) if token.margin && STATEMENTS.contains(&name.as_str()) => break,
                _ => {}
            }
            if open < 0 {
                break;
            }
            self.at += 1;
        }
        Err(format!("`{}` is missing", ends.join("` or `")))
    }

    fn declaration(&mut self, start: usize, is_module: bool) -> Read<Declaration> {
        self.deeper()?;
        let symbol = self.name()?;
        let what = self.plain()?;
        let existing = self.is_name("existing");
        self.at += usize::from(existing);
        self.expect("=")?;
        let mut condition = None;
        let mut each = None;
        let mut nested = Vec::new();
        let body = if self.eat("[") {
            let (one, inner) = self.each(true)?;
            nested = inner;
            let body = one.body.clone();
            each = Some(one);
            body
        } else {
            if self.is_name("if") {
                self.at += 1;
                self.expect("(")?;
                condition = Some(self.expression()?);
                self.expect(")")?;
            }
            self.object(Some(&mut nested))?
        };
        self.nested -= 1;
        let span = self.span(start);
        Ok(Declaration { symbol, what, is_module, existing, condition, each, body, nested, span })
    }

    /// What follows `[` of a loop, up to its `]`.
    fn each(&mut self, declares: bool) -> Read<(Loop, Vec<Declaration>)> {
        if !self.is_name("for") {
            return Err("`for` is missing".to_owned());
        }
        self.at += 1;
        let mut index = None;
        let item = if self.eat("(") {
            let item = self.name()?;
            self.expect(",")?;
            index = Some(self.name()?);
            self.expect(")")?;
            item
        } else {
            self.name()?
        };
        if !self.is_name("in") {
            return Err("`in` is missing".to_owned());
        }
        self.at += 1;
        let list = self.expression()?;
        self.expect(":")?;
        let mut condition = None;
        if self.is_name("if") {
            self.at += 1;
            self.expect("(")?;
            condition = Some(self.expression()?);
            self.expect(")")?;
        }
        let mut nested = Vec::new();
        let body = if declares { self.object(Some(&mut nested))? } else { self.expression()? };
        self.expect("]")?;
        Ok((Loop { item, index, list, condition, body }, nested))
    }

    fn deeper(&mut self) -> Read<()> {
        self.nested += 1;
        if self.nested > DEPTH {
            return Err(format!("nested deeper than {DEPTH} levels"));
        }
        Ok(())
    }
}
