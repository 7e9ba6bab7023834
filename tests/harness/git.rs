use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The `git` program in one folder, with the identity and configuration of the
/// tests and nothing of the user's.
#[derive(Debug, Clone)]
pub struct Git {
    folder: PathBuf,
    configuration: PathBuf,
}

/// Time of the commits that tests make, one day before releases.
const TIME: &str = "@1767139200 +0000";

impl Git {
    /// In this folder, with the configuration that [`Git::configure`] wrote.
    pub fn new(folder: &Path, configuration: &Path) -> Self {
        Self { folder: folder.to_owned(), configuration: configuration.to_owned() }
    }

    /// The same in another folder.
    pub fn at(&self, folder: &Path) -> Self {
        Self { folder: folder.to_owned(), ..self.clone() }
    }

    /// Who commits, and what else a fresh machine's git needs.
    pub fn configure(path: &Path) {
        let text = "[user]\n\tname = Ada\n\temail = ada@example.org\n\
                    [init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n";
        std::fs::write(path, text).unwrap();
    }

    /// What git prints, without the last line ends.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> String {
        let mut output = self.output(arguments);
        // The git of a program that was killed may be making a work tree still.
        for _ in 0..40 {
            if !String::from_utf8_lossy(&output.stderr).contains("failed to read .git/worktrees/") {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
            output = self.output(arguments);
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?} in {:?}: {stderr}", self.folder);
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    fn output(&self, arguments: &[&str]) -> std::process::Output {
        Command::new("git")
            .args(arguments)
            .current_dir(&self.folder)
            .env("GIT_CONFIG_GLOBAL", &self.configuration)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_DATE", TIME)
            .env("GIT_COMMITTER_DATE", TIME)
            .env("LC_ALL", "C")
            .output()
            .unwrap()
    }

    /// Commits every file of the work tree; gives the commit.
    pub fn commit_all(&self, message: &str) -> String {
        self.run(&["add", "--all"]);
        self.run(&["commit", "--quiet", "-m", message]);
        self.run(&["rev-parse", "HEAD"])
    }
}
