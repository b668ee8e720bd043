//! nginx: kind `nginx` (what stands outside of servers) and kind `nginx-server`, one per `server` of
//! `http`, with everything it takes from above.
//!
//! Attributes are directives. One that is written once is its value (a text, or a list of words), one
//! that may be written many times (`listen`, `add_header`, `location`…) is a list. A location has `path`,
//! `modifier`, and its directives over those of the server.

use std::collections::BTreeMap;

use crate::host::facts::{Facts, Text, resource, whole};
use crate::host::lines::{Attrs, scalar};
use crate::node::{Cause, Entry, Node, Value};
use crate::resource::Resource;
use crate::sources::{FileId, Span};

/// Blocks inside of blocks, and files inside of files.
const DEPTH: u32 = 16;
/// Directives of one configuration, with everything that is included.
const DIRECTIVES: usize = 100_000;

/// Directives that add up, each with all of its words.
const MANY: [&str; 14] = [
    "listen",
    "add_header",
    "proxy_set_header",
    "server_name",
    "ssl_certificate",
    "ssl_certificate_key",
    "allow",
    "deny",
    "error_page",
    "return",
    "rewrite",
    "if",
    "upstream",
    "location",
];

/// Directives whose words are a list even if there is one.
const WORDS: [&str; 3] = ["ssl_protocols", "index", "try_files"];

#[derive(Clone, Debug)]
struct Directive {
    name: String,
    words: Vec<(String, Span)>,
    span: Span,
    /// Directives of its block.
    inner: Option<Vec<Directive>>,
}

type Include<'f, 'a> = &'f dyn Fn(&str) -> Option<Vec<Text<'a>>>;

struct Reader<'f, 'a> {
    include: Include<'f, 'a>,
    left: usize,
    unknown: Option<Cause>,
}

pub(crate) fn on_host(facts: &Facts<'_>) -> Vec<Resource> {
    let Some((path, text)) =
        facts.first(&["/etc/nginx/nginx.conf", "/usr/local/nginx/conf/nginx.conf"])
    else {
        return Vec::new();
    };
    let base = path.rsplit_once('/').map_or("", |(base, _)| base);
    let include = |pattern: &str| {
        let pattern =
            if pattern.starts_with('/') { pattern.to_owned() } else { format!("{base}/{pattern}") };
        Some(facts.matching(&pattern).into_iter().map(|(_, text)| text).collect())
    };
    match text {
        Text::Is(file, text) => read(text, file, &include),
        Text::Unreadable(cause) => vec![facts.unknown("nginx", "nginx", cause)],
        Text::Absent => Vec::new(),
    }
}

/// One file by itself: a whole configuration, or the servers of one that includes it.
pub(crate) fn alone(text: &str, file: FileId) -> Vec<Resource> {
    read(text, file, &|_| None)
}

fn read(text: &str, file: FileId, include: Include<'_, '_>) -> Vec<Resource> {
    let mut reader = Reader { include, left: DIRECTIVES, unknown: None };
    let mut at = 0;
    let main = reader.block(text, file, &mut at, DEPTH);
    let http: Vec<&Directive> = main.iter().filter(|d| d.name == "http").collect();
    let mut outer = BTreeMap::new();
    absorb(&mut outer, &main, &["http", "events", "stream", "mail", "server"]);
    for block in &http {
        absorb(&mut outer, block.inner.as_deref().unwrap_or_default(), &["server"]);
    }
    let in_http = http.iter().flat_map(|http| http.inner.as_deref().unwrap_or_default());
    let servers = in_http.chain(&main).filter(|d| d.name == "server" && d.inner.is_some());
    let mut found = Vec::new();
    let span = Some(whole(file, text));
    if !http.is_empty() {
        let mut attrs = attributes(outer.clone(), reader.unknown.as_ref());
        attrs.int("servers", servers.clone().count() as i64, None);
        found.push(resource("nginx", "nginx", attrs.node(span), file));
    } else if servers.clone().next().is_none() {
        return Vec::new();
    }
    let partial = http.is_empty();
    let mut names: BTreeMap<String, u32> = BTreeMap::new();
    for server in servers {
        let inner = server.inner.as_deref().unwrap_or_default();
        let mut settings = outer.clone();
        absorb(&mut settings, inner, &["location"]);
        // What the including file says is not here.
        let elsewhere = Cause::Missing("http".to_owned());
        let cause = reader.unknown.as_ref().or(partial.then_some(&elsewhere));
        let mut attrs = attributes(settings.clone(), None);
        attrs.flag("partial", cause.is_some(), None);
        let locations = locations(inner, &settings, DEPTH);
        attrs.list("locations", locations, Some(server.span));
        let name = inner.iter().find(|d| d.name == "server_name");
        let name = name.and_then(|d| d.words.first()).map_or("_", |(name, _)| name.as_str());
        let listen = inner.iter().find(|d| d.name == "listen");
        let listen = listen.and_then(|d| d.words.first()).map_or("80", |(port, _)| port.as_str());
        let mut address = format!("server {name} {listen}");
        let count = names.entry(address.clone()).or_default();
        *count += 1;
        if *count > 1 {
            address = format!("{address} {count}");
        }
        found.push(resource(
            "nginx-server",
            &address,
            attrs.node(Some(server.span)),
            server.span.file,
        ));
    }
    found
}

/// Locations of a server, those inside of others as well.
fn locations(inner: &[Directive], above: &BTreeMap<String, Node>, depth: u32) -> Vec<Node> {
    let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
    let mut found = Vec::new();
    for directive in inner.iter().filter(|d| d.name == "location") {
        let Some(block) = &directive.inner else { continue };
        let mut settings = above.clone();
        // These are not taken from above.
        for key in ["return", "rewrite", "alias", "proxy_pass"] {
            settings.remove(key);
        }
        absorb(&mut settings, block, &["location"]);
        let words: Vec<&str> = directive.words.iter().map(|(word, _)| word.as_str()).collect();
        let (modifier, path) = match words.as_slice() {
            [modifier, path, ..] => (*modifier, *path),
            [path] => ("", *path),
            [] => ("", ""),
        };
        let mut attrs = attributes(settings.clone(), None);
        attrs
            .text("name", path, Some(directive.span))
            .text("path", path, Some(directive.span))
            .text("modifier", modifier, Some(directive.span));
        found.push(attrs.node(Some(directive.span)));
        found.extend(locations(block, &settings, depth));
    }
    found
}

fn attributes(settings: BTreeMap<String, Node>, unknown: Option<&Cause>) -> Attrs {
    let mut attrs = Attrs::default();
    attrs.0.extend(settings.into_iter().map(|(key, node)| Entry::new(key, node.span, node)));
    if let Some(cause) = unknown {
        let is_set = attrs.0.iter().any(|entry| &*entry.key == "server_tokens");
        for key in
            ["elsewhere", "server_tokens"].iter().filter(|key| **key == "elsewhere" || !is_set)
        {
            attrs.put(key, Node::unknown(cause.clone(), None));
        }
    }
    attrs
}

/// Directives of a block over those from above: arrays are taken from above only where the block has none.
fn absorb(settings: &mut BTreeMap<String, Node>, block: &[Directive], skip: &[&str]) {
    let mut own: BTreeMap<&str, Vec<Node>> = BTreeMap::new();
    for directive in block.iter().filter(|d| !skip.contains(&d.name.as_str())) {
        let span = Some(directive.span);
        let words =
            || directive.words.iter().map(|(word, at)| Node::text(word.as_str(), Some(*at)));
        if MANY.contains(&directive.name.as_str()) {
            let whole: Vec<&str> = directive.words.iter().map(|(word, _)| word.as_str()).collect();
            own.entry(directive.name.as_str()).or_default().push(Node::text(whole.join(" "), span));
            continue;
        }
        let node = match directive.words.as_slice() {
            [] => Node::new(Value::Bool(true), span),
            [(word, _)] if !WORDS.contains(&directive.name.as_str()) => scalar(word, span),
            _ => Node::list(words().collect(), span),
        };
        settings.insert(directive.name.clone(), node);
    }
    for (name, items) in own {
        let span = items.first().and_then(|node| node.span);
        settings.insert(name.to_owned(), Node::list(items, span));
    }
}

impl Reader<'_, '_> {
    /// Directives up to the `}` that ends the block, or to the end of the text.
    fn block(&mut self, text: &str, file: FileId, at: &mut usize, depth: u32) -> Vec<Directive> {
        let mut found: Vec<Directive> = Vec::new();
        let mut words: Vec<(&str, Span)> = Vec::new();
        while let Some(token) = token(text, file, at) {
            match token {
                Token::Word(word, span) => words.push((word, span)),
                Token::Close => break,
                Token::End | Token::Open => {
                    let is_block = matches!(token, Token::Open);
                    let inner = match is_block {
                        false => None,
                        true if depth == 0 => {
                            self.unknown.get_or_insert(Cause::Limit("blocks of nginx".to_owned()));
                            skip(text, file, at);
                            Some(Vec::new())
                        }
                        true => Some(self.block(text, file, at, depth - 1)),
                    };
                    let mut taken = std::mem::take(&mut words).into_iter();
                    let Some((name, span)) = taken.next() else { continue };
                    self.left = self.left.saturating_sub(1);
                    if self.left == 0 {
                        self.unknown.get_or_insert(Cause::Limit("directives of nginx".to_owned()));
                        return found;
                    }
                    let words: Vec<(String, Span)> =
                        taken.map(|(word, span)| (word.to_owned(), span)).collect();
                    let span = words.last().map_or(span, |(_, last)| span.to(*last));
                    let is_include = name == "include";
                    found.push(Directive { name: name.to_owned(), words, span, inner });
                    if is_include {
                        self.included(&mut found, depth);
                    }
                }
            }
        }
        found
    }

    /// What the last directive, an `include`, brings.
    fn included(&mut self, found: &mut Vec<Directive>, depth: u32) {
        let Some(directive) = found.pop() else { return };
        let Some((pattern, _)) = directive.words.first() else { return };
        // Types of files, and values handed to other programs: nothing that is asked about.
        let name = pattern.rsplit('/').next().unwrap_or_default();
        if matches!(name, "mime.types" | "fastcgi_params" | "fastcgi.conf" | "proxy_params") {
            return;
        }
        let texts = depth.checked_sub(1).and_then(|_| (self.include)(pattern));
        let Some(texts) = texts else {
            self.unknown.get_or_insert(Cause::Missing(pattern.clone()));
            return;
        };
        for text in texts {
            match text {
                Text::Is(file, text) => {
                    let mut at = 0;
                    let inner = self.block(text, file, &mut at, depth - 1);
                    found.extend(inner);
                }
                Text::Unreadable(cause) => drop(self.unknown.get_or_insert(cause)),
                Text::Absent => {}
            }
        }
    }
}

enum Token<'t> {
    Word(&'t str, Span),
    /// `;`
    End,
    /// `{`
    Open,
    /// `}`
    Close,
}

fn token<'t>(text: &'t str, file: FileId, at: &mut usize) -> Option<Token<'t>> {
    let bytes = text.as_bytes();
    loop {
        match *bytes.get(*at)? {
            b'#' => *at = text.get(*at..)?.find('\n').map_or(text.len(), |end| *at + end),
            byte if byte.is_ascii_whitespace() => *at += 1,
            _ => break,
        }
    }
    let mark = *bytes.get(*at)?;
    let single = match mark {
        b';' => Some(Token::End),
        b'{' => Some(Token::Open),
        b'}' => Some(Token::Close),
        _ => None,
    };
    if single.is_some() {
        *at += 1;
        return single;
    }
    let start = *at;
    if matches!(mark, b'"' | b'\'') {
        let mut end = start + 1;
        while let Some(byte) = bytes.get(end).filter(|byte| **byte != mark) {
            end += if *byte == b'\\' { 2 } else { 1 };
        }
        let end = end.min(text.len());
        *at = end + 1;
        let word = text.get(start + 1..end).unwrap_or_default();
        return Some(Token::Word(word, Span::new(file, start + 1, end)));
    }
    let mut end = start;
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'\\' => end += 2,
            // `${name}` is part of a word.
            b'$' if bytes.get(end + 1) == Some(&b'{') => {
                end = text.get(end..)?.find('}').map_or(text.len(), |close| end + close + 1);
            }
            b';' | b'{' | b'}' => break,
            byte if byte.is_ascii_whitespace() => break,
            _ => end += 1,
        }
    }
    let end = end.min(text.len());
    *at = end;
    Some(Token::Word(text.get(start..end).unwrap_or_default(), Span::new(file, start, end)))
}

/// Goes past the `}` of a block that is nested too deep.
fn skip(text: &str, file: FileId, at: &mut usize) {
    let mut open = 1_u32;
    while let Some(token) = token(text, file, at) {
        match token {
            Token::Open => open += 1,
            Token::Close => open -= 1,
            Token::Word(..) | Token::End => {}
        }
        if open == 0 {
            return;
        }
    }
}
