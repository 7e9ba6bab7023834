//! Builds the distributions of a project into a folder:
//! `cargo run -p python-project --example build_project -- PROJECT OUT`
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::path::PathBuf;

use python_project::{Build, ProjectVersion, PyProject, Python, PythonError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), PythonError> {
    let mut folders = std::env::args_os().skip(1).map(PathBuf::from);
    let source = folders.next().unwrap_or_else(|| ".".into());
    let out = folders.next().unwrap_or_else(|| "dist".into());
    let project = PyProject::read(&source)?;
    let ProjectVersion::Static(version) = &project.version else {
        println!("the version of {} is dynamic", project.name);
        return Ok(());
    };
    let build = Build {
        source: &source,
        out: &out,
        python: &Python::new("python3"),
        name: &project.name,
        version,
        wheel: true,
        source_date_epoch: None,
    };
    let built = build.run(&|line| println!("{line:?}")).await?;
    println!("{built:?}");
    Ok(())
}
