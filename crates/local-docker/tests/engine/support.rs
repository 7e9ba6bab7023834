use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use image_ref::Platform;
use local_docker::{
    BuildEvent, BuildRequest, BuildTools, BuiltImage, DockerEnvironment, DockerPrograms,
    EndpointChoice, Engine, EngineError,
};
use tempfile::TempDir;

/// The machine's engine.
pub(crate) async fn engine() -> Engine {
    let environment = DockerEnvironment::from_env();
    let choice = EndpointChoice { environment, ..EndpointChoice::default() };
    Engine::connect(&choice).await.expect("a Docker Engine must run")
}

/// A tool of `.ci/setup`: on PATH, else where it unpacks them.
pub(crate) fn tool(name: &str) -> PathBuf {
    let unpacked = tools_folder().join("bin").join(name);
    let program = process::find_program(name).or_else(|| unpacked.is_file().then_some(unpacked));
    program.unwrap_or_else(|| panic!("no `{name}`: run .ci/setup"))
}

fn tools_folder() -> PathBuf {
    match std::env::var_os("TIDEGATE_TOOLS") {
        Some(folder) => PathBuf::from(folder),
        None => workspace().join("target/tools"),
    }
}

pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) async fn with_buildx(engine: &Engine) -> BuildTools {
    let docker_buildx = tool("docker-buildx").into();
    let programs = DockerPrograms { docker_buildx, ..DockerPrograms::default() };
    let tools = engine.build_tools(&programs).await.unwrap();
    assert!(tools.buildx.is_some(), "buildx does not work");
    tools
}

pub(crate) async fn without_buildx(engine: &Engine) -> BuildTools {
    BuildTools { buildx: None, ..with_buildx(engine).await }
}

pub(crate) fn platform(text: &str) -> Platform {
    text.parse().unwrap()
}

/// A platform that the engine cannot run.
pub(crate) fn foreign(native: &Platform) -> Platform {
    if native.architecture == "arm64" { platform("linux/amd64") } else { platform("linux/arm64") }
}

pub(crate) fn unique() -> String {
    format!("{:012x}", fastrand::u64(..) >> 16)
}

/// A static program that prints `hello` and its first argument, and ends with
/// the number of further ones.
pub(crate) fn hello() -> &'static [u8] {
    static PROGRAM: OnceLock<Vec<u8>> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let (source, program) = (folder.path().join("hello.c"), folder.path().join("hello"));
        fs::write(&source, HELLO).unwrap();
        let mut compiler = Command::new("gcc");
        let compiled = compiler.args(["-static", "-Os", "-s", "-o"]).arg(&program).arg(&source);
        assert!(compiled.status().expect("gcc is missing: run .ci/setup").success());
        fs::read(program).unwrap()
    })
}

const HELLO: &str = r#"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int count, char **arguments) {
    printf("hello %s\n", count > 1 ? arguments[1] : "world");
    if (getenv("GREETING")) fprintf(stderr, "%s\n", getenv("GREETING"));
    fflush(stdout);
    if (count > 1 && !strcmp(arguments[1], "sleep")) sleep(600);
    return count > 2 ? count - 2 : 0;
}
"#;

/// A folder to build from, with unique names; what was built from it is removed
/// with it.
pub(crate) struct Project {
    pub(crate) folder: TempDir,
    pub(crate) id: String,
    docker_host: Option<String>,
}

impl Project {
    /// A project with the program `hello`.
    pub(crate) fn new(dockerfile: &str) -> Self {
        let project =
            Self { folder: tempfile::tempdir().unwrap(), id: unique(), docker_host: None };
        let label = format!("LABEL org.tidegate.test={}", project.id);
        project.file("hello", hello()).file("Dockerfile", dockerfile.replace("#LABEL", &label))
    }

    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// Removes what was built from this engine instead of the machine's.
    pub(crate) fn on(mut self, engine: &Engine) -> Self {
        self.docker_host = Some(engine.endpoint().address.to_string());
        self
    }

    pub(crate) fn request(&self, platforms: &[Platform]) -> BuildRequest {
        let name = format!("tidegate-test/{}", self.id).parse().unwrap();
        BuildRequest::new(self.folder.path(), name, platforms.to_vec())
    }

    pub(crate) async fn build(
        &self,
        engine: &Engine,
        tools: &BuildTools,
        platforms: &[Platform],
    ) -> (Result<BuiltImage, EngineError>, TempDir) {
        build(engine, tools, &self.request(platforms)).await
    }

    fn docker(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("docker");
        if let Some(host) = &self.docker_host {
            command.env("DOCKER_HOST", host);
        }
        let output = command.args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let label = format!("label=org.tidegate.test={}", self.id);
        // Children before parents, so repeat while something is left.
        for _ in 0..12 {
            let images = self.docker(&["images", "--all", "--quiet", "--filter", &label]);
            if images.trim().is_empty() {
                break;
            }
            for image in images.split_whitespace() {
                self.docker(&["rmi", "--force", image]);
            }
        }
    }
}

pub(crate) async fn build(
    engine: &Engine,
    tools: &BuildTools,
    request: &BuildRequest,
) -> (Result<BuiltImage, EngineError>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let layout = folder.path().join("layout");
    let built = engine.build(request, tools, &layout, &|_: BuildEvent| ()).await;
    (built, folder)
}

/// Copies a layout with skopeo, which checks every digest on the way.
pub(crate) fn skopeo_accepts(built: &BuiltImage, folder: &Path) {
    let to = format!("dir:{}", folder.join("copy").display());
    let from = format!("oci:{}", built.layout.path().display());
    let mut skopeo = Command::new(tool("skopeo"));
    let copied =
        skopeo.args(["--insecure-policy", "copy", "--quiet", &from, &to]).output().unwrap();
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
}
