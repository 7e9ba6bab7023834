//! Against an engine that keeps images in containerd.

use std::{path::PathBuf, process::Command};

use local_docker::{BuildStrategy, BuildTools, EndpointChoice, Engine, RunCommand, RunRequest};

use crate::support::{Project, foreign, unique, with_buildx, workspace};

/// A second, isolated engine, which is removed in the end.
struct SecondEngine {
    folder: PathBuf,
    host: String,
}

impl SecondEngine {
    fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("tidegate-engine-{}", unique()));
        let started = script("start", &folder).output().unwrap();
        let host = String::from_utf8(started.stdout).unwrap().trim().to_owned();
        let second = Self { folder, host };
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        second
    }

    async fn connect(&self) -> Engine {
        let host = Some(self.host.clone());
        Engine::connect(&EndpointChoice { host, ..EndpointChoice::default() }).await.unwrap()
    }
}

impl Drop for SecondEngine {
    fn drop(&mut self) {
        let _ = script("stop", &self.folder).status();
    }
}

fn script(verb: &str, folder: &std::path::Path) -> Command {
    let mut script = Command::new(workspace().join("tests/fixtures/second-engine"));
    script.arg(verb).arg(folder);
    script
}

const DOCKERFILE: &str = "FROM scratch\n#LABEL\nARG TARGETPLATFORM\n\
    COPY hello /hello\nLABEL platform=$TARGETPLATFORM\nENTRYPOINT [\"/hello\"]\n";

/// One engine for all scenarios: starting it takes seconds.
#[tokio::test]
async fn an_engine_with_the_containerd_store_builds_exports_and_runs() {
    let second = SecondEngine::start();
    let engine = second.connect().await;
    assert!(engine.info().await.unwrap().store.is_containerd());
    let tools = with_buildx(&engine).await;
    all_platforms_in_one_index_with_attestations(&engine, &tools).await;
    one_platform_keeps_the_builders_manifest(&engine, &tools).await;
    let classic = BuildTools { buildx: None, ..tools };
    the_classic_builder_exports_the_stores_own_manifest(&engine, &classic).await;
}

async fn all_platforms_in_one_index_with_attestations(engine: &Engine, tools: &BuildTools) {
    let strategy = BuildStrategy::select(tools, engine.endpoint());
    assert_eq!(strategy, BuildStrategy::BuildxToLayout { builder: "default" });
    let platforms = [foreign(&tools.platform), tools.platform.clone()];
    let project = Project::new(DOCKERFILE).on(engine);
    let (built, _folder) = project.build(engine, tools, &platforms).await;
    let built = built.unwrap();
    let index = built.index.clone().expect("several platforms make an index");
    assert_eq!(built.layout.read_index().unwrap()[0].digest, index.digest);
    let text = String::from_utf8(built.layout.read_blob(&index.digest).unwrap()).unwrap();
    assert_eq!(text.matches("attestation-manifest").count(), 2, "{text}");
    let found: Vec<_> = built.platforms.iter().map(|image| image.platform.clone()).collect();
    assert_eq!(found, platforms);
    // The image that is run is the one that will be pushed, with the same digest.
    let local = built.local_for(&tools.platform).unwrap();
    assert_eq!(local.id.as_str(), built.platforms[1].manifest.digest.as_str());
    let run = RunRequest::new(local.id.clone(), RunCommand::AsBuilt);
    assert_eq!(engine.run_once(&run).await.unwrap().stdout_text(), "hello world\n");
    engine.remove_built(&built).await.unwrap();
}

async fn one_platform_keeps_the_builders_manifest(engine: &Engine, tools: &BuildTools) {
    let project = Project::new(DOCKERFILE).on(engine);
    let platforms = std::slice::from_ref(&tools.platform);
    let (built, _folder) = project.build(engine, tools, platforms).await;
    let built = built.unwrap();
    let local = built.local_for(&tools.platform).unwrap();
    let second_folder = tempfile::tempdir().unwrap();
    let layout = oci_image::LayoutFolder::create(second_folder.path()).unwrap();
    let exported =
        engine.images().export(local.id.clone(), &tools.platform, &layout).await.unwrap();
    assert_eq!(exported, built.platforms[0]);
    engine.remove_built(&built).await.unwrap();
}

async fn the_classic_builder_exports_the_stores_own_manifest(engine: &Engine, tools: &BuildTools) {
    let project = Project::new(DOCKERFILE).on(engine);
    let platforms = [tools.platform.clone(), foreign(&tools.platform)];
    let (built, _folder) = project.build(engine, tools, &platforms).await;
    let built = built.unwrap();
    for (image, local) in built.platforms.iter().zip(&built.local) {
        assert_eq!(image.manifest.digest.as_str(), local.id.as_str());
        assert_eq!(image.manifest.platform, Some((&image.platform).into()));
    }
    engine.remove_built(&built).await.unwrap();
}
