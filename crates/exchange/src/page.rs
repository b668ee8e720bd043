//! The frame that every page of ours has, and the pictures that more than one page shows.
//!
//! Everything is there without JavaScript, in both languages; the script only filters, sorts and
//! switches. The policy in the head lets nothing run but that script, by hash. Attributes named `style`
//! are refused by it as well, so what has a length is drawn in SVG. Text that is handed in is escaped
//! already, but for [`Text`], which is ours and holds no markup.

use std::f32::consts::TAU;

use panoply_base::{Digest, Language, Text};

use crate::clean::html;
use crate::words::Word;

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// What stands above a page.
#[derive(Clone, Debug)]
pub struct Head<'a> {
    pub language: Language,
    /// Of the window. It holds no markup, but for references to characters.
    pub title: Text,
    /// The largest line.
    pub name: &'a str,
    /// The line below it.
    pub facts: &'a str,
}

/// Everything up to the first section.
pub fn begin(page: &mut String, head: &Head<'_>) {
    let language = match head.language {
        Language::English => "en",
        Language::Chinese => "zh-CN",
    };
    push!(*page, "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n");
    push!(
        *page,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'\">\n",
        source(STYLE),
        source(SCRIPT)
    );
    page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.push_str("<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n");
    let Text { en, zh } = &head.title;
    let shown = head.title.get(head.language);
    push!(
        *page,
        "<title data-en=\"{en}\" data-zh=\"{zh}\">{shown}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    );
    page.push_str("<header><div><svg width=\"34\" height=\"38\" viewBox=\"0 0 34 38\" aria-hidden=\"true\"><path fill=\"currentColor\" d=\"M17 0 33 6v12c0 10-7 17-16 20C8 35 1 28 1 18V6z\"/><path fill=\"none\" stroke=\"#fff\" stroke-width=\"3.2\" d=\"m10 19 5 5 9-11\"/></svg>\n");
    push!(
        *page,
        "<div class=\"what\"><h1>{}</h1><div class=\"soft\">{}</div></div>\n",
        head.name,
        head.facts
    );
    push!(
        *page,
        "<button id=\"language\" type=\"button\"><span lang=\"en\">中文</span><span lang=\"zh-CN\">English</span></button>\n"
    );
    push!(
        *page,
        "<button id=\"theme\" type=\"button\" {}>◐</button></div></header>\n<main>\n",
        titled(&Word::Theme.text())
    );
}

/// Everything after the last section.
pub fn end(page: &mut String, version: &str) {
    let made = both(|language| Word::GeneratedBy.fill(language, &[&html(version)]));
    push!(*page, "</main>\n<footer>{made}</footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n");
}

/// A source of the content security policy that allows exactly this text.
fn source(text: &str) -> String {
    let digest = Digest::sha256(text.as_bytes());
    let pairs = digest.hex().as_bytes().chunks(2);
    let bytes: Vec<u8> = pairs
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    format!("sha256-{}", panoply_base::base64::encode(&bytes))
}

/// Both languages of something already escaped; the page shows one.
pub fn both(text: impl Fn(Language) -> String) -> String {
    let (en, zh) = (text(Language::English), text(Language::Chinese));
    if en == zh {
        return en;
    }
    format!("<span lang=\"en\">{en}</span><span lang=\"zh-CN\">{zh}</span>")
}

/// `data-` attributes with which the script sets what CSS cannot hide.
pub fn titled(text: &Text) -> String {
    format!("data-en=\"{}\" data-zh=\"{}\"", html(&text.en), html(&text.zh))
}

/// A choice among values; the first of them is "any".
pub fn choice(
    page: &mut String,
    id: &str,
    language: Language,
    choices: impl IntoIterator<Item = (String, Text)>,
) {
    let mut options = String::new();
    let mut label = None;
    for (value, text) in choices {
        let attributes = titled(&text);
        push!(
            options,
            "<option value=\"{}\" {attributes}>{}</option>",
            html(&value),
            html(text.get(language))
        );
        label.get_or_insert(attributes);
    }
    push!(*page, "<select id=\"{id}\" {}>{options}</select>", label.unwrap_or_default());
}

/// A field in which people type what they look for.
pub fn search(page: &mut String, language: Language, text: &Text) {
    push!(
        *page,
        "<input id=\"search\" type=\"search\" {} placeholder=\"{}\">",
        titled(text),
        html(text.get(language))
    );
}

/// One piece of a picture.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Of the style sheet; gives the colour.
    pub class: &'static str,
    pub word: Text,
    pub count: usize,
}

fn present(slices: &[Slice]) -> impl Iterator<Item = &Slice> {
    slices.iter().filter(|slice| slice.count > 0)
}

/// A ring; `middle` stands in it, `under` below that in small letters.
pub fn donut(page: &mut String, slices: &[Slice], middle: &str, under: &Text) {
    const RADIUS: f32 = 62.0;
    let total = slices.iter().map(|slice| slice.count).sum::<usize>().max(1) as f32;
    let round = TAU * RADIUS;
    let mut from = 0.0;
    page.push_str(
        "<svg class=\"donut\" viewBox=\"0 0 180 170\" role=\"img\"><g transform=\"translate(90 85) rotate(-90)\">",
    );
    for slice in present(slices) {
        let length = round * slice.count as f32 / total;
        // A hair of space between the pieces, unless a piece is no longer than that.
        let drawn = (length - 2.0).max(length * 0.5);
        push!(
            *page,
            "<circle class=\"ring {}\" r=\"{RADIUS}\" stroke-width=\"24\" stroke-dasharray=\"{drawn:.2} {:.2}\" stroke-dashoffset=\"{:.2}\"><title>{} {}</title></circle>",
            slice.class,
            round - drawn,
            -from,
            slice.word.en,
            slice.count
        );
        from += length;
    }
    let down = if under.en.is_empty() { 95 } else { 90 };
    push!(*page, "</g><text class=\"big\" x=\"90\" y=\"{down}\">{middle}</text>");
    for (language, text) in [("en", &under.en), ("zh-CN", &under.zh)] {
        if !text.is_empty() {
            push!(
                *page,
                "<text class=\"axis middle\" x=\"90\" y=\"108\" lang=\"{language}\">{}</text>",
                html(text)
            );
        }
    }
    page.push_str("</svg>");
}

/// What the colours mean, with numbers.
pub fn key(page: &mut String, slices: &[Slice]) {
    page.push_str("<ul class=\"key\">");
    for slice in present(slices) {
        let word = both(|language| slice.word.get(language).to_owned());
        push!(*page, "<li class=\"{}\"><i></i>{word} {}</li>", slice.class, slice.count);
    }
    page.push_str("</ul>");
}

/// One bar as wide as its place, of pieces; `longest` is what fills it.
pub fn bar(page: &mut String, slices: &[Slice], longest: usize) {
    page.push_str("<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" role=\"img\"><rect class=\"rail\" width=\"100\" height=\"10\"/>");
    let mut x = 0.0;
    for slice in present(slices) {
        let width = 100.0 * slice.count as f32 / longest.max(1) as f32;
        push!(
            *page,
            "<rect class=\"mark {}\" x=\"{x:.2}\" width=\"{:.2}\" height=\"10\"><title>{} {}</title></rect>",
            slice.class,
            (width - 0.25).max(width * 0.5),
            slice.word.en,
            slice.count
        );
        x += width;
    }
    page.push_str("</svg>");
}

/// Bars below each other, each with its name and the shares of its pieces.
pub fn bars(page: &mut String, rows: &[(Text, Vec<Slice>)]) {
    page.push_str("<div class=\"bars\">\n");
    for (name, slices) in rows {
        let total = slices.iter().map(|slice| slice.count).sum();
        let name = both(|language| html(name.get(language)));
        push!(*page, "<span>{name}</span>");
        bar(page, slices, total);
        let counts = present(slices)
            .map(|slice| format!("<b class=\"{}\">{}</b>", slice.class, slice.count))
            .collect::<Vec<_>>();
        push!(*page, "<span class=\"counts\">{}</span>\n", counts.join(" "));
    }
    page.push_str("</div>\n");
}
