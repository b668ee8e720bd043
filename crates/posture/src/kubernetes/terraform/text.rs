//! Manifests inside of texts, with the places that their values have in the file around them.

use panoply_base::{Limits, Parsed};

use crate::node::Node;
use crate::read::{self, within::Lines};
use crate::sources::Sources;

/// Whether a text is a file of the target, which is read where it stands.
pub(super) fn is_file(text: &str, sources: &Sources) -> bool {
    sources.iter().any(|(_, file)| *file.text == *text)
}

/// The documents of a text, written where `holder` stands or, if it comes from elsewhere, used there.
pub(super) fn objects(
    text: &str,
    holder: &Node,
    sources: &Sources,
    limits: &Limits,
) -> Parsed<Vec<Node>> {
    let Some(span) = holder.span else { return Parsed::whole(Vec::new()) };
    let read = read::yaml(text, span.file, limits);
    let lines = Lines::of(text, sources.slice(span).unwrap_or_default(), span);
    let placed = |node: &Node| Node { through: holder.through.clone(), ..lines.placed(node) };
    Parsed {
        value: read.value.iter().map(|document| placed(&document.root)).collect(),
        problems: read.problems,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Span;

    /// Finds what `image` says where it is written.
    fn check(file: &str, text: &str, written: &str) {
        let mut sources = Sources::default();
        let id = sources.add("a.tf", file);
        let start = file.find(written).expect(file);
        let holder = Node::text(text, Some(Span::new(id, start, start + written.len())));
        let read = objects(text, &holder, &sources, &Limits::DEFAULT);
        let image = read.value[0].at(&["a", "image"]).expect(text);
        assert_eq!(sources.slice(image.span.expect(text)), Some("nginx"), "{file}");
    }

    #[test]
    fn values_stand_where_the_here_document_has_them() {
        let text = "a:\n  b: 1\n  image: nginx\n";
        let plain = "<<EOF\na:\n  b: 1\n  image: nginx\nEOF";
        check(&format!("x = {plain}\n"), text, plain);
        let indented = "<<-EOF\n    a:\n      b: 1\n      image: nginx\n  EOF";
        check(&format!("x = {indented}\n"), text, indented);
        let quoted = "\"{a: {image: nginx}}\"";
        check(&format!("x = {quoted}\n"), "{a: {image: nginx}}", quoted);
    }

    #[test]
    fn what_comes_from_elsewhere_stands_where_it_is_used() {
        let mut sources = Sources::default();
        let file = "x = file(\"m.yaml\")";
        let id = sources.add("a.tf", file);
        let used = Span::new(id, 4, file.len());
        let holder = Node::text("a:\n  b: 1\n", Some(used));
        let read = objects("a:\n  b: 1\n", &holder, &sources, &Limits::DEFAULT);
        assert_eq!(read.value[0].at(&["a", "b"]).and_then(|node| node.span), Some(used));
    }
}
