//! The example bookshelf, as `.ci/rehearse-deploy` deploys it.

use std::{path::Path, process::Command};

use crate::harness::built;

#[test]
fn the_rehearsed_deployments_of_the_example_fail_no_request() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let deploy = built("deploy");
    let programs = deploy.parent().unwrap();
    let output = Command::new("python3")
        .arg("-B")
        .arg(root.join("examples/bookshelf/rehearsal/rehearse.py"))
        .arg(programs)
        .arg(programs.join("examples/serve_registry"))
        .arg(root.join("tests/fixtures"))
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}{errors}");
    assert!(printed.contains(" requests, 0 failed"), "{printed}");
}
