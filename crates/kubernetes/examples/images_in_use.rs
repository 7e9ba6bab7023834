//! Prints the images that the clusters of this machine use.
//!
//!     cargo run -p tidegate-kubernetes --example images_in_use -- [CONTEXT...]

#![expect(clippy::print_stdout, reason = "an example prints")]

use std::time::Duration;

use kubernetes::{Cluster, ClusterError, KubeEnvironment, Kubeconfig};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let contexts: Vec<String> = std::env::args().skip(1).collect();
    if let Err(error) = print_images(&contexts).await {
        println!("{error}\n  {}", error.hint().unwrap_or_default());
    }
}

async fn print_images(contexts: &[String]) -> Result<(), ClusterError> {
    let kubeconfig = Kubeconfig::load(KubeEnvironment::from_process())?;
    let contexts =
        if contexts.is_empty() { local_contexts(&kubeconfig) } else { contexts.to_vec() };
    for context in contexts {
        let cluster = Cluster::connect(&kubeconfig, &context, Duration::from_secs(10)).await?;
        println!("{} ({})", cluster.context(), cluster.server());
        for image_use in cluster.images_in_use().await? {
            println!("  {}: {image_use}", image_use.image);
        }
    }
    Ok(())
}

fn local_contexts(kubeconfig: &Kubeconfig) -> Vec<String> {
    let contexts = kubeconfig.contexts().iter();
    let local = contexts.filter(|context| context.may_be_on_this_machine());
    local.map(|context| context.name.clone()).collect()
}
