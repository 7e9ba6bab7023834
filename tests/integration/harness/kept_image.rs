use std::{
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    sync::LazyLock,
};

use test_harness::ProjectFile;

use super::{engine::docker, project};

/// The image of version 0.2.0, kept under a name of its own while tests run. The
/// engine's classic builder then finds every build of it in its cache: builds
/// are quick, and their results equal to the byte.
#[derive(Debug)]
pub(crate) struct KeptImage {
    /// Waits until this process has ended, in whatever way, and removes the image.
    _remover: Child,
}

/// Waits for the end of its input. Containers of killed programs hold the image;
/// those that other programs are about to remove are gone after a moment.
const REMOVAL: &str = r#"
cat
stale() {
    docker ps --all --quiet --filter label=org.tidegate.check --filter "ancestor=$1" \
        --filter status=exited --filter status=created
}
before=$(stale "$0")
[ -z "$before" ] || sleep 3
for container in $before; do docker rm --force "$container"; done
exec docker rmi "$0"
"#;

impl KeptImage {
    pub(super) fn be_there() {
        static KEPT: LazyLock<KeptImage> = LazyLock::new(KeptImage::build);
        LazyLock::force(&KEPT);
    }

    fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        project::image().iter().for_each(|file| file.write_to(folder.path()));
        ProjectFile::new("image/version", "0.2.0\n").write_to(folder.path());
        let name = format!("tidegate-it-kept:{}", std::process::id());
        let context = folder.path().join("image");
        docker(&["build", "--quiet", "--tag", &name, context.to_str().unwrap()]);
        let remover = Command::new("sh")
            .args(["-c", REMOVAL, &name])
            // It reads until the last process with the other end has ended.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // What stops the tests from a terminal is not meant for it.
            .process_group(0)
            .spawn()
            .unwrap();
        Self { _remover: remover }
    }
}
