//! Builds a folder with a Dockerfile into an OCI image layout.
//!
//! ```sh
//! cargo run -p local-docker --example build_to_layout -- CONTEXT LAYOUT [PLATFORM...]
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, path::PathBuf};

use image_ref::Platform;
use local_docker::{
    BuildEvent, BuildRequest, DockerEnvironment, DockerPrograms, EndpointChoice, Engine, choose_way,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut folder =
        || arguments.next().map(PathBuf::from).ok_or("usage: CONTEXT LAYOUT [PLATFORM...]");
    let (context, layout) = (folder()?, folder()?);
    let mut platforms = arguments.map(|text| text.parse()).collect::<Result<Vec<Platform>, _>>()?;

    let environment = DockerEnvironment::from_env();
    let choice = EndpointChoice { environment, ..EndpointChoice::default() };
    let engine = Engine::connect(&choice).await?;
    let tools = engine.build_tools(&DockerPrograms::default()).await?;
    println!(
        "{} at {}: {:?}",
        engine.server_version(),
        engine.endpoint(),
        choose_way(&tools, engine.endpoint())
    );

    if platforms.is_empty() {
        platforms.push(tools.platform.clone());
    }
    let name = format!("tidegate-example/{}", std::process::id()).parse()?;
    let request = BuildRequest::new(context, name, platforms);
    let built = engine.build(&request, &tools, &layout, &show).await?;
    for image in &built.platforms {
        println!("{}: {} ({} bytes)", image.platform, image.manifest.digest, image.manifest.size);
    }
    engine.remove_built(&built).await?;
    Ok(())
}

fn show(event: BuildEvent) {
    match event {
        BuildEvent::Step { number, total, text, .. } => println!("[{number}/{total}] {text}"),
        BuildEvent::Log { line } => println!("    {line}"),
        other => println!("{other:?}"),
    }
}
