//! Project names and distribution file names.

use std::str::FromStr;

use pep440_rs::Version;

/// The form of a project name under which an index looks it up: lower case, runs of `-_.` as one
/// `-` (PEP 503).
pub(crate) fn normalized(name: &str) -> String {
    let mut result = String::with_capacity(name.len());
    for part in name.split(['-', '_', '.']).filter(|part| !part.is_empty()) {
        if !result.is_empty() {
            result.push('-');
        }
        result.push_str(&part.to_ascii_lowercase());
    }
    result
}

/// The form of a project name at the start of a distribution's file name.
pub(crate) fn file_prefix(name: &str) -> String {
    normalized(name).replace('-', "_")
}

/// Whether PyPI accepts `name` for a project: ASCII letters, digits, `._-`, beginning and ending
/// with a letter or digit.
pub(crate) fn is_valid(name: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(name.chars().next())
        && edge(name.chars().last())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

/// What the file name of a wheel says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WheelName {
    /// The part before the first dash, as spelled.
    pub(crate) prefix: String,
    /// The version as spelled; it names the `.dist-info` folder.
    pub(crate) version_text: String,
    /// The version as a value.
    pub(crate) version: Version,
    /// The platform tags, split at dots.
    pub(crate) platforms: Vec<String>,
}

impl WheelName {
    /// Splits a wheel's file name; the error is the text PyPI answers with.
    pub(crate) fn parse(filename: &str) -> Result<Self, String> {
        let wrong = |what: &str| format!("Invalid wheel filename ({what}): {}", quoted(filename));
        let stem =
            filename.strip_suffix(".whl").ok_or_else(|| wrong("extension must be '.whl'"))?;
        let parts: Vec<&str> = stem.split('-').collect();
        let (prefix, version_text, platform) = match parts[..] {
            [prefix, version, _, _, platform] => (prefix, version, platform),
            [prefix, version, build, _, _, platform] => {
                if !build.starts_with(|c: char| c.is_ascii_digit()) {
                    return Err(format!("Invalid build number: {build} in {}", quoted(filename)));
                }
                (prefix, version, platform)
            }
            _ => return Err(wrong("wrong number of parts")),
        };
        let version = Version::from_str(version_text).map_err(|_| wrong("invalid version"))?;
        Ok(Self {
            prefix: prefix.to_owned(),
            version_text: version_text.to_owned(),
            version,
            platforms: platform.split('.').map(str::to_owned).collect(),
        })
    }

    /// The folder of the wheel's own records inside the archive.
    pub(crate) fn dist_info(&self) -> String {
        format!("{}-{}.dist-info", self.prefix, self.version_text)
    }
}

/// Name and version part of a source distribution's file name, or nothing when it has no such form.
pub(crate) fn split_sdist(filename: &str) -> Option<(&str, Version)> {
    let stem = filename.strip_suffix(".tar.gz").or_else(|| filename.strip_suffix(".zip"))?;
    let (name, version) = stem.rsplit_once('-')?;
    Some((name, Version::from_str(version).ok()?))
}

/// `text` as Python's `repr` shows a string, which is how PyPI's messages quote values.
pub(crate) fn quoted(text: &str) -> String {
    if text.contains('\'') && !text.contains('"') {
        return format!("\"{text}\"");
    }
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_separators_and_case_are_one_project() {
        for spelling in ["My.Project_Name", "my--project__name", "my-project-name"] {
            assert_eq!(normalized(spelling), "my-project-name");
        }
        assert_eq!(file_prefix("My.Project-Name"), "my_project_name");
    }

    #[test]
    fn names_begin_and_end_with_a_letter_or_digit() {
        assert!(is_valid("a") && is_valid("A1._-b"));
        assert!(!is_valid("") && !is_valid("-a") && !is_valid("a.") && !is_valid("a b"));
    }

    #[test]
    fn a_wheel_name_has_five_parts_or_six_with_a_build_number() {
        let plain = WheelName::parse("greeter-0.1.0-py3-none-any.whl").unwrap();
        assert_eq!(plain.dist_info(), "greeter-0.1.0.dist-info");
        let built = WheelName::parse("greeter-0.1.0-1-cp311-abi3-a_b.c_d.whl").unwrap();
        assert_eq!(built.platforms, ["a_b", "c_d"]);
        for wrong in [
            "greeter-0.1.0.whl",
            "greeter-x-py3-none-any.whl",
            "greeter-0.1.0-b-py3-none-any.whl",
            "greeter-0.1.0-py3-none-any.zip",
        ] {
            assert!(WheelName::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn quotes_as_python_does() {
        assert_eq!(quoted("a"), "'a'");
        assert_eq!(quoted("it's"), "\"it's\"");
    }
}
