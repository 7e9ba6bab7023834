//! What indexes list of the package now.

use std::{collections::BTreeMap, time::Duration};

use futures_util::future::join_all;
use operation::{Environment, error_chain};
use registry_pypi::{IndexReader, Listing};

use crate::{Project, ReleaseError, clients::Clients};

/// How long an index may take.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

/// What each index that the package goes to lists of it, or why it could not be looked up;
/// nothing for a project without a package.
///
/// # Errors
/// [`ReleaseError`] when no client can be made.
pub async fn index_listings(
    project: &Project,
    environment: &Environment,
) -> Result<BTreeMap<String, Result<Listing, String>>, ReleaseError> {
    let Some(package) = &project.package else { return Ok(BTreeMap::new()) };
    let name = package.pyproject.normalized_name();
    let clients = Clients::new(project, environment).await?;
    let indexes = clients.indexes.iter();
    let listings =
        indexes.map(async |(index, reader)| (index.clone(), listing(reader, &name).await));
    Ok(join_all(listings).await.into_iter().collect())
}

async fn listing(reader: &IndexReader, project: &str) -> Result<Listing, String> {
    match tokio::time::timeout(RESPONSE_TIMEOUT, reader.listing(project)).await {
        Ok(listing) => listing.map_err(|error| error_chain(&error)),
        Err(_) => Err(format!(
            "{} did not respond within {} s",
            reader.name(),
            RESPONSE_TIMEOUT.as_secs()
        )),
    }
}
