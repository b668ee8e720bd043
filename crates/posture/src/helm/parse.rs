//! Reads a template: its pieces into a tree, and the templates it defines.

use std::ops::Range;
use std::rc::Rc;

use super::lex::{Piece, Placed, Token, pieces};
use super::syntax::{Block, Define, Item, Pipe, Source, Stop, Term};

/// Blocks and parentheses within each other.
const DEPTH: usize = 60;

/// Reads a file or the text of a `tpl`: the template that has the file's name comes last, after
/// those that it defines.
pub(crate) fn parse(name: &str, source: &Rc<Source>) -> Result<Vec<Define>, Stop> {
    let mut parser = Parser {
        pieces: pieces(&source.text)?.into_iter(),
        defines: Vec::new(),
        source,
        depth: 0,
        loops: 0,
    };
    let (body, end) = parser.block()?;
    if let Some(end) = end {
        return Err(Stop::at(format!("unexpected `{}`", end.word()), end.at()));
    }
    let mut defines = parser.defines;
    defines.push(Define { name: name.into(), body, source: source.clone() });
    Ok(defines)
}

struct Parser<'a> {
    pieces: std::vec::IntoIter<Piece>,
    defines: Vec<Define>,
    source: &'a Rc<Source>,
    depth: usize,
    /// Loops around the action that is being read.
    loops: usize,
}

/// What a block ended with.
enum End {
    End(usize),
    /// `else`, with what follows it: `if …` or `with …`.
    Else(Tokens),
}

impl End {
    fn word(&self) -> &'static str {
        match self {
            Self::End(_) => "end",
            Self::Else(_) => "else",
        }
    }

    fn at(&self) -> usize {
        match self {
            Self::End(at) => *at,
            Self::Else(tokens) => tokens.at.start,
        }
    }
}

type Branches = (Vec<(Pipe, Block)>, Block);

impl Parser<'_> {
    fn deeper(&mut self, at: usize) -> Result<(), Stop> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Stop::at(format!("blocks are nested deeper than {DEPTH} levels"), at));
        }
        Ok(())
    }

    fn block(&mut self) -> Result<(Block, Option<End>), Stop> {
        let mut block = Vec::new();
        while let Some(piece) = self.pieces.next() {
            let (tokens, at) = match piece {
                Piece::Text(range) => {
                    if !range.is_empty() {
                        block.push(Item::Text(range.start as u32..range.end as u32));
                    }
                    continue;
                }
                Piece::Action { tokens, at } => (tokens, at),
            };
            let start = at.start;
            let mut tokens = Tokens { list: tokens.into_iter().peekable(), at, depth: self.depth };
            let word = match tokens.list.peek() {
                Some(Placed { token: Token::Word(word), .. }) => word.clone(),
                _ => String::new(),
            };
            let keyword = [
                "if", "else", "end", "range", "with", "define", "block", "template", "break",
                "continue",
            ];
            if keyword.contains(&word.as_str()) {
                tokens.list.next();
            }
            match word.as_str() {
                "end" => {
                    tokens.done("end")?;
                    return Ok((block, Some(End::End(start))));
                }
                "else" => return Ok((block, Some(End::Else(tokens)))),
                "if" | "with" => {
                    self.deeper(start)?;
                    let (branches, other) = self.branches(tokens, &word)?;
                    self.depth -= 1;
                    block.push(match word.as_str() {
                        "if" => Item::If { branches, other },
                        _ => Item::With { branches, other },
                    });
                }
                "range" => {
                    self.deeper(start)?;
                    block.push(self.range(tokens)?);
                    self.depth -= 1;
                }
                "define" => self.define(tokens)?,
                "block" | "template" => {
                    let item = self.template(tokens, &word)?;
                    block.push(item);
                }
                "break" | "continue" => {
                    if self.loops == 0 {
                        return Err(Stop::at(format!("`{word}` outside of `range`"), start));
                    }
                    tokens.done(&word)?;
                    block.push(if word == "break" { Item::Break } else { Item::Continue });
                }
                _ => block.push(Item::Print(tokens.whole("command")?)),
            }
        }
        Ok((block, None))
    }

    /// The rest of an `if` or `with`, up to its `end`.
    fn branches(&mut self, tokens: Tokens, word: &str) -> Result<Branches, Stop> {
        let start = tokens.at.start;
        let mut branches = Vec::new();
        let mut tokens = Some(tokens);
        loop {
            let pipe = tokens.take().map(|mut tokens| tokens.whole(word)).transpose()?;
            let (body, end) = self.block()?;
            let other = match pipe {
                Some(pipe) => {
                    branches.push((pipe, body));
                    Vec::new()
                }
                None => body,
            };
            match end {
                Some(End::End(_)) => return Ok((branches, other)),
                Some(End::Else(mut rest)) => {
                    let at = rest.at.start;
                    match rest.list.next() {
                        None if branches.is_empty() => {
                            return Err(Stop::at("unexpected `else`", at));
                        }
                        None => {
                            let (other, end) = self.block()?;
                            return match end {
                                Some(End::End(_)) => Ok((branches, other)),
                                _ => Err(Stop::at(format!("`{word}` has no `end`"), at)),
                            };
                        }
                        Some(Placed { token: Token::Word(next), .. }) if next == word => {}
                        Some(_) => return Err(Stop::at("unexpected word after `else`", at)),
                    }
                    tokens = Some(rest);
                }
                None => return Err(Stop::at(format!("`{word}` has no `end`"), start)),
            }
        }
    }

    fn range(&mut self, mut tokens: Tokens) -> Result<Item, Stop> {
        let start = tokens.at.start;
        let pipe = tokens.pipeline("range", true)?;
        tokens.done("range")?;
        self.loops += 1;
        let (body, end) = self.block()?;
        self.loops -= 1;
        let other = match end {
            Some(End::End(_)) => Vec::new(),
            Some(End::Else(mut rest)) => {
                rest.done("else")?;
                match self.block()? {
                    (other, Some(End::End(_))) => other,
                    _ => return Err(Stop::at("`range` has no `end`", start)),
                }
            }
            None => return Err(Stop::at("`range` has no `end`", start)),
        };
        Ok(Item::Range { pipe, body, other })
    }

    fn define(&mut self, mut tokens: Tokens) -> Result<(), Stop> {
        let start = tokens.at.start;
        if self.depth > 0 {
            return Err(Stop::at("unexpected `define` inside of a block", start));
        }
        let name = tokens.name("define")?;
        tokens.done("define")?;
        self.body(name, start, "define")
    }

    fn body(&mut self, name: Rc<str>, start: usize, word: &str) -> Result<(), Stop> {
        self.deeper(start)?;
        let loops = std::mem::take(&mut self.loops);
        let (body, end) = self.block()?;
        self.loops = loops;
        self.depth -= 1;
        if !matches!(end, Some(End::End(_))) {
            return Err(Stop::at(format!("`{word}` has no `end`"), start));
        }
        self.defines.push(Define { name, body, source: self.source.clone() });
        Ok(())
    }

    fn template(&mut self, mut tokens: Tokens, word: &str) -> Result<Item, Stop> {
        let at = tokens.at.start as u32..tokens.at.end as u32;
        let name = tokens.name(word)?;
        let pipe = match tokens.list.peek() {
            Some(_) => Some(tokens.whole(word)?),
            None => None,
        };
        if word == "block" {
            self.body(name.clone(), at.start as usize, word)?;
        }
        Ok(Item::Template { name, pipe, at })
    }
}

struct Tokens {
    list: std::iter::Peekable<std::vec::IntoIter<Placed>>,
    at: Range<usize>,
    depth: usize,
}

impl Tokens {
    fn fail<T>(&mut self, context: &str) -> Result<T, Stop> {
        match self.list.next() {
            Some(placed) => {
                let shown = match placed.token {
                    Token::Word(name) => name,
                    Token::Field(name) => format!(".{name}"),
                    Token::Variable(name) => format!("${name}"),
                    token => format!("{token:?}").to_lowercase(),
                };
                Err(Stop::at(format!("unexpected `{shown}` in {context}"), placed.at))
            }
            None => Err(Stop::at(format!("missing value for {context}"), self.at.start)),
        }
    }

    fn done(&mut self, context: &str) -> Result<(), Stop> {
        match self.list.peek() {
            Some(_) => self.fail(context),
            None => Ok(()),
        }
    }

    fn name(&mut self, context: &str) -> Result<Rc<str>, Stop> {
        match self.list.peek() {
            Some(Placed { token: Token::Text(name), .. }) => {
                let name = name.as_str().into();
                self.list.next();
                Ok(name)
            }
            _ => self.fail(context),
        }
    }

    fn whole(&mut self, context: &str) -> Result<Pipe, Stop> {
        let pipe = self.pipeline(context, false)?;
        self.done(context)?;
        Ok(pipe)
    }

    fn is(&mut self, token: &Token) -> bool {
        self.list.peek().is_some_and(|placed| placed.token == *token)
    }

    /// A pipeline, up to a closing parenthesis or the end of the action.
    fn pipeline(&mut self, context: &str, ranges: bool) -> Result<Pipe, Stop> {
        let mut pipe = Pipe {
            variables: Vec::new(),
            assigns: false,
            commands: Vec::new(),
            at: self.at.start as u32..self.at.end as u32,
        };
        let mut first = self.declaration(&mut pipe, ranges)?;
        loop {
            let command = self.command(first.take())?;
            if command.is_empty() {
                return self.fail(context);
            }
            pipe.commands.push(command);
            if !self.is(&Token::Pipe) {
                break;
            }
            self.list.next();
        }
        for command in pipe.commands.iter().skip(1) {
            if !matches!(
                command.first(),
                Some(Term::Function(_) | Term::Field(_) | Term::Variable(..) | Term::Chain(..))
            ) {
                let what = "a command that takes no value stands behind a `|`";
                return Err(Stop::at(what, self.at.start));
            }
        }
        Ok(pipe)
    }

    /// `$x :=`, `$x =`, `$i, $x :=`. A variable that turns out to be a value is handed back.
    fn declaration(&mut self, pipe: &mut Pipe, ranges: bool) -> Result<Option<Placed>, Stop> {
        let Some(Placed { token: Token::Variable(name), .. }) = self.list.peek() else {
            return Ok(None);
        };
        let name: Rc<str> = name.as_str().into();
        let variable = self.list.next();
        match self.list.peek().map(|placed| &placed.token) {
            Some(Token::Declare | Token::Assign) => {
                pipe.assigns = self.is(&Token::Assign);
                pipe.variables.push(name);
            }
            Some(Token::Comma) if ranges => {
                self.list.next();
                let Some(Placed { token: Token::Variable(second), .. }) = self.list.next() else {
                    return self.fail("range");
                };
                pipe.assigns = self.is(&Token::Assign);
                if !pipe.assigns && !self.is(&Token::Declare) {
                    return self.fail("range");
                }
                pipe.variables = vec![name, second.as_str().into()];
            }
            _ => return Ok(variable),
        }
        self.list.next();
        Ok(None)
    }

    fn command(&mut self, first: Option<Placed>) -> Result<Vec<Term>, Stop> {
        let mut terms = Vec::new();
        let mut pending = first;
        loop {
            let placed = match pending.take() {
                Some(placed) => placed,
                None => match self.list.peek().map(|placed| &placed.token) {
                    None | Some(Token::Pipe | Token::Close) => return Ok(terms),
                    Some(Token::Comma | Token::Declare | Token::Assign) => {
                        return self.fail("operand");
                    }
                    Some(_) => match self.list.next() {
                        Some(placed) => placed,
                        None => return Ok(terms),
                    },
                },
            };
            let term = self.operand(placed)?;
            terms.push(term);
        }
    }

    fn operand(&mut self, placed: Placed) -> Result<Term, Stop> {
        let at = placed.at;
        let term = match placed.token {
            Token::Word(word) => match word.as_str() {
                "true" => Term::Bool(true),
                "false" => Term::Bool(false),
                "nil" => Term::Nil,
                name => {
                    if !super::functions::exists(name) {
                        return Err(Stop::at(format!("function `{name}` is not defined"), at));
                    }
                    Term::Function(name.into())
                }
            },
            Token::Field(name) => Term::Field(vec![name.as_str().into()]),
            Token::Variable(name) => Term::Variable(name.as_str().into(), Vec::new()),
            Token::Dot => Term::Dot,
            Token::Text(text) => Term::Text(text.as_str().into()),
            Token::Int(value) => Term::Int(value),
            Token::Float(value) => Term::Float(value),
            Token::Open => {
                self.depth += 1;
                if self.depth > DEPTH {
                    return Err(Stop::at(
                        format!("parentheses are nested deeper than {DEPTH} levels"),
                        at,
                    ));
                }
                let pipe = self.pipeline("parenthesized pipeline", false)?;
                if !self.is(&Token::Close) {
                    return Err(Stop::at("unclosed left paren", at));
                }
                self.list.next();
                self.depth -= 1;
                Term::Pipe(Box::new(pipe))
            }
            Token::Close | Token::Pipe | Token::Comma | Token::Declare | Token::Assign => {
                return Err(Stop::at("unexpected punctuation", at));
            }
        };
        Ok(self.fields(term))
    }

    /// The `.a.b` that stand right behind an operand.
    fn fields(&mut self, term: Term) -> Term {
        let mut names: Vec<Rc<str>> = Vec::new();
        while let Some(Placed { token: Token::Field(name), glued: true, .. }) = self.list.peek() {
            names.push(name.as_str().into());
            self.list.next();
        }
        if names.is_empty() {
            return term;
        }
        match term {
            Term::Field(mut fields) => {
                fields.append(&mut names);
                Term::Field(fields)
            }
            Term::Variable(name, mut fields) => {
                fields.append(&mut names);
                Term::Variable(name, fields)
            }
            term => Term::Chain(Box::new(term), names),
        }
    }
}
