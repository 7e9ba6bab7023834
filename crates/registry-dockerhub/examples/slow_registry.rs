//! Serves a registry on loopback that answers every request late, for measuring
//! `retag` and `list_digests` beside other programs.
//!
//! ```text
//! cargo run -p registry-dockerhub --example slow_registry -- [DELAY_MS] [TAGS]
//! ```
//!
//! It holds `team/app` with the tags `new`, `latest`, `1`, `1.0`, `stable` and
//! as many numbered ones as wanted, prints its address, and ends with its
//! standard input.

#![expect(clippy::print_stdout, reason = "an example program")]

use std::{io::Read as _, time::Duration};

use rehearsal::{
    fault::Fault,
    oci::{Registry, RegistryOptions},
};
use serde_json::json;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<u64>());
    let delay = numbers.next().transpose()?.unwrap_or(50);
    let tags = numbers.next().transpose()?.unwrap_or(500);
    let registry = Registry::start(RegistryOptions::default())?;
    add(&registry, "new", "new")?;
    for tag in ["latest", "1", "1.0", "stable"] {
        add(&registry, tag, "old")?;
    }
    for number in 0..tags {
        add(&registry, &format!("v{number}"), &format!("{}", number / 2))?;
    }
    registry.faults().inject(Fault::delay(Duration::from_millis(delay)).forever());
    println!("{}/team/app", registry.host());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    println!("{} requests", registry.requests().len());
    Ok(())
}

fn add(registry: &Registry, tag: &str, content: &str) -> Result<(), String> {
    let config = json!({"architecture": "amd64", "os": "linux", "content": content}).to_string();
    let size = config.len();
    let digest = registry.add_blob("team/app", config);
    let manifest = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "layers": [],
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": digest.as_str(), "size": size},
    });
    registry.add_manifest("team/app", Some(tag), MANIFEST, manifest.to_string()).map(drop)
}
