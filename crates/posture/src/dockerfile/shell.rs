//! The commands inside shell text, as far as checks need them: who is called with what.
//!
//! No shell: nothing is replaced, loops and conditions only lose their key words. POSIX.1-2017,
//! "Shell Command Language", says what parts words and commands. Each command has
//!
//! - `name` (of `sudo`, `env`, `exec`, `time` the program they start), `args`, `options` (arguments that
//!   begin with `-`), `words` (the others), `text`;
//! - `sudo`, whether it is started through it; `into`, the name of the command its output is piped to;
//! - `next`, the name of the command that follows in the same text;
//! - `switches`, the options one by one, without values; of programs that install software `manager`,
//!   `verb` and `packages`, each with `name` and `pinned` (see [`super::programs`]).

use crate::node::{Entry, Node, Value};
use crate::sources::{FileId, Span};

use super::lines::Instruction;
use super::programs;

/// Commands of one text.
const COMMANDS: usize = 10_000;
/// Substitutions without an end, after which none is looked for.
const UNCLOSED: u32 = 16;
/// Shells inside of shells.
const DEPTH: u32 = 4;

/// The commands of an instruction, here-documents included.
pub(super) fn commands(instruction: &Instruction, file: FileId) -> Node {
    let whole = instruction.span(file);
    let mut found = Vec::new();
    if instruction.exec {
        let words = instruction.words();
        let command = Command {
            words: words.iter().map(|word| word.text.clone()).collect(),
            span: whole,
            piped: false,
        };
        found.extend(with_inner(command, DEPTH));
    } else {
        let rest = instruction.rest();
        let text = strip_word(rest, "CMD", instruction);
        let base = instruction.rest_at() + (rest.len() - text.len());
        let place = |at: usize| instruction.text.offset(base + at);
        found.extend(parse(
            text,
            &|start, end| {
                Span::new(file, place(start) as usize, place(end.saturating_sub(1)) as usize + 1)
            },
            DEPTH,
        ));
        for document in &instruction.documents {
            let from = document.start as usize;
            let shift = |start: usize, end: usize| Span::new(file, from + start, from + end);
            found.extend(parse(&document.text, &shift, DEPTH));
        }
    }
    found.truncate(COMMANDS);
    nodes(&found, whole)
}

/// The commands of a script that stands in another format, each at the place of the whole.
pub(crate) fn of_script(script: &str, span: Option<Span>) -> Node {
    let Some(whole) = span else { return Node::list(Vec::new(), None) };
    let mut found = parse(script, &|_, _| whole, DEPTH);
    found.truncate(COMMANDS);
    nodes(&found, whole)
}

/// The command of `HEALTHCHECK CMD …`.
fn strip_word<'t>(text: &'t str, word: &str, instruction: &Instruction) -> &'t str {
    if !instruction.name.eq_ignore_ascii_case("healthcheck") {
        return text;
    }
    let trimmed = text.trim_start();
    match trimmed.get(..word.len()) {
        Some(start) if start.eq_ignore_ascii_case(word) => {
            trimmed.get(word.len()..).unwrap_or_default()
        }
        _ => text,
    }
}

#[derive(Clone, Debug)]
struct Command {
    words: Vec<String>,
    span: Span,
    /// Its output goes to the next command.
    piped: bool,
}

/// Words that begin or end something larger and name no program.
const KEYWORDS: [&str; 16] = [
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "{",
    "}", "!", "in",
];

/// Programs that start another one: name, and how many of their own arguments come first.
const STARTERS: [(&str, usize); 8] = [
    ("sudo", 0),
    ("env", 0),
    ("exec", 0),
    ("time", 0),
    ("nohup", 0),
    ("nice", 0),
    ("command", 0),
    ("eatmydata", 0),
];

fn parse(text: &str, span: &dyn Fn(usize, usize) -> Span, depth: u32) -> Vec<Command> {
    let mut reading = Reading {
        text,
        span,
        depth,
        commands: Vec::new(),
        words: Vec::new(),
        word: None,
        start: None,
        end: 0,
        unclosed: 0,
    };
    reading.run();
    reading.commands
}

struct Reading<'a> {
    text: &'a str,
    span: &'a dyn Fn(usize, usize) -> Span,
    depth: u32,
    commands: Vec<Command>,
    words: Vec<String>,
    word: Option<String>,
    start: Option<usize>,
    end: usize,
    /// Substitutions that did not end; looking for the end of each costs the rest of the text.
    unclosed: u32,
}

impl Reading<'_> {
    fn run(&mut self) {
        let mut characters = self.text.char_indices().peekable();
        let mut quote: Option<char> = None;
        let mut redirected = false;
        while let Some((at, c)) = characters.next() {
            if self.commands.len() >= COMMANDS {
                return;
            }
            match (c, quote) {
                ('\\', None | Some('"')) => {
                    if let Some((_, escaped)) = characters.next()
                        && escaped != '\n'
                    {
                        self.push(at, escaped);
                    }
                }
                (_, Some(open)) if c == open => quote = None,
                ('`', _) | ('$', None | Some('"')) if self.substitution(at, c, &mut characters) => {
                }
                (_, Some(_)) => self.push(at, c),
                ('\'' | '"', None) => {
                    quote = Some(c);
                    self.start.get_or_insert(at);
                    self.word.get_or_insert_default();
                }
                ('#', None) if self.word.is_none() => {
                    while characters.next_if(|(_, c)| *c != '\n').is_some() {}
                }
                (';' | '\n' | '(' | ')', None) => self.command(at, false),
                ('&', None) => {
                    let redirect = self.word.is_none() && redirected
                        || characters.peek().is_some_and(|(_, next)| *next == '>');
                    if !redirect {
                        characters.next_if(|(_, next)| *next == '&');
                        self.command(at, false);
                    }
                }
                ('|', None) => {
                    let is_or = characters.next_if(|(_, next)| *next == '|').is_some();
                    characters.next_if(|(_, next)| *next == '&');
                    self.command(at, !is_or);
                }
                ('<' | '>', None)
                    if self.word.is_none()
                        && characters.peek().is_some_and(|(_, next)| *next == '(')
                        && self.substitution(at, '$', &mut characters) => {}
                ('<' | '>', None) => {
                    // What is before it is a descriptor, what follows is a file: no arguments.
                    if self
                        .word
                        .as_ref()
                        .is_some_and(|word| word.bytes().all(|b| b.is_ascii_digit()))
                    {
                        self.word = None;
                    }
                    self.finish_word(at);
                    while characters
                        .next_if(|(_, next)| matches!(next, '<' | '>' | '&' | '|' | '-'))
                        .is_some()
                    {}
                    while characters.next_if(|(_, next)| matches!(next, ' ' | '\t')).is_some() {}
                    while characters
                        .next_if(|(_, n)| {
                            !n.is_whitespace() && !matches!(n, ';' | '&' | '|' | ')' | '>' | '<')
                        })
                        .is_some()
                    {}
                    redirected = true;
                    continue;
                }
                (_, None) if c.is_whitespace() => self.finish_word(at),
                _ => self.push(at, c),
            }
            redirected = false;
        }
        self.command(self.text.len(), false);
    }

    fn push(&mut self, at: usize, c: char) {
        self.start.get_or_insert(at);
        self.word.get_or_insert_default().push(c);
        self.end = at + c.len_utf8();
    }

    fn finish_word(&mut self, at: usize) {
        if let Some(word) = self.word.take() {
            self.words.push(word);
            self.end = at;
        }
    }

    /// The text inside `$(…)` or backquotes is a text of commands of its own.
    fn substitution(
        &mut self,
        at: usize,
        c: char,
        characters: &mut std::iter::Peekable<std::str::CharIndices<'_>>,
    ) -> bool {
        let (open, close) = if c == '`' { (at + 1, '`') } else { (at + 2, ')') };
        let rest = self.text.get(open..).unwrap_or_default();
        let arithmetic = c == '$' && rest.starts_with('(');
        let opens = c == '`'
            || self
                .text
                .get(at..)
                .is_some_and(|text| ["$(", "<(", ">("].iter().any(|open| text.starts_with(open)));
        if !opens || self.unclosed > UNCLOSED {
            return false;
        }
        let mut level = 0_u32;
        let length = rest.char_indices().find_map(|(inner, found)| match found {
            '(' if close == ')' => {
                level += 1;
                None
            }
            _ if found == close && level == 0 => Some(inner),
            ')' if close == ')' => {
                level -= 1;
                None
            }
            _ => None,
        });
        let Some(length) = length else {
            self.unclosed += 1;
            return false;
        };
        let inner = rest.get(..length).unwrap_or_default();
        if let Some(depth) = self.depth.checked_sub(1).filter(|_| !arithmetic) {
            let span = self.span;
            let shifted = |start: usize, end: usize| span(open + start, open + end);
            let found = parse(inner, &shifted, depth);
            self.commands.extend(found);
        }
        let whole = self.text.get(at..open + length + 1).unwrap_or_default();
        self.start.get_or_insert(at);
        self.word.get_or_insert_default().push_str(whole);
        self.end = open + length + 1;
        while characters.next_if(|(next, _)| *next < open + length + 1).is_some() {}
        true
    }

    fn command(&mut self, at: usize, piped: bool) {
        self.finish_word(at);
        let start = self.start.take().unwrap_or(at);
        let mut words = std::mem::take(&mut self.words);
        let keywords = words.iter().take_while(|word| KEYWORDS.contains(&word.as_str())).count();
        words.drain(..keywords);
        if words.is_empty() {
            return;
        }
        let span = (self.span)(start, self.end.max(start + 1));
        self.commands.extend(with_inner(Command { words, span, piped }, self.depth));
    }
}

/// A command, and those in the text it hands to a shell: `sh -c "…"`.
fn with_inner(command: Command, depth: u32) -> Vec<Command> {
    let shell = command.words.first().map(|name| name.rsplit('/').next().unwrap_or(name));
    let is_shell = shell.is_some_and(|name| matches!(name, "sh" | "bash" | "ash" | "dash" | "zsh"));
    let script = command
        .words
        .iter()
        .position(|word| word.starts_with('-') && !word.starts_with("--") && word.ends_with('c'));
    let inner = script.and_then(|at| command.words.get(at + 1)).filter(|_| is_shell);
    let mut all = Vec::new();
    if let (Some(inner), Some(depth)) = (inner, depth.checked_sub(1)) {
        let span = command.span;
        all.extend(parse(inner, &|_, _| span, depth));
    }
    all.insert(0, command);
    all
}

/// The program that really runs, and its arguments.
fn program(words: &[String]) -> (usize, bool) {
    let mut at = 0;
    let mut sudo = false;
    loop {
        let is_assignment = |word: &String| {
            word.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            })
        };
        at += words.iter().skip(at).take_while(|word| is_assignment(word)).count();
        let Some(name) = words.get(at) else { return (0, sudo) };
        let Some((name, own)) = STARTERS.iter().find(|(starter, _)| starter == name) else {
            return (at, sudo);
        };
        sudo |= *name == "sudo";
        let options = words.iter().skip(at + 1).take_while(|word| word.starts_with('-')).count();
        if words.len() <= at + 1 + options + own {
            return (at, sudo);
        }
        at += 1 + options + own;
    }
}

fn nodes(commands: &[Command], whole: Span) -> Node {
    let name_of = |command: &Command| {
        let (at, _) = program(&command.words);
        let name = command.words.get(at).map_or("", String::as_str);
        name.rsplit('/').next().unwrap_or(name).to_owned()
    };
    let nodes = commands.iter().enumerate().map(|(index, command)| {
        let span = Some(command.span);
        let (at, sudo) = program(&command.words);
        let args: Vec<&String> = command.words.iter().skip(at + 1).collect();
        let texts = |list: Vec<&&String>| {
            Node::list(list.into_iter().map(|text| Node::text(text.as_str(), span)).collect(), span)
        };
        let entry = |key: &str, node: Node| Entry::new(key, span, node);
        let name = name_of(command);
        let plain: Vec<&str> = args.iter().map(|arg| arg.as_str()).collect();
        let switches = programs::switches(plain.iter().copied());
        let switches = switches.into_iter().map(|text| Node::text(text, span)).collect();
        let call = programs::call(&name, &plain);
        let mut entries = vec![
            entry("name", Node::text(name, span)),
            entry("switches", Node::list(switches, span)),
            entry("text", Node::text(command.words.join(" "), span)),
            entry("args", texts(args.iter().collect())),
            entry("options", texts(args.iter().filter(|arg| arg.starts_with('-')).collect())),
            entry("words", texts(args.iter().filter(|arg| !arg.starts_with('-')).collect())),
            entry("sudo", Node::new(Value::Bool(sudo), span)),
        ];
        if let Some(call) = call {
            entries.push(entry("manager", Node::text(call.manager, span)));
            entries.push(entry("verb", Node::text(call.verb, span)));
            let packages = call.packages.into_iter().map(|package| {
                let pinned = Node::new(Value::Bool(package.pinned), span);
                Node::map(
                    vec![entry("name", Node::text(package.name, span)), entry("pinned", pinned)],
                    span,
                )
            });
            entries.push(entry("packages", Node::list(packages.collect(), span)));
        }
        if let Some(next) = commands.get(index + 1) {
            let key = if command.piped { "into" } else { "next" };
            entries.push(entry(key, Node::text(name_of(next), span)));
        }
        Node::map(entries, span)
    });
    Node::list(nodes.collect(), Some(whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Sources;

    fn check(text: &str, expected: &[&str]) {
        let file = Sources::default().add("Dockerfile", text);
        let found = parse(text, &|start, end| Span::new(file, start, end), DEPTH);
        let list = nodes(&found, Span::new(file, 0, text.len()));
        let shown: Vec<String> = list
            .items()
            .iter()
            .map(|node| {
                let text =
                    |key| node.get(key).and_then(Node::as_text).unwrap_or_default().to_owned();
                let args = node.get("args").map(Node::items).unwrap_or_default();
                let args: Vec<_> = args.iter().filter_map(Node::as_text).collect();
                let into = text("into");
                let pipe = if into.is_empty() { String::new() } else { format!(" | {into}") };
                let sudo = node.get("sudo").and_then(Node::as_bool) == Some(true);
                format!(
                    "{}{}({}){pipe}",
                    if sudo { "sudo " } else { "" },
                    text("name"),
                    args.join(",")
                )
            })
            .collect();
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn operators_part_commands() {
        check("a b && c 'd e' || f; g & h", &["a(b)", "c(d e)", "f()", "g()", "h()"]);
        check("curl -fsSL x | sudo bash -s -- y", &["curl(-fsSL,x) | bash", "sudo bash(-s,--,y)"]);
        check("if [ -f x ]; then rm -rf /; fi", &["[(-f,x,])", "rm(-rf,/)"]);
        check("a # b && c\nd", &["a()", "d()"]);
        check("(cd x && make) >log 2>&1 </dev/null", &["cd(x)", "make()"]);
        check("a 2>&1 | b", &["a() | b", "b()"]);
        check("a &>log; b >>c d", &["a()", "b(d)"]);
    }

    #[test]
    fn what_starts_others_is_looked_through() {
        check("FOO=1 BAR=x env -i make -j2", &["make(-j2)"]);
        check("sudo -E /usr/bin/apt-get install x", &["sudo apt-get(install,x)"]);
        check("sh -c 'a && b c'", &["sh(-c,a && b c)", "a()", "b(c)"]);
        check("X=1", &["X=1()"]);
    }

    #[test]
    fn substitutions_are_commands_too() {
        check("bash <(curl x) -y", &["curl(x)", "bash(<(curl x),-y)"]);
        check(
            "echo $(curl x | sh) \"`id -u`\" $((1 + 2))",
            &["curl(x) | sh", "sh()", "id(-u)", "echo($(curl x | sh),`id -u`,$((1 + 2)))"],
        );
        check("echo $HOME ${X:-y}", &["echo($HOME,${X:-y})"]);
    }

    #[test]
    fn broken_text_ends_well() {
        for text in ["'", "\"a", "$(", "`", "\\", "a |", "&& b", "((((", ">", "<<EOF"] {
            let file = Sources::default().add("Dockerfile", text);
            parse(text, &|start, end| Span::new(file, start, end), DEPTH);
        }
        let deep = "$(".repeat(10_000);
        let file = Sources::default().add("Dockerfile", deep.as_str());
        parse(&deep, &|start, end| Span::new(file, start, end), DEPTH);
    }
}
