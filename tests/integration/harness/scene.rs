use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use rehearsal::{forge::Forge, index::PackageIndex, oci::Registry};
use test_harness::{Git, python};

use super::{
    FinalState, Run, World, engine, kept_image::KeptImage, services::Services, shown::Shown,
    state::published,
};

/// What there is in a test: a project in a repository, its remote, its servers.
pub(crate) struct Scene {
    pub(crate) services: Services,
    pub(super) folder: tempfile::TempDir,
    uses_engine: bool,
    /// Whether a program of this scene was killed.
    pub(super) killed: AtomicBool,
}

impl Scene {
    pub(super) fn set(mut world: World) -> Self {
        let folder = tempfile::Builder::new().prefix("tidegate-it-").tempdir().unwrap();
        for name in ["home", "docker", "state", "tmp", "bin"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        Git::configure(&folder.path().join("gitconfig"));
        if world.settings.image {
            KeptImage::be_there();
        }
        let services = world.start_services(&folder.path().join("remote.git"));
        let scene = Self {
            services,
            folder,
            uses_engine: world.settings.image,
            killed: AtomicBool::default(),
        };
        scene.make_repository(&world);
        scene.configure(&world.settings.text(&scene.services));
        scene
    }

    fn make_repository(&self, world: &World) {
        let root = self.root();
        std::fs::create_dir(&root).unwrap();
        world.files.iter().for_each(|file| file.write_to(&root));
        let git = self.git();
        git.run(&["init", "--quiet"]);
        git.commit_all("The project as it is");
        let remote = self.remote();
        git.run(&["clone", "--quiet", "--bare", ".", remote.to_str().unwrap()]);
        git.run(&["remote", "add", "origin", remote.to_str().unwrap()]);
        git.run(&["fetch", "--quiet"]);
        git.run(&["branch", "--quiet", "--set-upstream-to=origin/main"]);
    }

    /// Replaces the configuration, which lies outside of the repository.
    pub(crate) fn configure(&self, text: &str) {
        std::fs::write(self.configuration(), text).unwrap();
    }

    /// The scene's folder, which holds everything of it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder().join("project")
    }

    pub(crate) fn remote(&self) -> PathBuf {
        self.folder().join("remote.git")
    }

    pub(crate) fn state_folder(&self) -> PathBuf {
        self.folder().join("state")
    }

    pub(crate) fn configuration(&self) -> PathBuf {
        self.folder().join("tidegate.toml")
    }

    /// Git in the user's work tree.
    pub(crate) fn git(&self) -> Git {
        Git::new(&self.root(), &self.folder().join("gitconfig"))
    }

    #[track_caller]
    pub(crate) fn index(&self, name: &str) -> &PackageIndex {
        &self.services.indexes[name]
    }

    #[track_caller]
    pub(crate) fn registry(&self) -> &Registry {
        self.services.registry.as_ref().unwrap()
    }

    #[track_caller]
    pub(crate) fn forge(&self) -> &Forge {
        self.services.forge.as_ref().unwrap()
    }

    /// `full-release` with this scene's project, configuration and credentials.
    pub(crate) fn release(&self, request: &str) -> Run<'_> {
        Run::new(self, "full-release", python()).arg(request)
    }

    /// `full-release --check`, without credentials.
    pub(crate) fn check(&self, request: Option<&str>) -> Run<'_> {
        let run = Run::new(self, "full-release", python()).anonymous().arg("--check");
        request.into_iter().fold(run, Run::arg)
    }

    /// `full-release` as somebody runs it who has just cloned the project.
    /// On loopback only.
    pub(crate) fn rehearsal(&self, request: &str) -> Run<'_> {
        self.online_rehearsal(request).arg("--offline")
    }

    /// With a look at the indexes that the configuration names: only for a scene that
    /// names its own.
    pub(crate) fn online_rehearsal(&self, request: &str) -> Run<'_> {
        Run::plain(self, "full-release", python()).arg(request).arg("--rehearse")
    }

    /// `verify-release` as a stranger: without credentials.
    pub(crate) fn verify(&self) -> Run<'_> {
        Run::new(self, "verify-release", python()).anonymous()
    }

    pub(crate) fn state(&self) -> FinalState {
        FinalState::of(self)
    }

    /// Fails with the lines that differ.
    #[track_caller]
    pub(crate) fn assert_state(&self, expected: &FinalState) {
        let differs = self.state().differences(expected);
        assert!(differs.is_empty(), "the state differs:\n{differs}");
    }

    /// How often each thing was published.
    pub(crate) fn published(&self) -> BTreeMap<String, u32> {
        published(self)
    }

    #[track_caller]
    pub(crate) fn assert_nothing_is_published_twice(&self) {
        let published = self.published();
        let twice: Vec<_> = published.iter().filter(|(_, count)| **count > 1).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    /// The records of an operation's journal, oldest first.
    #[track_caller]
    pub(crate) fn journal(&self, operation: &str) -> Vec<serde_json::Value> {
        let projects = std::fs::read_dir(self.state_folder()).unwrap().map(Result::unwrap);
        let paths = projects.map(|entry| entry.path().join(operation).join("journal.jsonl"));
        let path = paths.into_iter().find(|path| path.is_file()).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        // The first line is the header.
        text.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Takes out of a text what differs from run to run.
    pub(crate) fn shown(&self) -> Shown {
        Shown::of(self)
    }

    /// What programs of this scene left in the engine.
    pub(super) fn engine_traces(&self) -> engine::Traces {
        if !self.uses_engine {
            return engine::Traces::default();
        }
        let host = self.services.registry.as_ref().map(Registry::host);
        engine::Traces::find(&self.releases(), host.as_deref())
    }

    /// Folders of the releases that were begun.
    fn releases(&self) -> Vec<PathBuf> {
        let entries = |folder: &Path| {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            entries.map(|entry| entry.path()).collect::<Vec<_>>()
        };
        entries(&self.state_folder()).iter().flat_map(|project| entries(project)).collect()
    }
}

/// A killed program cannot clean up.
impl Drop for Scene {
    fn drop(&mut self) {
        self.engine_traces().remove();
    }
}
