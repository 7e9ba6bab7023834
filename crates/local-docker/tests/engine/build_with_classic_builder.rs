use std::sync::Mutex;

use local_docker::{BuildEvent, BuildRequest, BuildStrategy, BuiltImage, RunCommand, RunRequest};
use oci_image::DescriptorPlatform;

use crate::support::{Project, build, engine, foreign, skopeo_accepts, without_buildx};

const DOCKERFILE: &str = "FROM scratch\n#LABEL\nARG TARGETPLATFORM\nARG VERSION=none\n\
    COPY hello /hello\nLABEL version=$VERSION platform=$TARGETPLATFORM\nENTRYPOINT [\"/hello\"]\n";

#[tokio::test]
async fn an_image_is_built_exported_and_run() {
    let engine = engine().await;
    let tools = without_buildx(&engine).await;
    assert_eq!(BuildStrategy::select(&tools, engine.endpoint()), BuildStrategy::ClassicBuilder);
    let project = Project::new(DOCKERFILE);
    let mut request = project.request(std::slice::from_ref(&tools.platform));
    request.build_args.insert("VERSION".into(), "1.2.3".into());
    request.labels.insert("org.tidegate.requested".into(), "yes".into());
    let (built, folder) = build(&engine, &tools, &request).await;
    let built = built.unwrap();
    skopeo_accepts(&built, folder.path());
    let local = built.local_for(&tools.platform).unwrap();
    let image = engine.images().get(local.id.clone()).await.unwrap();
    assert_eq!(image.tags, std::slice::from_ref(&local.name));
    assert_eq!(image.labels["version"], "1.2.3");
    assert_eq!(image.labels["platform"], tools.platform.to_string());
    assert_eq!(image.labels["org.tidegate.requested"], "yes");
    let run = RunRequest::new(local.id.clone(), RunCommand::Arguments(vec!["you".into()]));
    assert_eq!(engine.run_once(&run).await.unwrap().stdout_text(), "hello you\n");
    engine.remove_built(&built).await.unwrap();
    assert_eq!(engine.images().find(local.name.clone()).await.unwrap(), None);
}

#[tokio::test]
async fn two_exports_of_one_image_give_one_digest() {
    let engine = engine().await;
    let tools = without_buildx(&engine).await;
    // Not all zeros and more than one piece for the compressor.
    let noise: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..64)).take(3 << 20).collect();
    let project = Project::new(DOCKERFILE)
        .file("noise", noise)
        .file("Dockerfile", "FROM scratch\nCOPY noise /\nCOPY hello /hello\nCOPY noise /again\n");
    let mut request = project.request(std::slice::from_ref(&tools.platform));
    request.labels.insert("org.tidegate.test".into(), project.id.clone());
    let (first, _one) = build(&engine, &tools, &request).await;
    let first = first.unwrap();
    let local = first.local_for(&tools.platform).unwrap();
    let second_folder = tempfile::tempdir().unwrap();
    let layout = oci_image::LayoutFolder::create(second_folder.path()).unwrap();
    let again = engine.images().export(local.id.clone(), &tools.platform, &layout).await.unwrap();
    assert_eq!(first.platforms, [again]);
    // The cache gives the same image again, and that the same digest.
    let (second, _two) = build(&engine, &tools, &request).await;
    assert_eq!(first.platforms, second.unwrap().platforms);
}

#[tokio::test]
async fn a_foreign_platform_from_scratch_is_named_in_its_config() {
    let engine = engine().await;
    let tools = without_buildx(&engine).await;
    let platforms = [tools.platform.clone(), foreign(&tools.platform)];
    let project = Project::new(DOCKERFILE);
    let (built, folder) = project.build(&engine, &tools, &platforms).await;
    let built = built.unwrap();
    let found: Vec<_> =
        built.platforms.iter().map(|image| image.manifest.platform.clone().unwrap()).collect();
    assert_eq!(found, platforms.each_ref().map(DescriptorPlatform::from));
    assert_ne!(built.platforms[0].manifest.digest, built.platforms[1].manifest.digest);
    assert_eq!(built.layout.read_index().unwrap().len(), 2);
    let local = built.local_for(&platforms[1]).unwrap();
    let image = engine.images().get(local.id.clone()).await.unwrap();
    assert_eq!(image.labels["platform"], platforms[1].to_string());
    drop(folder);
    engine.remove_built(&built).await.unwrap();
    let seeds = engine.images().list(None).await.unwrap().into_iter().flat_map(|image| image.tags);
    let seeds = seeds.filter(|tag| tag.repository().to_string() == "tidegate-scratch");
    // Other tests' builds may have theirs at this moment.
    let left: Vec<_> = seeds.filter(|seed| seed.to_string().contains(&project.id)).collect();
    assert_eq!(left, []);
}

#[tokio::test]
async fn a_stage_for_the_build_platform_needs_no_declaration() {
    let engine = engine().await;
    let tools = without_buildx(&engine).await;
    let project = Project::new(
        "FROM --platform=$BUILDPLATFORM scratch AS build\n#LABEL\nCOPY hello /hello\n\
         FROM scratch\n#LABEL\nCOPY --from=build /hello /hello\n",
    );
    let wanted = foreign(&tools.platform);
    let (built, _folder) = project.build(&engine, &tools, std::slice::from_ref(&wanted)).await;
    let built = built.unwrap();
    assert_eq!(built.platforms[0].manifest.platform, Some(wanted.into()));
    engine.remove_built(&built).await.unwrap();
}

async fn files_in_image(project: &Project, request: BuildRequest) -> Vec<String> {
    let engine = engine().await;
    let tools = without_buildx(&engine).await;
    let request = BuildRequest { platforms: vec![tools.platform.clone()], ..request };
    let (built, _folder) = build(&engine, &tools, &request).await;
    let built = built.unwrap();
    engine.remove_built(&built).await.unwrap();
    let mut names = names_in(&built);
    names.sort();
    assert!(!names.is_empty(), "{}", project.id);
    names
}

/// What the layers hold below `all/`.
fn names_in(built: &BuiltImage) -> Vec<String> {
    let manifest = built.layout.read_blob(&built.platforms[0].manifest.digest).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let layers = manifest["layers"].as_array().unwrap().iter();
    let digests = layers.map(|layer| layer["digest"].as_str().unwrap().parse().unwrap());
    digests.flat_map(|digest| names_in_layer(&built.layout.read_blob(&digest).unwrap())).collect()
}

fn names_in_layer(packed: &[u8]) -> Vec<String> {
    let mut layer = tar::Archive::new(flate2::read::GzDecoder::new(packed));
    let paths = layer.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().into_owned());
    let names = paths.map(|path| path.display().to_string());
    names
        .filter_map(|name| name.strip_prefix("all/").map(str::to_owned))
        .filter(|n| !n.is_empty())
        .collect()
}

const COPY_ALL: &str = "FROM scratch\n#LABEL\nCOPY . /all/\n";

#[tokio::test]
async fn ignored_files_are_not_in_the_image() {
    let project = Project::new(COPY_ALL)
        .file(".dockerignore", "*.md\n!README.md\nsecret\n**/*.pyc\nDockerfile\n.dockerignore\n")
        .file("README.md", "")
        .file("NOTES.md", "")
        .file("secret/key", "canary")
        .file("src/a.pyc", "")
        .file("src/a.py", "");
    assert_eq!(
        files_in_image(&project, project.request(&[])).await,
        ["README.md", "hello", "src/", "src/a.py"]
    );
}

#[tokio::test]
async fn the_dockerfiles_own_ignore_file_is_used() {
    let project = Project::new(COPY_ALL)
        .file(".dockerignore", "kept")
        .file("Dockerfile.dockerignore", "*\n!kept")
        .file("kept", "");
    // The Dockerfile and the ignore file must be sent, and then are copied.
    assert_eq!(
        files_in_image(&project, project.request(&[])).await,
        [".dockerignore", "Dockerfile", "kept"]
    );
}

#[tokio::test]
async fn a_dockerfile_from_outside_leaves_no_trace_in_the_image() {
    let outside = tempfile::tempdir().unwrap();
    let project = Project::new("").file("a", "");
    std::fs::remove_file(project.folder.path().join("Dockerfile")).unwrap();
    let dockerfile = outside.path().join("Dockerfile.release");
    let text = COPY_ALL.replace("#LABEL", &format!("LABEL org.tidegate.test={}", project.id));
    std::fs::write(&dockerfile, text).unwrap();
    let request = BuildRequest { dockerfile, ..project.request(&[]) };
    assert_eq!(files_in_image(&project, request).await, ["a", "hello"]);
}

#[tokio::test]
async fn steps_are_reported_in_order() {
    let engine = engine().await;
    let tools = without_buildx(&engine).await;
    let project = Project::new(DOCKERFILE);
    let request = project.request(std::slice::from_ref(&tools.platform));
    let folder = tempfile::tempdir().unwrap();
    let events = Mutex::new(Vec::new());
    let on_event = |event: BuildEvent| events.lock().unwrap().push(event);
    let built = engine.build(&request, &tools, &folder.path().join("l"), &on_event).await.unwrap();
    let events = events.into_inner().unwrap();
    assert!(matches!(events.first(), Some(BuildEvent::Started { .. })));
    assert!(matches!(events.last(), Some(BuildEvent::Exporting { .. })));
    let steps = events.iter().filter_map(|event| match event {
        BuildEvent::Step { number, total, .. } => Some((*number, *total)),
        _ => None,
    });
    let expected: Vec<_> = (1..=7).map(|number| (number, 7)).collect();
    assert_eq!(steps.collect::<Vec<_>>(), expected);
    engine.remove_built(&built).await.unwrap();
}

#[tokio::test]
async fn a_layout_is_loaded_again_under_another_name() {
    let engine = engine().await;
    let tools = without_buildx(&engine).await;
    let project = Project::new(DOCKERFILE);
    let (built, _folder) =
        project.build(&engine, &tools, std::slice::from_ref(&tools.platform)).await;
    let built = built.unwrap();
    let name = format!("tidegate-test/{}:again", project.id).parse().unwrap();
    let manifest = &built.platforms[0].manifest;
    let loaded = engine.images().load_from_layout(&built.layout, manifest, &name).await.unwrap();
    assert_eq!(loaded.id, built.local[0].id);
    engine.images().untag(&name).await.unwrap();
    engine.remove_built(&built).await.unwrap();
}
