use std::{
    io::Write as _,
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    sync::LazyLock,
};

use super::generated_image::{GeneratedImage, archive};

/// An image with a shell, for the services of Compose projects: `/bin/busybox`
/// and nothing else. It is in the machine's engine as long as the tests run.
#[derive(Debug)]
pub(crate) struct ServiceImage {
    reference: String,
    /// Waits until this process has ended, in whatever way, and cleans up.
    _remover: Child,
}

/// Waits for the end of its input. Then what killed tests left goes, by its names:
/// other processes have the same image under other names.
const REMOVAL: &str = r#"
cat
image=$0 prefix=$1
named() { docker "$@" --quiet --filter name="$prefix"; }
for container in $(named ps --all); do docker rm --force --volumes "$container"; done
for network in $(named network ls); do docker network rm "$network"; done
for volume in $(named volume ls); do docker volume rm "$volume"; done
exec docker rmi "$image"
"#;

impl ServiceImage {
    /// Its reference; it is loaded when it is asked for the first time.
    pub(crate) fn reference() -> &'static str {
        static KEPT: LazyLock<ServiceImage> = LazyLock::new(ServiceImage::keep);
        &KEPT.reference
    }

    /// What the names of all that tests make of it have to begin with.
    pub(crate) fn project_prefix() -> String {
        format!("tidegate-it-{}-", std::process::id())
    }

    /// What `docker load` reads, under this reference.
    pub(crate) fn archive(reference: &str) -> Vec<u8> {
        archive(&[GeneratedImage::new(reference).program()])
    }

    fn keep() -> Self {
        let reference = format!("tidegate-it-service:{}", std::process::id());
        let remover = Command::new("sh")
            .args(["-c", REMOVAL, &reference, &Self::project_prefix()])
            // It reads until the last process with the other end has ended.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // What stops the tests from a terminal is not meant for it.
            .process_group(0)
            .spawn()
            .unwrap();
        let mut load = Command::new("docker");
        let mut load = load.args(["load", "--quiet"]).stdin(Stdio::piped()).spawn().unwrap();
        load.stdin.take().unwrap().write_all(&Self::archive(&reference)).unwrap();
        assert!(load.wait().unwrap().success(), "the image of services cannot be loaded");
        Self { reference, _remover: remover }
    }
}
