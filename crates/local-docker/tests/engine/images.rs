use image_ref::Reference;
use local_docker::EngineError;

use crate::support::{Project, engine, without_buildx};

#[tokio::test]
async fn an_image_is_listed_tagged_saved_loaded_and_untagged() {
    let engine = engine().await;
    let tools = without_buildx(&engine).await;
    let project = Project::new("FROM scratch\n#LABEL\nCOPY hello /hello\n");
    let (built, folder) =
        project.build(&engine, &tools, std::slice::from_ref(&tools.platform)).await;
    let built = built.unwrap();
    let local = &built.local[0];
    let second: Reference = format!("tidegate-test/{}:other", project.id).parse().unwrap();
    engine.images().tag(local.id.clone(), &second).await.unwrap();

    let label = format!("org.tidegate.test={}", project.id);
    let listed = engine.images().list(Some(&label)).await.unwrap();
    let [image] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!(image.id, local.id);
    assert!(image.tags.contains(&second) && image.tags.contains(&local.name));
    let inspected = engine.images().get(second.clone()).await.unwrap();
    assert_eq!(inspected.platform.as_ref(), Some(&tools.platform));
    assert!(inspected.size > 0 && inspected.labels == image.labels);

    let archive = folder.path().join("saved.tar");
    engine.images().save(second.clone(), &archive).await.unwrap();
    let removal = engine.images().untag(&second).await.unwrap();
    assert_eq!(removal.untagged, [second.to_string()]);
    assert_eq!(removal.deleted, [] as [String; 0], "the image has another name");
    engine.remove_built(&built).await.unwrap();

    let loaded =
        engine.images().load(tokio::fs::File::open(&archive).await.unwrap()).await.unwrap();
    assert_eq!(loaded, [second.to_string()]);
    assert_eq!(engine.images().get(second.clone()).await.unwrap().id, local.id);
    assert!(!engine.images().untag(&second).await.unwrap().deleted.is_empty());
    assert_eq!(engine.images().find(second).await.unwrap(), None);
}

#[tokio::test]
async fn the_last_name_of_an_image_in_use_stays() {
    let engine = engine().await;
    let tools = without_buildx(&engine).await;
    let project = Project::new("FROM scratch\n#LABEL\nCOPY hello /hello\nCMD [\"/hello\"]\n");
    let (built, _folder) =
        project.build(&engine, &tools, std::slice::from_ref(&tools.platform)).await;
    let built = built.unwrap();
    let container = format!("tidegate-test-{}", project.id);
    run_docker(&["create", "--name", &container, &built.local[0].name.to_string()]);
    let error = engine.images().untag(&built.local[0].name).await.unwrap_err();
    assert!(matches!(error, EngineError::ImageInUse { .. }), "{error:?}");
    run_docker(&["rm", &container]);
    engine.remove_built(&built).await.unwrap();
    engine.remove_built(&built).await.unwrap();
}

fn run_docker(arguments: &[&str]) {
    let output = std::process::Command::new("docker").args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn garbage_is_not_loaded() {
    let engine = engine().await;
    let error = engine.images().load(std::io::Cursor::new(vec![1; 4096])).await.unwrap_err();
    assert!(matches!(error, EngineError::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn a_missing_image_cannot_be_saved() {
    let engine = engine().await;
    let folder = tempfile::tempdir().unwrap();
    let name: Reference = "tidegate-test/nowhere:1".parse().unwrap();
    let error = engine.images().save(name, &folder.path().join("x")).await.unwrap_err();
    assert!(matches!(error, EngineError::ImageNotFound { .. }), "{error:?}");
}
