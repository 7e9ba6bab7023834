//! Prints the release of a tag with its files:
//! `cargo run -p github --example latest_release -- OWNER/NAME TAG`
#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use github::{Endpoints, GitHubClient, Token};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [repository, tag] = arguments.as_slice() else { return Err("OWNER/NAME TAG".into()) };
    let endpoints = Endpoints::public();
    let token = Token::find(|name| std::env::var(name).ok(), &endpoints.host).await;
    let http = transport::HttpClient::new("tidegate-example/1")?;
    let repository = repository.parse()?;
    let github = GitHubClient::new(http, endpoints, repository, token.map(|token| token.secret));
    let Some(release) = github.releases().by_tag(tag).await? else {
        println!("no release {tag}");
        return Ok(());
    };
    println!("{} ({})", release.url, if release.draft { "draft" } else { "published" });
    for asset in &release.assets {
        println!("{}  {}", github.assets().sha256(asset).await?, asset.name);
    }
    Ok(())
}
