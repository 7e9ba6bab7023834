//! The release commit, made in a tree of its own: the user's work tree is not
//! touched before everything that can fail privately has succeeded.

use std::path::{Path, PathBuf};

use git::{CommitId, Repository};
use process::Command;
use python_project::{
    VersionPattern, VersionValues, changelog, generate_version_file, set_version,
    update_version_file,
};
use release_version::{TagTemplate, TemplateValues};
use serde::{Deserialize, Serialize};

use super::{
    release::{Release, Tree},
    step::{Outcome, StepFailure},
};

/// Evidence of the release commit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CommitEvidence {
    /// The commit.
    pub(crate) commit: CommitId,
    /// Its short name, for tags.
    pub(crate) short: String,
    /// The commit that the release was made from.
    pub(crate) base: CommitId,
}

impl Release<'_> {
    /// Makes the release commit, or finds the one that was recorded.
    pub(crate) async fn commit(&self) -> Result<Outcome, StepFailure> {
        if let Some(evidence) = self.recorded::<CommitEvidence>("prepare.commit") {
            self.tree_at(Tree::Package, &evidence.commit).await?;
            return Ok(Outcome::already(&evidence, &evidence.short));
        }
        let tree = self.tree_at(Tree::Package, &self.base).await?;
        let changed = self.write_version(&tree).await?;
        let paths: Vec<&str> = changed.iter().filter_map(|path| path.to_str()).collect();
        let message = self.commit_message();
        let commit = tree.commit(&paths, &message).await?;
        let short = tree.short(&commit).await?;
        let evidence = CommitEvidence { commit, short, base: self.base.clone() };
        Ok(Outcome::done(&evidence, &format!("{} ({})", evidence.short, changed_words(&changed))))
    }

    /// A commit's message cannot name the commit itself: `{commit}` is its base.
    fn commit_message(&self) -> String {
        let base: String = self.base.as_str().chars().take(7).collect();
        let values = TemplateValues { version: &self.plan.version, commit: &base };
        self.project.configuration.git.commit_message.render(values)
    }

    /// The release tree with this commit checked out, made anew unless it is
    /// there and clean.
    pub(crate) async fn tree_at(
        &self,
        tree: Tree,
        commit: &CommitId,
    ) -> Result<Repository, StepFailure> {
        let path = self.tree(tree);
        if let Ok(tree) = self.git().discover(&path).await
            && tree.root().canonicalize().ok() == path.canonicalize().ok()
            && tree.head().await? == *commit
            && tree.status().await?.is_clean()
        {
            return Ok(tree);
        }
        let repository = self.git().discover(&self.project.root).await?;
        repository.remove_worktree(&path).await?;
        if path.exists() {
            std::fs::remove_dir_all(&path).map_err(StepFailure::io("remove", &path))?;
        }
        Ok(repository.add_worktree(&path, commit).await?)
    }

    /// Writes the version wherever the project states it; gives the files
    /// changed, counted from the repository's top.
    async fn write_version(&self, tree: &Repository) -> Result<Vec<PathBuf>, StepFailure> {
        let root = tree.root().join(&self.project.prefix);
        let mut changed = Vec::new();
        if let Some(package) = &self.project.package {
            let file = package.settings.directory.join("pyproject.toml");
            if matches!(package.pyproject.version, python_project::ProjectVersion::Static(_)) {
                edit(&root.join(&file), |text| Ok(set_version(text, &self.pep440())?))?;
                changed.push(file);
            }
            changed.extend(self.write_version_files(&root).await?);
            changed.extend(self.refresh_lock(&root).await?);
        }
        changed.extend(self.write_changelog(&root).await?);
        Ok(changed.into_iter().map(|path| normal(&self.project.prefix.join(path))).collect())
    }

    async fn write_version_files(&self, root: &Path) -> Result<Vec<PathBuf>, StepFailure> {
        let Some(package) = &self.project.package else { return Ok(Vec::new()) };
        let (version, tag) = (self.pep440(), self.plan.tag.clone());
        let base = self.project.repository.short(&self.base).await?;
        let values = VersionValues { version: &version, commit: &base, describe: &tag };
        let mut changed = Vec::new();
        for file in &package.settings.version_files {
            let path = root.join(file.path());
            match file.pattern() {
                Some(pattern) => {
                    let pattern = VersionPattern::new(pattern)?;
                    edit(&path, |text| Ok(pattern.replace(text, &version)?))?;
                }
                None if path.exists() => {
                    edit(&path, |text| Ok(update_version_file(text, values)?))?;
                }
                None => write(&path, &generate_version_file(values))?,
            }
            changed.push(file.path().to_owned());
        }
        Ok(changed)
    }

    async fn refresh_lock(&self, root: &Path) -> Result<Vec<PathBuf>, StepFailure> {
        let Some(package) = &self.project.package else { return Ok(Vec::new()) };
        let Some(lock) = &package.settings.lock else { return Ok(Vec::new()) };
        let folder = root.join(&package.settings.directory);
        self.command(lock.words(), &folder).summary("refresh the lock file").output().await?;
        let files =
            package.settings.lock_files.iter().map(|file| package.settings.directory.join(file));
        Ok(files.filter(|file| root.join(file).exists()).collect())
    }

    /// Turns what was written under `Unreleased` into the version's section,
    /// or writes the section from commit messages when that is asked for.
    async fn write_changelog(&self, root: &Path) -> Result<Vec<PathBuf>, StepFailure> {
        let settings = &self.project.configuration.changelog;
        let path = root.join(&settings.file);
        if !path.exists() && !settings.generate {
            return Ok(Vec::new());
        }
        let mut text =
            std::fs::read_to_string(&path).unwrap_or_else(|_| "# Changelog\n".to_owned());
        let version = self.plan.version.to_string();
        if settings.generate {
            text = changelog::insert_unreleased(&text, &version, &self.generated_notes().await?);
        }
        let date = self.begun.strftime("%Y-%m-%d").to_string();
        match changelog::release(&text, &version, &date, &self.plan.tag) {
            Ok(released) => write(&path, &released)?,
            // Preflight let it pass: the project does not ask for a section.
            Err(_) if settings.required == Some(false) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        }
        Ok(vec![settings.file.clone()])
    }

    async fn generated_notes(&self) -> Result<String, StepFailure> {
        let repository = &self.project.repository;
        let tags = repository.tags("*").await?;
        let template = &self.project.configuration.git.tag;
        let released =
            tags.iter().filter_map(|tag| Some((template.version_of(&tag.name)?, &tag.commit)));
        let last = released.max_by_key(|(version, _)| *version).map(|(_, commit)| commit.clone());
        let commits = repository.log(last.as_ref(), &self.base).await?;
        let texts: Vec<(String, String)> = commits
            .iter()
            .map(|commit| {
                let short = commit.id.as_str().chars().take(7).collect();
                (format!("{}\n\n{}", commit.subject, commit.body), short)
            })
            .collect();
        let messages = texts.iter().map(|(text, commit)| changelog::CommitMessage { text, commit });
        Ok(changelog::generate(messages).markdown)
    }

    /// A tag template filled with this release's values.
    pub(crate) fn render(&self, template: &TagTemplate) -> Result<String, StepFailure> {
        let commit = self.commit_evidence()?;
        let values = TemplateValues { version: &self.plan.version, commit: &commit.short };
        Ok(template.render(values))
    }

    pub(crate) fn commit_evidence(&self) -> Result<CommitEvidence, StepFailure> {
        self.recorded("prepare.commit")
            .ok_or_else(|| StepFailure::new("the release commit is not recorded"))
    }

    /// A command of the project, with the release's values in its environment.
    pub(crate) fn command(&self, words: &[String], folder: &Path) -> Command {
        let (program, arguments) = words.split_first().expect("a configured command has a program");
        let local = folder.join(program);
        let program = if program.contains('/') && local.is_file() { local } else { program.into() };
        let commit = self.recorded::<CommitEvidence>("prepare.commit");
        let mut command = Command::new(program)
            .args(arguments)
            .folder(folder)
            .env("TIDEGATE_VERSION", self.plan.version.to_string())
            .env("TIDEGATE_PEP440_VERSION", self.pep440())
            .env("TIDEGATE_TAG", &self.plan.tag)
            .env("TIDEGATE_PROJECT_DIR", &self.project.root)
            .env("SOURCE_DATE_EPOCH", self.begun_seconds().to_string());
        if let Some(commit) = commit {
            command = command.env("TIDEGATE_COMMIT", commit.commit.as_str());
        }
        command.without_publishing_credentials()
    }
}

fn edit(
    path: &Path,
    change: impl FnOnce(&str) -> Result<String, StepFailure>,
) -> Result<(), StepFailure> {
    let text = std::fs::read_to_string(path).map_err(StepFailure::io("read", path))?;
    write(path, &change(&text)?)
}

fn write(path: &Path, text: &str) -> Result<(), StepFailure> {
    std::fs::write(path, text).map_err(StepFailure::io("write", path))
}

/// Without `.` parts, which git's paths do not have.
fn normal(path: &Path) -> PathBuf {
    path.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect()
}

fn changed_words(changed: &[PathBuf]) -> String {
    match changed {
        [] => "nothing to change".to_owned(),
        files => files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", "),
    }
}
