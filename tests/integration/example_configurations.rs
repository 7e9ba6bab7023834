//! Projects of the shapes for which `examples/configurations` are, rehearsed with exactly
//! these configurations.

use crate::{
    harness::{PythonImage, World},
    rehearsal::without_commit,
};

/// Sources are generated before the build, the command cannot be run, there is no
/// changelog, and both images install the package from the index.
#[test]
fn a_tool_whose_images_install_it_is_rehearsed() {
    let scene = World::configured_example("project-a", PythonImage::name()).begin();
    let ended = scene.rehearsal("minor").run().exits(0);
    insta::assert_snapshot!(without_commit(&ended));
}

/// Checks and a lock file, and images for two platforms that wait for the workflow.
#[test]
fn a_library_with_three_images_is_rehearsed() {
    let scene = World::configured_example("project-b", "unused").begin();
    let ended = scene.rehearsal("patch").with_programs_of_the_machine().run().exits(0);
    insta::assert_snapshot!(without_commit(&ended));
}
