use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, de::DeserializeOwned};
use transport::{Authorization, Fetched, HttpClient, HttpError, Request, StatusCode};

use crate::{
    Endpoints, GitHubError, RepositoryName,
    requests::{PAGE, Requests},
};

/// Longest JSON answer that is read.
const LONGEST: usize = 32 << 20;

/// Pages of a list that are read at most.
const PAGES: usize = 50;

/// Reads and makes releases of one repository. Cheap to clone.
#[derive(Debug, Clone)]
pub struct GitHubClient {
    http: HttpClient,
    pub(crate) requests: Requests,
    token: Option<SecretString>,
    pub(crate) settle: Duration,
}

impl GitHubClient {
    /// A client for a repository; without a token it can read what is public.
    #[must_use]
    pub fn new(
        http: HttpClient,
        endpoints: Endpoints,
        repository: RepositoryName,
        token: Option<SecretString>,
    ) -> Self {
        let requests = Requests { endpoints, repository };
        Self { http, requests, token, settle: Duration::from_secs(2) }
    }

    /// How long lists may take to show what a lost answer may have made
    /// (default 2 s).
    #[must_use]
    pub fn settle(mut self, time: Duration) -> Self {
        self.settle = time;
        self
    }

    /// The repository.
    #[must_use]
    pub fn repository_name(&self) -> &RepositoryName {
        &self.requests.repository
    }

    pub(crate) fn need_token(&self, purpose: &str) -> Result<(), GitHubError> {
        let missing = || GitHubError::NoToken { purpose: purpose.to_owned() };
        self.token.as_ref().map(drop).ok_or_else(missing)
    }

    /// Sends; every status but 2xx is an error.
    pub(crate) async fn send(
        &self,
        request: Request,
        purpose: &str,
    ) -> Result<Fetched, GitHubError> {
        let request = self.authorized(request);
        let answer = self.http.fetch(&request, LONGEST).await.map_err(|e| http(purpose, e))?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(refusal(&answer, purpose))
    }

    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        request: Request,
        purpose: &str,
    ) -> Result<T, GitHubError> {
        self.send(request, purpose).await?.json().map_err(|error| http(purpose, error))
    }

    /// As [`GitHubClient::read`]; `None` for 404.
    pub(crate) async fn read_if_there<T: DeserializeOwned>(
        &self,
        request: Request,
        purpose: &str,
    ) -> Result<Option<T>, GitHubError> {
        match self.read(request, purpose).await {
            Err(GitHubError::NotFound { .. }) => Ok(None),
            other => other.map(Some),
        }
    }

    /// All pages of a list.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        page: impl Fn(usize) -> Request,
        purpose: &str,
    ) -> Result<Vec<T>, GitHubError> {
        let mut all = Vec::new();
        for number in 1..=PAGES {
            let more: Vec<T> = self.read(page(number), purpose).await?;
            let last = more.len() < PAGE;
            all.extend(more);
            if last {
                break;
            }
        }
        Ok(all)
    }

    /// The head of an answer, whose body the caller reads piece by piece.
    pub(crate) async fn open(
        &self,
        request: Request,
        purpose: &str,
    ) -> Result<transport::Response, GitHubError> {
        let request = self.authorized(request);
        let response = self.http.open(&request).await.map_err(|error| http(purpose, error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let answer = response.collect(LONGEST).await.map_err(|error| http(purpose, error))?;
        Err(refusal(&answer, purpose))
    }

    fn authorized(&self, request: Request) -> Request {
        request.authorization(self.token.clone().map(Authorization::Bearer))
    }
}

pub(crate) fn http(purpose: &str, source: HttpError) -> GitHubError {
    GitHubError::Http { purpose: purpose.to_owned(), source: Box::new(source) }
}

/// Body of a refusal (GitHub REST API documentation, "Troubleshooting").
#[derive(Deserialize, Default)]
#[serde(default)]
struct Refusal {
    message: String,
    errors: Vec<Problem>,
}

/// Reasons are objects for most interfaces and texts for some.
#[derive(Deserialize)]
#[serde(untagged)]
enum Problem {
    Coded {
        #[serde(default)]
        code: String,
        #[serde(default)]
        field: String,
        #[serde(default)]
        message: String,
    },
    Text(String),
}

impl Problem {
    fn text(&self) -> String {
        match self {
            Self::Coded { message, .. } if !message.is_empty() => message.clone(),
            Self::Coded { code, field, .. } => format!("{field} {code}").trim().to_owned(),
            Self::Text(text) => text.clone(),
        }
    }

    fn code(self) -> Option<String> {
        match self {
            Self::Coded { code, .. } => Some(code),
            Self::Text(_) => None,
        }
    }
}

fn refusal(answer: &Fetched, purpose: &str) -> GitHubError {
    let refusal: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
    let reasons: Vec<String> = refusal.errors.iter().map(Problem::text).collect();
    let said = match reasons.as_slice() {
        [] => refusal.message,
        reasons => format!("{}: {}", refusal.message, reasons.join("; ")),
    };
    let purpose = purpose.to_owned();
    let or_status = |said: String| if said.is_empty() { answer.status.to_string() } else { said };
    match answer.status {
        StatusCode::UNAUTHORIZED => GitHubError::TokenRefused { purpose, said: or_status(said) },
        StatusCode::FORBIDDEN => GitHubError::Forbidden { purpose, said: or_status(said) },
        StatusCode::NOT_FOUND => GitHubError::NotFound { purpose },
        status if status.is_client_error() && !said.is_empty() => {
            let codes = refusal.errors.into_iter().filter_map(Problem::code).collect();
            GitHubError::Refused { purpose, said, codes }
        }
        _ => http(&purpose, answer.clone().into_error()),
    }
}
