use std::{
    fmt,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::harness::Secrets;

/// A program that is about to run.
#[must_use]
pub(super) struct Run(Command);

impl Run {
    pub(super) fn new(command: Command) -> Self {
        Self(command)
    }

    pub(super) fn arg(mut self, argument: &str) -> Self {
        self.0.arg(argument);
        self
    }

    pub(super) fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// It kills itself after so many further records of its journal.
    pub(super) fn kill_after(self, records: usize) -> Self {
        self.env("__TIDEGATE_KILL_AFTER_RECORDS", &records.to_string())
    }

    #[track_caller]
    pub(super) fn run(self) -> Ended {
        self.start().wait()
    }

    #[track_caller]
    pub(super) fn start(mut self) -> Started {
        self.0.stdout(Stdio::piped()).stderr(Stdio::piped());
        Started(self.0.spawn().unwrap())
    }

    /// It ends with this code; the rest is rarely looked at.
    #[track_caller]
    pub(super) fn exits(self, code: i32) -> Ended {
        let ended = self.run();
        assert_eq!(ended.code, Some(code), "{ended}");
        ended
    }
}

/// A program that runs.
pub(super) struct Started(Child);

impl Started {
    pub(super) fn id(&self) -> u32 {
        self.0.id()
    }

    pub(super) fn signal(&self, signal: rustix::process::Signal) {
        // It may have ended.
        let _ = rustix::process::kill_process(rustix::process::Pid::from_child(&self.0), signal);
    }

    #[track_caller]
    pub(super) fn wait(self) -> Ended {
        let output = self.0.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        for text in [&stdout, &stderr] {
            assert!(!text.contains(Secrets::MARK), "a secret is shown:\n{text}");
            assert!(!text.contains("panicked at"), "the program panicked:\n{text}");
        }
        Ended { code: output.status.code(), stdout, stderr }
    }
}

/// How a program ended, and what it printed.
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Ended {
    #[track_caller]
    pub(super) fn prints(self, text: &str) -> Self {
        assert!(self.to_string().contains(text), "`{text}` is not in\n{self}");
        self
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, stdout, stderr } = self;
        write!(f, "exit {code:?}\n--- stdout\n{stdout}--- stderr\n{stderr}")
    }
}

/// Waits until something holds.
#[track_caller]
pub(super) fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what} did not come");
        std::thread::sleep(Duration::from_millis(30));
    }
}
