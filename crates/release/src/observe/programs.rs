use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use git::GitError;
use release_plan::{ObservedProgram, PathState, ProgramState};

use super::{
    commands::{ConfiguredCommand, configured_commands, short_line},
    path_states::path_states,
};
use crate::Project;

/// Looks for the programs of all configured commands where they will be looked for when
/// the commands run: in a checkout of what is committed, or on `PATH`.
pub(super) async fn observe_programs(project: &Project) -> Result<Vec<ObservedProgram>, GitError> {
    let commands = configured_commands(project);
    let files: Vec<PathBuf> = commands.iter().map(ConfiguredCommand::program_file).collect();
    let states = path_states(project, &files).await?;
    let observed = commands.iter().zip(files.iter().zip(states)).map(|(command, (file, state))| {
        let program = command.program();
        ObservedProgram {
            subject: command.subject.clone(),
            key: command.key.clone(),
            program: program.to_owned(),
            state: match program {
                _ if program.contains('/') => file_state(&project.root.join(file), state),
                "python" | "python3" if command.has_python(project) => ProgramState::Found,
                _ => program_on_path(program),
            },
            maker: command.before.map(short_line),
            is_optional: command.is_optional,
        }
    });
    Ok(observed.collect())
}

impl ConfiguredCommand<'_> {
    fn program(&self) -> &str {
        self.command.argv().first().map_or("", String::as_str)
    }

    /// Whether a Python of the configuration is put first on its `PATH`.
    fn has_python(&self, project: &Project) -> bool {
        let checks = &project.configuration.checks;
        !checks.pythons.is_empty() && self.key.starts_with("checks.before-release")
    }

    fn program_file(&self) -> PathBuf {
        self.folder.join(self.program())
    }
}

fn program_on_path(program: &str) -> ProgramState {
    match process::find_program(program) {
        Some(_) => ProgramState::Found,
        None => ProgramState::NotOnPath,
    }
}

/// The file in the work tree is the one that is committed: uncommitted changes are a
/// finding of their own.
fn file_state(file: &Path, state: PathState) -> ProgramState {
    if state != PathState::Committed {
        return ProgramState::NoFile(state);
    }
    let is_executable =
        file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0);
    if is_executable { ProgramState::Found } else { ProgramState::NotExecutable }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_scene::TestScene;

    const COMMANDS: &str = "
        [package]
        before = [\"tools/generate\"]
        lock = \"no-such-program-1 lock\"
        [[image]]
        repository = \"a/b\"
        before = [\"sh\", \"-c\", \"make\"]
        [[image]]
        repository = \"a/c\"
        before = \"made/stamp\"
        [checks]
        before-release = [\"sh tools/plain\", \"tools/plain\", \"/bin/sh -c true\", \"./absent\", \"python3 x\"]
        after-build = [\"no-such-program-2\"]
        pythons = [\"3\"]
        [project]
        after-release = [\"no-such-program-3\"]
    ";

    #[tokio::test]
    async fn programs_are_searched_for_where_they_will_run() {
        let scene = TestScene::new().await;
        let (root, tools) = (scene.root(), scene.root().join("tools"));
        std::fs::create_dir(&tools).unwrap();
        for name in ["generate", "plain"] {
            std::fs::write(tools.join(name), "#!/bin/sh\n").unwrap();
        }
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(tools.join("generate"), mode).unwrap();
        std::fs::write(root.join(".gitignore"), "made/\n").unwrap();
        scene.git(&["add", "--all"]);
        scene.git(&["commit", "--quiet", "--message=tools"]);
        let configuration = configuration::parse(COMMANDS).unwrap();
        let project = Project::with(&root, configuration).await.unwrap();
        let observed = observe_programs(&project).await.unwrap();
        let found: Vec<_> = observed
            .into_iter()
            .map(|program| (program.key, program.state, program.maker))
            .collect();
        let maker = |text: &str| Some(text.to_owned());
        use ProgramState::{Found, NoFile, NotExecutable, NotOnPath};
        let expected = [
            ("checks.before-release[0]", Found, None),
            ("checks.before-release[1]", NotExecutable, maker("sh tools/plain")),
            ("checks.before-release[2]", Found, maker("tools/plain")),
            ("checks.before-release[3]", NoFile(PathState::Missing), maker("/bin/sh -c true")),
            ("checks.before-release[4]", Found, maker("./absent")),
            ("checks.after-build[0]", NotOnPath, maker("python3 x")),
            ("project.after-release[0]", NotOnPath, maker("no-such-program-2")),
            ("package.before[0]", Found, None),
            ("package.lock", NotOnPath, None),
            ("image[0].before", Found, None),
            ("image[1].before", NoFile(PathState::IgnoredAndMissing), maker("sh -c make")),
        ];
        let expected = expected.map(|(key, state, maker)| (key.to_owned(), state, maker));
        assert_eq!(found, expected);
    }
}
