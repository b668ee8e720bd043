//! What holds for every resource that a reader of configuration hands out.

use panoply_posture::{Node, Resource, Sources, Span, Value};

pub fn check(resource: &Resource, sources: &Sources) {
    assert!(!resource.address.is_empty(), "a resource without a name: {resource:?}");
    assert!(!resource.kind.is_empty(), "a resource of no kind: {resource:?}");
    if let Some(place) = resource.span {
        span(place, sources);
    }
    node(&resource.attrs, sources, 0, &mut 100_000);
}

/// A span that can be shown: inside of its file, and not through a letter.
fn span(span: Span, sources: &Sources) {
    let file = sources.file(span.file).unwrap_or_else(|| panic!("a span of no file"));
    let shown = file.text.get(span.start as usize..span.end as usize);
    assert!(shown.is_some(), "{}: {span:?} of {} bytes", file.path, file.text.len());
}

/// Values may share parts, so that walking them takes longer than making them: `left` ends it.
fn node(value: &Node, sources: &Sources, depth: usize, left: &mut usize) {
    // Deeper ones would end in an overflow of somebody's stack.
    assert!(depth < 400, "a value of {depth} levels");
    if let Some(place) = value.span {
        span(place, sources);
    }
    let Some(less) = left.checked_sub(1) else { return };
    *left = less;
    match &value.value {
        Value::List(items) => items.iter().for_each(|item| node(item, sources, depth + 1, left)),
        Value::Map(map) => {
            for entry in map.entries() {
                node(&entry.node, sources, depth + 1, left);
            }
        }
        _ => {}
    }
}
