//! Serves a registry, for trying clients by hand, until the program is stopped.
//!
//! Blobs are kept in memory, or in FOLDER if it is given.
//!
//! `cargo run -p tidegate-rehearsal --example serve_registry -- [spec|distribution|dockerhub] [PORT] [FOLDER]`

#![expect(clippy::print_stdout, reason = "an example prints its results")]

use rehearsal::RehearsalError;
use rehearsal::oci::{Profile, Registry, RegistryOptions};

fn main() -> Result<(), RehearsalError> {
    let mut arguments = std::env::args().skip(1);
    let profile = match arguments.next().as_deref() {
        Some("distribution") => Profile::Distribution28,
        Some("dockerhub") => Profile::DockerHub,
        _ => Profile::Spec,
    };
    let port = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut options = RegistryOptions::new(profile).port(port);
    if let Some(folder) = arguments.next() {
        options = options.folder(folder);
    }
    let registry = Registry::start(options)?;
    println!("docker push {}/NAME:TAG", registry.host());
    loop {
        std::thread::park();
    }
}
