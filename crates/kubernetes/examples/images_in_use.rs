//! Prints the images that the clusters of this machine use.
//!
//!     cargo run -p kubernetes --example images_in_use -- [CONTEXT...]

#![expect(clippy::print_stdout, reason = "an example prints")]

use std::time::Duration;

use kubernetes::{Cluster, ClusterError, Clusters, Surroundings};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    if let Err(error) = print(&asked).await {
        println!("{error}\n  {}", error.hint().unwrap_or_default());
    }
}

async fn print(asked: &[String]) -> Result<(), ClusterError> {
    let clusters = Clusters::read(Surroundings::of_this_process())?;
    for name in wanted(&clusters, asked) {
        let cluster = Cluster::connect(&clusters, &name, Duration::from_secs(10)).await?;
        println!("{} ({})", cluster.context(), cluster.server());
        for usage in cluster.images_in_use().await? {
            println!("  {}: {usage}", usage.image);
        }
    }
    Ok(())
}

fn wanted(clusters: &Clusters, asked: &[String]) -> Vec<String> {
    if !asked.is_empty() {
        return asked.to_vec();
    }
    let near = clusters.contexts().iter().filter(|context| context.may_be_on_this_machine());
    near.map(|context| context.name.clone()).collect()
}
