//! Serves a package index that accepts all uploads, for trying clients by hand, until the program is
//! stopped.
//!
//! `cargo run -p tidegate-rehearsal --example serve_index -- [PORT]`

#![expect(clippy::print_stdout, reason = "an example prints its results")]

use rehearsal::RehearsalError;
use rehearsal::index::{IndexOptions, PackageIndex};

fn main() -> Result<(), RehearsalError> {
    let port = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
    let index = PackageIndex::start(IndexOptions::open_to_anyone().port(port))?;
    println!("twine upload --repository-url {} FILE...", index.upload_url());
    println!("pip install --index-url {} PROJECT", index.simple_url());
    loop {
        std::thread::park();
    }
}
