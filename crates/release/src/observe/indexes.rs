use futures_util::future::join_all;
use operation::error_chain;
use registry_pypi::{CredentialCheck, IndexReader, IndexWriter, ListedVersions};
use release_plan::{Access, ObservedIndex};
use release_version::ReleaseVersion;

use super::access_check::AccessCheck;
use crate::{
    Project,
    clients::{Clients, credential_places},
};

/// Observes the indexes that the package goes to, in order.
pub(super) async fn observe_indexes(
    project: &Project,
    clients: &Clients,
    access: AccessCheck,
) -> Vec<ObservedIndex> {
    let indexes = project.indexes().iter();
    join_all(indexes.map(|name| observe_index(project, clients, name, access))).await
}

async fn observe_index(
    project: &Project,
    clients: &Clients,
    name: &str,
    check: AccessCheck,
) -> ObservedIndex {
    let package = project.package.as_ref().map(|package| package.pyproject.normalized_name());
    let mut other_host = None;
    let (access, listed) = match (clients.index(name), package) {
        (Ok(reader), Some(package)) => match reader.listing(&package).await {
            Ok(listing) => {
                let host = listing.other_host(&reader.endpoints().simple);
                other_host = host.map(str::to_owned);
                let access = index_access(project, clients, reader, check).await;
                (access, listing.read_versions())
            }
            Err(error) => (Access::Unreachable(error_chain(&error)), ListedVersions::default()),
        },
        _ => (Access::Unchecked, ListedVersions::default()),
    };
    let mut readable = Vec::new();
    let mut unreadable = listed.unreadable;
    let other = project.other_listings.get(name).and_then(|other| other.as_ref().ok());
    let others = other.iter().flat_map(|listing| listing.versions.clone());
    for version in listed.sorted.iter().map(ToString::to_string).chain(others) {
        match ReleaseVersion::from_pep440(&version) {
            Some(version) => readable.push(version),
            None => unreadable.push(version),
        }
    }
    ObservedIndex {
        name: name.to_owned(),
        has_addresses: clients.index(name).is_ok(),
        access,
        versions: readable,
        unreadable,
        other_host,
        optional: project.index(name).optional,
    }
}

async fn index_access(
    project: &Project,
    clients: &Clients,
    reader: &IndexReader,
    check: AccessCheck,
) -> Access {
    if check == AccessCheck::Skip {
        return Access::Unchecked;
    }
    let credentials = match clients.find_credentials(reader).await {
        Ok(Some(credentials)) => credentials,
        Ok(None) => return Access::NoCredentials(credential_places(reader.name())),
        Err(error) => return Access::Refused(format!("{}; {}", error_chain(&error), error.hint())),
    };
    let attests = project.package.as_ref().and_then(|package| package.settings.attestations);
    let may_attest = reader.endpoints().web.is_none() || credentials.is_trusted_publisher();
    if attests == Some(true) && !may_attest {
        return Access::Refused(format!(
            "package.attestations = true needs a trusted publisher, and the credentials are \
             those of {}",
            credentials.source
        ));
    }
    match IndexWriter::new(reader.clone()).check_credentials(&credentials).await {
        CredentialCheck::Accepted => Access::Granted,
        CredentialCheck::Rejected { message } => Access::Refused(message),
        _ => Access::Unchecked,
    }
}
