//! Values in the languages that people write configuration in.

use serde_json::Value as Json;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Yaml,
    Json,
    Hcl,
    Bicep,
}

impl Language {
    /// By the name of a file and how its text begins; none for those that nothing is put into.
    pub(super) fn of(path: &str, text: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        match ending {
            "tf" | "tofu" => Some(Self::Hcl),
            "bicep" => Some(Self::Bicep),
            "json" => Some(Self::Json),
            "template" | "cfn" if text.trim_start().starts_with('{') => Some(Self::Json),
            "yaml" | "yml" | "tpl" | "template" | "cfn" => Some(Self::Yaml),
            _ => None,
        }
    }

    /// A value on one line.
    pub(super) fn value(self, value: &Json) -> String {
        match (self, value) {
            (Self::Yaml, Json::String(text)) if is_plain(text) => text.clone(),
            (Self::Yaml, Json::Array(items)) => {
                format!("[{}]", joined(items.iter().map(|item| self.value(item))))
            }
            (Self::Hcl, Json::Object(map)) => {
                let fields =
                    map.iter().map(|(key, value)| format!("{key} = {}", self.value(value)));
                format!("{{ {} }}", joined(fields))
            }
            (Self::Hcl, Json::Array(items)) => {
                format!("[{}]", joined(items.iter().map(|item| self.value(item))))
            }
            // A text of HCL may hold templates; what we put in never does.
            (Self::Hcl, Json::String(text)) => {
                Json::from(text.replace("${", "$${").replace("%{", "%%{")).to_string()
            }
            (Self::Bicep, Json::String(text)) => {
                let text = text.replace('\\', "\\\\").replace('\'', "\\'").replace("${", "\\${");
                format!("'{text}'")
            }
            (Self::Bicep, Json::Array(items)) => {
                format!("[{}]", joined(items.iter().map(|item| self.value(item))))
            }
            (Self::Bicep, Json::Object(map)) => {
                let fields = map.iter().map(|(key, value)| format!("{key}: {}", self.value(value)));
                format!("{{ {} }}", joined(fields))
            }
            // JSON is YAML.
            _ => value.to_string(),
        }
    }

    /// A key and its value on lines of their own, the first without its margin. Keys that are not
    /// there yet become maps around the value.
    pub(super) fn entry(self, keys: &[&str], value: &Json, margin: &str) -> String {
        let [key, inner @ ..] = keys else { return self.value(value) };
        let deeper = format!("{margin}  ");
        match self {
            Self::Yaml if inner.is_empty() => format!("{}: {}", yaml_key(key), self.value(value)),
            Self::Yaml => {
                format!("{}:\n{deeper}{}", yaml_key(key), self.entry(inner, value, &deeper))
            }
            Self::Hcl if inner.is_empty() => format!("{key} = {}", self.value(value)),
            Self::Hcl => {
                format!("{key} {{\n{deeper}{}\n{margin}}}", self.entry(inner, value, &deeper))
            }
            Self::Bicep if inner.is_empty() => format!("{key}: {}", self.value(value)),
            Self::Bicep => {
                format!("{key}: {{\n{deeper}{}\n{margin}}}", self.entry(inner, value, &deeper))
            }
            Self::Json if inner.is_empty() => format!("{}: {value}", Json::from(*key)),
            Self::Json => {
                let name = Json::from(*key);
                let inner = self.entry(inner, value, &deeper);
                format!("{name}: {{\n{deeper}{inner}\n{margin}}}")
            }
        }
    }

    /// A key and its value on the line of others.
    pub(super) fn inline(self, keys: &[&str], value: &Json) -> String {
        let [key, inner @ ..] = keys else { return self.value(value) };
        let rest = if inner.is_empty() {
            self.value(value)
        } else {
            format!("{{{}}}", self.inline(inner, value))
        };
        match self {
            Self::Yaml => format!("{}: {rest}", yaml_key(key)),
            Self::Json => format!("{}: {rest}", Json::from(*key)),
            Self::Bicep => format!("{key}: {rest}"),
            Self::Hcl => format!("{key} = {rest}"),
        }
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn yaml_key(key: &str) -> String {
    if is_plain(key) { key.to_owned() } else { Json::from(key).to_string() }
}

/// Whether a text needs no quotes in YAML: no syntax in it, and no number, date, or truth of YAML 1.1
/// to be taken for.
fn is_plain(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
    let is_truth = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"]
        .iter()
        .any(|other| text.eq_ignore_ascii_case(other));
    text.bytes().all(word) && text.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_truth
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_written_as_people_would() {
        let check = |language: Language, value: Json, expected: &str| {
            assert_eq!(language.value(&value), expected);
        };
        check(Language::Yaml, json!("private"), "private");
        check(Language::Yaml, json!("ON"), "\"ON\"");
        check(Language::Yaml, json!("1.2"), "\"1.2\"");
        check(Language::Yaml, json!("a: b"), "\"a: b\"");
        check(Language::Yaml, json!(["ALL", true]), "[ALL, true]");
        check(Language::Json, json!(["ALL"]), "[\"ALL\"]");
        check(Language::Hcl, json!({"a": "${x}"}), "{ a = \"$${x}\" }");
        check(Language::Hcl, json!(14), "14");
        check(Language::Bicep, json!("it's ${x}"), "'it\\'s \\${x}'");
        check(Language::Bicep, json!([true, "a"]), "[true, 'a']");
    }

    #[test]
    fn keys_that_are_missing_become_maps() {
        let keys = ["metadata_options", "http_tokens"];
        let value = json!("required");
        assert_eq!(
            Language::Hcl.entry(&keys, &value, "  "),
            "metadata_options {\n    http_tokens = \"required\"\n  }"
        );
        assert_eq!(
            Language::Yaml.entry(&keys, &value, "  "),
            "metadata_options:\n    http_tokens: required"
        );
        assert_eq!(
            Language::Yaml.inline(&keys, &value),
            "metadata_options: {http_tokens: required}"
        );
        assert_eq!(
            Language::Json.entry(&keys, &value, ""),
            "\"metadata_options\": {\n  \"http_tokens\": \"required\"\n}"
        );
    }
}
