use image_ref::Platform;
use local_docker::{BuildStrategy, ImageStore, RunCommand, RunRequest};

use crate::support::{Project, engine, foreign, skopeo_accepts, with_buildx};

const DOCKERFILE: &str = "FROM scratch\n#LABEL\nARG TARGETPLATFORM\n\
    COPY hello /hello\nLABEL platform=$TARGETPLATFORM\nENTRYPOINT [\"/hello\"]\n";

#[tokio::test]
async fn each_platform_is_built_into_the_engine_and_exported() {
    let engine = engine().await;
    let tools = with_buildx(&engine).await;
    let expected = match tools.store {
        ImageStore::GraphDriver(_) => BuildStrategy::BuildxIntoEngine { builder: "default" },
        ImageStore::Containerd(_) => BuildStrategy::BuildxToLayout { builder: "default" },
    };
    assert_eq!(BuildStrategy::select(&tools, engine.endpoint()), expected);
    let platforms = [tools.platform.clone(), foreign(&tools.platform)];
    let project = Project::new(DOCKERFILE);
    let (built, _folder) = project.build(&engine, &tools, &platforms).await;
    let built = built.unwrap();
    assert_eq!(built.index.is_some(), tools.store.is_containerd());
    for (image, wanted) in built.platforms.iter().zip(&platforms) {
        assert!(Platform::from(image.manifest.platform.as_ref().unwrap()).matches(wanted));
    }
    let local = built.local_for(&platforms[0]).unwrap();
    let run = RunRequest::new(local.id.clone(), RunCommand::AsBuilt);
    assert_eq!(engine.run_once(&run).await.unwrap().stdout_text(), "hello world\n");
    engine.remove_built(&built).await.unwrap();
}

#[tokio::test]
async fn skopeo_accepts_the_layout() {
    let engine = engine().await;
    let tools = with_buildx(&engine).await;
    let project = Project::new(DOCKERFILE);
    let (built, folder) =
        project.build(&engine, &tools, std::slice::from_ref(&tools.platform)).await;
    let built = built.unwrap();
    skopeo_accepts(&built, folder.path());
    engine.remove_built(&built).await.unwrap();
}
