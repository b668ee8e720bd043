//! From lines to instructions: continued lines, comments, directives, here-documents, words.

use panoply_base::{Limits, Parsed, Problem};

use crate::sources::{FileId, Span};

/// One instruction with everything that belongs to it.
#[derive(Clone, Debug)]
pub(super) struct Instruction {
    pub(super) name: String,
    /// Where the instruction begins and ends in the file, here-documents included.
    pub(super) start: u32,
    pub(super) end: u32,
    /// What follows the name: continued lines joined, comments between them gone.
    pub(super) text: Joined,
    /// Bytes of `text` where flags end and the rest begins.
    rest: usize,
    flags: Vec<(String, Word)>,
    /// The rest is a JSON array.
    pub(super) exec: bool,
    pub(super) documents: Vec<HereDocument>,
}

/// Text that stood on several lines, and where each byte of it stands in the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Joined {
    pub(super) text: String,
    offsets: Vec<u32>,
}

#[derive(Clone, Debug)]
pub(super) struct HereDocument {
    pub(super) text: String,
    pub(super) start: u32,
}

/// A word without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Word {
    pub(super) fn span(&self, file: FileId) -> Span {
        Span::new(file, self.start as usize, self.end as usize)
    }
}

impl Joined {
    fn push(&mut self, text: &str, from: usize) {
        self.text.push_str(text);
        self.offsets.extend((0..text.len()).map(|at| (from + at) as u32));
    }

    /// Where a byte of the joined text stands in the file.
    pub(super) fn offset(&self, at: usize) -> u32 {
        match self.offsets.get(at) {
            Some(offset) => *offset,
            None => self.offsets.last().map_or(0, |last| last + 1),
        }
    }
}

/// Every instruction of a file.
pub(super) fn instructions(text: &str, limits: &Limits) -> Parsed<Vec<Instruction>> {
    let escape = escape_directive(text);
    let mut lines = Lines { text, at: 0 };
    let mut found = Vec::new();
    let mut problems = Vec::new();
    while let Some((start, line)) = lines.next() {
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if found.len() as u64 >= limits.entries {
            problems.push(Problem::byte(start as u64, "more instructions than the limits allow"));
            break;
        }
        let begin = start + line.len() - trimmed.len();
        let joined = join(begin, trimmed, escape, &mut lines);
        let mut instruction = Instruction::new(begin, joined, lines.at);
        for marker in instruction.markers() {
            match document(&marker, &mut lines) {
                Ok(document) => instruction.documents.push(document),
                Err(what) => problems.push(Problem::byte(begin as u64, what)),
            }
        }
        let whole = text.get(begin..lines.at).unwrap_or_default().trim_end();
        instruction.end = (begin + whole.len()) as u32;
        found.push(instruction);
    }
    Parsed { value: found, problems }
}

struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lines<'a> {
    /// The next line without its end, and where it begins.
    fn next(&mut self) -> Option<(usize, &'a str)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        let length = rest.find('\n').unwrap_or(rest.len());
        self.at += (length + 1).min(rest.len());
        Some((start, rest.get(..length)?.trim_end_matches('\r')))
    }
}

/// `# escape=\`` among the directives on top.
fn escape_directive(text: &str) -> char {
    for line in text.lines() {
        let Some(directive) = line.trim().strip_prefix('#') else { break };
        let Some((name, value)) = directive.split_once('=') else { break };
        if name.trim().eq_ignore_ascii_case("escape") {
            return value.trim().chars().next().unwrap_or('\\');
        }
    }
    '\\'
}

/// A line with those that continue it; comments and empty lines between them do not end it.
fn join(start: usize, line: &str, escape: char, lines: &mut Lines<'_>) -> Joined {
    let mut joined = Joined::default();
    let (mut start, mut line) = (start, line);
    loop {
        let body = line.trim_end();
        let Some(continued) = body.strip_suffix(escape) else {
            joined.push(line, start);
            return joined;
        };
        joined.push(continued, start);
        loop {
            let Some((next, text)) = lines.next() else { return joined };
            let trimmed = text.trim();
            if !trimmed.is_empty() && !trimmed.starts_with('#') {
                (start, line) = (next, text);
                break;
            }
        }
        // The break is white space to whoever reads words.
        joined.push(" ", start);
    }
}

/// The delimiter of a here-document, and whether leading tabs go.
struct Marker {
    delimiter: String,
    strip_tabs: bool,
}

fn document(marker: &Marker, lines: &mut Lines<'_>) -> Result<HereDocument, String> {
    let start = lines.at;
    let mut text = String::new();
    while let Some((_, line)) = lines.next() {
        let line = if marker.strip_tabs { line.trim_start_matches('\t') } else { line };
        if line == marker.delimiter {
            return Ok(HereDocument { text, start: start as u32 });
        }
        text.push_str(line);
        text.push('\n');
    }
    Err(format!("the here-document `{}` does not end", marker.delimiter))
}

impl Instruction {
    fn new(start: usize, text: Joined, end: usize) -> Self {
        let name_end = text.text.find(char::is_whitespace).unwrap_or(text.text.len());
        let name = text.text.get(..name_end).unwrap_or_default().to_owned();
        let mut instruction = Self {
            name,
            start: start as u32,
            end: end as u32,
            text,
            rest: name_end,
            flags: Vec::new(),
            exec: false,
            documents: Vec::new(),
        };
        instruction.take_flags();
        let rest = instruction.rest().trim();
        instruction.exec =
            rest.starts_with('[') && serde_json::from_str::<Vec<String>>(rest).is_ok();
        instruction
    }

    /// `--name=value` in front of everything else.
    fn take_flags(&mut self) {
        loop {
            let rest = self.text.text.get(self.rest..).unwrap_or_default();
            let at = self.rest + (rest.len() - rest.trim_start().len());
            let rest = self.text.text.get(at..).unwrap_or_default();
            self.rest = at;
            if !rest.starts_with("--") {
                return;
            }
            let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let flag = rest.get(2..length).unwrap_or_default();
            let (name, value) = flag.split_once('=').unwrap_or((flag, "true"));
            let word = Word {
                text: value.trim_matches(['"', '\'']).to_owned(),
                start: self.text.offset(at),
                end: self.text.offset(at + length),
            };
            self.flags.push((name.to_owned(), word));
            self.rest = at + length;
        }
    }

    pub(super) fn span(&self, file: FileId) -> Span {
        Span::new(file, self.start as usize, self.end as usize)
    }

    pub(super) fn flags(&self) -> Vec<(String, Word)> {
        self.flags.clone()
    }

    /// What follows name and flags.
    pub(super) fn rest(&self) -> &str {
        self.text.text.get(self.rest..).unwrap_or_default()
    }

    /// Where what follows name and flags begins in the joined text.
    pub(super) fn rest_at(&self) -> usize {
        self.rest
    }

    /// The words after name and flags; of the exec form its elements.
    pub(super) fn words(&self) -> Vec<Word> {
        if self.exec {
            let elements: Vec<String> =
                serde_json::from_str(self.rest().trim()).unwrap_or_default();
            let (start, end) = (self.text.offset(self.rest), self.end);
            return elements.into_iter().map(|text| Word { text, start, end }).collect();
        }
        split(self.rest())
            .into_iter()
            .map(|(text, start, end)| self.word(text, start, end))
            .collect()
    }

    fn word(&self, text: String, start: usize, end: usize) -> Word {
        let last = self.text.offset((self.rest + end).saturating_sub(1)) + 1;
        Word { text, start: self.text.offset(self.rest + start), end: last }
    }

    /// `KEY=value` words, or the old form `KEY the rest`.
    pub(super) fn pairs(&self) -> Vec<(Word, Option<Word>)> {
        let words = self.words();
        let Some(first) = words.first() else { return Vec::new() };
        if !first.text.contains('=') && self.name.eq_ignore_ascii_case("env") {
            let rest = self.rest().trim_start();
            let value = rest.get(first.text.len()..).unwrap_or_default().trim();
            let value = Word { text: value.to_owned(), ..words.get(1).unwrap_or(first).clone() };
            return vec![(first.clone(), Some(value))];
        }
        let pair = |word: &Word| match word.text.split_once('=') {
            Some((key, value)) => (
                Word { text: key.to_owned(), ..word.clone() },
                Some(Word { text: value.to_owned(), ..word.clone() }),
            ),
            None => (word.clone(), None),
        };
        words.iter().map(pair).collect()
    }

    /// Here-documents that the instruction announces.
    fn markers(&self) -> Vec<Marker> {
        let takes = ["RUN", "COPY", "ADD"].iter().any(|name| self.name.eq_ignore_ascii_case(name));
        if !takes || self.exec {
            return Vec::new();
        }
        let mut markers = Vec::new();
        let mut rest = self.rest();
        while let Some((before, after)) = rest.split_once("<<") {
            rest = after;
            let strip_tabs = after.starts_with('-');
            let after = after.strip_prefix('-').unwrap_or(after);
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            let after = quote.map_or(after, |_| after.get(1..).unwrap_or_default());
            let delimiter: String =
                after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            // `<<<` is another thing, and so is a shift in arithmetic.
            let here_string = after.starts_with('<') || before.ends_with('<');
            if !delimiter.is_empty() && !here_string && !before.ends_with("((") {
                markers.push(Marker { delimiter, strip_tabs });
            }
        }
        markers
    }
}

/// Words of a line with their places; quotes go, what they hold stays together.
fn split(text: &str) -> Vec<(String, usize, usize)> {
    let mut words = Vec::new();
    let mut word: Option<(String, usize)> = None;
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            word.get_or_insert((String::new(), at)).0.push(c);
            escaped = false;
            continue;
        }
        match (c, quote) {
            ('\\', None | Some('"')) => {
                escaped = true;
                word.get_or_insert((String::new(), at));
            }
            (_, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert((String::new(), at));
            }
            (_, None) if c.is_whitespace() => {
                if let Some((text, start)) = word.take() {
                    words.push((text, start, at));
                }
            }
            _ => word.get_or_insert((String::new(), at)).0.push(c),
        }
    }
    if let Some((last, start)) = word {
        words.push((last, start, text.len()));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &[&str])]) {
        let found = instructions(text, &Limits::DEFAULT).value;
        let found: Vec<(String, Vec<String>)> = found
            .iter()
            .map(|i| (i.name.clone(), i.words().into_iter().map(|w| w.text).collect()))
            .collect();
        let expected: Vec<(String, Vec<String>)> = expected
            .iter()
            .map(|(name, words)| {
                ((*name).to_owned(), words.iter().map(|w| (*w).to_owned()).collect())
            })
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn lines_are_continued_over_comments() {
        check(
            "RUN a \\\n  # why\n\n  b \\\n  c\nUSER x",
            &[("RUN", &["a", "b", "c"]), ("USER", &["x"])],
        );
        check("# escape=`\nRUN a `\n b\n", &[("RUN", &["a", "b"])]);
        check("RUN a \\  \r\n b\r\n", &[("RUN", &["a", "b"])]);
        check("RUN a \\", &[("RUN", &["a"])]);
    }

    #[test]
    fn words_flags_and_forms() {
        check("COPY --from=x --chown=1:1 \"a b\" c\\ d /e", &[("COPY", &["a b", "c d", "/e"])]);
        check("CMD [\"a\", \"b c\"]", &[("CMD", &["a", "b c"])]);
        check("CMD [a, b]", &[("CMD", &["[a,", "b]"])]);
    }

    #[test]
    fn here_documents_belong_to_their_instruction() {
        let text =
            "RUN <<EOF bash\necho 1\nUSER no\nEOF\nCOPY <<-'A' <<B /x\n\tone\n\tA\ntwo\nB\nUSER x";
        let found = instructions(text, &Limits::DEFAULT);
        let names: Vec<_> = found.value.iter().map(|i| i.name.as_str()).collect();
        assert_eq!(names, ["RUN", "COPY", "USER"]);
        assert_eq!(found.value[0].documents[0].text, "echo 1\nUSER no\n");
        let texts: Vec<_> = found.value[1].documents.iter().map(|d| d.text.as_str()).collect();
        assert_eq!(texts, ["one\n", "two\n"]);
        let open = instructions("RUN <<EOF\nx", &Limits::DEFAULT);
        assert_eq!(open.problems.len(), 1);
    }

    #[test]
    fn words_know_their_place_across_lines() {
        let text = "RUN a \\\n  bcd";
        let found = instructions(text, &Limits::DEFAULT).value;
        let word = found[0].words().pop().expect("has words");
        assert_eq!(text.get(word.start as usize..word.end as usize), Some("bcd"));
    }
}
