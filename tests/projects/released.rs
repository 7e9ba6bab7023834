//! What came of a release, in the lines that tests expect.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use crate::{scene::Scene, wheel::Wheel};

/// The changelogs of the projects.
const CHANGELOGS: [&str; 2] = ["CHANGELOG.md", "CHANGES.rst"];

/// What a release left at index, remote and in the repository.
pub(crate) struct Released {
    /// The names of the files on the index.
    pub(crate) distributions: Vec<String>,
    version: String,
    tag: String,
    commit: Vec<String>,
    wheel: Wheel,
    section: Vec<String>,
}

impl Released {
    #[track_caller]
    pub(crate) fn of(scene: &Scene, base: &str) -> Self {
        let (version, distributions) = on_index(scene);
        let wheel = distributions.iter().find(|file| file.ends_with(".whl")).unwrap();
        let wheel = Wheel::read(&find_file(&scene.state_folder(), wheel).unwrap());
        assert_eq!(wheel.version, version);
        Self {
            distributions,
            tag: new_tag(scene),
            commit: changed_files(scene, base),
            section: changelog_section(scene, &version, base),
            version,
            wheel,
        }
    }
}

/// The one version that the index has, and its files.
#[track_caller]
fn on_index(scene: &Scene) -> (String, Vec<String>) {
    let state = scene.index().state();
    let releases: Vec<_> =
        state.projects.into_values().flat_map(|project| project.releases).collect();
    let [(version, release)] = &releases[..] else { panic!("{releases:?}") };
    (version.clone(), release.files.keys().cloned().collect())
}

/// The annotated tag of the commit that is checked out, which the remote has too.
#[track_caller]
fn new_tag(scene: &Scene) -> String {
    let (git, remote) = (scene.git(), scene.remote_git());
    assert_eq!(git.run(&["status", "--porcelain"]), "", "the work tree is not clean");
    let tags = git.run(&["tag", "--points-at", "HEAD"]);
    let annotated = |tag: &&str| git.run(&["cat-file", "-t", tag]) == "tag";
    let tags: Vec<&str> = tags.lines().filter(annotated).collect();
    let [tag] = tags[..] else { panic!("annotated tags of the release: {tags:?}") };
    for name in [format!("refs/tags/{tag}"), "refs/heads/main".to_owned()] {
        assert_eq!(git.run(&["rev-parse", &name]), remote.run(&["rev-parse", &name]), "{name}");
    }
    tag.to_owned()
}

/// The files of the release commit with the lines that it adds; of a changelog only the
/// name.
fn changed_files(scene: &Scene, base: &str) -> Vec<String> {
    let git = scene.git();
    let names = git.run(&["diff", "--name-only", base, "HEAD"]);
    let commits = git.run(&["rev-list", "--count", &format!("{base}..HEAD")]);
    assert!(names.is_empty() == (commits == "0"), "{commits} commits with {names:?}");
    let with_lines = |path: &str| {
        let diff = git.run(&["diff", "--unified=0", base, "HEAD", "--", path]);
        let lines = diff.lines().filter(|line| !line.starts_with("+++"));
        let added: Vec<&str> = lines.filter_map(|line| line.strip_prefix('+')).collect();
        if CHANGELOGS.iter().any(|name| path.ends_with(name)) {
            path.to_owned()
        } else if !scene.root().join(path).exists() {
            format!("{path} removed")
        } else {
            format!("{path}: {}", added.join(" | "))
        }
    };
    names.lines().map(with_lines).collect()
}

/// The lines of the version's section of the changelog, with its title.
fn changelog_section(scene: &Scene, version: &str, base: &str) -> Vec<String> {
    let texts = CHANGELOGS
        .iter()
        .filter_map(|name| std::fs::read_to_string(scene.root().join(scene.path_of(name))).ok());
    let Some(text) = texts.last() else { return Vec::new() };
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let is_title = |at: &usize| {
        let next = lines.get(at + 1).copied().unwrap_or_default();
        lines[*at].starts_with("## ") || (next.len() > 3 && next.bytes().all(|byte| byte == b'-'))
    };
    let mut titles = (0..lines.len()).filter(is_title);
    let Some(start) = titles.find(|&at| lines[at].contains(version)) else { return Vec::new() };
    let section = &lines[start..titles.next().unwrap_or(lines.len())];
    let section = section.iter().filter(|line| !line.starts_with('['));
    section.map(|line| line.replace(&base[..7], "COMMIT")).collect()
}

fn find_file(folder: &Path, name: &str) -> Option<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(Result::unwrap).find_map(|entry| {
        let path = entry.path();
        if path.is_dir() {
            find_file(&path, name)
        } else {
            Some(path).filter(|path| path.ends_with(name))
        }
    })
}

impl fmt::Display for Released {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, tag, commit, wheel, section, .. } = self;
        writeln!(f, "version {version}\ntag {tag}")?;
        commit.iter().try_for_each(|line| writeln!(f, "commit {line}"))?;
        let stating = wheel.stating(version);
        for file in wheel.files.keys() {
            let mark = if stating.contains(&file.as_str()) { " (states the version)" } else { "" };
            writeln!(f, "wheel {file}{mark}")?;
        }
        section.iter().try_for_each(|line| writeln!(f, "section {line}"))
    }
}
