//! What is wrong with a package is found before anything is public.

use crate::harness::{Scene, World};

/// Changes a file of the project and commits the change.
pub(crate) fn change(scene: &Scene, file: &str, from: &str, to: &str) {
    let path = scene.root().join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(path, text.replace(from, to)).unwrap();
    scene.git().commit_all(&format!("Change {file}"));
}

const WHEEL_FILES: &str = "    files = {\n";
const WITH_DATA: &str = "    files = {\n        \"demo_data.txt\": \"data\",\n";

/// The backend packs a generated file into the wheel of 0.2.0, and no more into the next.
pub(crate) fn scene_that_lost_a_file() -> Scene {
    let scene = World::new().package().setting("", "[changelog]\nrequired = false").begin();
    change(&scene, "backend.py", WHEEL_FILES, WITH_DATA);
    scene.release("0.2.0").run().exits(0);
    change(&scene, "backend.py", WITH_DATA, WHEEL_FILES);
    scene
}

#[test]
fn a_wheel_that_lost_a_file_of_the_last_release_is_not_published() {
    let scene = scene_that_lost_a_file();
    let published = scene.published();
    let ended = scene.release("patch").run().exits(4);
    insta::assert_snapshot!(ended.complaints(), @r#"
    exit 4
    [ERROR] 3/8 check the package [FAILED]: compared with 0.2.0, the wheel lacks demo_data.txt; if that is intended, use --yes, or set `files-removed-since` in [package] to the last version
    [ERROR] the release of 0.2.1 stopped: "check the package" failed
    [INFO] the same command is refused until this is resolved; `full-release 0.2.1 --abort` withdraws what can be withdrawn
    "#);
    assert_eq!(scene.published(), published);
    let tags = scene.git().run(&["ls-remote", "--tags", "origin"]);
    assert!(!tags.contains("v0.2.1"), "{tags}");
    // The same command with the answer resumes.
    scene.release("patch").arg("--yes").run().exits(0);
}

#[test]
fn a_removal_that_the_configuration_expects_is_released() {
    let scene = scene_that_lost_a_file();
    let configuration = std::fs::read_to_string(scene.configuration()).unwrap();
    let expected =
        configuration.replace("[package]\n", "[package]\nfiles-removed-since = \"0.2.0\"\n");
    scene.configure(&expected);
    scene.release("patch").run().exits(0);
}

#[test]
fn a_module_that_cannot_be_imported_stops_before_anything_is_public() {
    let scene = World::new().package().begin();
    change(&scene, "demo_tool.py", "def main", "import no_such_module\n\n\ndef main");
    let ended = scene.release("0.2.0").run().exits(1);
    insta::assert_snapshot!(ended.complaints(), @r#"
    exit 1
    [ERROR] 3/8 check the package [FAILED]: the installed module `demo_tool` cannot be imported:
    [ERROR] the release of 0.2.0 stopped: "check the package" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    "#);
    assert!(scene.published().is_empty(), "{:?}", scene.published());
    assert_eq!(scene.git().run(&["ls-remote", "--tags", "origin"]), "");
}

/// The version of the module is in a place that nobody found.
#[test]
fn a_module_that_states_another_version_stops_before_anything_is_public() {
    let scene = World::new().package().begin();
    let later = "globals()['__version__'] = '0.1.0'


def main";
    change(&scene, "demo_tool.py", "def main", later);
    let ended = scene.release("0.2.0").run().exits(1);
    insta::assert_snapshot!(ended.complaints(), @r#"
    exit 1
    [ERROR] 3/8 check the package [FAILED]: the installed `demo_tool.__version__` is 0.1.0 instead of 0.2.0; add the file to `version-files` in [package], or leave the module out of `modules` in [package.install-check]
    [ERROR] the release of 0.2.0 stopped: "check the package" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    "#);
    assert!(scene.published().is_empty(), "{:?}", scene.published());
}
