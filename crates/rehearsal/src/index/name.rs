//! The grammar of project names and distribution file names.

use std::str::FromStr;

use pep440_rs::Version;

/// The normalised form of a project name: lower case, with runs of `-_.` as a single `-` (PEP 503).
pub(super) fn normalized(name: &str) -> String {
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
pub(super) fn filename_prefix(name: &str) -> String {
    normalized(name).replace('-', "_")
}

/// Whether PyPI accepts `name` for a project: ASCII letters, digits and `._-`, starting and ending
/// with a letter or digit.
pub(super) fn is_valid_project_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

/// The parts of a wheel's file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WheelName {
    /// The part before the first dash, in its original spelling.
    pub(super) prefix: String,
    /// The version in its original spelling, which also names the `.dist-info` folder.
    pub(super) version_text: String,
    /// The parsed version.
    pub(super) version: Version,
    /// The platform tags, split at dots.
    pub(super) platforms: Vec<String>,
}

impl WheelName {
    /// The folder of the wheel's metadata inside the archive.
    pub(super) fn dist_info(&self) -> String {
        format!("{}-{}.dist-info", self.prefix, self.version_text)
    }
}

impl FromStr for WheelName {
    /// The message that PyPI sends.
    type Err = String;

    fn from_str(filename: &str) -> Result<Self, String> {
        let Some(stem) = filename.strip_suffix(".whl") else {
            return Err(invalid_wheel_name(filename, "extension must be '.whl'"));
        };
        let parts: Vec<&str> = stem.split('-').collect();
        let (prefix, version_text, platform) = match parts[..] {
            [prefix, version, _, _, platform] => (prefix, version, platform),
            [prefix, version, build, _, _, platform] => {
                if !build.starts_with(|c: char| c.is_ascii_digit()) {
                    let filename = python_repr(filename);
                    return Err(format!("Invalid build number: {build} in {filename}"));
                }
                (prefix, version, platform)
            }
            _ => return Err(invalid_wheel_name(filename, "wrong number of parts")),
        };
        let version = Version::from_str(version_text)
            .map_err(|_| invalid_wheel_name(filename, "invalid version"))?;
        Ok(Self {
            prefix: prefix.to_owned(),
            version_text: version_text.to_owned(),
            version,
            platforms: platform.split('.').map(str::to_owned).collect(),
        })
    }
}

fn invalid_wheel_name(filename: &str, reason: &str) -> String {
    format!("Invalid wheel filename ({reason}): {}", python_repr(filename))
}

/// Name and version of a source distribution's file name; `None` if it is malformed.
pub(super) fn split_sdist_filename(filename: &str) -> Option<(&str, Version)> {
    let stem = filename.strip_suffix(".tar.gz").or_else(|| filename.strip_suffix(".zip"))?;
    let (name, version) = stem.rsplit_once('-')?;
    Some((name, Version::from_str(version).ok()?))
}

/// `text` as Python's `repr` renders a string, which is how PyPI's messages quote values.
pub(super) fn python_repr(text: &str) -> String {
    if text.contains('\'') && !text.contains('"') {
        return format!("\"{text}\"");
    }
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_separators_and_case_are_the_same_project() {
        for spelling in ["My.Project_Name", "my--project__name", "my-project-name"] {
            assert_eq!(normalized(spelling), "my-project-name");
        }
        assert_eq!(filename_prefix("My.Project-Name"), "my_project_name");
    }

    #[test]
    fn names_start_and_end_with_a_letter_or_digit() {
        for name in ["a", "A1._-b"] {
            assert!(is_valid_project_name(name), "{name}");
        }
        for name in ["", "-a", "a.", "a b"] {
            assert!(!is_valid_project_name(name), "{name}");
        }
    }

    #[test]
    fn a_wheel_name_has_five_parts_or_six_with_a_build_number() {
        let plain: WheelName = "greeter-0.1.0-py3-none-any.whl".parse().unwrap();
        assert_eq!(plain.dist_info(), "greeter-0.1.0.dist-info");
        let built: WheelName = "greeter-0.1.0-1-cp311-abi3-a_b.c_d.whl".parse().unwrap();
        assert_eq!(built.platforms, ["a_b", "c_d"]);
        for wrong in [
            "greeter-0.1.0.whl",
            "greeter-x-py3-none-any.whl",
            "greeter-0.1.0-b-py3-none-any.whl",
            "greeter-0.1.0-py3-none-any.zip",
        ] {
            assert!(wrong.parse::<WheelName>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn quotes_as_python_does() {
        assert_eq!(python_repr("a"), "'a'");
        assert_eq!(python_repr("it's"), "\"it's\"");
    }
}
