//! A project on disk, with its remote, its index, and the program that releases it.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rehearsal::index::{ApiToken, IndexOptions, PackageIndex};
use test_harness::{Git, ProjectFile, RELEASE_TIME, built, python};

use crate::{machine, project::Project, released::Released, text::trimmed_lines};

const TOKEN: &str = "pypi-token-of-the-tests";

/// A project that is about to be released.
pub(crate) struct Scene {
    folder: tempfile::TempDir,
    index: PackageIndex,
    /// The folder that is released, below the repository.
    project: String,
    configuration: String,
}

impl Scene {
    pub(crate) fn new(project: &Project) -> Self {
        let folder = tempfile::Builder::new().prefix("tidegate-project-").tempdir().unwrap();
        for name in ["home", "state", "tmp", "bin"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        machine::fill_search_path(&folder.path().join("bin"), &project.programs);
        Git::configure(&folder.path().join("gitconfig"));
        let options = IndexOptions::default().token(ApiToken::for_account(TOKEN));
        let scene = Self {
            folder,
            index: PackageIndex::start(options).unwrap(),
            project: project.folder.clone(),
            configuration: project.configuration.clone(),
        };
        scene.make_repository(project);
        scene
    }

    /// Each tag on a commit of its own, then the files, then the remote.
    fn make_repository(&self, project: &Project) {
        let (git, root) = (self.git(), self.root());
        std::fs::create_dir(&root).unwrap();
        git.run(&["init", "--quiet"]);
        for tag in &project.tags {
            git.run(&["commit", "--quiet", "--allow-empty", "-m", &format!("Release {tag}")]);
            git.run(&["tag", tag]);
        }
        project.files.iter().for_each(|file| file.write_to(&root));
        if !project.configuration.is_empty() {
            let path = Path::new(&project.folder).join("tidegate.toml");
            let lines = project.configuration.as_str();
            ProjectFile::new(&path.to_string_lossy(), lines).write_to(&root);
        }
        if let [program, arguments @ ..] = &project.made_by[..] {
            self.make_files(program, arguments);
        }
        if let Some((path, files)) = &project.submodule {
            self.add_submodule(path, files);
        }
        git.commit_all("feat: the project as it is");
        let remote = self.folder.path().join("remote.git");
        git.run(&["clone", "--quiet", "--bare", ".", remote.to_str().unwrap()]);
        git.run(&["remote", "add", "origin", remote.to_str().unwrap()]);
        git.run(&["fetch", "--quiet"]);
        git.run(&["branch", "--quiet", "--set-upstream-to=origin/main"]);
    }

    fn make_files(&self, program: &str, arguments: &[String]) {
        let program = self.folder.path().join("bin").join(program);
        let mut command = Command::new(&program);
        command.args(arguments).current_dir(self.root()).env("UV_PYTHON", python());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn add_submodule(&self, path: &str, files: &[ProjectFile]) {
        let other = self.folder.path().join("submodule");
        std::fs::create_dir(&other).unwrap();
        files.iter().for_each(|file| file.write_to(&other));
        let git = self.git().at(&other);
        git.run(&["init", "--quiet"]);
        git.commit_all("The submodule as it is");
        let allowed = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "--"];
        self.git().run(&[&allowed[..], &[other.to_str().unwrap(), path]].concat());
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    pub(crate) fn git(&self) -> Git {
        Git::new(&self.root(), &self.folder.path().join("gitconfig"))
    }

    pub(crate) fn remote_git(&self) -> Git {
        self.git().at(&self.folder.path().join("remote.git"))
    }

    pub(crate) fn state_folder(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub(crate) fn index(&self) -> &PackageIndex {
        &self.index
    }

    /// The path of a file of the released folder, from the top of the repository.
    pub(crate) fn path_of(&self, file: &str) -> String {
        Path::new(&self.project).join(file).to_string_lossy().into_owned()
    }

    /// As somebody releases for practice who has just cloned the project.
    pub(crate) fn rehearse(&self, request: &str) -> Ended {
        self.run(self.command(request).args(["--rehearse", "--offline"]))
    }

    /// A release to the index of the test, whose address is all that is added to the
    /// configuration.
    #[track_caller]
    pub(crate) fn release(&self, request: &str) -> Released {
        let file = self.folder.path().join("configuration.toml");
        let Self { configuration, .. } = self;
        let (upload, simple, url) =
            (self.index.upload_url(), self.index.simple_url(), self.index.url());
        let text = format!(
            "package.indexes = [\"pypi\"]\n{configuration}\n[index.pypi]\nupload = \"{upload}\"\n\
             simple = \"{simple}\"\njson = \"{url}/pypi/\"\ndeadline = \"20s\"\n"
        );
        std::fs::write(&file, text).unwrap();
        let base = self.git().run(&["rev-parse", "HEAD"]);
        let mut command = self.command(request);
        command.env("TIDEGATE_INDEX_PYPI_TOKEN", TOKEN).arg("--config").arg(file);
        self.run(&mut command).succeeds();
        Released::of(self, &base)
    }

    fn command(&self, request: &str) -> Command {
        let folder = |name: &str| self.folder.path().join(name);
        let mut command = Command::new(built("full-release"));
        command.current_dir(folder("home")).env_clear().stdin(Stdio::null());
        command.env("PATH", folder("bin")).env("HOME", folder("home")).env("USER", "ada");
        command.env("TMPDIR", folder("tmp")).env("LC_ALL", "C.UTF-8");
        command.env("GIT_CONFIG_GLOBAL", folder("gitconfig")).env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("SOURCE_DATE_EPOCH", RELEASE_TIME);
        command.envs(machine::tool_variables().iter().map(|(name, value)| (name, value)));
        command.arg("--project").arg(self.root().join(&self.project)).arg(request);
        command.arg("--state-dir").arg(self.state_folder()).arg("--python").arg(python());
        command
    }

    fn run(&self, command: &mut Command) -> Ended {
        let output = command.output().unwrap();
        let folder = self.folder.path().to_string_lossy();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&*folder, "$WORLD");
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        Ended { code: output.status.code(), stdout, stderr }
    }
}

/// How the program ended, and what it printed.
pub(crate) struct Ended {
    code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        assert_eq!(self.code, Some(0), "{self}");
        self
    }

    /// It stopped before anything was built.
    #[track_caller]
    pub(crate) fn refused(self) -> Self {
        assert!(matches!(self.code, Some(2 | 4)), "{self}");
        assert!(!self.stdout.contains("[OK]"), "{self}");
        self
    }

    /// The findings, or the lines of another error.
    pub(crate) fn complaints(&self) -> Vec<&str> {
        let lines = trimmed_lines(&self.stderr).into_iter();
        let findings = lines.map(|line| line.strip_prefix("- ").unwrap_or(line));
        findings.filter(|line| !line.ends_with("the release; nothing was changed")).collect()
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, stdout, stderr } = self;
        write!(f, "exit {code:?}\n--- stdout\n{stdout}--- stderr\n{stderr}")
    }
}
