use std::time::Duration;

use local_docker::{Address, BuildEvent, EndpointChoice, Engine, EngineError};
use tokio::net::{UnixListener, UnixStream};

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
    // The shell is this machine's: only one of another machine cannot be run.
    let project = project.file("busybox", foreign_program());
    let wanted = foreign(&tools.platform);
    for tools in [tools, with_buildx(&engine).await] {
        let (built, _folder) = project.build(&engine, &tools, std::slice::from_ref(&wanted)).await;
        let error = built.unwrap_err();
        assert!(matches!(&error, EngineError::PlatformNotBuildable { .. }), "{error:?}");
        assert!(error.to_string().contains(&wanted.to_string()), "{error}");
    }
}

/// An ELF header of a machine that nobody has (EM_M32), and nothing to run.
fn foreign_program() -> Vec<u8> {
    let mut program = crate::support::hello().to_vec();
    program[18] = 1;
    program
}

#[tokio::test]
async fn what_only_buildkit_knows_is_told() {
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
    let (other, _folder) = project.build(&engine, &tools, &[foreign(&tools.platform)]).await;
    let error = other.unwrap_err();
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
    let project = with_shell(&format!("{SHELL}RUN echo begun; sleep 600\n"));
    for tools in [without_buildx(&engine).await, with_buildx(&engine).await] {
        let request = project.request(std::slice::from_ref(&tools.platform));
        let (begun, waiting) = tokio::sync::mpsc::unbounded_channel();
        let tell = move |event: BuildEvent| {
            if matches!(event, BuildEvent::Log { line } if line == "begun") {
                let _ = begun.send(());
            }
        };
        let folder = tempfile::tempdir().unwrap();
        let layout = folder.path().join("layout");
        let mut waiting = waiting;
        tokio::select! {
            built = engine.build(&request, &tools, &layout, &tell) => panic!("{built:?}"),
            _ = waiting.recv() => {}
        }
        assert!(nothing_runs(&project.id).await, "a container is left");
    }
}

/// Steps of the classic builder run in containers with the image's labels.
async fn nothing_runs(id: &str) -> bool {
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
async fn a_context_that_cannot_be_read_is_named() {
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
async fn a_full_disk_is_told_and_leaves_nothing_in_the_engine() {
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

/// A socket through which the engine is reached until it is dropped.
struct Line {
    folder: tempfile::TempDir,
    forwarding: tokio::task::JoinHandle<()>,
}

impl Line {
    fn to(engine: &Engine) -> Self {
        let Address::Unix(target) = engine.endpoint().address.clone() else {
            panic!("these tests need a socket")
        };
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("d.sock")).unwrap();
        let forwarding = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let target = target.clone();
                connections.spawn(async move {
                    let mut far = UnixStream::connect(target).await?;
                    tokio::io::copy_bidirectional(&mut near, &mut far).await
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
async fn an_engine_that_goes_away_while_it_builds_is_told() {
    let direct = engine().await;
    let project = with_shell(&format!("{SHELL}RUN echo begun; sleep 600\n"));
    for tools in [without_buildx(&direct).await, with_buildx(&direct).await] {
        let line = Line::to(&direct);
        let engine = line.connect().await;
        let request = project.request(std::slice::from_ref(&tools.platform));
        let (begun, mut waiting) = tokio::sync::mpsc::unbounded_channel();
        let tell = move |event: BuildEvent| {
            if event == (BuildEvent::Log { line: "begun".into() }) {
                let _ = begun.send(());
            }
        };
        let folder = tempfile::tempdir().unwrap();
        let layout = folder.path().join("layout");
        let cut = async {
            waiting.recv().await.unwrap();
            line.forwarding.abort();
        };
        let (built, ()) = tokio::join!(engine.build(&request, &tools, &layout, &tell), cut);
        let error = built.unwrap_err();
        assert!(matches!(error, EngineError::EngineGone { .. }), "{error:?}");
        assert!(nothing_runs(&project.id).await, "a container is left");
    }
}
