//! The section of a release in its changelog, as observed before and as written later.

use std::path::Path;

use git::{CommitId, GitError};
use python_project::changelog::{
    ChangelogError, CommitMessage, GeneratedNotes, Markup, NewRelease, add_candidates, generate,
    release,
};
use release_plan::{MissingHistory, Observed, earlier_release, is_earlier};
use release_version::ReleaseVersion;

use crate::Project;

/// The release that gets a section.
pub(crate) struct ReleaseSection<'a> {
    pub(crate) project: &'a Project,
    pub(crate) version: ReleaseVersion,
    pub(crate) tag: &'a str,
    /// `2026-11-20`.
    pub(crate) date: &'a str,
    /// The commit that the release is made from.
    pub(crate) base: &'a CommitId,
}

impl ReleaseSection<'_> {
    /// The changelog with the section, made of what is written.
    pub(crate) fn write_existing(&self, path: &Path, text: &str) -> Result<String, ChangelogError> {
        let markup = Markup::of(path, text);
        self.with_values(None, |new| release(text, markup, new))
    }

    /// The changelog with the section; entries are generated when nothing is written and
    /// the configuration wants it.
    pub(crate) async fn write(
        &self,
        path: &Path,
        text: &str,
    ) -> Result<Result<String, ChangelogError>, GitError> {
        let generates = self.project.configuration.changelog.generate;
        match self.write_existing(path, text) {
            Err(error) if error.is_nothing_written() && generates => {
                let (markup, generated) = (Markup::of(path, text), self.generated_notes().await?);
                Ok(self.with_values(Some(&generated), |new| release(text, markup, new)))
            }
            written => Ok(written),
        }
    }

    /// A changelog to which the first section is added, or the page of this version.
    pub(crate) fn new_text(&self, path: &Path) -> String {
        let markup = Markup::of(path, "# Changelog");
        if self.project.changelog.has_pages() {
            let title = format!("{} - {}", self.version, self.date);
            return match markup {
                Markup::Markdown => format!("# {title}\n"),
                Markup::ReStructuredText => format!("{title}\n{}\n", "=".repeat(title.len())),
            };
        }
        match markup {
            Markup::Markdown => "# Changelog\n\n## [Unreleased]\n",
            Markup::ReStructuredText => "Changelog\n=========\n\nUnreleased\n----------\n",
        }
        .to_owned()
    }

    /// The changelog in which a tool wrote the section, with the entries of the release
    /// candidates before it.
    pub(crate) fn add_candidates(&self, path: &Path, text: &str) -> String {
        let markup = Markup::of(path, text);
        self.with_values(None, |new| add_candidates(text, markup, new))
    }

    fn with_values<T>(
        &self,
        generated: Option<&GeneratedNotes>,
        call: impl FnOnce(&NewRelease<'_>) -> T,
    ) -> T {
        let (version, pep440) = (self.version.to_string(), self.version.pep440());
        let (date, tag) = (self.date, self.tag);
        call(&NewRelease { version: &version, pep440: &pep440, date, tag, generated })
    }

    /// Why entries that would be needed cannot be generated.
    pub(crate) async fn missing_history(
        &self,
        observed: &Observed,
    ) -> Result<Option<MissingHistory>, GitError> {
        if self.project.repository.is_shallow().await? {
            return Ok(Some(MissingHistory::ShallowClone));
        }
        let Some(earlier) = earlier_release(observed, &self.version) else { return Ok(None) };
        let newest = self.newest_tag().await?.map(|(version, _)| version);
        Ok((newest < Some(earlier)).then_some(MissingHistory::NoTag(earlier)))
    }

    /// The tag of this clone since which the changes are those of the release.
    async fn newest_tag(&self) -> Result<Option<(ReleaseVersion, CommitId)>, GitError> {
        let tags = self.project.repository.tags().list("*").await?;
        let released = self.project.release_tags(tags.iter().map(|tag| tag.name.clone()));
        let mut earlier = released.names.iter().rev();
        let newest = earlier.find(|(version, _)| is_earlier(version, &self.version));
        Ok(newest.and_then(|(version, name)| {
            let tag = tags.iter().find(|tag| tag.name == *name)?;
            Some((*version, tag.commit.clone()))
        }))
    }

    /// Entries from the messages of the commits since the release before.
    async fn generated_notes(&self) -> Result<GeneratedNotes, GitError> {
        let newest = self.newest_tag().await?.map(|(_, commit)| commit);
        let commits = self.project.repository.log(newest.as_ref(), self.base).await?;
        let texts: Vec<(String, String)> = commits
            .iter()
            .map(|commit| {
                let short = commit.id.as_str().chars().take(7).collect();
                (format!("{}\n\n{}", commit.subject, commit.body), short)
            })
            .collect();
        Ok(generate(texts.iter().map(|(text, commit)| CommitMessage { text, commit })))
    }
}
