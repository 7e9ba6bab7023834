//! Lists the versions of a project, oldest first.
//!
//! ```text
//! cargo run -p registry-pypi --example list_versions -- PROJECT [INDEX | SIMPLE-URL]
//! ```

use std::error::Error;

use registry_pypi::{IndexEndpoints, IndexReader};
use transport::HttpClient;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let project = args.next().ok_or("usage: list_versions PROJECT [INDEX | SIMPLE-URL]")?;
    let reader = IndexReader::new(HttpClient::new("list-versions")?, index(args.next())?);
    let listing = reader.listing(&project).await?;
    let text: String = listing.versions.iter().map(|version| format!("{version}\n")).collect();
    std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes())?;
    Ok(())
}

fn index(argument: Option<String>) -> Result<IndexEndpoints, Box<dyn Error>> {
    let name = argument.unwrap_or_else(|| "pypi".to_owned());
    if let Some(public) = IndexEndpoints::public(&name) {
        return Ok(public);
    }
    let simple: transport::Url = name.parse()?;
    Ok(IndexEndpoints::private("index", simple.clone(), simple))
}
