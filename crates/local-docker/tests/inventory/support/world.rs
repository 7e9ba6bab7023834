use std::{io::Cursor, path::PathBuf, process::Command, time::Duration};

use image_ref::{ImageId, Reference};
use local_docker::{
    ContainerDetails, ContainerId, DockerEnvironment, EndpointChoice, Engine, ImageDetails,
};

use super::{SecondEngine, TestImage, archive::archive};

pub(crate) fn unique() -> String {
    format!("{:012x}", fastrand::u64(..) >> 16)
}

/// An engine and what a test creates in it, which is removed in the end.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) id: String,
    pub(crate) containerd: bool,
    host: Option<String>,
}

impl World {
    pub(crate) async fn on_the_machine() -> Self {
        Self::at(None).await
    }

    pub(crate) async fn on(second: &SecondEngine) -> Self {
        Self::at(Some(second.host.clone())).await
    }

    async fn at(host: Option<String>) -> Self {
        let environment = DockerEnvironment::from_env();
        let choice =
            EndpointChoice { host: host.clone(), environment, ..EndpointChoice::default() };
        let engine = Engine::connect(&choice).await.expect("a Docker Engine must run");
        let containerd = engine.info().await.unwrap().store.is_containerd();
        Self { engine, id: unique(), containerd, host }
    }

    /// The label of everything that the test creates.
    pub(crate) fn label(&self) -> String {
        format!("org.tidegate.test={}", self.id)
    }

    /// A name for a container, a network or a volume.
    pub(crate) fn name(&self, suffix: &str) -> String {
        format!("tidegate-test-{}-{suffix}", self.id)
    }

    pub(crate) fn reference(&self, tag: &str) -> Reference {
        format!("tidegate-test/{}:{tag}", self.id).parse().unwrap()
    }

    /// Runs `docker`, which must succeed; its output.
    pub(crate) fn docker(&self, arguments: &[&str]) -> String {
        let ran = self.try_docker(arguments);
        assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap().trim().to_owned()
    }

    fn try_docker(&self, arguments: &[&str]) -> std::process::Output {
        let mut command = Command::new("docker");
        command.env("DOCKER_BUILDKIT", "0").args(arguments);
        if let Some(host) = &self.host {
            command.env("DOCKER_HOST", host);
        }
        command.output().unwrap()
    }

    /// Loads images; their IDs, by their first tags.
    pub(crate) async fn load(&self, images: &[TestImage]) -> Vec<ImageId> {
        let repository = format!("tidegate-test/{}", self.id);
        let archive = archive(images, &repository, &self.id);
        self.engine.images().load(Cursor::new(archive)).await.unwrap();
        let mut ids = Vec::new();
        for image in images {
            ids.push(self.engine.images().get(self.reference(&image.tags[0])).await.unwrap().id);
        }
        ids
    }

    pub(crate) async fn load_one(&self, image: TestImage) -> ImageId {
        self.load(&[image]).await.remove(0)
    }

    /// `docker VERB`, `create` or `run --detach`, with a name and the label.
    fn create_with(&self, verb: &[&str], suffix: &str, arguments: &[&str]) -> ContainerId {
        let (name, label) = (self.name(suffix), self.label());
        let options = ["--name", &name, "--label", &label];
        let id = self.docker(&[verb, &options, arguments].concat());
        id.lines().last().unwrap().parse().unwrap()
    }

    pub(crate) fn create(&self, suffix: &str, arguments: &[&str]) -> ContainerId {
        self.create_with(&["create"], suffix, arguments)
    }

    /// A container whose program has printed `ready`.
    pub(crate) fn run(&self, suffix: &str, arguments: &[&str]) -> ContainerId {
        let id = self.create_with(&["run", "--detach"], suffix, arguments);
        for _ in 0..200 {
            if self.docker(&["logs", id.as_str()]).contains("ready") {
                return id;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("{suffix} does not become ready");
    }

    /// A container whose program has ended.
    pub(crate) fn run_to_end(&self, suffix: &str, arguments: &[&str]) -> ContainerId {
        let id = self.create(suffix, arguments);
        self.docker(&["start", id.as_str()]);
        self.docker(&["wait", id.as_str()]);
        id
    }

    pub(crate) async fn details(&self, id: &ContainerId) -> ContainerDetails {
        self.engine.containers().inspect(id).await.unwrap().expect("the container is gone")
    }

    pub(crate) async fn image_details(&self, id: &ImageId) -> ImageDetails {
        self.engine.images().inspect(id).await.unwrap().expect("the image is gone")
    }

    /// Builds with the classic builder; the image with its tag.
    pub(crate) async fn build(&self, tag: &str, dockerfile: &str) -> ImageId {
        let folder = tempfile::tempdir().unwrap();
        let label = format!("LABEL {}\n", self.label());
        let (first, rest) = dockerfile.split_once('\n').unwrap_or((dockerfile, ""));
        std::fs::write(folder.path().join("Dockerfile"), format!("{first}\n{label}{rest}"))
            .unwrap();
        std::fs::write(folder.path().join("file"), self.id.as_bytes()).unwrap();
        let reference = self.reference(tag).to_string();
        self.docker(&["build", "--quiet", "--tag", &reference, folder.path().to_str().unwrap()]);
        self.engine.images().get(self.reference(tag)).await.unwrap().id
    }

    fn clean(&self, list: &[&str], remove: &[&str]) -> bool {
        let filter = format!("label={}", self.label());
        let listed = self.try_docker(&[list, &["--quiet", "--filter", &filter]].concat());
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        for id in listed.split_whitespace() {
            self.try_docker(&[remove, &[id]].concat());
        }
        !listed.trim().is_empty()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.clean(&["ps", "--all"], &["rm", "--force", "--volumes"]);
        self.clean(&["network", "ls"], &["network", "rm"]);
        self.clean(&["volume", "ls"], &["volume", "rm"]);
        // Children before parents, so repeat while something is left.
        for _ in 0..12 {
            if !self.clean(&["images", "--all"], &["rmi", "--force"]) {
                break;
            }
        }
    }
}

/// A tool of `.ci/setup`: on PATH, else where it unpacks them.
pub(crate) fn tool(name: &str) -> PathBuf {
    let folder = match std::env::var_os("TIDEGATE_TOOLS") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/tools"),
    };
    let unpacked = folder.join("bin").join(name);
    let program = process::find_program(name).or_else(|| unpacked.is_file().then_some(unpacked));
    program.unwrap_or_else(|| panic!("no `{name}`: run .ci/setup"))
}
