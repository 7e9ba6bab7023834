//! What the built package lacks that the last release has. Nobody looks into a wheel, so
//! a build that lost files is found by its users.

use std::collections::BTreeSet;

use registry_pypi::{Distribution, DistributionKind};

/// How many files are named.
const NAMED: usize = 3;

/// What the files of one kind contain, without what differs in every release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackageFile {
    kind: DistributionKind,
    members: BTreeSet<String>,
    size: u64,
}

impl PackageFile {
    pub(crate) fn of(file: &Distribution) -> Self {
        let folders: BTreeSet<&str> =
            file.members().iter().flat_map(|path| folders_of(path)).collect();
        let members = file.members().iter().filter(|path| !folders.contains(path.as_str()));
        let members = members.filter_map(|path| compared_path(path, file.folder(), file.kind()));
        Self { kind: file.kind(), members: members.collect(), size: file.size() }
    }

    /// What `built` lacks, as sentences. Files that git no longer has were removed on
    /// purpose: `deleted` are their paths.
    pub(crate) fn lost_in(&self, built: &Self, deleted: &[String]) -> Vec<String> {
        let (had, has) = (self.modules(), built.modules());
        let modules = had.difference(&has);
        let modules = modules.map(|module| format!("the {} has no `{module}` any more", self.kind));
        let lost = self.members.difference(&built.members).map(String::as_str);
        let lost: Vec<&str> = lost.filter(|path| !is_deleted(path, deleted)).collect();
        let files =
            (!lost.is_empty()).then(|| format!("the {} lacks {}", self.kind, listed(&lost)));
        let is_small = built.size < self.size / 2;
        let size = is_small.then(|| {
            format!("the {} has {} instead of {} bytes", self.kind, built.size, self.size)
        });
        modules.chain(files).chain(size).collect()
    }

    /// The names that can be imported; of an sdist, none.
    fn modules(&self) -> BTreeSet<&str> {
        let is_wheel = self.kind == DistributionKind::Wheel;
        let modules = self.members.iter().filter(|_| is_wheel).filter_map(|path| {
            match path.split_once('/') {
                Some((top, _)) => (!top.starts_with('*')).then_some(top),
                None => path.strip_suffix(".py"),
            }
        });
        modules.collect()
    }
}

fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// A path without the version and the platform; `None` for metadata, which build
/// backends arrange as they like.
fn compared_path(path: &str, folder: &str, kind: DistributionKind) -> Option<String> {
    let inside = path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
    match (kind, inside) {
        (DistributionKind::Wheel, Some("entry_points.txt")) => {
            Some("*.dist-info/entry_points.txt".to_owned())
        }
        (DistributionKind::Wheel, Some(_)) => None,
        (DistributionKind::Wheel, None) => Some(without_platform(&without_data_folder(path))),
        (DistributionKind::Sdist, inside) => {
            inside.filter(|path| !is_generated(path)).map(str::to_owned)
        }
    }
}

/// `x-1.0.data/scripts/run` as `*.data/scripts/run`.
fn without_data_folder(path: &str) -> String {
    match path.split_once('/') {
        Some((top, rest)) if top.ends_with(".data") => format!("*.data/{rest}"),
        _ => path.to_owned(),
    }
}

/// `x/_core.cpython-311-x86_64-linux-gnu.so` as `x/_core.so`.
fn without_platform(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_extension = name.ends_with(".so") || name.ends_with(".pyd");
    match name.split_once('.').filter(|_| is_extension) {
        Some((stem, _)) => format!("{folder}/{stem}.so").trim_start_matches('/').to_owned(),
        None => path.to_owned(),
    }
}

/// What setuptools adds to sdists.
fn is_generated(path: &str) -> bool {
    matches!(path, "PKG-INFO" | "setup.cfg") || path.contains(".egg-info/")
}

/// A path in a wheel is the end of one in the repository: `src/x/a.py` becomes `x/a.py`.
fn is_deleted(path: &str, deleted: &[String]) -> bool {
    deleted.iter().any(|gone| {
        gone.strip_suffix(path).is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
    })
}

fn listed(paths: &[&str]) -> String {
    let named = paths.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match paths.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more files"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(kind: DistributionKind, folder: &str, size: u64, paths: &[&str]) -> PackageFile {
        let members = paths.iter().filter_map(|path| compared_path(path, folder, kind)).collect();
        PackageFile { kind, members, size }
    }

    fn wheel(version: &str, size: u64, paths: &[&str]) -> PackageFile {
        file(DistributionKind::Wheel, &format!("demo-{version}.dist-info"), size, paths)
    }

    fn lost(last: &[&str], built: &[&str], deleted: &[&str]) -> Vec<String> {
        let deleted: Vec<String> = deleted.iter().map(|path| (*path).to_owned()).collect();
        wheel("1.0", 100, last).lost_in(&wheel("1.1", 100, built), &deleted)
    }

    #[test]
    fn files_that_vanished_are_named() {
        let icons = ["demo/__init__.py", "demo/a.svg", "demo/b.svg", "demo/c.svg", "demo/d.svg"];
        assert_eq!(
            lost(&icons, &icons[..1], &[]),
            ["the wheel lacks demo/a.svg, demo/b.svg, demo/c.svg and 1 more files"]
        );
        assert_eq!(lost(&icons, &icons, &[]), [""; 0]);
    }

    #[test]
    fn files_that_git_no_longer_has_were_removed_on_purpose() {
        let (last, built) = (["demo/__init__.py", "demo/old.py"], ["demo/__init__.py"]);
        assert_eq!(lost(&last, &built, &["src/demo/old.py"]), [""; 0]);
        assert_eq!(lost(&last, &built, &["demo/old.py"]), [""; 0]);
        assert_eq!(lost(&last, &built, &["src/notdemo/old.py"]), ["the wheel lacks demo/old.py"]);
    }

    #[test]
    fn a_module_that_is_gone_is_named_even_when_git_does_not_have_it() {
        let lost = lost(&["demo/a.py", "extra.py"], &["demo/a.py"], &["src/extra.py"]);
        assert_eq!(lost, ["the wheel has no `extra` any more"]);
    }

    #[test]
    fn versions_platforms_and_metadata_are_not_differences() {
        let last = wheel(
            "1.0",
            100,
            &[
                "demo/_core.cpython-311-x86_64-linux-gnu.so",
                "demo-1.0.data/scripts/run",
                "demo-1.0.dist-info/LICENSE",
                "demo-1.0.dist-info/RECORD",
            ],
        );
        let built = wheel(
            "1.1",
            60,
            &[
                "demo/_core.cpython-312-x86_64-linux-gnu.so",
                "demo-1.1.data/scripts/run",
                "demo-1.1.dist-info/licenses/LICENSE",
            ],
        );
        assert_eq!(last.lost_in(&built, &[]), [""; 0]);
    }

    #[test]
    fn commands_that_vanished_are_a_difference() {
        let last = wheel("1.0", 9, &["demo-1.0.dist-info/entry_points.txt"]);
        let lost = last.lost_in(&wheel("1.1", 9, &[]), &[]);
        assert_eq!(lost, ["the wheel lacks *.dist-info/entry_points.txt"]);
    }

    #[test]
    fn a_file_of_less_than_half_the_size_is_a_difference() {
        let lost = wheel("1.0", 1000, &[]).lost_in(&wheel("1.1", 499, &[]), &[]);
        assert_eq!(lost, ["the wheel has 499 instead of 1000 bytes"]);
        assert_eq!(wheel("1.0", 1000, &[]).lost_in(&wheel("1.1", 500, &[]), &[]), [""; 0]);
    }

    #[test]
    fn sources_are_compared_without_their_top_folder() {
        let sdist = |version: &str, paths: &[&str]| {
            file(DistributionKind::Sdist, &format!("demo-{version}"), 9, paths)
        };
        let last = sdist("1.0", &["demo-1.0/setup.cfg", "demo-1.0/a.py", "demo-1.0/data/x.txt"]);
        let built = sdist("1.1", &["demo-1.1/a.py"]);
        assert_eq!(last.lost_in(&built, &[]), ["the sdist lacks data/x.txt"]);
    }
}
