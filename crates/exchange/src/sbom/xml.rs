//! CycloneDX in XML, versions 1.2 to 1.6, read as a stream.

use std::collections::BTreeMap;

use panoply_base::Problem;
use panoply_model::{Distro, Purl};
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::cyclonedx::set_property;
use super::{Raw, Reading};

/// Open elements; a bill of materials needs about a dozen.
const DEPTH: usize = 256;

#[derive(Default)]
struct State {
    /// Names of the open elements, outermost first.
    path: Vec<String>,
    /// Components being read: they nest.
    open: Vec<(String, Raw)>,
    /// Of `hash`, `property` and `dependency`: the attribute that names them.
    key: String,
    /// `ref`s of the open `dependency` elements.
    dependencies: Vec<String>,
    needs: Vec<(String, String)>,
    known: BTreeMap<String, Purl>,
    text: String,
}

pub(super) fn read(bytes: &[u8], reading: &mut Reading<'_>) {
    let document = String::from_utf8_lossy(bytes);
    let mut reader = Reader::from_str(&document);
    // Documents are cut off in practice; what came before the end is kept.
    reader.config_mut().check_end_names = false;
    let mut state = State::default();
    loop {
        let offset = reader.buffer_position();
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                if state.path.len() >= DEPTH {
                    reading.problem(format!("more than {DEPTH} elements inside each other"));
                    break;
                }
                if !state.start(&start, reading) {
                    break;
                }
            }
            Ok(Event::Empty(start)) => {
                if !state.start(&start, reading) {
                    break;
                }
                state.end(reading);
            }
            Ok(Event::End(_)) => state.end(reading),
            Ok(Event::Text(text)) => state.text.push_str(&text),
            Ok(Event::CData(text)) => state.text.push_str(&text),
            Ok(Event::GeneralRef(name)) => {
                state.text.push_str(entity(&name).as_deref().unwrap_or_default());
            }
            Ok(Event::Eof) => {
                if !state.path.is_empty() {
                    reading.problem("the document ends in the middle");
                }
                break;
            }
            Ok(_) => {}
            Err(error) => {
                let what = crate::clean::limit(&format!("not well-formed XML: {error}"), 300);
                reading.problems.push(Problem::byte(offset, what));
                break;
            }
        }
        if reading.sbom.format.is_empty() && state.path.len() > 1 {
            reading.problem("XML, but not a CycloneDX document");
            return;
        }
    }
    if reading.sbom.format.is_empty() && reading.problems.is_empty() {
        reading.problem("XML, but not a CycloneDX document");
    }
    reading.connect(&state.known, &state.needs);
}

/// The five entities of XML and character references; there are no others, so none can explode.
fn entity(name: &str) -> Option<String> {
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some(c.to_string())
}

fn attribute(start: &BytesStart<'_>, name: &str) -> String {
    let found = start.attributes().with_checks(false).flatten().find(|a| a.key.as_ref() == name);
    let Some(found) = found else { return String::new() };
    let raw = found.value.into_owned();
    // A purl in an attribute has its `&` escaped.
    raw.replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

impl State {
    /// Opens an element; false once there are too many.
    fn start(&mut self, start: &BytesStart<'_>, reading: &mut Reading<'_>) -> bool {
        let name = start.local_name().as_ref().to_owned();
        self.text.clear();
        match name.as_str() {
            "bom"
                if self.path.is_empty() && attribute(start, "xmlns").contains("cyclonedx.org") =>
            {
                reading.sbom.format = "cyclonedx";
            }
            "component" if !self.within("tools") => {
                if !reading.count() {
                    return false;
                }
                let raw = Raw { reference: attribute(start, "bom-ref"), ..Raw::default() };
                self.open.push((attribute(start, "type"), raw));
            }
            "hash" => self.key = attribute(start, "alg"),
            "property" => self.key = attribute(start, "name"),
            "dependency" => {
                let reference = attribute(start, "ref");
                if let Some(from) = self.dependencies.last() {
                    if !reading.count() {
                        return false;
                    }
                    self.needs.push((from.clone(), reference.clone()));
                }
                self.dependencies.push(reference);
            }
            _ => {}
        }
        self.path.push(name);
        true
    }

    fn within(&self, name: &str) -> bool {
        self.path.iter().any(|open| open == name)
    }

    /// The element that holds the one being closed.
    fn parent(&self) -> &str {
        self.path.len().checked_sub(2).and_then(|at| self.path.get(at)).map_or("", String::as_str)
    }

    fn end(&mut self, reading: &mut Reading<'_>) {
        let Some(name) = self.path.last().cloned() else { return };
        let value = std::mem::take(&mut self.text).trim().to_owned();
        let parent = self.parent().to_owned();
        if let Some((_, raw)) = self.open.last_mut() {
            match (parent.as_str(), name.as_str()) {
                ("component", "group") => raw.name = format!("{value}/{}", raw.name),
                ("component", "name") => raw.name.push_str(&value),
                ("component", "version") => raw.version = value,
                ("component", "purl") => raw.purl = value,
                ("license", "id" | "name") | ("licenses", "expression") => raw.licences.push(value),
                ("hashes", "hash") => {
                    let algorithm = self.key.to_ascii_lowercase().replace("sha-", "sha");
                    raw.hashes.push(format!("{algorithm}:{value}"));
                }
                ("occurrence", "location") => {
                    raw.paths.push(value.trim_start_matches('/').to_owned());
                }
                ("properties", "property") => set_property(raw, &self.key, &value),
                _ => {}
            }
        }
        self.path.pop();
        match name.as_str() {
            "component" if !self.within("tools") => self.close_component(reading),
            "dependency" => {
                self.dependencies.pop();
            }
            _ => {}
        }
    }

    fn close_component(&mut self, reading: &mut Reading<'_>) {
        let Some((kind, raw)) = self.open.pop() else { return };
        if self.path.last().is_some_and(|open| open == "metadata") {
            raw.name.clone_into(&mut reading.sbom.name);
        } else if kind == "operating-system" {
            reading.sbom.distro.get_or_insert(Distro::new(&raw.name, &raw.version));
        } else if (!raw.purl.is_empty()
            || matches!(kind.as_str(), "library" | "framework" | "platform"))
            && let Some(purl) = reading.package(&raw, "cyclonedx")
        {
            self.known.insert(raw.reference, purl);
        }
    }
}
