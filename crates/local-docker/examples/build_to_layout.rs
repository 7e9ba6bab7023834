//! Builds a folder with a Dockerfile into an OCI image layout.
//!
//! ```sh
//! cargo run -p tidegate-local-docker --example build_to_layout -- CONTEXT LAYOUT [PLATFORM...]
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::{env, error::Error, path::PathBuf, process};

use image_ref::Platform;
use local_docker::{
    BuildEvent, BuildRequest, BuildStrategy, DockerEnvironment, DockerPrograms, EndpointChoice,
    Engine,
};

const USAGE: &str = "usage: build_to_layout CONTEXT LAYOUT [PLATFORM...]";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let context = PathBuf::from(arguments.next().ok_or(USAGE)?);
    let layout = PathBuf::from(arguments.next().ok_or(USAGE)?);
    let mut platforms = arguments.map(|text| text.parse()).collect::<Result<Vec<Platform>, _>>()?;

    let environment = DockerEnvironment::from_env();
    let choice = EndpointChoice { environment, ..EndpointChoice::default() };
    let engine = Engine::connect(&choice).await?;
    let tools = engine.build_tools(&DockerPrograms::default()).await?;
    let strategy = BuildStrategy::select(&tools, engine.endpoint());
    println!("{} at {}: {strategy:?}", engine.server_version(), engine.endpoint());

    if platforms.is_empty() {
        platforms.push(tools.platform.clone());
    }
    let name = format!("tidegate-example/{}", process::id()).parse()?;
    let request = BuildRequest::new(context, name, platforms);
    let built = engine.build(&request, &tools, &layout, &print_event).await?;
    for image in &built.platforms {
        println!("{}: {} ({} bytes)", image.platform, image.manifest.digest, image.manifest.size);
    }
    engine.remove_built(&built).await?;
    Ok(())
}

fn print_event(event: BuildEvent) {
    match event {
        BuildEvent::Step { number, total, text, .. } => println!("[{number}/{total}] {text}"),
        BuildEvent::Log { line } => println!("    {line}"),
        event => println!("{event:?}"),
    }
}
