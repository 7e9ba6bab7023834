use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

/// 2026-01-01: the day of all releases.
pub const RELEASE_TIME: &str = "1767225600";

/// The file of a program of the workspace, beside the folder of the test's own file.
#[track_caller]
pub fn built(program: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let folder = own.ancestors().nth(2).unwrap();
    let path = folder.join(program);
    assert!(
        path.is_file(),
        "{} is missing: build the programs first with `cargo build --workspace --bins`",
        path.display()
    );
    path
}

/// A program of the machine.
#[track_caller]
pub fn find_program(program: &str) -> PathBuf {
    let found = std::env::var_os("PATH").unwrap_or_default();
    let place = std::env::split_paths(&found).map(|path| path.join(program));
    let place = place.into_iter().find(|path| path.is_file());
    place.unwrap_or_else(|| panic!("{program} must be installed (see .ci/setup)"))
}

/// Makes a program of the machine a program of this folder.
#[track_caller]
pub fn link_program(program: &str, folder: &Path) {
    std::os::unix::fs::symlink(find_program(program), folder.join(program)).unwrap();
}

/// The interpreter itself, where the `python3` of the search path may be a shim.
pub fn python() -> &'static str {
    static PYTHON: LazyLock<String> = LazyLock::new(|| {
        let output = Command::new("python3")
            .args(["-c", "import sys; print(sys.executable)"])
            .output()
            .expect("python3 must be installed (see .ci/setup)");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    });
    &PYTHON
}
