//! File names of distributions.

use std::str::FromStr;

use pep440_rs::Version;

use crate::{normalized_name, rules::is_accepted_platform};

/// The two kinds of distribution that indexes accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DistributionKind {
    /// Built distribution, ready to install.
    Wheel,
    /// Source distribution.
    Sdist,
}

impl DistributionKind {
    /// The name of the kind in the upload form and the JSON API.
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

/// The parsed file name of a distribution.
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

/// The compatibility tags of a wheel (PEP 425); each may be a set joined by dots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelTags {
    /// Interpreters, such as `py3` or `cp311`.
    pub python: String,
    /// Binary interfaces, such as `none` or `abi3`.
    pub abi: String,
    /// Platforms, such as `any` or `manylinux_2_28_x86_64`.
    pub platform: String,
}

impl WheelTags {
    /// Every combination of single tags: interpreter, interface, platform.
    pub fn combinations(&self) -> impl Iterator<Item = [&str; 3]> {
        self.python.split('.').flat_map(move |python| {
            self.abi.split('.').flat_map(move |abi| {
                self.platform.split('.').map(move |platform| [python, abi, platform])
            })
        })
    }

    /// A platform of the build machine alone, such as `linux_x86_64`, if it has one:
    /// nothing promises that the wheel runs on another machine.
    #[must_use]
    pub fn plain_linux(&self) -> Option<&str> {
        let mut platforms = self.platform.split('.');
        platforms.find(|tag| tag.starts_with("linux_") && !is_accepted_platform(tag))
    }
}

/// What is wrong with a file name, as a fragment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FileNameError(String);

impl From<&str> for FileNameError {
    fn from(reason: &str) -> Self {
        Self(reason.to_owned())
    }
}

impl FromStr for FileName {
    type Err = FileNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(stem) = text.strip_suffix(".whl") {
            return parse_wheel(text, stem);
        }
        let stem = sdist_stem(text).ok_or("its name ends neither in .whl nor in .tar.gz")?;
        let (project, version) = stem.rsplit_once('-').ok_or("its name has no version")?;
        assemble(text, DistributionKind::Sdist, project, version, None)
    }
}

impl FileName {
    /// Parses the name of a file of `project`, whose older sdists may have
    /// dashes in the version (`x-1.0-1.tar.gz`). `None` for a file of another
    /// project or kind.
    #[must_use]
    pub fn for_project(text: &str, project: &str) -> Option<Self> {
        let parsed = text.parse().ok().filter(|name: &Self| name.belongs_to(project));
        parsed.or_else(|| {
            let stem = sdist_stem(text)?;
            let splits = stem.match_indices('-').map(|(at, _)| (&stem[..at], &stem[at + 1..]));
            let mut names = splits.filter_map(|(name, version)| {
                assemble(text, DistributionKind::Sdist, name, version, None).ok()
            });
            names.find(|name| name.belongs_to(project))
        })
    }

    /// The version part of the name of a file of `project`, also where it is no version by
    /// PEP 440. `None` for a file of another project or kind.
    pub(crate) fn version_text<'t>(text: &'t str, project: &str) -> Option<&'t str> {
        if let Some(stem) = text.strip_suffix(".whl") {
            let mut parts = stem.split('-');
            return parts.next().filter(|name| is_same(name, project)).and_then(|_| parts.next());
        }
        let stem = sdist_stem(text)?;
        let mut splits = stem.match_indices('-').map(|(at, _)| (&stem[..at], &stem[at + 1..]));
        splits.find(|(name, _)| is_same(name, project)).map(|(_, version)| version)
    }

    fn belongs_to(&self, project: &str) -> bool {
        is_same(&self.project, project)
    }

    /// The value of the form field `pyversion`: a wheel's Python tag, else `source`.
    #[must_use]
    pub fn python_version(&self) -> &str {
        self.tags.as_ref().map_or("source", |tags| &tags.python)
    }
}

fn is_same(name: &str, project: &str) -> bool {
    normalized_name(name) == normalized_name(project)
}

fn sdist_stem(text: &str) -> Option<&str> {
    [".tar.gz", ".zip"].iter().find_map(|suffix| text.strip_suffix(suffix))
}

fn parse_wheel(text: &str, stem: &str) -> Result<FileName, FileNameError> {
    let parts: Vec<&str> = stem.split('-').collect();
    let (project, version, tags) = match parts[..] {
        [project, version, python, abi, platform] => (project, version, [python, abi, platform]),
        [project, version, build, python, abi, platform] => {
            if !build.starts_with(|c: char| c.is_ascii_digit()) {
                let reason = format!("its build number `{build}` does not start with a digit");
                return Err(FileNameError(reason));
            }
            (project, version, [python, abi, platform])
        }
        _ => return Err("a wheel's name has five or six parts joined by dashes".into()),
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
) -> Result<FileName, FileNameError> {
    let version = Version::from_str(version_text).map_err(|_| {
        FileNameError(format!("`{version_text}` in its name is not a version (PEP 440)"))
    })?;
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

    fn parse(name: &str) -> FileName {
        name.parse().unwrap()
    }

    #[test]
    fn a_wheel_has_five_parts_or_six_with_a_build_number() {
        let plain = parse("greeter-0.1.0-py2.py3-none-any.whl");
        assert_eq!((plain.project.as_str(), plain.version_text.as_str()), ("greeter", "0.1.0"));
        assert_eq!(plain.python_version(), "py2.py3");
        let built = parse("greeter-0.1.0-1a-cp311-abi3-win32.whl");
        assert_eq!(built.tags.unwrap().platform, "win32");
    }

    #[test]
    fn only_a_platform_without_a_specified_interface_is_plain() {
        for (tags, plain) in [
            ("cp312-cp312-linux_x86_64", Some("linux_x86_64")),
            ("cp312-cp312-manylinux2014_x86_64.linux_x86_64", Some("linux_x86_64")),
            ("cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", None),
            // Raspberry Pi: accepted by PyPI.
            ("cp312-cp312-linux_armv7l", None),
            ("py3-none-any", None),
        ] {
            let name = parse(&format!("greeter-0.1.0-{tags}.whl"));
            assert_eq!(name.tags.unwrap().plain_linux(), plain, "{tags}");
        }
    }

    #[test]
    fn an_sdist_is_split_at_its_last_dash() {
        let sdist = parse("my-project-1.0rc1.tar.gz");
        assert_eq!((sdist.project.as_str(), sdist.python_version()), ("my-project", "source"));
    }

    #[test]
    fn other_names_are_refused_with_a_reason() {
        for (name, reason) in [
            ("greeter-0.1.0-py3-none.whl", "five or six"),
            ("greeter-0.1.0-x1-py3-none-any.whl", "build number `x1`"),
            ("greeter-x-py3-none-any.whl", "`x` in its name"),
            ("greeter.tar.gz", "no version"),
            ("greeter-0.1.0.egg", "neither"),
        ] {
            let error = name.parse::<FileName>().unwrap_err();
            assert!(error.to_string().contains(reason), "{name}: {error}");
        }
    }

    #[test]
    fn the_version_of_an_old_sdist_may_have_a_dash() {
        let name = FileName::for_project("my-tool-1.0-1.tar.gz", "my_tool").unwrap();
        assert_eq!(name.version.to_string(), "1.0.post1");
        assert!(FileName::for_project("other-1.0.tar.gz", "my_tool").is_none());
    }
}
