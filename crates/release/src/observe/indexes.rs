use futures_util::future::join_all;
use operation::error_chain;
use registry_pypi::{CredentialCheck, IndexReader, IndexWriter};
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
    let (access, versions) = match (clients.index(name), package) {
        (Ok(reader), Some(package)) => match reader.versions(&package).await {
            Ok(versions) => (index_access(clients, name, reader, check).await, versions),
            Err(error) => (Access::Unreachable(error_chain(&error)), Vec::new()),
        },
        _ => (Access::Unchecked, Vec::new()),
    };
    let mut readable = Vec::new();
    let mut unreadable = Vec::new();
    for version in versions.iter().map(ToString::to_string) {
        match ReleaseVersion::from_pep440(&version) {
            Some(version) => readable.push(version),
            None => unreadable.push(version),
        }
    }
    ObservedIndex {
        name: name.to_owned(),
        access,
        versions: readable,
        unreadable,
        optional: project.index(name).optional,
    }
}

async fn index_access(
    clients: &Clients,
    name: &str,
    reader: &IndexReader,
    check: AccessCheck,
) -> Access {
    if check == AccessCheck::Skip {
        return Access::Unchecked;
    }
    let credentials = match clients.find_credentials(reader).await {
        Ok(Some(credentials)) => credentials,
        Ok(None) => return Access::NoCredentials(credential_places(name)),
        Err(error) => return Access::Refused(format!("{}; {}", error_chain(&error), error.hint())),
    };
    match IndexWriter::new(reader.clone()).check_credentials(&credentials).await {
        CredentialCheck::Accepted => Access::Granted,
        CredentialCheck::Rejected { message } => Access::Refused(message),
        _ => Access::Unchecked,
    }
}
