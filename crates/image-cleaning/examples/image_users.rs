//! Prints each image of the local engine with its users.
//!
//!     cargo run -p tidegate-image-cleaning --features kubernetes --example image_users
//!
//! Clusters are queried with the feature `kubernetes` only, if the current context of
//! the kubeconfig may be on this machine.

#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use image_cleaning::users::{ImageUsers, UserSources, image_users};
use local_docker::{DockerEnvironment, EndpointChoice, Engine};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let choice =
        EndpointChoice { environment: DockerEnvironment::from_env(), ..EndpointChoice::default() };
    let engine = Engine::connect(&choice).await?;
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .collect();
    let mut sources = UserSources { variables, ..UserSources::default() };
    add_current_cluster(&mut sources).await?;
    for image in image_users(&engine, &sources).await? {
        println!("{}", image_name(&image));
        if image.users.is_empty() {
            println!("  unused");
        }
        for user in &image.users {
            println!("  {user}");
        }
    }
    Ok(())
}

#[cfg(feature = "kubernetes")]
async fn add_current_cluster(sources: &mut UserSources) -> Result<(), Box<dyn Error>> {
    use std::time::Duration;

    use image_cleaning::users::cluster_images;
    use kubernetes::{KubeEnvironment, Kubeconfig};

    let kubeconfig = Kubeconfig::load(KubeEnvironment::from_process())?;
    let Some(context) = kubeconfig.current_context()? else { return Ok(()) };
    if context.may_be_on_this_machine() {
        let cluster = cluster_images(&kubeconfig, &context.name, Duration::from_secs(10)).await?;
        sources.uses.extend(cluster.uses().cloned());
    }
    Ok(())
}

#[cfg(not(feature = "kubernetes"))]
async fn add_current_cluster(_: &mut UserSources) -> Result<(), Box<dyn Error>> {
    Ok(())
}

fn image_name(image: &ImageUsers) -> String {
    let names = if image.tags.is_empty() { &image.digests } else { &image.tags };
    if names.is_empty() {
        return format!("<none> {}", image.id.short());
    }
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
