use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the placeholders of a text stand for.
const PLACEHOLDERS: [&str; 11] = [
    "version",
    "pep440",
    "major",
    "minor",
    "patch",
    "commit",
    "tag",
    "summary",
    "changelog",
    "images",
    "install",
];

/// A text about a release with placeholders, such as `Release {tag}: {summary}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct TextTemplate(String);

impl TextTemplate {
    /// The text, with each placeholder replaced by its value. A value is not searched
    /// for placeholders.
    #[must_use]
    pub fn render(&self, value_of: impl Fn(&str) -> String) -> String {
        let mut text = String::new();
        let mut rest = self.0.as_str();
        while let Some((before, name, after)) = next_placeholder(rest) {
            text += before;
            text += &value_of(name);
            rest = after;
        }
        text + rest
    }

    /// Whether a placeholder occurs.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(&format!("{{{name}}}"))
    }
}

/// The first placeholder, with the text before and after it.
fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    text.match_indices('{').find_map(|(at, _)| {
        let (name, after) = text[at + 1..].split_once('}')?;
        PLACEHOLDERS.contains(&name).then_some((&text[..at], name, after))
    })
}

/// A brace that is no placeholder is text, unless it looks like a mistyped one.
impl FromStr for TextTemplate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
        let is_name =
            |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
        match names.filter(is_name).find(|name| !PLACEHOLDERS.contains(name)) {
            Some(unknown) => Err(format!(
                "`{text}` has the unknown placeholder `{{{unknown}}}`; use {{{}}}",
                PLACEHOLDERS.join("}, {")
            )),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl TryFrom<String> for TextTemplate {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<TextTemplate> for String {
    fn from(template: TextTemplate) -> Self {
        template.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_replaced_and_values_are_not_searched() {
        let template: TextTemplate = "{tag}: {summary} {}{".parse().unwrap();
        let text = template.render(|name| match name {
            "summary" => "uses {version}".to_owned(),
            name => name.to_uppercase(),
        });
        assert_eq!(text, "TAG: uses {version} {}{");
    }

    #[test]
    fn a_mistyped_placeholder_is_refused_with_those_that_exist() {
        let error = "Release {versoin}".parse::<TextTemplate>().unwrap_err();
        assert!(error.contains("unknown placeholder `{versoin}`; use {version}, "), "{error}");
        assert!("{\"json\": 1}".parse::<TextTemplate>().is_ok());
    }
}
