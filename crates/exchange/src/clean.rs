//! Makes foreign text harmless for the place it is printed to.
//!
//! Names, versions, paths and advisories are written by whoever wants to be installed. On a terminal
//! an escape sequence rewrites the screen, a right-to-left override swaps what a reader sees, in HTML
//! a tag runs, in Markdown a table breaks. What is dangerous is shown as an escape, not dropped: the
//! reader should see that somebody tried.

use unicode_width::UnicodeWidthChar as _;

/// Characters that act instead of showing: controls, bidirectional controls, invisible ones.
pub(crate) fn acts(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// One line of text for a terminal: white space becomes one space, what acts becomes visible.
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.trim().chars() {
        if c.is_whitespace() {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            push_visible(&mut out, c);
        }
    }
    out
}

/// One line of a file, with its indentation: tabs become spaces, what acts becomes visible.
pub(crate) fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.trim_end().chars() {
        match c {
            '\t' => out.push_str("    "),
            _ => push_visible(&mut out, c),
        }
    }
    out
}

/// Several lines of text: line ends stay, everything else as in [`line`].
pub(crate) fn block(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            '\r' => {}
            _ => push_visible(&mut out, c),
        }
    }
    out
}

fn push_visible(out: &mut String, c: char) {
    if acts(c) {
        push!(*out, "\\u{{{:x}}}", u32::from(c));
    } else {
        out.push(c);
    }
}

/// At most `limit` characters, the last one an ellipsis if something was cut.
pub(crate) fn limit(text: &str, limit: usize) -> String {
    if text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

/// Cells that `text` takes on a terminal.
pub fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// At most `cells` terminal cells of `text`.
pub(crate) fn cut(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > cells {
            break;
        }
        used += wide;
        out.push(c);
    }
    if cells > 0 {
        out.push('…');
    }
    out
}

/// Breaks `text` into at most `lines` lines of at most `cells` cells, between words where it can.
pub fn wrap(text: &str, cells: usize, lines: usize) -> Vec<String> {
    let cells = cells.max(2);
    let mut out = vec![String::new()];
    let mut used = 0;
    for (spaced, piece) in pieces(text, cells) {
        let wide = width(&piece);
        let space = usize::from(spaced && used > 0);
        if used + space + wide > cells {
            out.push(String::new());
            used = 0;
        }
        if let Some(current) = out.last_mut() {
            if space == 1 && used > 0 {
                current.push(' ');
                used += 1;
            }
            current.push_str(&piece);
            used += wide;
        }
        // What comes after is only needed to know that there is more.
        if out.len() > lines {
            break;
        }
    }
    if out.len() > lines {
        out.truncate(lines);
        if let Some(last) = out.last_mut() {
            let room = cells.saturating_sub(1);
            *last = format!(
                "{}…",
                if width(last) > room {
                    cut(last, room).trim_end_matches('…').to_owned()
                } else {
                    last.clone()
                }
            );
        }
    }
    out
}

/// What must stay together: words no longer than a line, and single wide characters.
fn pieces(text: &str, cells: usize) -> Vec<(bool, String)> {
    let mut out: Vec<(bool, String)> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut first = true;
        let mut open = false;
        for c in word.chars() {
            let wide = c.width() == Some(2);
            match out.last_mut() {
                Some((_, piece)) if open && !wide && width(piece) < cells => piece.push(c),
                _ => out.push((first, c.to_string())),
            }
            first = false;
            open = !wide;
        }
    }
    out
}

/// Text between tags or inside a quoted attribute of HTML.
pub fn html(text: &str) -> String {
    escape(&block(text))
}

/// Text between tags or inside a quoted attribute of XML 1.0, which has no way to write controls.
pub(crate) fn xml(text: &str) -> String {
    escape(&block(text)).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// One line of Markdown that shows `text` as it is: no markup, no mention, no autolink, no table cell.
pub(crate) fn markdown(text: &str) -> String {
    let text = line(text);
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~'
            | '$' | '^' => {
                out.push('\\');
                out.push(c);
            }
            // A name after `@` would call somebody, a scheme would make a link: break both.
            '@' => out.push_str("&#64;"),
            ':' => out.push_str("&#58;"),
            _ => out.push(c),
        }
    }
    out
}

/// Inline code of Markdown, safe inside a table.
pub(crate) fn markdown_code(text: &str) -> String {
    // HTML's own tag, because backticks have no escape and `|` ends a cell even inside them.
    let escaped = escape(&line(text)).replace('|', "&#124;").replace('`', "&#96;");
    let escaped = escaped.replace('\\', "&#92;").replace('@', "&#64;").replace('*', "&#42;");
    let escaped = escaped.replace('_', "&#95;").replace('[', "&#91;").replace(':', "&#58;");
    let escaped = escaped.replace('~', "&#126;").replace('$', "&#36;");
    format!("<code>{escaped}</code>")
}

/// A web address that is safe as the target of a link, else nothing.
pub(crate) fn url(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let safe = |c: char| {
        c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '}' | '|')
    };
    (!rest.is_empty() && text.len() <= 2_000 && text.chars().all(safe)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_shown_instead() {
        assert_eq!(line("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(line("x\u{202e}gpj.exe"), "x\\u{202e}gpj.exe");
        assert_eq!(line("\u{9b}2J\u{7f}\u{200b}"), "\\u{9b}2J\\u{7f}\\u{200b}");
        assert_eq!(line("  two\r\n\t lines "), "two lines");
        assert_eq!(block("two\r\nlines\u{7}"), "two\nlines\\u{7}");
    }

    #[test]
    fn wide_characters_count_double() {
        assert_eq!(width("中文ab"), 6);
        assert_eq!(cut("中文字符", 5), "中文…");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(limit("abcd", 3), "ab…");
    }

    #[test]
    fn text_wraps_between_words_and_inside_chinese() {
        assert_eq!(wrap("one two three", 7, 9), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3, 9), ["abc", "def", "gh"]);
        assert_eq!(wrap("中文字符很长", 5, 9), ["中文", "字符", "很长"]);
        assert_eq!(wrap("one two three", 5, 2), ["one", "two…"]);
        for cells in 0..30 {
            for piece in wrap("上游 fixes a long_identifier_without_end in 组件 x", cells, 3) {
                assert!(width(&piece) <= cells.max(2), "{cells}: {piece}");
            }
        }
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(html("<b a='\"'>&"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;");
        assert_eq!(markdown("| @a <x> [l](u)"), "\\| &#64;a &lt;x&gt; \\[l\\]\\(u\\)");
        assert_eq!(markdown_code("a`|b\n"), "<code>a&#96;&#124;b</code>");
        assert_eq!(url("javascript:alert(1)"), None);
        assert_eq!(url("https://a.example/\"x"), None);
        assert_eq!(url("https://a.example/x"), Some("https://a.example/x"));
    }
}
