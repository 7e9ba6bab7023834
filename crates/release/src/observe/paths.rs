use std::path::{Path, PathBuf};

use configuration::VersionFile;
use git::GitError;
use operation::error_chain;
use python_project::{PythonError, VersionPattern, VersionValues, update_version_file};
use release_plan::{ObservedPath, PathState};

use super::{
    commands::{configured_commands, short_line},
    path_states::{normalized, path_states},
};
use crate::Project;

/// Looks for the files that the configuration names, and reads those that state the
/// version.
pub(super) async fn observe_paths(project: &Project) -> Result<Vec<ObservedPath>, GitError> {
    let mut observed = version_files(project).await?;
    observed.extend(dockerfiles(project).await?);
    observed.extend(assets(project).await?);
    Ok(observed)
}

async fn version_files(project: &Project) -> Result<Vec<ObservedPath>, GitError> {
    let Some(package) = &project.package else { return Ok(Vec::new()) };
    let files = &package.settings.version_files;
    let paths: Vec<PathBuf> = files.iter().map(|file| file.path().to_owned()).collect();
    let folders: Vec<PathBuf> =
        paths.iter().map(|path| path.parent().unwrap_or(Path::new("")).to_owned()).collect();
    let (states, folders) =
        (path_states(project, &paths).await?, path_states(project, &folders).await?);
    let observed = files.iter().zip(states.into_iter().zip(folders)).zip(0..);
    let observed = observed.map(|((file, (state, folder)), number)| {
        let state = generated_state(file, state, folder);
        let is_read = state == PathState::Committed && project.root.join(file.path()).is_file();
        ObservedPath {
            subject: "package".to_owned(),
            key: format!("package.version-files[{number}]"),
            path: file.path().to_owned(),
            state,
            maker: None,
            problem: is_read.then(|| content_problem(project, file)).flatten(),
        }
    });
    Ok(observed.collect())
}

/// A Python file that does not exist is generated, in a folder that exists; and then
/// committed, which git does not do with what it ignores.
fn generated_state(file: &VersionFile, state: PathState, folder: PathState) -> PathState {
    let is_python = file.path().extension().is_some_and(|extension| extension == "py");
    match (state, file.pattern(), folder) {
        (PathState::IgnoredAndMissing, _, _) => PathState::Ignored,
        (PathState::Missing, None, PathState::Committed) if is_python => PathState::Committed,
        _ => state,
    }
}

fn content_problem(project: &Project, file: &VersionFile) -> Option<String> {
    let text = match std::fs::read_to_string(project.root.join(file.path())) {
        Ok(text) => text,
        Err(error) => return Some(format!("it cannot be read: {error}")),
    };
    version_problem(file, &text).err().map(|error| error_chain(&error))
}

fn version_problem(file: &VersionFile, text: &str) -> Result<(), PythonError> {
    match file.pattern() {
        Some(pattern) => VersionPattern::new(pattern)?.find(text).map(|_| ()),
        None => {
            let values = VersionValues { version: "1.0.0", commit: "", describe: "" };
            update_version_file(text, values).map(|_| ())
        }
    }
}

/// A Dockerfile that does not exist at all is found with the images.
async fn dockerfiles(project: &Project) -> Result<Vec<ObservedPath>, GitError> {
    let images = &project.configuration.images;
    let paths: Vec<PathBuf> =
        images.iter().map(|image| dockerfile_path(&image.context, &image.dockerfile)).collect();
    let states = path_states(project, &paths).await?;
    let names = project.image_names();
    let observed = images.iter().zip(paths.into_iter().zip(states)).zip(names).zip(0..);
    let observed = observed.filter_map(|(((image, (path, state)), name), number)| {
        let is_present = project.root.join(&path).is_file();
        is_present.then(|| ObservedPath {
            subject: format!("image {name}"),
            key: format!("image[{number}].dockerfile"),
            path,
            state,
            maker: image.before.as_ref().map(short_line),
            problem: None,
        })
    });
    Ok(observed.collect())
}

/// The Dockerfile, relative to the project.
pub(super) fn dockerfile_path(context: &Path, dockerfile: &Path) -> PathBuf {
    let path = context.join(dockerfile);
    normalized(&path).unwrap_or(path)
}

/// Any check or hook may make an asset.
async fn assets(project: &Project) -> Result<Vec<ObservedPath>, GitError> {
    let Some(github) = &project.configuration.github else { return Ok(Vec::new()) };
    let states = path_states(project, &github.assets).await?;
    let maker = configured_commands(project).first().map(|first| short_line(first.command));
    let observed =
        github.assets.iter().zip(states).zip(0..).map(|((path, state), number)| ObservedPath {
            subject: "github".to_owned(),
            key: format!("github.assets[{number}]"),
            path: path.clone(),
            state,
            maker: maker.clone(),
            problem: None,
        });
    Ok(observed.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_scene::TestScene;

    async fn observed(text: &str) -> Vec<(String, PathState, Option<String>)> {
        let scene = TestScene::new().await;
        let root = scene.root();
        std::fs::create_dir_all(root.join("src/made")).unwrap();
        for (path, content) in [
            (".gitignore", "made/\n"),
            ("src/two.py", "__version__ = '1'\n__version__ = '2'\n"),
            ("src/good.py", "__version__ = '1'\n"),
            ("src/computed.py", "__version__ = '.'.join(parts)\n"),
            ("src/made/ignored.py", "__version__ = '1'\n"),
            ("chart.yaml", "appVersion: 1\n"),
        ] {
            std::fs::write(root.join(path), content).unwrap();
        }
        scene.git(&["add", "--all"]);
        scene.git(&["commit", "--quiet", "--message=files"]);
        let project = Project::with(&root, configuration::parse(text).unwrap()).await.unwrap();
        let paths = observe_paths(&project).await.unwrap().into_iter();
        paths.map(|path| (path.path.display().to_string(), path.state, path.problem)).collect()
    }

    #[tokio::test]
    async fn version_files_are_read_and_generated_only_where_that_works() {
        use PathState::{Committed, Ignored, Missing};
        let text = r#"
            [package]
            version-files = [
                "src/good.py", "src/new.py", "typo/new.py", "src/made/ignored.py", "src/made/new.py",
                "src/two.py", "src/computed.py", "src/typo.txt", { path = "chart.yaml", pattern = '^version: (\S+)' },
                { path = "absent.yaml", pattern = '^appVersion: (\S+)' },
            ]
        "#;
        let twice = "`__version__` is assigned 2 times in the first column; exactly once is needed";
        let computed = "`__version__` in line 1 is an expression; assign a string, or name the \
                        place of the version with a pattern";
        let unmatched = "the version file has 0 places that match `^version: (\\S+)`; exactly one \
                         is needed";
        let expected = [
            ("src/good.py", Committed, None),
            ("src/new.py", Committed, None),
            ("typo/new.py", Missing, None),
            ("src/made/ignored.py", Ignored, None),
            ("src/made/new.py", Ignored, None),
            ("src/two.py", Committed, Some(twice)),
            ("src/computed.py", Committed, Some(computed)),
            ("src/typo.txt", Missing, None),
            ("chart.yaml", Committed, Some(unmatched)),
            ("absent.yaml", Missing, None),
        ];
        let expected = expected
            .map(|(path, state, problem)| (path.to_owned(), state, problem.map(str::to_owned)));
        assert_eq!(observed(text).await, expected);
    }

    #[tokio::test]
    async fn assets_and_dockerfiles_are_looked_for() {
        use PathState::{Ignored, Missing};
        let text = "[[image]]\nrepository = \"a/b\"\ncontext = \"src\"\n\
                    dockerfile = \"made/ignored.py\"\n[github]\nrepository = \"a/b\"\n\
                    assets = [\"absent.tar\"]\n";
        let expected = [("src/made/ignored.py", Ignored, None), ("absent.tar", Missing, None)];
        let expected = expected.map(|(path, state, problem)| (path.to_owned(), state, problem));
        assert_eq!(observed(text).await, expected);
    }
}
