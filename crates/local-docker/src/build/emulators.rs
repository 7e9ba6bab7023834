//! Programs of other platforms that the engine's machine can run: emulators that are
//! registered with its kernel (`binfmt_misc`).

use std::{fs, path::Path};

use image_ref::Platform;

use crate::{
    info::EngineInfo,
    locate::{Address, Endpoint},
};

const REGISTRY: &str = "/proc/sys/fs/binfmt_misc";
const HOST_NAME: &str = "/proc/sys/kernel/hostname";

/// Architectures by the names under which QEMU's emulators are registered.
const ARCHITECTURES: [(&str, &str); 11] = [
    ("x86_64", "amd64"),
    ("i386", "386"),
    ("aarch64", "arm64"),
    ("arm", "arm"),
    ("riscv64", "riscv64"),
    ("ppc64le", "ppc64le"),
    ("s390x", "s390x"),
    ("loongarch64", "loong64"),
    ("mips64el", "mips64le"),
    ("mips64", "mips64"),
    ("mips", "mips"),
];

/// The emulated platforms; `None` when that cannot be found out: the engine is on another
/// machine, or this machine does not show what is registered.
pub(super) fn emulated_platforms(endpoint: &Endpoint, info: &EngineInfo) -> Option<Vec<Platform>> {
    let is_local = is_on_this_machine(endpoint, &info.name);
    is_local.then(|| read_registry(Path::new(REGISTRY))).flatten()
}

/// Whether an engine that calls itself `name` is on this machine. One in a virtual machine
/// is behind a socket too, and has a name of its own.
pub(crate) fn is_on_this_machine(endpoint: &Endpoint, name: &str) -> bool {
    matches!(endpoint.address, Address::Unix(_)) && is_this_machine(name)
}

/// Whether this machine calls itself `name`.
pub(crate) fn is_this_machine(name: &str) -> bool {
    let host_name = fs::read_to_string(HOST_NAME).unwrap_or_default();
    host_name.trim() == name && !name.is_empty()
}

fn read_registry(folder: &Path) -> Option<Vec<Platform>> {
    // A kernel that has no registry has no folder for it; one in which nothing is mounted
    // has an empty folder.
    if !folder.exists() {
        return Some(Vec::new());
    }
    if !folder.join("status").is_file() {
        return None;
    }
    let found = ARCHITECTURES.iter().filter(|(name, _)| {
        let entry = fs::read_to_string(folder.join(format!("qemu-{name}")));
        entry.is_ok_and(|entry| works_in_containers(&entry))
    });
    Some(found.map(|(_, architecture)| Platform::new("linux", architecture)).collect())
}

/// Whether the emulator is in use and was opened when it was registered (flag `F`): its
/// file is not in containers.
fn works_in_containers(entry: &str) -> bool {
    let flags = entry.lines().find_map(|line| line.strip_prefix("flags:"));
    entry.starts_with("enabled") && flags.is_some_and(|flags| flags.contains('F'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emulators_that_work_in_containers_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        assert_eq!(read_registry(folder.path()), None);
        assert_eq!(read_registry(&folder.path().join("absent")), Some(vec![]));
        write("status", "enabled\n");
        write("qemu-aarch64", "enabled\ninterpreter /usr/bin/qemu-aarch64\nflags: OCF\noffset 0\n");
        write("qemu-arm", "enabled\ninterpreter /usr/bin/qemu-arm-static\nflags: \noffset 0\n");
        write("qemu-riscv64", "disabled\ninterpreter /x\nflags: F\n");
        write("python3.12", "enabled\ninterpreter /usr/bin/python3.12\nflags: F\n");
        let found = read_registry(folder.path()).unwrap();
        assert_eq!(found, [Platform::new("linux", "arm64")]);
    }
}
