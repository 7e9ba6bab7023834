use std::time::Duration;

use local_docker::{Address, BuildEvent, EndpointChoice, Engine, EngineError};
use tokio::{
    net::{UnixListener, UnixStream},
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};

use crate::support::{Project, build, engine, foreign, with_buildx, without_buildx};

/// A shell for RUN steps, from the machine's own static one.
fn with_shell(dockerfile: &str) -> Project {
    let shell = std::fs::read("/bin/busybox").expect("busybox-static is missing: run .ci/setup");
    Project::new(dockerfile).file("busybox", shell)
}

const SHELL: &str = "FROM scratch\n#LABEL\nCOPY busybox /bin/sh\n";

#[tokio::test]
async fn a_failing_step_keeps_its_last_lines() {
    let engine = engine().await;
    let project = with_shell(&format!("{SHELL}RUN echo the reason; exit 3\n"));
    for tools in [without_buildx(&engine).await, with_buildx(&engine).await] {
        let (built, _folder) =
            project.build(&engine, &tools, std::slice::from_ref(&tools.platform)).await;
        let error = built.unwrap_err();
        assert!(matches!(&error, EngineError::StepFailed { .. }), "{error:?}");
        assert!(error.to_string().contains("the reason"), "{error}");
    }
}

#[tokio::test]
async fn a_step_that_cannot_run_on_this_machine_is_a_platform_not_buildable() {
    let engine = engine().await;
    let project = with_shell(&format!("{SHELL}RUN true\n"));
    let tools = without_buildx(&engine).await;
    // The machine's own shell could be run.
    let project = project.file("busybox", foreign_program());
    let wanted = foreign(&tools.platform);
    for tools in [tools, with_buildx(&engine).await] {
        let (built, _folder) = project.build(&engine, &tools, std::slice::from_ref(&wanted)).await;
        let error = built.unwrap_err();
        assert!(matches!(&error, EngineError::PlatformNotBuildable { .. }), "{error:?}");
        assert!(error.to_string().contains(&wanted.to_string()), "{error}");
    }
}

/// An ELF program for a machine that does not exist any more (EM_M32).
fn foreign_program() -> Vec<u8> {
    let mut program = crate::support::hello().to_vec();
    program[18] = 1;
    program
}

#[tokio::test]
async fn instructions_that_need_buildkit_are_reported() {
    let engine = engine().await;
    let tools = without_buildx(&engine).await;
    let project = with_shell(&format!("{SHELL}RUN --mount=type=cache,target=/c true\n"));
    let (built, _folder) =
        project.build(&engine, &tools, std::slice::from_ref(&tools.platform)).await;
    let error = built.unwrap_err();
    assert!(matches!(error, EngineError::BuildKitNeeded { .. }), "{error:?}");
}

#[tokio::test]
async fn a_base_image_of_another_platform_is_not_used() {
    let engine = engine().await;
    let tools = without_buildx(&engine).await;
    let base = Project::new("FROM scratch\n#LABEL\nCOPY hello /\n");
    let (built, _folder) = base.build(&engine, &tools, std::slice::from_ref(&tools.platform)).await;
    let built = built.unwrap();
    let from = format!("FROM {}\n#LABEL\nCOPY hello /again\n", built.local[0].name);
    let project = Project::new(&from);
    let (result, _folder) = project.build(&engine, &tools, &[foreign(&tools.platform)]).await;
    let error = result.unwrap_err();
    let expected =
        matches!(error, EngineError::PlatformNotBuildable { .. } | EngineError::BaseImage { .. });
    assert!(expected, "{error:?}");
    engine.remove_built(&built).await.unwrap();
}

#[tokio::test]
async fn a_file_that_cannot_be_copied_fails_the_build() {
    let engine = engine().await;
    let project = Project::new("FROM scratch\n#LABEL\nCOPY nowhere /\n");
    for tools in [without_buildx(&engine).await, with_buildx(&engine).await] {
        let (built, _folder) =
            project.build(&engine, &tools, std::slice::from_ref(&tools.platform)).await;
        let error = built.unwrap_err();
        assert!(matches!(error, EngineError::BuildFailed { .. }), "{error:?}");
        assert!(error.to_string().contains("nowhere"), "{error}");
    }
}

#[tokio::test]
async fn a_layout_folder_with_content_is_refused() {
    let engine = engine().await;
    let tools = without_buildx(&engine).await;
    let project = Project::new("FROM scratch\n#LABEL\nCOPY hello /\n");
    let request = project.request(std::slice::from_ref(&tools.platform));
    let folder = project.folder.path();
    let error = engine.build(&request, &tools, folder, &|_: BuildEvent| ()).await.unwrap_err();
    assert!(matches!(error, EngineError::Layout { .. }), "{error:?}");
}

#[tokio::test]
async fn a_cancelled_build_leaves_no_container() {
    let engine = engine().await;
    let project = with_shell(&format!("{SHELL}RUN echo started; sleep 600\n"));
    for tools in [without_buildx(&engine).await, with_buildx(&engine).await] {
        let request = project.request(std::slice::from_ref(&tools.platform));
        let (on_event, mut step_started) = notify_when_started();
        let folder = tempfile::tempdir().unwrap();
        let layout = folder.path().join("layout");
        tokio::select! {
            built = engine.build(&request, &tools, &layout, &on_event) => panic!("{built:?}"),
            _ = step_started.recv() => {}
        }
        assert!(no_container_is_left(&project.id).await, "a container is left");
    }
}

/// A callback for a build whose step prints `started`, and what it sends to.
fn notify_when_started() -> (impl Fn(BuildEvent) + Send + Sync, UnboundedReceiver<()>) {
    let (sender, receiver) = unbounded_channel();
    let on_event = move |event: BuildEvent| {
        if event == (BuildEvent::Log { line: "started".into() }) {
            let _ = sender.send(());
        }
    };
    (on_event, receiver)
}

/// Steps of the classic builder run in containers with the image's labels.
async fn no_container_is_left(id: &str) -> bool {
    for _ in 0..100 {
        let mut docker = std::process::Command::new("docker");
        let filter = format!("label=org.tidegate.test={id}");
        let output = docker.args(["ps", "--all", "--quiet", "--filter", &filter]).output().unwrap();
        if output.stdout.is_empty() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}

#[tokio::test]
async fn an_invalid_ignore_file_is_reported_with_its_line() {
    let engine = engine().await;
    let tools = without_buildx(&engine).await;
    let project = Project::new("FROM scratch\n#LABEL\nCOPY . /\n").file(".dockerignore", "[");
    let request = project.request(std::slice::from_ref(&tools.platform));
    let error = build(&engine, &tools, &request).await.0.unwrap_err();
    assert!(matches!(error, EngineError::IgnorePattern { line: 1, .. }), "{error:?}");
}

/// A file system of a few pages, on which nothing of size fits.
struct TinyDisk(tempfile::TempDir);

impl TinyDisk {
    fn mount() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(folder.path());
        assert!(mount.status().unwrap().success(), "mounting needs root");
        Self(folder)
    }
}

impl Drop for TinyDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn a_full_disk_is_reported_and_leaves_nothing_in_the_engine() {
    let engine = engine().await;
    let tools = without_buildx(&engine).await;
    let disk = TinyDisk::mount();
    let project = Project::new("FROM scratch\n#LABEL\nCOPY hello /\n");
    let request = project.request(std::slice::from_ref(&tools.platform));
    let layout = disk.0.path().join("layout");
    let error = engine.build(&request, &tools, &layout, &|_: BuildEvent| ()).await.unwrap_err();
    assert!(matches!(error, EngineError::NoSpace { .. }), "{error:?}");
    let label = format!("org.tidegate.test={}", project.id);
    assert_eq!(engine.images().list(Some(&label)).await.unwrap(), []);
}

/// A socket that forwards to the engine until it is dropped.
struct ForwardedSocket {
    folder: tempfile::TempDir,
    forwarding: tokio::task::JoinHandle<()>,
}

impl ForwardedSocket {
    fn to(engine: &Engine) -> Self {
        let Address::Unix(target) = engine.endpoint().address.clone() else {
            panic!("these tests need a socket")
        };
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("d.sock")).unwrap();
        let forwarding = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((mut local, _)) = listener.accept().await {
                let target = target.clone();
                connections.spawn(async move {
                    let mut remote = UnixStream::connect(target).await?;
                    tokio::io::copy_bidirectional(&mut local, &mut remote).await
                });
            }
        });
        Self { folder, forwarding }
    }

    async fn connect(&self) -> Engine {
        let host = Some(format!("unix://{}/d.sock", self.folder.path().display()));
        Engine::connect(&EndpointChoice { host, ..EndpointChoice::default() }).await.unwrap()
    }
}

#[tokio::test]
async fn an_engine_that_goes_away_during_a_build_is_reported() {
    let direct = engine().await;
    let project = with_shell(&format!("{SHELL}RUN echo started; sleep 600\n"));
    for tools in [without_buildx(&direct).await, with_buildx(&direct).await] {
        let socket = ForwardedSocket::to(&direct);
        let engine = socket.connect().await;
        let request = project.request(std::slice::from_ref(&tools.platform));
        let (on_event, mut step_started) = notify_when_started();
        let folder = tempfile::tempdir().unwrap();
        let layout = folder.path().join("layout");
        let cut = async {
            step_started.recv().await.unwrap();
            socket.forwarding.abort();
        };
        let (built, ()) = tokio::join!(engine.build(&request, &tools, &layout, &on_event), cut);
        let error = built.unwrap_err();
        assert!(matches!(error, EngineError::EngineGone { .. }), "{error:?}");
        assert!(no_container_is_left(&project.id).await, "a container is left");
    }
}
