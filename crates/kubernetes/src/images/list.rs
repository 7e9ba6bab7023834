use futures_util::future::join_all;
use http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{ClusterImageUse, ObjectKind, objects::ObjectList};
use crate::{
    ClusterError,
    connection::{ApiResponse, ApiServer},
};

/// Objects per response. kubectl requests 500; saving memory costs few round trips.
const PAGE_SIZE: usize = 250;

/// Why a list could not be read to its end.
enum ListError {
    /// The server does not have the path.
    NotServed,
    /// The server no longer has the rest of the list.
    Expired,
    Cluster(ClusterError),
}

impl From<ClusterError> for ListError {
    fn from(error: ClusterError) -> Self {
        Self::Cluster(error)
    }
}

/// Every image in use, or an error if any list cannot be read.
pub(crate) async fn list_images_in_use(
    server: &ApiServer,
) -> Result<Vec<ClusterImageUse>, ClusterError> {
    // Pods first: the object that made a pod may be gone while the rest is read. And
    // if the server does not respond, one request shows it.
    let pods = images_of_kind(server, ObjectKind::Pod).await;
    if let Err(error) = &pods
        && !matches!(error, ClusterError::Forbidden { .. })
    {
        return pods;
    }
    let others = ObjectKind::WITH_TEMPLATES.map(|kind| images_of_kind(server, kind));
    combine_lists([pods].into_iter().chain(join_all(others).await))
}

async fn images_of_kind(
    server: &ApiServer,
    kind: ObjectKind,
) -> Result<Vec<ClusterImageUse>, ClusterError> {
    for path in kind.list_paths() {
        let list = match read_list(server, kind, path, Some(PAGE_SIZE)).await {
            // A response in one piece cannot expire.
            Err(ListError::Expired) => read_list(server, kind, path, None).await,
            other => other,
        };
        match list {
            Ok(uses) => return Ok(uses),
            Err(ListError::Cluster(error)) => return Err(error),
            Err(ListError::NotServed | ListError::Expired) => {}
        }
    }
    Err(status_error(server, kind, StatusCode::NOT_FOUND))
}

async fn read_list(
    server: &ApiServer,
    kind: ObjectKind,
    path: &str,
    page_size: Option<usize>,
) -> Result<Vec<ClusterImageUse>, ListError> {
    let mut uses = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let response = server.get(&page_path(path, page_size, token.as_deref())).await?;
        let page = parse_page(server, kind, &response, token.is_some())?;
        let next = page.metadata.continue_token.filter(|token| !token.is_empty());
        for object in page.items.unwrap_or_default() {
            if object.is_empty_pod(kind) {
                return Err(invalid_response(server, kind, "a pod without a container").into());
            }
            uses.extend(object.image_uses(kind));
        }
        match next {
            None => return Ok(uses),
            Some(next) if token.as_ref() == Some(&next) => {
                return Err(invalid_response(server, kind, "the list does not end").into());
            }
            next => token = next,
        }
    }
}

fn page_path(path: &str, page_size: Option<usize>, token: Option<&str>) -> String {
    let mut path_and_query = path.to_owned();
    if let Some(page_size) = page_size {
        path_and_query += &format!("?limit={page_size}");
    }
    if let Some(token) = token {
        path_and_query += &format!("&continue={}", utf8_percent_encode(token, NON_ALPHANUMERIC));
    }
    path_and_query
}

fn parse_page(
    server: &ApiServer,
    kind: ObjectKind,
    response: &ApiResponse,
    is_continued: bool,
) -> Result<ObjectList, ListError> {
    match response.status {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return Err(ListError::NotServed),
        StatusCode::GONE if is_continued => return Err(ListError::Expired),
        status => return Err(status_error(server, kind, status).into()),
    }
    // The parser's text may quote the response.
    let list: ObjectList = serde_json::from_slice(&response.body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        invalid_response(server, kind, &format!("unexpected JSON at line {line}, column {column}"))
    })?;
    if list.kind != format!("{kind}List") {
        return Err(invalid_response(server, kind, &format!("it is not a {kind}List")).into());
    }
    Ok(list)
}

fn status_error(server: &ApiServer, kind: ObjectKind, status: StatusCode) -> ClusterError {
    let context = server.context().to_owned();
    let address = server.address().to_owned();
    let user = server.user().to_owned();
    let resource = kind.resource().to_owned();
    match status {
        StatusCode::UNAUTHORIZED => ClusterError::Unauthorized { context, server: address, user },
        StatusCode::FORBIDDEN => {
            ClusterError::Forbidden { context, user, resources: vec![resource] }
        }
        status => ClusterError::UnexpectedStatus {
            context,
            server: address,
            resource,
            status: status.as_u16(),
        },
    }
}

fn invalid_response(server: &ApiServer, kind: ObjectKind, reason: &str) -> ClusterError {
    ClusterError::InvalidResponse {
        context: server.context().to_owned(),
        server: server.address().to_owned(),
        resource: kind.resource().to_owned(),
        reason: reason.to_owned(),
    }
}

/// All uses, or the first error; one error names all forbidden resources.
fn combine_lists(
    lists: impl Iterator<Item = Result<Vec<ClusterImageUse>, ClusterError>>,
) -> Result<Vec<ClusterImageUse>, ClusterError> {
    let mut uses = Vec::new();
    let mut forbidden: Option<ClusterError> = None;
    for list in lists {
        match (list, &mut forbidden) {
            (Ok(more), _) => uses.extend(more),
            (
                Err(ClusterError::Forbidden { resources: more, .. }),
                Some(ClusterError::Forbidden { resources, .. }),
            ) => resources.extend(more),
            (Err(error @ ClusterError::Forbidden { .. }), None) => forbidden = Some(error),
            (Err(error), _) => return Err(error),
        }
    }
    match forbidden {
        None => Ok(uses),
        Some(error) => Err(error),
    }
}
