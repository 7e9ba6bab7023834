//! Points tags to an existing image, byte for byte, and says where they were.
//!
//! ```text
//! cargo run -p registry-dockerhub --example retag -- REPOSITORY SOURCE TARGET... [--base-url URL]
//! ```
//!
//! SOURCE is a tag or a digest. Credentials are those of `docker login`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example program")]

use std::process::ExitCode;

use image_ref::{ImageTag, Repository};
use registry_dockerhub::{
    CredentialLocations, DockerCredentials, Endpoints, ManifestName, RegistryClient,
};

type Failure = Box<dyn std::error::Error>;

struct Arguments {
    repository: Repository,
    source: ManifestName,
    targets: Vec<ImageTag>,
    endpoints: Endpoints,
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let run = || runtime?.block_on(retag(read(std::env::args().skip(1).collect())?));
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn read(mut words: Vec<String>) -> Result<Arguments, Failure> {
    let mut endpoints = Endpoints::public();
    let option = words.iter().position(|word| word == "--base-url");
    let base_url = option.map(|position| words.drain(position..).nth(1)).unwrap_or_default();
    let [repository, source, targets @ ..] = words.as_slice() else {
        return Err("usage: retag REPOSITORY SOURCE TARGET... [--base-url URL]".into());
    };
    let repository: Repository = repository.parse()?;
    if let Some(url) = base_url {
        endpoints = endpoints.with(repository.registry().clone(), url.parse()?);
    }
    let targets = targets.iter().map(|tag| tag.parse()).collect::<Result<_, _>>()?;
    Ok(Arguments { repository, source: source.parse()?, targets, endpoints })
}

async fn retag(arguments: Arguments) -> Result<ExitCode, Failure> {
    let Arguments { repository, source, targets, endpoints } = arguments;
    let locations = CredentialLocations::from_environment(|name| std::env::var_os(name));
    let credentials = DockerCredentials::load(&locations)?;
    let http = transport::HttpClient::new("tidegate-retag/0.1")?;
    let client = RegistryClient::new(http, endpoints, credentials);

    let (plan, outcome) = client.retag(&repository).plan_and_apply(&source, &targets).await?;
    for (tag, old) in &outcome.moved {
        let old = old.as_ref().map_or("new", |digest| digest.as_str());
        println!("{repository}:{tag} {old} -> {}", plan.source.digest());
    }
    for tag in &outcome.unchanged {
        println!("{repository}:{tag} is there already");
    }
    for (tag, error) in &outcome.failed {
        eprintln!("{repository}:{tag}: {}", chain(error));
    }
    Ok(if outcome.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn chain(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(Some(error), |error| error.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
