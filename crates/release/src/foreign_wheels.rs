//! Wheels that were built elsewhere: by hooks such as cibuildwheel, or by the workflows
//! of the forge.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use globset::{Glob, GlobMatcher};
use registry_pypi::{Distribution, DistributionKind, check_distribution};

use crate::step_error::ReleaseStepError;

/// What a wheel must be to belong to a release.
pub(crate) struct WheelIdentity<'a> {
    /// The normalised name of the project.
    pub(crate) project: &'a str,
    /// The version in the spelling of PEP 440.
    pub(crate) version: &'a str,
}

impl WheelIdentity<'_> {
    /// Checks that the wheels are of this release, that each is whole, and that no two are
    /// for the same machines.
    ///
    /// # Errors
    /// A refusal with everything that is wrong.
    pub(crate) fn check(&self, wheels: &[Distribution]) -> Result<(), ReleaseStepError> {
        let mut problems: Vec<String> =
            wheels.iter().flat_map(|wheel| self.problems(wheel)).collect();
        problems.extend(duplicates(wheels));
        if problems.is_empty() {
            return Ok(());
        }
        Err(ReleaseStepError::refused(
            format!("the wheels cannot be released: {}", problems.join("; ")),
            "build them from the release commit (`TIDEGATE_COMMIT`), each once",
        ))
    }

    fn problems(&self, wheel: &Distribution) -> Vec<String> {
        let (file, mut problems) = (wheel.file_name(), Vec::new());
        if wheel.project() != self.project {
            problems.push(format!("{file} is of {}, not of {}", wheel.project(), self.project));
        }
        if wheel.version().to_string() != self.version {
            problems.push(format!("{file} has version {}, not {}", wheel.version(), self.version));
        }
        // PyPI accepts such wheels and writes to the maintainers; here nobody may have
        // looked at them yet.
        let findings = check_distribution(wheel);
        let findings = findings.iter().filter(|finding| finding.rule == "record");
        problems.extend(findings.map(|finding| format!("{file}: {}", finding.message)));
        problems
    }
}

/// Wheels that pip could not decide between.
fn duplicates(wheels: &[Distribution]) -> Vec<String> {
    let (mut earlier, mut problems) = (BTreeMap::new(), Vec::new());
    for wheel in wheels {
        let name = wheel.parsed_name();
        let tags = name.tags.iter().flat_map(|tags| tags.combinations());
        let tags: Vec<String> = tags.map(|tag| tag.join("-")).collect();
        let shared = tags.iter().find_map(|tag| Some((tag.clone(), *earlier.get(tag)?)));
        if let Some((tag, other)) = shared {
            problems.push(format!("{other} and {} are both for {tag}", wheel.file_name()));
        }
        earlier.extend(tags.into_iter().map(|tag| (tag, wheel.file_name())));
    }
    problems
}

/// Moves the wheels that hooks built into `out`, so that no sdist contains them. Gives
/// their paths.
///
/// # Errors
/// A pattern that matches no wheel, and files that cannot be moved.
pub(crate) fn gather_wheels(
    folder: &Path,
    patterns: &[String],
    out: &Path,
) -> Result<Vec<PathBuf>, ReleaseStepError> {
    let mut gathered = Vec::new();
    for pattern in patterns {
        let found = matching_files(folder, pattern)?;
        let wheels: Vec<&PathBuf> =
            found.iter().filter(|path| path.extension().is_some_and(|end| end == "whl")).collect();
        if wheels.is_empty() {
            return Err(ReleaseStepError::Failed {
                problem: format!("no wheel matches `{pattern}`"),
                advice: Some(
                    "the commands of `before` in [package] must build wheels there, or `wheels` \
                     names another folder (relative to that of the package)"
                        .to_owned(),
                ),
            });
        }
        for wheel in wheels {
            gathered.push(move_wheel(wheel, out)?);
        }
    }
    Ok(gathered)
}

/// Moves a file into a folder that has no other file of this name.
pub(crate) fn move_wheel(wheel: &Path, folder: &Path) -> Result<PathBuf, ReleaseStepError> {
    let target = folder.join(wheel.file_name().unwrap_or_default());
    if target.exists() {
        let problem = format!("two files are named {}", target_name(&target));
        return Err(ReleaseStepError::refused(problem, "build each wheel once"));
    }
    if std::fs::rename(wheel, &target).is_err() {
        // Another file system.
        std::fs::copy(wheel, &target).map_err(ReleaseStepError::io("keep", wheel))?;
        std::fs::remove_file(wheel).map_err(ReleaseStepError::io("remove", wheel))?;
    }
    Ok(target)
}

fn target_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The files below `folder` that match a pattern, sorted. Only folders that the pattern
/// names are read.
fn matching_files(folder: &Path, pattern: &str) -> Result<Vec<PathBuf>, ReleaseStepError> {
    let mut matches = vec![folder.to_owned()];
    for component in pattern.split('/').filter(|component| !matches!(*component, "" | ".")) {
        let matcher = matcher(component)?;
        let mut next = Vec::new();
        for folder in matches.iter().filter(|folder| folder.is_dir()) {
            let entries =
                std::fs::read_dir(folder).map_err(ReleaseStepError::io("read", folder))?;
            for entry in entries {
                let entry = entry.map_err(ReleaseStepError::io("read", folder))?;
                if matcher.is_match(entry.file_name()) {
                    next.push(entry.path());
                }
            }
        }
        matches = next;
    }
    matches.retain(|path| path.is_file());
    matches.sort();
    Ok(matches)
}

/// A pattern of one name.
pub(crate) fn matcher(pattern: &str) -> Result<GlobMatcher, ReleaseStepError> {
    let glob = Glob::new(pattern);
    let glob = glob.map_err(|error| ReleaseStepError::failed(format!("in [package]: {error}")));
    Ok(glob?.compile_matcher())
}

/// The wheels among the files of a release.
pub(crate) fn wheels_of(files: &[Distribution]) -> impl Iterator<Item = &Distribution> {
    files.iter().filter(|file| file.kind() == DistributionKind::Wheel)
}

#[cfg(test)]
mod tests {
    use rehearsal::index::sample::Sample;

    use super::*;

    const IDENTITY: WheelIdentity<'_> = WheelIdentity { project: "demo-tool", version: "0.2.0" };

    fn problem(samples: &[Sample]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let wheels: Vec<Distribution> = samples
            .iter()
            .map(|sample| sample.wheel().write_to(folder.path()).unwrap())
            .map(|path| Distribution::open(path).unwrap())
            .collect();
        IDENTITY.check(&wheels).map_or_else(|error| error.to_string(), |()| String::new())
    }

    fn sample(tags: &str) -> Sample {
        Sample::new("demo-tool", "0.2.0").tags(tags)
    }

    #[test]
    fn wheels_for_different_machines_are_a_release() {
        let tags = [
            "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
            "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64",
            "cp311-cp311-musllinux_1_2_x86_64",
            "cp311-cp311-macosx_11_0_arm64",
            "cp311-cp311-win_amd64",
            "py3-none-any",
        ];
        assert_eq!(problem(&tags.map(sample)), "");
    }

    #[test]
    fn two_wheels_for_the_same_machines_are_refused() {
        let tags = [
            "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
            "cp311-cp311-manylinux2014_x86_64",
        ];
        let problem = problem(&tags.map(sample));
        assert!(problem.ends_with("are both for cp311-cp311-manylinux2014_x86_64"), "{problem}");
    }

    #[test]
    fn another_project_version_or_an_incomplete_record_is_refused() {
        let problem = problem(&[
            Sample::new("demo-tool", "0.1.0"),
            Sample::new("other", "0.2.0"),
            sample("py3-none-win32").without("RECORD"),
        ]);
        for part in [
            "demo_tool-0.1.0-py3-none-any.whl has version 0.1.0, not 0.2.0",
            "other-0.2.0-py3-none-any.whl is of other, not of demo-tool",
            "has no demo_tool-0.2.0.dist-info/RECORD",
        ] {
            assert!(problem.contains(part), "{problem}");
        }
    }

    #[test]
    fn wheels_are_moved_out_of_the_tree_and_a_pattern_must_match() {
        let folder = tempfile::tempdir().unwrap();
        let (tree, out) = (folder.path().join("tree"), folder.path().join("out"));
        for path in ["wheelhouse/linux/a.whl", "wheelhouse/win/b.whl", "wheelhouse/win/log.txt"] {
            let path = tree.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        std::fs::create_dir(&out).unwrap();
        let gathered = gather_wheels(&tree, &["./wheelhouse/*/*".to_owned()], &out).unwrap();
        assert_eq!(gathered, [out.join("a.whl"), out.join("b.whl")]);
        assert!(!tree.join("wheelhouse/linux/a.whl").exists());
        assert!(tree.join("wheelhouse/win/log.txt").exists());
        let error = gather_wheels(&tree, &["dist/*.whl".to_owned()], &out).unwrap_err();
        assert_eq!(error.to_string(), "no wheel matches `dist/*.whl`");
    }
}
