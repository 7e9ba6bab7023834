//! Wheels that were built elsewhere, and attestations.

use rehearsal::{
    forge::Workflow,
    index::{ApiToken, IndexOptions, TrustedPublisher, sample::Sample},
};

use crate::harness::{Run, Scene, World};

/// Stands for cibuildwheel: one wheel for each line of `platforms`, with the content of
/// the pure one. `here` is the platform of this machine.
const BUILD_WHEELS: &str = r#"
import backend, pathlib, platform, zipfile
folder = pathlib.Path("wheelhouse")
folder.mkdir()
pure = folder / backend.build_wheel(folder)
for line in pathlib.Path("platforms").read_text().split():
    tags = "cp38-abi3-" + line.replace("here", platform.machine())
    wheel = folder / pure.name.replace("py3-none-any", tags)
    wheel.write_bytes(pure.read_bytes())
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.comment = tags.encode()
pure.unlink()
"#;

const PORTABLE: &str = "manylinux_2_17_here.manylinux2014_here\nwin_amd64\n";

fn world() -> World {
    World::new().package().setting("", "[changelog]\nrequired = false")
}

fn cibuildwheel(platforms: &str) -> Scene {
    world()
        .file("build_wheels.py", BUILD_WHEELS)
        .file("platforms", platforms)
        .setting("package", "before = [\"python3 build_wheels.py\"]")
        .setting("package", "wheels = [\"wheelhouse/*.whl\"]")
        .begin()
}

fn commit_platforms(scene: &Scene, platforms: &str) {
    std::fs::write(scene.root().join("platforms"), platforms).unwrap();
    scene.git().commit_all("Change platforms");
}

/// The files of a version on the index, by their tags.
fn files(scene: &Scene, version: &str) -> Vec<String> {
    let state = scene.index("pypi").state();
    let release = state.projects.get("demo-tool").and_then(|found| found.releases.get(version));
    let files = release.iter().flat_map(|release| release.files.keys());
    let machine = format!("_{}", std::env::consts::ARCH);
    let stem = format!("demo_tool-{version}");
    files.map(|name| name.replace(&stem, "").replace(&machine, "_here")).collect()
}

#[test]
fn wheels_of_a_hook_are_released_beside_the_sdist_and_none_may_vanish() {
    let scene = cibuildwheel(PORTABLE);
    let ended = scene.release("0.2.0").run().exits(0);
    let machine = "-cp38-abi3-manylinux_2_17_here.manylinux2014_here.whl";
    assert_eq!(files(&scene, "0.2.0"), [machine, "-cp38-abi3-win_amd64.whl", ".tar.gz"]);
    let shown = ended.whole();
    assert!(shown.contains("installed demo_tool-0.2.0-cp38-abi3-manylinux_2_17_"), "{shown}");

    commit_platforms(&scene, "manylinux_2_17_here\n");
    let ended = scene.release("patch").run().exits(4);
    assert!(
        ended.complaints().contains("compared with 0.2.0, no wheel for cp38 abi3 on win amd64;"),
        "{}",
        ended.complaints()
    );
    assert!(files(&scene, "0.2.1").is_empty());

    scene.release("patch").arg("--abort").run();
    commit_platforms(&scene, "linux_here\nwin_amd64\n");
    let ended = scene.release("0.2.2").run();
    let complaints = ended.complaints();
    assert!(complaints.contains("is the platform of the build machine alone"), "{complaints}");
    assert!(complaints.contains("auditwheel"), "{complaints}");
    assert!(files(&scene, "0.2.2").is_empty());
}

/// A package of whose wheels of 0.2.0 a workflow builds two.
pub(crate) fn world_with_wheels_of_a_workflow() -> World {
    let machine = format!("cp38-abi3-manylinux_2_17_{}", std::env::consts::ARCH);
    let [linux, windows] = [machine.as_str(), "cp38-abi3-win_amd64"]
        .map(|tags| Sample::new("demo-tool", "0.2.0").tags(tags).wheel());
    let wheels = Workflow::new("Wheels")
        .artifact("wheels-linux", &[(linux.filename(), linux.bytes())])
        .artifact("wheels-windows", &[(windows.filename(), windows.bytes())])
        .artifact("logs", &[("log.txt", b"-")]);
    world()
        .forge()
        .workflow(wheels)
        .setting("package", "wheel-artifacts = [\"wheels-*\"]")
        .setting("github", "wait-for = [\"wheels.yml\"]\nwait = \"20s\"")
}

#[test]
fn wheels_of_a_workflow_are_collected_before_any_index_gets_a_file() {
    let scene = world_with_wheels_of_a_workflow().begin();
    let ended = scene.release("0.2.0").run().exits(0);
    let linux = "-cp38-abi3-manylinux_2_17_here.whl";
    assert_eq!(files(&scene, "0.2.0"), [linux, "-cp38-abi3-win_amd64.whl", ".tar.gz"]);
    let shown = ended.whole();
    assert!(shown.contains("not installed: there is no wheel yet"), "{shown}");
    assert!(shown.contains("installed demo_tool-0.2.0-cp38-abi3-manylinux_2_17_"), "{shown}");
    // Of the release's files only the wheels were downloaded from the forge, once.
    assert_eq!(scene.forge().storage_requests().len(), 2);
    let release = &scene.forge().state().releases[0];
    assert_eq!(release.assets.len(), 4, "{:?}", release.assets);
}

const JOB: &str = "repo:demo/tool:environment:release";

/// A release in a CI job with the identity of the trusted publisher.
fn in_job(scene: &Scene) -> Run<'_> {
    let run = scene.release("0.2.0");
    let double = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/pypi-attestations");
    std::os::unix::fs::symlink(double, scene.folder().join("bin/pypi-attestations")).unwrap();
    let variables = scene.index("pypi").job_environment(JOB);
    variables.into_iter().fold(run, |run, (name, value)| run.env(name, value))
}

#[test]
fn only_a_trusted_publisher_uploads_attestations() {
    let token = ApiToken::for_account(crate::harness::Secrets::INDEX);
    for trusted in [true, false] {
        let publisher = TrustedPublisher::new(JOB, ["demo-tool"]);
        let options = IndexOptions::default().token(token.clone()).trusted_publisher(publisher);
        let scene = World::new().bare_package().index_with("pypi", options).begin();
        let web = format!("[index.pypi]\nweb = \"{}\"\n", scene.index("pypi").url());
        let configuration = std::fs::read_to_string(scene.configuration()).unwrap();
        scene.configure(&configuration.replace("[index.pypi]\n", &web));
        let run = in_job(&scene);
        let run = if trusted { run.without_env("TIDEGATE_INDEX_PYPI_TOKEN") } else { run };
        let shown = run.run().exits(0).whole();
        let expected = match trusted {
            true => "2 files, accepted, with attestations",
            false => "2 files, accepted, without attestations: the credentials are those of",
        };
        assert!(shown.contains(expected), "{shown}");
        let state = scene.index("pypi").state();
        let mut files = state.projects["demo-tool"].releases["0.2.0"].files.values();
        assert!(files.all(|file| file.attested == trusted), "{state:?}");
    }
}
