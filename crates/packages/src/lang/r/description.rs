//! Reads `DESCRIPTION` files: fields of the Debian control format.
//!
//! Follows "The DESCRIPTION file" of Writing R Extensions.

use std::collections::HashMap;

/// The fields of a file. Lines that begin with white space go on with the field above.
pub(super) fn fields(text: &str) -> HashMap<&str, String> {
    let mut fields: HashMap<&str, String> = HashMap::new();
    let mut last = None;
    for line in text.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some(field) = last.and_then(|name| fields.get_mut(name)) {
                field.push(' ');
                field.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            last = Some(name);
            fields.insert(name, value.trim().to_owned());
        } else {
            last = None;
        }
    }
    fields
}

/// The names in a list of needs, `R (>= 3.5), methods, Rcpp (>= 1.0)`, without R itself.
pub(super) fn needs(text: &str) -> impl Iterator<Item = &str> {
    let name = |part: &'_ str| part.find(|c: char| c == '(' || c.is_whitespace());
    let parts = text.split(',').map(str::trim);
    let names = parts.filter_map(move |part| part.get(..name(part).unwrap_or(part.len())));
    names.filter(|name| !name.is_empty() && *name != "R")
}

/// The fields that name what a package cannot do without.
pub(super) const NEEDS: [&str; 3] = ["Depends", "Imports", "LinkingTo"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_go_on_over_lines() {
        let fields =
            fields("Package: a\r\nImports: b (>= 1),\r\n  c\r\nno field\r\n lost\r\nX:\r\n");
        assert_eq!(fields.get("Imports").map(String::as_str), Some("b (>= 1), c"));
        assert_eq!(fields.get("X").map(String::as_str), Some(""));
        assert_eq!(fields.len(), 3);
    }

    #[test]
    fn needs_are_names() {
        let names: Vec<_> = needs("R (>= 3.5), methods, Rcpp(>= 1.0),\n  xml2 , ,").collect();
        assert_eq!(names, ["methods", "Rcpp", "xml2"]);
    }
}
