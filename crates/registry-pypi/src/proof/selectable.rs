//! Whether an installer would choose a release (PEP 425, PEP 592, PEP 345).

use std::str::FromStr as _;

use pep440_rs::{Version, VersionSpecifiers};

use super::{LevelState, verdict::failed};
use crate::{DistributionKind, IndexFile, WheelTags};

/// Where a release is to be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Version of CPython, such as `3.12` or `3.12.4`.
    pub python: String,
    /// Platform tags that it accepts beside `any`, such as `manylinux_2_28_x86_64`.
    pub platforms: Vec<String>,
    /// Whether building from an sdist counts.
    pub builds: bool,
}

impl Target {
    /// CPython of this version on any platform; an sdist counts.
    #[must_use]
    pub fn python(version: &str) -> Self {
        Self { python: version.to_owned(), platforms: Vec::new(), builds: true }
    }
}

/// Level (e).
pub(super) fn judge(files: &[&IndexFile], target: Option<&Target>) -> LevelState {
    if files.is_empty() {
        return failed("no file is listed");
    }
    let yanked = files.iter().find_map(|file| file.yanked.as_deref());
    if files.iter().all(|file| file.is_yanked()) {
        let reason = yanked.filter(|reason| !reason.is_empty()).unwrap_or("no reason given");
        return failed(format!("the release is yanked ({reason})"));
    }
    let Some(target) = target else { return LevelState::Proved };
    let Ok(python) = Version::from_str(&target.python) else {
        return failed(format!("`{}` is no version of Python", target.python));
    };
    let offered = || files.iter().filter(|file| !file.is_yanked());
    if !offered().any(|file| allows_python(file, &python)) {
        let range = offered().find_map(|file| file.requires_python.as_deref()).unwrap_or_default();
        return failed(format!("it requires Python {range}, the target has {python}"));
    }
    let fits = |file: &&IndexFile| allows_python(file, &python) && fits(file, target, &python);
    match offered().copied().find(fits) {
        Some(_) => LevelState::Proved,
        None => failed(format!("no file fits CPython {python} on the target's platforms")),
    }
}

fn allows_python(file: &IndexFile, python: &Version) -> bool {
    let Some(range) = &file.requires_python else { return true };
    // Installers ignore a range that they do not understand (pip does).
    VersionSpecifiers::from_str(range).is_ok_and(|range| range.contains(python))
        || VersionSpecifiers::from_str(range).is_err()
}

fn fits(file: &IndexFile, target: &Target, python: &Version) -> bool {
    let Some(name) = &file.parsed else { return false };
    match (name.kind, &name.tags) {
        (DistributionKind::Sdist, _) => target.builds,
        (DistributionKind::Wheel, Some(tags)) => {
            let any = |set: &str, fits: &dyn Fn(&str) -> bool| set.split('.').any(fits);
            let platform = |tag: &str| tag == "any" || target.platforms.iter().any(|p| p == tag);
            interpreter_fits(tags, python) && any(&tags.platform, &platform)
        }
        (DistributionKind::Wheel, None) => false,
    }
}

/// Whether CPython of this version takes a wheel with these tags.
fn interpreter_fits(tags: &WheelTags, python: &Version) -> bool {
    let release = python.release();
    let (major, minor) = (release.first().copied().unwrap_or(3), release.get(1).copied());
    let minor = minor.unwrap_or(0);
    let own = format!("cp{major}{minor}");
    tags.python.split('.').any(|tag| {
        tags.abi.split('.').any(|abi| match (tag.split_at_checked(2), abi) {
            (Some(("py", version)), "none") => not_newer(version, major, minor),
            (Some(("cp", version)), "abi3" | "none") => not_newer(version, major, minor),
            _ => tag == own && abi == own,
        })
    })
}

/// `3`, `38`, `310` against 3.12.
fn not_newer(version: &str, major: u64, minor: u64) -> bool {
    let Some((first, rest)) = version.split_at_checked(1) else { return false };
    let rest = if rest.is_empty() { Ok(0) } else { rest.parse::<u64>() };
    first.parse() == Ok(major) && rest.is_ok_and(|rest| rest <= minor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileName;

    fn file(name: &str) -> IndexFile {
        IndexFile {
            parsed: FileName::parse(name).ok(),
            file_name: name.to_owned(),
            url: "http://127.0.0.1/x".parse().unwrap(),
            sha256: None,
            size: None,
            requires_python: Some(">=3.8".into()),
            upload_time: None,
            yanked: None,
            core_metadata: crate::CoreMetadataFile::NotServed,
            provenance: None,
        }
    }

    fn state(files: &[IndexFile], target: Option<Target>) -> LevelState {
        judge(&files.iter().collect::<Vec<_>>(), target.as_ref())
    }

    #[test]
    fn a_yanked_release_is_passed_over_with_its_reason() {
        let mut yanked = file("x-1.tar.gz");
        yanked.yanked = Some("broken".into());
        let LevelState::Failed { reason } = state(&[yanked], None) else { panic!() };
        assert!(reason.contains("broken"));
    }

    #[test]
    fn the_python_range_and_the_tags_decide() {
        let wheel = |name: &str| [file(name)];
        for (name, python, fits) in [
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
            let proved = state(&wheel(name), Some(target)) == LevelState::Proved;
            assert_eq!(proved, fits, "{name} on {python}");
        }
    }

    #[test]
    fn an_sdist_does_not_count_where_nothing_is_built() {
        let target = Target { builds: false, ..Target::python("3.12") };
        assert!(matches!(state(&[file("x-1.tar.gz")], Some(target)), LevelState::Failed { .. }));
    }
}
