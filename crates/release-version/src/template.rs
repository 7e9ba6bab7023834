use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{ReleaseVersion, TemplateError};

/// The name of a tag with placeholders: `v{version}`, `cron-{version}-{commit}`,
/// `{major}.{minor}`, `latest`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TagTemplate {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Part {
    Text(String),
    Placeholder(Placeholder),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Placeholder {
    Version,
    Pep440,
    Major,
    Minor,
    Patch,
    Commit,
}

const NAMES: [(&str, Placeholder); 6] = [
    ("version", Placeholder::Version),
    ("pep440", Placeholder::Pep440),
    ("major", Placeholder::Major),
    ("minor", Placeholder::Minor),
    ("patch", Placeholder::Patch),
    ("commit", Placeholder::Commit),
];

/// What the placeholders stand for.
#[derive(Debug, Clone, Copy)]
pub struct TemplateValues<'a> {
    /// The version released.
    pub version: &'a ReleaseVersion,
    /// Short hash of the commit released.
    pub commit: &'a str,
}

impl TemplateValues<'_> {
    /// The value of a placeholder by its name; `None` if there is none of this name.
    #[must_use]
    pub fn value_of(&self, name: &str) -> Option<String> {
        let (_, placeholder) = NAMES.iter().find(|(candidate, _)| *candidate == name)?;
        Some(self.value(*placeholder))
    }

    fn value(&self, placeholder: Placeholder) -> String {
        let version = self.version;
        match placeholder {
            Placeholder::Version => version.to_string(),
            Placeholder::Pep440 => version.pep440(),
            Placeholder::Major => version.numbers.text(0),
            Placeholder::Minor => version.numbers.text(1),
            Placeholder::Patch => version.numbers.text(2),
            Placeholder::Commit => self.commit.to_owned(),
        }
    }
}

impl TagTemplate {
    /// The tag's name.
    #[must_use]
    pub fn render(&self, values: TemplateValues<'_>) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Placeholder(placeholder) => values.value(*placeholder),
        });
        parts.collect()
    }

    /// The version that a tag of this template's shape names, in any spelling that
    /// PEP 440 reads. `None` for tags of other shapes, and for templates that do not
    /// state the whole version once.
    #[must_use]
    pub fn version_of(&self, tag: &str) -> Option<ReleaseVersion> {
        let (before, after) = self.around_version()?;
        let version = tag.strip_prefix(before)?.strip_suffix(after)?;
        // `v{version}` does not read `vv1.0`, nor `{version}` the tag `v1.0`.
        let starts_with_number = version.starts_with(|first: char| first.is_ascii_digit());
        starts_with_number.then(|| ReleaseVersion::from_pep440(version)).flatten()
    }

    /// As [`TagTemplate::version_of`], only in the spellings in which versions are
    /// written. Elsewhere PEP 440 reads much as a version that is none: `0.9.1-1234567`
    /// is a commit, and not the post-release 1234567.
    #[must_use]
    pub fn exact_version_of(&self, tag: &str) -> Option<ReleaseVersion> {
        let (before, after) = self.around_version()?;
        let text = tag.strip_prefix(before)?.strip_suffix(after)?;
        self.version_of(tag).filter(|version| !version.local && version.is_spelled(text))
    }

    /// The texts before and after the version, if it states the whole version once and
    /// nothing else that changes.
    #[must_use]
    pub fn around_version(&self) -> Option<(&str, &str)> {
        use Placeholder::{Pep440, Version};
        match self.parts.as_slice() {
            [Part::Placeholder(Version | Pep440)] => Some(("", "")),
            [Part::Text(before), Part::Placeholder(Version | Pep440)] => Some((before, "")),
            [Part::Placeholder(Version | Pep440), Part::Text(after)] => Some(("", after)),
            [Part::Text(before), Part::Placeholder(Version | Pep440), Part::Text(after)] => {
                Some((before, after))
            }
            _ => None,
        }
    }

    /// Whether every version gets a tag of its own.
    #[must_use]
    pub fn names_one_version(&self) -> bool {
        self.has(Placeholder::Version) || self.has(Placeholder::Pep440)
    }

    /// Whether the name depends on the commit.
    #[must_use]
    pub fn names_commit(&self) -> bool {
        self.has(Placeholder::Commit)
    }

    pub(crate) fn has(&self, placeholder: Placeholder) -> bool {
        self.parts.contains(&Part::Placeholder(placeholder))
    }
}

impl FromStr for TagTemplate {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        if text.is_empty() {
            return Err(TemplateError::Empty);
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (part, after) = next_part(text, rest)?;
            parts.push(part);
            rest = after;
        }
        Ok(Self { parts })
    }
}

fn next_part<'a>(template: &str, rest: &'a str) -> Result<(Part, &'a str), TemplateError> {
    let lonely = || TemplateError::Brace(template.to_owned());
    let Some(inside) = rest.strip_prefix('{') else {
        let end = rest.find(['{', '}']).unwrap_or(rest.len());
        let text = Part::Text(rest[..end].to_owned());
        return if end == 0 { Err(lonely()) } else { Ok((text, &rest[end..])) };
    };
    let (name, after) = inside.split_once('}').ok_or_else(lonely)?;
    let found = NAMES.iter().find(|(candidate, _)| *candidate == name);
    let unknown =
        || TemplateError::Placeholder { template: template.to_owned(), name: name.to_owned() };
    Ok((Part::Placeholder(found.ok_or_else(unknown)?.1), after))
}

impl fmt::Display for TagTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |wanted: &Placeholder| {
            NAMES.iter().find(|(_, placeholder)| placeholder == wanted).map_or("", |(name, _)| name)
        };
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Placeholder(placeholder) => write!(f, "{{{}}}", name(placeholder)),
        })
    }
}

impl TryFrom<String> for TagTemplate {
    type Error = TemplateError;
    fn try_from(text: String) -> Result<Self, TemplateError> {
        text.parse()
    }
}

impl From<TagTemplate> for String {
    fn from(template: TagTemplate) -> Self {
        template.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> TagTemplate {
        text.parse().unwrap()
    }

    #[test]
    fn all_placeholders_are_filled() {
        let version = "1.2.3-rc.4".parse().unwrap();
        let values = TemplateValues { version: &version, commit: "1a2b3c4" };
        let all = template("v{version}_{pep440}_{major}.{minor}.{patch}-{commit}");
        assert_eq!(all.render(values), "v1.2.3-rc.4_1.2.3rc4_1.2.3-1a2b3c4");
        assert_eq!(all.to_string(), "v{version}_{pep440}_{major}.{minor}.{patch}-{commit}");
    }

    #[test]
    fn tags_of_other_shapes_name_no_version() {
        let plain = template("{version}");
        for tag in ["latest", "cron-0.9.1", "v0.9.1", "0.9.1-1a2b3c4", "sha256-00.sig"] {
            assert_eq!(plain.version_of(tag), None, "{tag}");
        }
        assert_eq!(plain.version_of("0.9.1"), Some(ReleaseVersion::new(0, 9, 1)));
        assert_eq!(template("latest").version_of("latest"), None);
        assert_eq!(template("v{version}").version_of("vv1.0"), None);
    }

    #[test]
    fn a_tag_is_read_in_every_spelling_of_its_version() {
        for (shape, tag, version) in [
            ("v{version}", "v1.0.0rc1", "1.0.0-rc.1"),
            ("v{pep440}", "v0.2.0", "0.2.0"),
            ("v{pep440}", "v1.0.0-rc.1", "1.0.0rc1"),
            ("{version}", "26.3", "26.3"),
            ("v{version}", "v0.13", "0.13.0"),
            ("{version}", "2.32.4.20250611", "2.32.4.20250611"),
            ("lib/v{version}", "lib/v2026.06.0", "2026.6.0"),
        ] {
            assert_eq!(template(shape).version_of(tag), version.parse().ok(), "{tag}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        assert!(matches!(
            "{verison}".parse::<TagTemplate>(),
            Err(TemplateError::Placeholder { .. })
        ));
        assert!(matches!("v{version".parse::<TagTemplate>(), Err(TemplateError::Brace(_))));
        assert!(matches!("v}".parse::<TagTemplate>(), Err(TemplateError::Brace(_))));
    }
}
