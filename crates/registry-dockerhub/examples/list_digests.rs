//! Lists all tags of a repository with their digests, as everybody sees them.
//!
//! ```text
//! cargo run -p registry-dockerhub --example list_digests -- REPOSITORY [--base-url URL]
//! ```

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example program")]

use std::process::ExitCode;

use image_ref::Repository;
use registry_dockerhub::{Anonymous, Endpoints, RegistryClient};

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let run = || runtime?.block_on(list(&words));
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn list(words: &[String]) -> Result<(), Failure> {
    let (repository, endpoints) = match words {
        [repository] => (repository.parse::<Repository>()?, Endpoints::public()),
        [repository, option, url] if option == "--base-url" => {
            let repository: Repository = repository.parse()?;
            let moved = Endpoints::public().with(repository.registry().clone(), url.parse()?);
            (repository, moved)
        }
        _ => return Err("usage: list_digests REPOSITORY [--base-url URL]".into()),
    };
    let http = transport::HttpClient::new("tidegate-list/0.1")?;
    let client = RegistryClient::new(http, endpoints, Anonymous);
    let tags = client.tags(&repository).list().await?;
    for (tag, head) in client.tags(&repository).digests(&tags).await? {
        let digest = head.as_ref().map_or("gone", |head| head.digest.as_str());
        println!("{tag} {digest}");
    }
    Ok(())
}
