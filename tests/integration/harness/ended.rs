use std::{os::unix::process::ExitStatusExt as _, process::ExitStatus, sync::atomic::Ordering};

use super::{Scene, Secrets, engine::Traces, shown::Shown};

/// How a program ended, and what it printed.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    shown: Shown,
    traces: Traces,
}

impl Ended {
    /// Checks what holds for every run.
    #[track_caller]
    pub(super) fn new(scene: &Scene, status: ExitStatus, stdout: String, stderr: String) -> Self {
        for text in [&stdout, &stderr] {
            assert!(!text.contains(Secrets::MARK), "a secret is shown:\n{text}");
            assert!(!text.contains("panicked at"), "the program panicked:\n{text}");
        }
        // A killed program cannot clean up.
        let killed = scene.killed.fetch_or(status.signal().is_some(), Ordering::Relaxed);
        let traces = match (status.signal(), killed) {
            (Some(_), _) => Traces::default(),
            (None, true) => scene.engine_traces().but_pulled(),
            (None, false) => scene.engine_traces(),
        };
        Self { status, stdout, stderr, shown: Shown::of(scene), traces }
    }

    /// It ended by itself, with this code and without traces in the engine.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{self}");
        assert_eq!(self.traces, Traces::default(), "left in the engine by\n{self}");
        self
    }

    #[track_caller]
    pub(crate) fn was_killed(self) -> Self {
        assert_eq!(self.status.signal(), Some(9), "{self}");
        self
    }

    /// Exit code and everything printed, without what differs from run to run;
    /// lines of steps, which run at the same time, in alphabetical order.
    pub(crate) fn whole(&self) -> String {
        let code = self.status.code().map_or("none".to_owned(), |code| code.to_string());
        let [stdout, stderr] = [&self.stdout, &self.stderr].map(|text| self.shown.text(text));
        format!("exit {code}\n--- stdout\n{stdout}--- stderr\n{stderr}")
    }

    /// Exit code and complaints: standard error, and the lines of standard output
    /// that warn.
    pub(crate) fn complaints(&self) -> String {
        let code = self.status.code().map_or("none".to_owned(), |code| code.to_string());
        let warns = |line: &&str| ["[WARN]", "[ERROR]"].iter().any(|mark| line.starts_with(mark));
        let lines: String =
            self.stdout.lines().filter(warns).map(|line| format!("{line}\n")).collect();
        format!("exit {code}\n{}{}", self.shown.text(&lines), self.shown.text(&self.stderr))
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { status, stdout, stderr, .. } = self;
        write!(f, "{status}\n--- stdout\n{stdout}--- stderr\n{stderr}")
    }
}
