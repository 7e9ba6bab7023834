//! The section of the release in the project's changelog.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use git::Repository;
use python_project::changelog::{Changelog, FragmentTool, Markup};

use crate::{
    context::ReleaseContext,
    project_changelog::{ProjectFragments, find_tool, tool_version},
    relative_path::without_current,
    release_section::ReleaseSection,
    step_error::ReleaseStepError,
};

/// Gives the release its section: made by the tool of the fragments when there are any,
/// else of what is written, or of commit messages when that is configured. Returns the
/// files that changed, relative to the repository's top folder.
pub(super) async fn write_changelog(
    context: &ReleaseContext<'_>,
    tree: &Repository,
) -> Result<Vec<PathBuf>, ReleaseStepError> {
    let (project, settings) = (context.project, &context.project.configuration.changelog);
    let Some(file) = project.changelog.path(&context.version) else { return Ok(Vec::new()) };
    let path = tree.root().join(&project.prefix).join(&file);
    let date = context.started_at.strftime("%Y-%m-%d").to_string();
    let section = ReleaseSection {
        project,
        version: context.version,
        tag: &context.tag,
        date: &date,
        base: &context.base,
    };
    let text = if path.exists() { read(&path)? } else { section.new_text(&file) };
    if section.write_existing(&file, &text).is_ok_and(|released| released == text) {
        return Ok(Vec::new());
    }
    if let Some(fragments) = &project.changelog.fragments {
        let files = fragments.list(tree, &project.prefix, &context.base).await?;
        if !files.is_empty() {
            let collected = Collected { fragments, files, section: &section, path: &path };
            return collect_fragments(context, tree, &collected).await;
        }
    }
    match section.write(&file, &text).await? {
        Ok(released) => {
            write(&path, &released)?;
            Ok(vec![without_current(&project.prefix.join(file))])
        }
        // Preflight let it pass: the project does not require a section.
        Err(_) if settings.required == Some(false) || !path.exists() => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// Fragments, and what becomes of them.
struct Collected<'a> {
    fragments: &'a ProjectFragments,
    /// The files, relative to the repository's top folder.
    files: Vec<PathBuf>,
    section: &'a ReleaseSection<'a>,
    /// The changelog.
    path: &'a Path,
}

/// Runs the tool, and takes everything that it changes.
async fn collect_fragments(
    context: &ReleaseContext<'_>,
    tree: &Repository,
    collected: &Collected<'_>,
) -> Result<Vec<PathBuf>, ReleaseStepError> {
    let Collected { fragments, section, path, .. } = collected;
    let tool = fragments.settings.tool;
    let Some(program) = find_tool(tool, context.environment) else {
        return missing_tool(context, tool.program());
    };
    let mut argv = vec![program.to_string_lossy().into_owned()];
    argv.extend(tool.arguments(&tool_version(&context.version), section.date));
    let folder = tree.root().join(&context.project.prefix).join(&fragments.folder);
    let before = changed_paths(tree).await?;
    let summary = format!("make the changelog's section with {tool}");
    context.command(&argv, &folder)?.summary(summary).output().await?;
    tree.unstage().await?;
    require_collected(tree, collected)?;
    require_section(context, path, tool.program())?;
    let completed = section.add_candidates(path, &read(path)?);
    std::fs::write(path, completed).map_err(ReleaseStepError::io("write", path))?;
    Ok(changed_paths(tree).await?.difference(&before).map(PathBuf::from).collect())
}

/// A fragment that is left is not in the section: the tool has another idea of where
/// they are.
fn require_collected(tree: &Repository, collected: &Collected<'_>) -> Result<(), ReleaseStepError> {
    let Some(left) = collected.files.iter().find(|file| tree.root().join(file).exists()) else {
        return Ok(());
    };
    let tool = collected.fragments.settings.tool;
    let problem = format!("{tool} made a section without the fragment {}", left.display());
    let advice = match tool {
        FragmentTool::Towncrier => "set `directory` in the settings of towncrier to its folder",
        FragmentTool::Scriv => "set `fragment_directory` in the settings of scriv to its folder",
    };
    Err(ReleaseStepError::Failed { problem, advice: Some(advice.to_owned()) })
}

/// Preflight finds it; a project that requires no section keeps its fragments.
fn missing_tool(
    context: &ReleaseContext<'_>,
    program: &str,
) -> Result<Vec<PathBuf>, ReleaseStepError> {
    if context.project.configuration.changelog.required == Some(false) {
        return Ok(Vec::new());
    }
    Err(ReleaseStepError::failed(format!("`{program}`, which makes the changelog, was not found")))
}

async fn changed_paths(tree: &Repository) -> Result<BTreeSet<String>, ReleaseStepError> {
    let status = tree.status().await?;
    let changed = status.changes.into_iter().map(|change| change.path);
    Ok(changed.chain(status.untracked).collect())
}

/// A section that cannot be read would be missing from the release notes.
fn require_section(
    context: &ReleaseContext<'_>,
    path: &Path,
    program: &str,
) -> Result<(), ReleaseStepError> {
    let text = if path.exists() { read(path)? } else { String::new() };
    let changelog = Changelog::from_text(&text, Markup::of(path, &text));
    let is_written = changelog.notes(&context.version.to_string()).is_some();
    if is_written || context.project.configuration.changelog.required == Some(false) {
        return Ok(());
    }
    Err(ReleaseStepError::Failed {
        problem: format!(
            "{program} wrote no section of {} that can be read into {}",
            context.version,
            path.display()
        ),
        advice: Some(format!("see what `{program}` writes, or set changelog.required = false")),
    })
}

fn read(path: &Path) -> Result<String, ReleaseStepError> {
    std::fs::read_to_string(path).map_err(ReleaseStepError::io("read", path))
}

/// The first page may be in a new folder.
fn write(path: &Path, text: &str) -> Result<(), ReleaseStepError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(ReleaseStepError::io("make", folder))?;
    }
    std::fs::write(path, text).map_err(ReleaseStepError::io("write", path))
}

#[cfg(test)]
mod tests {
    use configuration::Changelog as Settings;
    use release_plan::ChangelogState;

    use crate::{
        context::ReleaseContext,
        steps::MakeCommit,
        test_scene::{TestScene, carry_out},
    };

    /// The interface of `towncrier build`: a section on top of `NEWS.rst`, and the
    /// fragments removed, all of which is staged.
    const TOWNCRIER: &str = "#!/bin/sh -e
test \"$1 $2 $3 $5 $6\" = 'build --yes --version --date 2026-01-02'
{ printf '%s (%s)\\n==================\\n\\n' \"$4\" \"$6\"; sed 's/^/- /' newsfragments/*.feature; echo; \
test ! -f NEWS.rst || cat NEWS.rst; } >new && mv new NEWS.rst
git add NEWS.rst && git rm -q newsfragments/*.feature
";

    const CANDIDATE: &str = "0.2.0rc1 (2025-12-01)\n=====================\n\n- First.\n";

    const FRAGMENTS: [(&str, Option<&str>); 4] = [
        ("CHANGELOG.md", None),
        ("towncrier.toml", Some("[tool.towncrier]\n")),
        ("newsfragments/7.feature", Some("New `x`.\n")),
        ("newsfragments/README", Some("How to\n")),
    ];

    async fn committed(context: &ReleaseContext<'_>, scene: &TestScene, file: &str) -> String {
        carry_out(MakeCommit, context).await.unwrap();
        let commit = context.commit().unwrap();
        scene.git(&["show", &format!("{}:{file}", commit.commit)])
    }

    fn files_of_commit(context: &ReleaseContext<'_>, scene: &TestScene) -> String {
        let commit = context.commit().unwrap().commit;
        scene.git(&["show", "--format=", "--name-status", "--no-renames", commit.as_str()])
    }

    #[tokio::test]
    async fn restructuredtext_is_found_and_stays_what_it_is() {
        let mut scene = TestScene::new().await;
        let text = "Changes\n=======\n\n0.2 (unreleased)\n----------------\n\n- New.\n\n0.1 (2025-01-01)\n----------------\n\n- Old.\n";
        let include = Some(".. include:: ../CHANGES.rst\n");
        let files =
            [("CHANGELOG.md", None), ("CHANGES.rst", Some(text)), ("docs/changes.rst", include)];
        scene.change_project(&files, Settings::default()).await;
        assert_eq!(scene.observed_changelog().await.state, ChangelogState::UnreleasedSection);
        let context = scene.context().await;
        let released = committed(&context, &scene, "CHANGES.rst").await;
        assert_eq!(released + "\n", text.replace("(unreleased)", "(2026-01-02)"));
    }

    #[tokio::test]
    async fn a_page_of_a_version_is_made_of_commit_messages_in_either_markup() {
        for (file, page, text) in [
            (
                "docs/changes/{version}.md",
                "docs/changes/0.2.0.md",
                "# 0.2.0 - 2026-01-02\n\n## Added\n\n- new",
            ),
            (
                "{version}.rst",
                "0.2.0.rst",
                "0.2.0 - 2026-01-02\n==================\n\nAdded\n-----\n\n- new",
            ),
        ] {
            let mut scene = TestScene::new().await;
            let file = Some(file.into());
            let settings = Settings { file, generate: true, ..Settings::default() };
            scene.change_project(&[("CHANGELOG.md", None)], settings).await;
            scene.git(&["commit", "--quiet", "--allow-empty", "--message=feat: new"]);
            scene.git(&["branch", "--force", "start"]);
            assert_eq!(scene.observed_changelog().await.state, ChangelogState::UnreleasedSection);
            let context = scene.context().await;
            let released = committed(&context, &scene, page).await;
            assert!(released.starts_with(text), "{released}");
            let notes = crate::release_text::changelog_notes(&context).await.unwrap();
            assert!(notes.contains("- new ("), "{notes}");
        }
    }

    #[tokio::test]
    async fn fragments_become_the_section_through_their_tool_and_are_removed() {
        let mut scene = TestScene::new().await;
        scene.install_tool("towncrier", TOWNCRIER);
        scene.change_project(&FRAGMENTS, Settings::default()).await;
        let observed = scene.observed_changelog().await;
        let fragments = observed.fragments.unwrap();
        assert_eq!((observed.state, fragments.count), (ChangelogState::Fragments, 1));
        assert!(fragments.is_available);
        let context = scene.context().await;
        let released = committed(&context, &scene, "NEWS.rst").await;
        assert_eq!(released, "0.2.0 (2026-01-02)\n==================\n\n- New `x`.");
        let files = files_of_commit(&context, &scene);
        assert_eq!(files, "A\tNEWS.rst\nD\tnewsfragments/7.feature\nM\tpyproject.toml");
    }

    #[tokio::test]
    async fn the_section_of_a_tool_has_the_entries_of_the_candidates() {
        let mut scene = TestScene::new().await;
        scene.install_tool("towncrier", TOWNCRIER);
        let files = [&FRAGMENTS[..], &[("NEWS.rst", Some(CANDIDATE))]].concat();
        scene.change_project(&files, Settings::default()).await;
        let context = scene.context().await;
        let released = committed(&context, &scene, "NEWS.rst").await;
        assert!(released.contains("- New `x`.\n- First.\n\n0.2.0rc1 (2025"), "{released}");
    }

    #[tokio::test]
    async fn without_fragments_the_candidates_alone_make_the_final_section() {
        let mut scene = TestScene::new().await;
        let files = [FRAGMENTS[0], FRAGMENTS[1], FRAGMENTS[3], ("NEWS.rst", Some(CANDIDATE))];
        scene.change_project(&files, Settings::default()).await;
        assert_eq!(scene.observed_changelog().await.state, ChangelogState::UnreleasedSection);
        let context = scene.context().await;
        let released = committed(&context, &scene, "NEWS.rst").await;
        assert!(
            released.starts_with("0.2.0 (2026-01-02)\n==================\n\n- First."),
            "{released}"
        );
    }

    #[tokio::test]
    async fn a_tool_that_writes_no_readable_section_fails_the_commit() {
        let mut scene = TestScene::new().await;
        scene.change_project(&FRAGMENTS, Settings::default()).await;
        for (script, problem) in [
            (
                "rm newsfragments/*; echo 'What is new' >NEWS.rst",
                "towncrier wrote no section of 0.2.0",
            ),
            ("echo >NEWS.rst", "made a section without the fragment newsfragments/7.feature"),
            ("echo broken; exit 1", "broken"),
        ] {
            scene.install_tool("towncrier", &format!("#!/bin/sh\n{script}\n"));
            let context = scene.context().await;
            let failure = carry_out(MakeCommit, &context).await.unwrap_err();
            assert!(failure.text.contains(problem), "{failure:?}");
        }
    }
}
