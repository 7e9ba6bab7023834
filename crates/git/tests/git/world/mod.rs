//! A bare remote, a clone and a separate git configuration.

use std::path::{Path, PathBuf};

use git::{CommitId, Git, Repository};

pub(crate) struct World {
    folder: tempfile::TempDir,
    pub(crate) git: Git,
}

impl World {
    /// A remote `origin` with one commit on `main`, and a clone of it in `work`.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("gitconfig");
        let text = "[user]\n\tname = Tester\n\temail = tester@example.org\n\
                    [init]\n\tdefaultBranch = main\n[commit]\n\tgpgSign = false\n";
        std::fs::write(&config, text).unwrap();
        let git = Git::new()
            .env("GIT_CONFIG_GLOBAL", &config)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("HOME", folder.path());
        let world = Self { folder, git };
        world.sh("git init -q --bare origin.git && git clone -q origin.git work 2>/dev/null");
        world.sh("cd work && echo one >a.txt && git add . && git commit -qm First && git push -q");
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a shell script in the folder of the world, as a user would.
    pub(crate) fn sh(&self, script: &str) -> String {
        let output = std::process::Command::new("bash")
            .args(["-euc", script])
            .current_dir(self.folder.path())
            .env("GIT_CONFIG_GLOBAL", self.path("gitconfig"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("HOME", self.folder.path())
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}: {message}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    pub(crate) async fn open(&self, name: &str) -> Repository {
        self.git.discover(self.path(name)).await.unwrap()
    }

    pub(crate) async fn work(&self) -> Repository {
        self.open("work").await
    }

    /// Pushes a commit to `main` from another clone.
    pub(crate) fn push_from_another_clone(&self) {
        self.sh("git clone -q origin.git other && cd other && echo x >other.txt && git add . \
                 && git commit -qm Theirs && git push -q");
    }

    /// Commits a file's new content in `work`.
    pub(crate) async fn commit(&self, file: &str, text: &str) -> CommitId {
        let work = self.work().await;
        write(&work.root().join(file), text);
        work.commit(&[file], &format!("Change {file}")).await.unwrap()
    }
}

pub(crate) fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}
