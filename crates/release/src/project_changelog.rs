//! Where the changelog of a project is, and what makes it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use configuration::Configuration;
use git::{CommitId, GitError, Repository};
use operation::{Environment, OperationError, error_chain};
use python_project::changelog::{Changelog, FragmentTool, Fragments, Markup, candidate_files};
use release_version::ReleaseVersion;

use crate::{ReleaseError, relative_path::without_current};

/// Where the changelog of a project is, and what makes it.
#[derive(Debug, Clone)]
pub struct ProjectChangelog {
    file: ChangelogFile,
    /// The fragments of which a tool makes it.
    pub(crate) fragments: Option<ProjectFragments>,
}

/// Which file is the changelog; paths are relative to the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChangelogFile {
    /// None is.
    Absent,
    /// This one, which the commit has, or which the release creates.
    Found(PathBuf),
    /// The one that the tool of the fragments writes.
    OfTool,
    /// A page of its own for each version: its path, with a placeholder for the version.
    Pages(String),
    /// Any of these may be.
    Several(Vec<PathBuf>),
    /// The configured one, which the commit does not have.
    NotCommitted(PathBuf),
}

/// Fragments of which a tool makes the changelog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProjectFragments {
    /// The folder with the tool's settings, relative to the project.
    pub(crate) folder: PathBuf,
    pub(crate) settings: Fragments,
}

impl ProjectChangelog {
    /// Finds the changelog among the files of the commit that is checked out.
    pub(crate) async fn find(
        root: &Path,
        repository: &Repository,
        configuration: &Configuration,
        package: Option<&Path>,
    ) -> Result<Self, ReleaseError> {
        let fragments = find_fragments(root, package)?;
        let files = CommittedFiles { root, repository, head: repository.head().await.ok() };
        let file = match &configuration.changelog.file {
            Some(file) => configured_file(file, &files, configuration, fragments.is_some()).await?,
            None if fragments.is_some() => ChangelogFile::OfTool,
            None => usual_file(&files, configuration, package).await?,
        };
        Ok(Self { file, fragments })
    }

    /// Which file it is.
    pub(crate) fn file(&self) -> &ChangelogFile {
        &self.file
    }

    /// Whether each version has a page of its own.
    pub(crate) fn has_pages(&self) -> bool {
        matches!(self.file, ChangelogFile::Pages(_))
    }

    /// The file that has the section of a version, relative to the project.
    pub(crate) fn path(&self, version: &ReleaseVersion) -> Option<PathBuf> {
        match (&self.file, &self.fragments) {
            (ChangelogFile::Found(path) | ChangelogFile::NotCommitted(path), _) => {
                Some(path.clone())
            }
            (ChangelogFile::OfTool, Some(fragments)) => {
                let file = fragments.settings.file(&tool_version(version));
                Some(fragments.folder.join(file))
            }
            (ChangelogFile::Pages(path), Some(_)) => Some(page(path, &tool_version(version))),
            (ChangelogFile::Pages(path), None) => Some(page(path, &version.to_string())),
            _ => None,
        }
    }
}

impl ProjectFragments {
    /// The folders of the fragments, relative to the project.
    pub(crate) fn folders(&self) -> impl Iterator<Item = PathBuf> {
        self.settings.folders.iter().map(|folder| without_current(&self.folder.join(folder)))
    }

    /// The fragments of a commit, relative to the repository's top folder. `prefix` is
    /// the path of the project in the repository.
    pub(crate) async fn list(
        &self,
        repository: &Repository,
        prefix: &Path,
        commit: &CommitId,
    ) -> Result<Vec<PathBuf>, GitError> {
        let mut fragments = Vec::new();
        for folder in self.folders() {
            let folder = prefix.join(folder);
            let files = repository.files_below(commit, &folder.to_string_lossy()).await?;
            fragments.extend(files.into_iter().map(PathBuf::from).filter(|file| {
                let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                file.parent() == Some(&folder) && self.settings.is_fragment(name)
            }));
        }
        Ok(fragments)
    }
}

/// What stands for the version in the path of a page.
const VERSION_PLACEHOLDER: &str = "{version}";

fn page(path: &str, version: &str) -> PathBuf {
    path.replace(VERSION_PLACEHOLDER, version).into()
}

/// The version as tools of Python projects spell it.
pub(crate) fn tool_version(version: &ReleaseVersion) -> String {
    if version.is_prerelease() { version.pep440() } else { version.to_string() }
}

/// The program of a tool: beside the Python that is used, or on `PATH`.
pub(crate) fn find_tool(tool: FragmentTool, environment: &Environment) -> Option<PathBuf> {
    let beside = environment.python.with_file_name(tool.program());
    let is_beside = environment.python.components().count() > 1 && beside.is_file();
    if is_beside { Some(beside) } else { process::find_program(tool.program()) }
}

fn find_fragments(
    root: &Path,
    package: Option<&Path>,
) -> Result<Option<ProjectFragments>, ReleaseError> {
    for folder in [Path::new("")].into_iter().chain(package) {
        let found = Fragments::find(&root.join(folder)).map_err(|error| {
            let problem = format!("the settings of changelog fragments: {}", error_chain(&error));
            OperationError::usage(problem, "correct the file that has them")
        })?;
        if let Some(settings) = found {
            return Ok(Some(ProjectFragments { folder: folder.to_owned(), settings }));
        }
    }
    Ok(None)
}

/// Files of the commit that is checked out; there is none in a new repository.
struct CommittedFiles<'a> {
    root: &'a Path,
    repository: &'a Repository,
    head: Option<CommitId>,
}

impl CommittedFiles<'_> {
    fn path_from_top(&self, path: &Path) -> String {
        // A root outside of the repository is refused elsewhere.
        let prefix = self.root.strip_prefix(self.repository.root()).unwrap_or(Path::new(""));
        without_current(&prefix.join(path)).to_string_lossy().into_owned()
    }

    async fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, GitError> {
        let Some(head) = &self.head else { return Ok(None) };
        self.repository.file_at(head, &self.path_from_top(path)).await
    }

    /// Those of the files that the commit has, and whether they have sections.
    async fn with_sections(&self, paths: &[PathBuf]) -> Result<Vec<(PathBuf, bool)>, GitError> {
        let mut found = Vec::new();
        for path in paths {
            let Some(bytes) = self.read(path).await? else { continue };
            let text = String::from_utf8_lossy(&bytes);
            let has_sections = Changelog::from_text(&text, Markup::of(path, &text)).has_sections();
            found.push((path.clone(), has_sections));
        }
        Ok(found)
    }
}

async fn configured_file(
    file: &Path,
    files: &CommittedFiles<'_>,
    configuration: &Configuration,
    has_fragments: bool,
) -> Result<ChangelogFile, GitError> {
    if let Some(pages) = file.to_str().filter(|path| path.contains(VERSION_PLACEHOLDER)) {
        return Ok(ChangelogFile::Pages(pages.to_owned()));
    }
    let is_committed = files.read(file).await?.is_some();
    let is_created = configuration.changelog.generate || has_fragments;
    Ok(if is_committed || (is_created && !files.root.join(file).exists()) {
        ChangelogFile::Found(file.to_owned())
    } else {
        ChangelogFile::NotCommitted(file.to_owned())
    })
}

/// The only file with a usual name and sections. A file without any, such as a page of
/// the documentation that includes the changelog, counts when there is no other.
async fn usual_file(
    files: &CommittedFiles<'_>,
    configuration: &Configuration,
    package: Option<&Path>,
) -> Result<ChangelogFile, GitError> {
    let mut candidates = Vec::new();
    let mut own_files = BTreeSet::new();
    for folder in [Path::new("")].into_iter().chain(package) {
        let [own, documentation] = candidate_files(&files.root.join(folder));
        let own: Vec<PathBuf> = own.iter().map(|path| folder.join(path)).collect();
        own_files.extend(own.iter().cloned());
        candidates.extend(own);
        candidates.extend(documentation.iter().map(|path| folder.join(path)));
    }
    let found = files.with_sections(&candidates).await?;
    let with_sections: Vec<PathBuf> =
        found.iter().filter(|(_, has)| *has).map(|(path, _)| path.clone()).collect();
    let mut own = found.into_iter().map(|(path, _)| path).filter(|path| own_files.contains(path));
    Ok(match (with_sections.as_slice(), own.next()) {
        ([file], _) => ChangelogFile::Found(file.clone()),
        ([], None) if configuration.changelog.generate => {
            ChangelogFile::Found("CHANGELOG.md".into())
        }
        ([], None) => ChangelogFile::Absent,
        ([], Some(first)) => match own.collect::<Vec<_>>().as_slice() {
            [] => ChangelogFile::Found(first),
            others => ChangelogFile::Several([&[first], others].concat()),
        },
        (several, _) => ChangelogFile::Several(several.to_vec()),
    })
}
