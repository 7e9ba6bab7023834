//! Whether an installer would select a release (PEP 425, PEP 592, PEP 345).

use std::str::FromStr as _;

use pep440_rs::{Version, VersionSpecifiers};

use super::level::LevelState;
use crate::{DistributionKind, FileName, IndexFile, WheelTags};

/// Where a release should be installable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Version of CPython, such as `3.12` or `3.12.4`.
    pub python: String,
    /// Accepted platform tags besides `any`, such as `manylinux_2_28_x86_64`.
    pub platforms: Vec<String>,
    /// Whether an sdist may be built.
    pub builds: bool,
}

impl Target {
    /// CPython of this version on any platform; an sdist may be built.
    #[must_use]
    pub fn python(version: &str) -> Self {
        Self { python: version.to_owned(), platforms: Vec::new(), builds: true }
    }
}

impl Target {
    /// Whether a file can be installed there, by its name.
    #[must_use]
    pub fn accepts(&self, name: &FileName) -> bool {
        let Ok(python) = Version::from_str(&self.python) else { return false };
        match (name.kind, &name.tags) {
            (DistributionKind::Sdist, _) => self.builds,
            (DistributionKind::Wheel, Some(tags)) => {
                supports_interpreter(tags, &python) && supports_platform(tags, self)
            }
            (DistributionKind::Wheel, None) => false,
        }
    }
}

/// Level "selectable".
pub(super) fn evaluate_selection(files: &[&IndexFile], target: Option<&Target>) -> LevelState {
    if files.is_empty() {
        return LevelState::failed("no file is listed");
    }
    let offered: Vec<&IndexFile> = files.iter().copied().filter(|f| !f.is_yanked()).collect();
    if offered.is_empty() {
        let reason = files.iter().find_map(|file| file.yanked.as_deref());
        let reason = reason.filter(|reason| !reason.is_empty()).unwrap_or("no reason given");
        return LevelState::failed(format!("the release is yanked ({reason})"));
    }
    match target {
        Some(target) => evaluate_target(&offered, target),
        None => LevelState::Proved,
    }
}

fn evaluate_target(files: &[&IndexFile], target: &Target) -> LevelState {
    let Ok(python) = Version::from_str(&target.python) else {
        return LevelState::failed(format!("`{}` is not a version of Python", target.python));
    };
    let allowed: Vec<&IndexFile> =
        files.iter().copied().filter(|file| allows_python(file, &python)).collect();
    if allowed.is_empty() {
        let range = files.iter().find_map(|file| file.requires_python.as_deref());
        let range = range.unwrap_or_default();
        let reason = format!("it requires Python {range}, the target has {python}");
        return LevelState::failed(reason);
    }
    if allowed.iter().any(|file| file.parsed.as_ref().is_some_and(|name| target.accepts(name))) {
        return LevelState::Proved;
    }
    LevelState::failed(format!("no file fits CPython {python} on the target's platforms"))
}

fn allows_python(file: &IndexFile, python: &Version) -> bool {
    let Some(range) = &file.requires_python else { return true };
    // Installers ignore an invalid range (pip does).
    VersionSpecifiers::from_str(range).map_or(true, |range| range.contains(python))
}

fn supports_platform(tags: &WheelTags, target: &Target) -> bool {
    let mut platforms = tags.platform.split('.');
    platforms.any(|tag| tag == "any" || target.platforms.iter().any(|platform| platform == tag))
}

/// Whether CPython of this version accepts a wheel with these tags.
fn supports_interpreter(tags: &WheelTags, python: &Version) -> bool {
    let release = python.release();
    let major = release.first().copied().unwrap_or(3);
    let minor = release.get(1).copied().unwrap_or(0);
    let exact = format!("cp{major}{minor}");
    tags.python.split('.').any(|tag| {
        tags.abi.split('.').any(|abi| match (tag.split_at_checked(2), abi) {
            (Some(("py", version)), "none") => is_not_newer(version, major, minor),
            (Some(("cp", version)), "abi3" | "none") => is_not_newer(version, major, minor),
            _ => tag == exact && abi == exact,
        })
    })
}

/// Compares `3`, `38`, `310` with the version of Python.
fn is_not_newer(version: &str, major: u64, minor: u64) -> bool {
    let Some((first, rest)) = version.split_at_checked(1) else { return false };
    let rest = if rest.is_empty() { Ok(0) } else { rest.parse::<u64>() };
    first.parse() == Ok(major) && rest.is_ok_and(|rest| rest <= minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> IndexFile {
        let requires_python = Some(">=3.8".into());
        IndexFile { requires_python, ..IndexFile::sample(name) }
    }

    fn state(files: &[IndexFile], target: Option<Target>) -> LevelState {
        evaluate_selection(&files.iter().collect::<Vec<_>>(), target.as_ref())
    }

    #[test]
    fn a_yanked_release_fails_with_its_reason() {
        let mut yanked = file("x-1.tar.gz");
        yanked.yanked = Some("broken".into());
        let LevelState::Failed { reason } = state(&[yanked], None) else { panic!() };
        assert!(reason.contains("broken"));
    }

    #[test]
    fn the_python_range_and_the_tags_decide() {
        for (name, python, selectable) in [
            ("x-1-py3-none-any.whl", "3.12", true),
            ("x-1-py3-none-any.whl", "3.7", false),
            ("x-1-cp311-cp311-manylinux_2_28_x86_64.whl", "3.11.4", true),
            ("x-1-cp311-cp311-manylinux_2_28_x86_64.whl", "3.12", false),
            ("x-1-cp39-abi3-manylinux_2_28_x86_64.whl", "3.12", true),
            ("x-1-cp313-abi3-manylinux_2_28_x86_64.whl", "3.12", false),
            ("x-1-cp312-cp312-win_amd64.whl", "3.12", false),
            ("x-1.tar.gz", "3.12", true),
        ] {
            let mut target = Target::python(python);
            target.platforms = vec!["manylinux_2_28_x86_64".into()];
            let proved = state(&[file(name)], Some(target)) == LevelState::Proved;
            assert_eq!(proved, selectable, "{name} on {python}");
        }
    }

    #[test]
    fn an_sdist_does_not_count_when_nothing_may_be_built() {
        let target = Target { builds: false, ..Target::python("3.12") };
        assert!(matches!(state(&[file("x-1.tar.gz")], Some(target)), LevelState::Failed { .. }));
    }
}
