//! Taking a project down with the installed Compose.

use compose::{ComposeError, ComposeProject, Program};
use process::{Command, ProcessError};

use super::{
    line::{Progressing, is_progress},
    tools::Tools,
};
use operation::error_chain;

/// How it went.
pub(super) enum Delegated {
    /// Compose says that it did everything.
    Done,
    /// The files do not load; nothing was changed.
    Unreadable(ComposeError),
    /// Compose cannot be run, or does not take the files that are good for newer
    /// versions; nothing was changed.
    NotForCompose(String),
    /// Compose ended with an error on the way.
    Failed(String),
}

impl Tools<'_> {
    /// Runs `down` and shows its progress. When the future is dropped, Compose is
    /// killed; what the engine has begun goes on.
    pub(super) async fn delegate(&self, program: &Program, project: &ComposeProject) -> Delegated {
        let progress = Progressing::new(&self.environment.reporter, &project.name);
        let command = self.down_command(program, project);
        let ended = command.stream(|line| progress.line(line)).await;
        let begun = progress.has_begun();
        progress.give_up("Compose ended before");
        match ended {
            Ok(_) => Delegated::Done,
            Err(ProcessError::NotFound { .. } | ProcessError::Io { .. }) if !begun => {
                let program = program.path().display();
                Delegated::NotForCompose(format!("{program} cannot be run"))
            }
            Err(error) if begun => Delegated::Failed(complaint(&error)),
            Err(error) => {
                match self.known(project, &compose::down::ProjectResources::default()).await {
                    Err(unreadable) => Delegated::Unreadable(unreadable),
                    Ok(_) => not_done(complaint(&error)),
                }
            }
        }
    }

    fn down_command(&self, program: &Program, project: &ComposeProject) -> Command {
        let mut project = project.clone();
        if self.options.everything {
            project.profiles = vec!["*".to_owned()];
        }
        let mut command = program.command(&project, &self.variables).arg("down");
        if self.options.everything {
            command = command.arg("--remove-orphans");
        }
        if self.options.volumes {
            command = command.arg("--volumes");
        }
        if let Some(grace) = self.request.grace {
            command = command.arg("--timeout").arg(grace.as_secs().to_string());
        }
        command.summary("docker compose down")
    }
}

/// Compose 1 refuses what newer versions have, such as `name`.
fn not_done(complaint: String) -> Delegated {
    let words = ["The Compose file '", "Version in \""];
    if words.iter().any(|words| complaint.contains(words)) {
        return Delegated::NotForCompose(complaint);
    }
    Delegated::Failed(complaint)
}

/// What Compose said at the end, without its progress.
fn complaint(error: &ProcessError) -> String {
    let ProcessError::Failed { summary, code: Some(code), tail, .. } = error else {
        return error_chain(error);
    };
    let words: Vec<&str> = tail.lines().filter(|line| !is_progress(line)).map(str::trim).collect();
    format!("{summary} ended with exit code {code}: {}", words.join("; "))
}
