use std::{
    ffi::OsString,
    path::Path,
    process::{Child, Command, Stdio},
};

use regex::Regex;

use super::place::Place;
use crate::harness::Secrets;

/// `up-compose` before it starts.
#[must_use]
pub(super) struct Up<'a> {
    place: &'a Place,
    command: Command,
}

impl<'a> Up<'a> {
    pub(super) fn new(place: &'a Place, command: Command) -> Self {
        Self { place, command }
    }

    pub(super) fn args(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    pub(super) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    pub(super) fn folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    #[track_caller]
    pub(super) fn run(self) -> Ended {
        self.start().wait()
    }

    #[track_caller]
    pub(super) fn start(mut self) -> Started {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let shown = Shown::of(self.place);
        Started { child: self.command.spawn().unwrap(), shown }
    }
}

/// `up-compose` while it works.
pub(super) struct Started {
    child: Child,
    shown: Shown,
}

impl Started {
    pub(super) fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).unwrap();
    }

    #[track_caller]
    pub(super) fn wait(self) -> Ended {
        let output = self.child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        for text in [&stdout, &stderr] {
            assert!(!text.contains(Secrets::MARK), "a secret is shown:\n{text}");
            assert!(!text.contains("panicked at"), "the program panicked:\n{text}");
        }
        Ended { code: output.status.code(), stdout, stderr, shown: self.shown }
    }
}

/// How it ended, and what it printed.
pub(super) struct Ended {
    code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
    shown: Shown,
}

impl Ended {
    #[track_caller]
    pub(super) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        self
    }

    /// Exit code and everything printed, without what differs from run to run.
    pub(super) fn whole(&self) -> String {
        let code = self.code.unwrap_or(-1);
        let [stdout, stderr] = [&self.stdout, &self.stderr].map(|text| self.shown.text(text));
        format!("exit {code}\n--- stdout\n{stdout}--- stderr\n{stderr}")
    }

    /// Exit code and standard error, without what differs from run to run.
    pub(super) fn complaint(&self) -> String {
        format!("exit {}\n{}", self.code.unwrap_or(-1), self.shown.text(&self.stderr))
    }

    #[track_caller]
    pub(super) fn prints(&self, text: &str) {
        let both = self.shown.text(&format!("{}{}", self.stdout, self.stderr));
        assert!(both.contains(text), "`{text}` is not in\n{both}");
    }
}

/// Takes out of a text what differs from run to run.
#[derive(Clone)]
struct Shown {
    names: Vec<(String, &'static str)>,
}

impl Shown {
    fn of(place: &Place) -> Self {
        let folder = place.folder().to_string_lossy().into_owned();
        let names =
            vec![(place.name.clone(), "shop"), (place.registry.host(), "REG"), (folder, "$PLACE")];
        Self { names }
    }

    fn text(&self, text: &str) -> String {
        let named = self
            .names
            .iter()
            .fold(text.to_owned(), |text, (name, word)| text.replace(name.as_str(), word));
        let patterns = [
            (r"sha256:[0-9a-f]{12,64}", "sha256:DIGEST"),
            (r" \(\d+\.\d s\)", ""),
            (r"─{2,}", "──"),
            (r"(\S) {2,}", "$1  "),
        ];
        let text = patterns.iter().fold(named, |text, (pattern, word)| {
            Regex::new(pattern).unwrap().replace_all(&text, *word).into_owned()
        });
        sorted_steps(&text)
    }
}

/// Steps end at nearly the same time: the order of the lines that tell of them
/// is not the same in every run.
fn sorted_steps(text: &str) -> String {
    let mark = |line: &&str| ["[OK] ", "[ERROR] "].into_iter().find(|mark| line.starts_with(mark));
    let mut lines: Vec<&str> = text.split('\n').collect();
    for run in lines.chunk_by_mut(|a, b| mark(a).is_some() && mark(a) == mark(b)) {
        run.sort_unstable();
    }
    lines.join("\n")
}
