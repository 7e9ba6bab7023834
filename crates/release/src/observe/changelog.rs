use std::path::Path;

use operation::Environment;
use python_project::changelog::ChangelogError;
use release_plan::{ChangelogState, Observed, ObservedChangelog, ObservedFragments};
use release_version::ReleaseVersion;

use crate::{
    Project, ReleaseError,
    project_changelog::{ChangelogFile, find_tool},
    relative_path::without_current,
    release_section::ReleaseSection,
};

/// Observes what the changelog has for a version, as the release commit will find it.
pub(super) async fn observe_changelog(
    project: &Project,
    environment: &Environment,
    observed: &Observed,
    version: ReleaseVersion,
) -> Result<ObservedChangelog, ReleaseError> {
    let fragments = observe_fragments(project, environment).await?;
    let file = project.changelog.path(&version);
    let state = match project.changelog.file() {
        ChangelogFile::Absent => ChangelogState::NoFile,
        ChangelogFile::Several(files) => ChangelogState::SeveralFiles(files.clone()),
        ChangelogFile::NotCommitted(_) => ChangelogState::NotCommitted,
        ChangelogFile::Found(_) | ChangelogFile::OfTool | ChangelogFile::Pages(_) => {
            let has_fragments = fragments.as_ref().is_some_and(|fragments| fragments.count > 0);
            section_state(project, observed, version, has_fragments).await?
        }
    };
    Ok(ObservedChangelog { file, state, fragments })
}

async fn observe_fragments(
    project: &Project,
    environment: &Environment,
) -> Result<Option<ObservedFragments>, ReleaseError> {
    let Some(fragments) = &project.changelog.fragments else { return Ok(None) };
    let head = project.repository.head().await?;
    let files = fragments.list(&project.repository, &project.prefix, &head).await?;
    let tool = fragments.settings.tool;
    Ok(Some(ObservedFragments {
        tool: tool.to_string(),
        is_available: find_tool(tool, environment).is_some(),
        folders: fragments.folders().collect(),
        count: files.len(),
    }))
}

/// What the release commit would make of the file.
async fn section_state(
    project: &Project,
    observed: &Observed,
    version: ReleaseVersion,
    has_fragments: bool,
) -> Result<ChangelogState, ReleaseError> {
    let Some(path) = project.changelog.path(&version) else { return Ok(ChangelogState::NoFile) };
    let head = project.repository.head().await?;
    let from_top = without_current(&project.prefix.join(&path));
    let bytes = project.repository.file_at(&head, &from_top.to_string_lossy()).await?;
    let is_new = bytes.is_none();
    let section = ReleaseSection { project, version, tag: "", date: "2000-01-01", base: &head };
    let Ok(text) = bytes.map_or(Ok(section.new_text(&path)), String::from_utf8) else {
        let (reason, advice) = ("bytes that are not UTF-8", "save it as UTF-8");
        return Ok(ChangelogState::Unusable(reason.to_owned(), advice.to_owned()));
    };
    let has_pages = project.changelog.has_pages();
    // A page that only the user has would not be overwritten.
    if has_pages && is_new && project.root.join(&path).exists() {
        return Ok(ChangelogState::NotCommitted);
    }
    let state = match section.write_existing(&path, &text) {
        Ok(released) if released == text => ChangelogState::VersionSection,
        _ if has_fragments => ChangelogState::Fragments,
        Ok(_) => ChangelogState::UnreleasedSection,
        Err(ChangelogError::NoHeading) if has_pages => page_without_heading(&version),
        Err(ChangelogError::NoHeading) => ChangelogState::NoHeading,
        Err(error) if !error.is_nothing_written() => unusable(&error),
        Err(_) if project.configuration.changelog.generate => {
            generated_state(&section, observed, &path, &text).await?
        }
        Err(_) if is_new => ChangelogState::NoFile,
        Err(error) => ChangelogState::NothingWritten(error.reason()),
    };
    let is_absent = matches!(state, ChangelogState::NoFile | ChangelogState::NothingWritten(_));
    let is_missing_page = has_pages && is_new && is_absent && project.changelog.fragments.is_none();
    Ok(if is_missing_page { ChangelogState::NoPage } else { state })
}

fn page_without_heading(version: &ReleaseVersion) -> ChangelogState {
    let advice = "write it above what changed".to_owned();
    ChangelogState::Unusable(format!("no heading of {version}"), advice)
}

/// What generated entries would make of the file.
async fn generated_state(
    section: &ReleaseSection<'_>,
    observed: &Observed,
    path: &Path,
    text: &str,
) -> Result<ChangelogState, ReleaseError> {
    if let Some(missing) = section.missing_history(observed).await? {
        return Ok(ChangelogState::MissingHistory(missing));
    }
    Ok(match section.write(path, text).await? {
        Ok(_) => ChangelogState::UnreleasedSection,
        Err(error) if error.is_nothing_written() => ChangelogState::NothingWritten(error.reason()),
        Err(error) => unusable(&error),
    })
}

fn unusable(error: &ChangelogError) -> ChangelogState {
    ChangelogState::Unusable(error.reason(), error.advice().to_owned())
}

#[cfg(test)]
mod tests {
    use configuration::Changelog as Settings;
    use release_plan::MissingHistory;

    use super::*;
    use crate::test_scene::TestScene;

    async fn state(files: &[(&str, Option<&str>)], settings: Settings) -> ChangelogState {
        let mut scene = TestScene::new().await;
        scene.change_project(files, settings).await;
        scene.observed_changelog().await.state
    }

    fn at(file: &str) -> Settings {
        Settings { file: Some(file.into()), ..Settings::default() }
    }

    fn generate() -> Settings {
        Settings { generate: true, ..Settings::default() }
    }

    #[tokio::test]
    async fn an_empty_section_is_observed_before_the_commit_is_made() {
        let empty = [("CHANGELOG.md", Some("# Changelog\n\n## [Unreleased]\n"))];
        let expected = ChangelogState::NothingWritten("nothing under `Unreleased`".to_owned());
        assert_eq!(state(&empty, Settings::default()).await, expected);
        assert_eq!(state(&empty, generate()).await, expected, "`Change` is no conventional commit");
        let pointer = [("CHANGELOG.md", Some("See the releases page.\n"))];
        assert_eq!(state(&pointer, generate()).await, ChangelogState::NoHeading);
        let twice = "## 0.2.0\n- a\n\n## 0.2\n- b\n";
        let unusable = state(&[("CHANGELOG.md", Some(twice))], Settings::default()).await;
        assert!(matches!(unusable, ChangelogState::Unusable(..)), "{unusable:?}");
    }

    #[tokio::test]
    async fn the_file_must_be_clear_and_part_of_the_commit() {
        let second = [("NEWS.rst", Some("0.1\n===\n\n- x\n"))];
        let several = ChangelogState::SeveralFiles(vec!["CHANGELOG.md".into(), "NEWS.rst".into()]);
        assert_eq!(state(&second, Settings::default()).await, several);
        assert_eq!(state(&second, at("CHANGELOG.md")).await, ChangelogState::UnreleasedSection);
        assert_eq!(state(&second, at("CHANGES.md")).await, ChangelogState::NotCommitted);
        let none = [("CHANGELOG.md", None)];
        assert_eq!(state(&none, Settings::default()).await, ChangelogState::NoFile);
        let docs = [("CHANGELOG.md", None), ("docs/source/changelog.rst", second[0].1)];
        let reason = "no section of 0.2.0 and none of unreleased changes".to_owned();
        let written = state(&docs, Settings::default()).await;
        assert_eq!(written, ChangelogState::NothingWritten(reason));
    }

    #[tokio::test]
    async fn a_version_may_have_a_page_of_its_own() {
        let path = "docs/changes/{version}.md";
        let page = |text| [("docs/changes/0.2.0.md", Some(text))];
        assert_eq!(
            state(&page("# 0.2.0\n\n- New.\n"), at(path)).await,
            ChangelogState::VersionSection
        );
        let pending = "# Version 0.2.0 (unreleased)\n\n- New.\n";
        assert_eq!(state(&page(pending), at(path)).await, ChangelogState::UnreleasedSection);
        let unusable = state(&page("- New.\n"), at(path)).await;
        assert_eq!(unusable, page_without_heading(&"0.2.0".parse().unwrap()));
        let other = [("docs/changes/0.1.0.md", Some("# 0.1.0\n\n- Old.\n"))];
        assert_eq!(state(&other, at(path)).await, ChangelogState::NoPage);
        let generated = Settings { generate: true, ..at(path) };
        assert_eq!(state(&other, generated).await, ChangelogState::NoPage);
    }

    #[tokio::test]
    async fn a_page_that_is_not_committed_is_not_replaced() {
        let mut scene = TestScene::new().await;
        let settings = Settings { generate: true, ..at("docs/{version}.md") };
        scene.change_project(&[("docs/0.1.0.md", Some("# 0.1.0\n\n- Old.\n"))], settings).await;
        std::fs::write(scene.root().join("docs/0.2.0.md"), "# 0.2.0\n\n- New.\n").unwrap();
        assert_eq!(scene.observed_changelog().await.state, ChangelogState::NotCommitted);
    }

    #[tokio::test]
    async fn entries_are_generated_only_from_a_history_that_is_complete() {
        let mut scene = TestScene::new().await;
        scene.change_project(&[("CHANGELOG.md", None)], generate()).await;
        scene.git(&["commit", "--quiet", "--allow-empty", "--message=feat: new"]);
        assert_eq!(scene.observed_changelog().await.state, ChangelogState::UnreleasedSection);
        scene.git(&["push", "--quiet", "origin", "HEAD:refs/tags/v0.1.0"]);
        let missing =
            ChangelogState::MissingHistory(MissingHistory::NoTag("0.1.0".parse().unwrap()));
        assert_eq!(scene.observed_changelog().await.state, missing);
        scene.git(&["tag", "v0.1.0", "HEAD~1"]);
        assert_eq!(scene.observed_changelog().await.state, ChangelogState::UnreleasedSection);
        let head = scene.git(&["rev-parse", "HEAD"]);
        std::fs::write(scene.root().join(".git/shallow"), head + "\n").unwrap();
        let shallow = ChangelogState::MissingHistory(MissingHistory::ShallowClone);
        assert_eq!(scene.observed_changelog().await.state, shallow);
    }
}
