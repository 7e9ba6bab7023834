//! What the file name of a distribution says.

use std::str::FromStr as _;

use pep440_rs::Version;

use crate::normalized_name;

/// The two kinds of distribution that indexes take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DistributionKind {
    /// Built distribution, ready to install.
    Wheel,
    /// Source distribution.
    Sdist,
}

impl DistributionKind {
    /// The word of the upload form and of the JSON API.
    #[must_use]
    pub fn packagetype(self) -> &'static str {
        match self {
            Self::Wheel => "bdist_wheel",
            Self::Sdist => "sdist",
        }
    }
}

impl std::fmt::Display for DistributionKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Wheel => "wheel",
            Self::Sdist => "sdist",
        })
    }
}

/// A distribution's file name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName {
    /// The whole name.
    pub text: String,
    /// Wheel or sdist.
    pub kind: DistributionKind,
    /// The project part as spelled.
    pub project: String,
    /// The version part as spelled.
    pub version_text: String,
    /// The version as a value.
    pub version: Version,
    /// The tags of a wheel.
    pub tags: Option<WheelTags>,
}

/// What a wheel runs on (PEP 425); each may be a set joined by dots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelTags {
    /// Interpreters, such as `py3` or `cp311`.
    pub python: String,
    /// Binary interfaces, such as `none` or `abi3`.
    pub abi: String,
    /// Platforms, such as `any` or `manylinux_2_28_x86_64`.
    pub platform: String,
}

impl FileName {
    /// Takes a name apart.
    ///
    /// # Errors
    /// What is wrong with the name, as a fragment.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(stem) = text.strip_suffix(".whl") {
            return parse_wheel(text, stem);
        }
        let stem = [".tar.gz", ".zip"].iter().find_map(|suffix| text.strip_suffix(suffix));
        let stem = stem.ok_or("its name ends neither in .whl nor in .tar.gz")?;
        let (project, version) = stem.rsplit_once('-').ok_or("its name has no version")?;
        let kind = DistributionKind::Sdist;
        assemble(text, kind, project, version, None)
    }

    /// As [`FileName::parse`] for a file of a known project, whose older sdists
    /// may have dashes in the version (`x-1.0-1.tar.gz`). `None` when the file
    /// belongs to another project or is of another kind.
    #[must_use]
    pub fn of_project(text: &str, project: &str) -> Option<Self> {
        let ours = |name: &Self| normalized_name(&name.project) == normalized_name(project);
        if let Some(name) = Self::parse(text).ok().filter(ours) {
            return Some(name);
        }
        let stem = [".tar.gz", ".zip"].iter().find_map(|suffix| text.strip_suffix(suffix))?;
        let splits = stem.match_indices('-').map(|(at, _)| (&stem[..at], &stem[at + 1..]));
        let mut fitting = splits.filter_map(|(name, version)| {
            assemble(text, DistributionKind::Sdist, name, version, None).ok()
        });
        fitting.find(ours)
    }

    /// The value of the form's `pyversion`: a wheel's Python tag, else `source`.
    #[must_use]
    pub fn python_version(&self) -> &str {
        self.tags.as_ref().map_or("source", |tags| &tags.python)
    }
}

fn parse_wheel(text: &str, stem: &str) -> Result<FileName, String> {
    let parts: Vec<&str> = stem.split('-').collect();
    let (project, version, tags) = match parts[..] {
        [project, version, python, abi, platform] => (project, version, [python, abi, platform]),
        [project, version, build, python, abi, platform] => {
            if !build.starts_with(|c: char| c.is_ascii_digit()) {
                return Err(format!("its build number `{build}` does not begin with a digit"));
            }
            (project, version, [python, abi, platform])
        }
        _ => return Err("a wheel's name has five or six parts joined by dashes".to_owned()),
    };
    let [python, abi, platform] = tags.map(str::to_owned);
    let tags = WheelTags { python, abi, platform };
    assemble(text, DistributionKind::Wheel, project, version, Some(tags))
}

fn assemble(
    text: &str,
    kind: DistributionKind,
    project: &str,
    version_text: &str,
    tags: Option<WheelTags>,
) -> Result<FileName, String> {
    let version = Version::from_str(version_text)
        .map_err(|_| format!("`{version_text}` in its name is no version (PEP 440)"))?;
    Ok(FileName {
        text: text.to_owned(),
        kind,
        project: project.to_owned(),
        version_text: version_text.to_owned(),
        version,
        tags,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_has_five_parts_or_six_with_a_build_number() {
        let plain = FileName::parse("greeter-0.1.0-py2.py3-none-any.whl").unwrap();
        assert_eq!((plain.project.as_str(), plain.version_text.as_str()), ("greeter", "0.1.0"));
        assert_eq!(plain.python_version(), "py2.py3");
        let built = FileName::parse("greeter-0.1.0-1a-cp311-abi3-win32.whl").unwrap();
        assert_eq!(built.tags.unwrap().platform, "win32");
    }

    #[test]
    fn an_sdist_is_split_at_its_last_dash() {
        let sdist = FileName::parse("my-project-1.0rc1.tar.gz").unwrap();
        assert_eq!((sdist.project.as_str(), sdist.python_version()), ("my-project", "source"));
    }

    #[test]
    fn other_names_are_told_apart_with_a_reason() {
        for (name, reason) in [
            ("greeter-0.1.0-py3-none.whl", "five or six"),
            ("greeter-0.1.0-x1-py3-none-any.whl", "build number `x1`"),
            ("greeter-x-py3-none-any.whl", "`x` in its name"),
            ("greeter.tar.gz", "no version"),
            ("greeter-0.1.0.egg", "neither"),
        ] {
            assert!(FileName::parse(name).unwrap_err().contains(reason), "{name}");
        }
    }

    #[test]
    fn a_dash_in_the_version_of_an_old_sdist_is_understood_for_a_known_project() {
        let name = FileName::of_project("my-tool-1.0-1.tar.gz", "my_tool").unwrap();
        assert_eq!(name.version.to_string(), "1.0.post1");
        assert!(FileName::of_project("other-1.0.tar.gz", "my_tool").is_none());
    }
}
