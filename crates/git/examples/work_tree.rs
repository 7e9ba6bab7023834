//! Prints the state of the work tree around a folder:
//! `cargo run -p git --example work_tree -- FOLDER`
#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use git::{GitError, Repository};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), GitError> {
    let folder = std::env::args_os().nth(1).unwrap_or_else(|| ".".into());
    let repository = Repository::discover(folder).await?;
    let (status, head) = (repository.status().await?, repository.head().await?);
    println!("work tree  {}", repository.root().display());
    println!("head       {:?} at {}", status.head, repository.short_id(&head).await?);
    println!("described  {:?}", repository.describe(&head, "v[0-9]*").await?);
    println!("changes    {}, untracked {}", status.changes.len(), status.untracked.len());
    Ok(())
}
