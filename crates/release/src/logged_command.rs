//! Commands of the project, whose output is kept whole.

use std::{
    collections::VecDeque,
    fs::{File, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use process::{Command, Output, ProcessError};
use report::RunningStep;

use crate::{context::ReleaseContext, step_error::ReleaseStepError};

/// How many lines of a failed command are shown.
const SHOWN_LINES: usize = 40;

/// What a command printed on both streams, in order: in a file, and its last lines.
struct Log {
    file: File,
    last: VecDeque<String>,
}

impl Log {
    /// Only the owner may read it: nobody knows what a command prints.
    fn create(path: &Path) -> std::io::Result<Self> {
        let file =
            OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(path);
        Ok(Self { file: file?, last: VecDeque::new() })
    }

    fn add(&mut self, line: &str) {
        // The log helps to understand a failure and must not be one.
        let _ = writeln!(self.file, "{line}");
        if self.last.len() == SHOWN_LINES {
            self.last.pop_front();
        }
        self.last.push_back(line.to_owned());
    }
}

/// Runs a command of the project; `line` is how a person would type it. A failure
/// shows the last lines of both streams and names the file of the whole output,
/// which is beside the journal.
pub(crate) async fn run_logged(
    context: &ReleaseContext<'_>,
    command: Command,
    line: &str,
    progress: &RunningStep,
) -> Result<Output, ReleaseStepError> {
    let path = new_log(context, line)?;
    let log = Log::create(&path).map_err(ReleaseStepError::io("write", &path))?;
    let log = Mutex::new(log);
    let command = command.summary(line);
    let ended = command.stream(|printed| {
        log.lock().unwrap_or_else(PoisonError::into_inner).add(printed.text());
        progress.line(printed.text());
    });
    let error = match ended.await {
        Ok(output) => return Ok(output),
        Err(error) => error,
    };
    let last = log.into_inner().unwrap_or_else(PoisonError::into_inner).last;
    let lines: Vec<String> = last.into();
    Err(match error {
        ProcessError::Failed { code, .. } => ReleaseStepError::CommandFailed {
            command: line.to_owned(),
            ending: ending(code),
            lines: lines.iter().map(|line| format!("\n{line}")).collect(),
            log: path,
        },
        other => other.into(),
    })
}

/// A file for the output of a command; one command is not run twice at a time.
fn new_log(context: &ReleaseContext<'_>, line: &str) -> Result<PathBuf, ReleaseStepError> {
    let folder = context.folder.logs();
    std::fs::create_dir_all(&folder).map_err(ReleaseStepError::io("make", &folder))?;
    Ok(folder.join(format!("{}.log", file_name(line))))
}

fn ending(code: Option<i32>) -> String {
    code.map_or_else(|| "was killed".to_owned(), |code| format!("ended with exit code {code}"))
}

/// The start of a command as the name of a file.
fn file_name(line: &str) -> String {
    let plain = line.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
    let plain: String = plain.take(40).collect();
    let digest = image_ref::Digest::of(line.as_bytes());
    format!("{}-{}", plain.trim_matches('-'), &digest.hex()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_scene::TestScene;

    #[tokio::test]
    async fn a_failure_shows_both_streams_in_order_and_where_everything_is() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        let script = "for n in $(seq 1 100); do echo line $n; done; sleep 0.2; \
                      echo warning >&2; sleep 0.2; echo FAILED test_x; exit 3";
        let command = Command::new("sh").args(["-c", script]);
        let progress = report::Reporter::silent().step("check.1", "check");
        let error = run_logged(&context, command, "make test", &progress).await.unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("`make test` ended with exit code 3:\nline 63\n"), "{text}");
        assert!(text.contains("\nline 100\nwarning\nFAILED test_x\n"), "{text}");
        let log = first_file(&context.folder.logs());
        assert!(text.ends_with(&format!("(all of it: {})", log.display())), "{text}");
        let whole = std::fs::read_to_string(log).unwrap();
        assert!(whole.starts_with("line 1\n") && whole.ends_with("FAILED test_x\n"), "{whole}");
    }

    fn first_file(folder: &Path) -> PathBuf {
        std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
    }
}
