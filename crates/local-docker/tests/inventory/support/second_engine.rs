use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::world::unique;

/// A second, isolated engine, which is removed in the end.
pub(crate) struct SecondEngine {
    folder: PathBuf,
    pub(crate) host: String,
}

impl SecondEngine {
    pub(crate) fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("tidegate-engine-{}", unique()));
        let started = script("start", &folder).output().unwrap();
        let host = String::from_utf8(started.stdout).unwrap().trim().to_owned();
        let second = Self { folder, host };
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        second
    }
}

impl Drop for SecondEngine {
    fn drop(&mut self) {
        let _ = script("stop", &self.folder).status();
    }
}

fn script(verb: &str, folder: &Path) -> Command {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut script = Command::new(workspace.join("tests/fixtures/second-engine"));
    script.arg(verb).arg(folder);
    script
}
