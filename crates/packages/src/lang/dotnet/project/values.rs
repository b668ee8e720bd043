//! What the elements of a project say once its properties are put in: names, versions, pins.

use std::collections::HashMap;

use super::super::markup::Element;
use crate::lang::entries::is_word;

/// Values of `PropertyGroup`. What stands under a condition may not hold, and is left out.
pub(super) fn properties(elements: &[Element]) -> HashMap<&str, &str> {
    let group = |element: &&Element| {
        let parent = element.parent.and_then(|index| elements.get(index));
        element.attribute("Condition").is_none()
            && parent.is_some_and(|parent| {
                parent.name == "PropertyGroup" && parent.attribute("Condition").is_none()
            })
    };
    elements.iter().filter(group).map(|element| (&*element.name, element.text.trim())).collect()
}

pub(super) fn name(element: &Element) -> Option<&str> {
    element.attribute("Include").filter(|text| is_word(text) && !text.contains(['$', ';', '*']))
}

/// An attribute, or the element of the same name right inside.
pub(super) fn version_text<'a>(
    element: &'a Element,
    index: usize,
    elements: &'a [Element],
    name: &str,
) -> Option<&'a str> {
    element.attribute(name).or_else(|| inner(index, elements, name)).filter(|text| !text.is_empty())
}

/// The text of an element inside another. Those inside follow right behind.
pub(super) fn inner<'a>(index: usize, elements: &'a [Element], name: &str) -> Option<&'a str> {
    // A reference has a handful of fields; without a bound, references inside references cost dearly.
    let behind = elements.get(index + 1..)?.iter().take(64);
    let mut inside = behind.take_while(|element| element.parent.is_some_and(|at| at >= index));
    let found = inside.find(|element| element.parent == Some(index) && element.name == name)?;
    Some(found.text.trim())
}

/// Puts values in the place of `$(Name)`; `None` where one is not known.
pub(super) fn resolve(text: &str, properties: &[&HashMap<&str, &str>]) -> Option<String> {
    let mut out = text.to_owned();
    // A property may be made of others; a circle ends after a few rounds.
    for _ in 0..8 {
        let Some((before, rest)) = out.split_once("$(") else { return Some(out) };
        let (name, after) = rest.split_once(')')?;
        let value = properties.iter().find_map(|known| known.get(name.trim()))?;
        if value.len() > 256 {
            return None;
        }
        out = format!("{before}{value}{after}");
    }
    None
}

/// The one version a text asks for.
pub(super) fn pin(text: &str) -> Option<&str> {
    let text = text.trim();
    let text = match text.strip_prefix('[') {
        Some(exact) => exact.strip_suffix(']')?.trim(),
        None => text,
    };
    let is_version = text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte));
    (is_version && text.len() <= 256).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_version_is_a_pin() {
        for (text, expected) in [
            ("1.0", Some("1.0")),
            (" [1.0-rc.1] ", Some("1.0-rc.1")),
            ("[1.0,2.0)", None),
            ("1.*", None),
            ("(1.0,)", None),
            ("", None),
            ("[", None),
        ] {
            assert_eq!(pin(text), expected, "{text}");
        }
        let circle = HashMap::from([("A", "$(A)$(A)")]);
        assert_eq!(resolve("$(A)", &[&circle]), None);
        assert_eq!(resolve("$(", &[&circle]), None);
    }
}
