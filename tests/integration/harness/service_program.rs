use std::{process::Command, sync::OnceLock};

/// The static program of `service.c`, compiled once for all tests.
pub(crate) fn service_program() -> &'static [u8] {
    static PROGRAM: OnceLock<Vec<u8>> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let (source, program) = (folder.path().join("service.c"), folder.path().join("service"));
        std::fs::write(&source, include_str!("service.c")).unwrap();
        let compiled = Command::new("gcc")
            .args(["-static", "-Os", "-s", "-w", "-o"])
            .args([&program, &source])
            .status()
            .expect("gcc must be installed (see .ci/setup)");
        assert!(compiled.success(), "gcc -static failed");
        std::fs::read(program).unwrap()
    })
}
