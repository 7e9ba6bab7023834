use std::{io, path::PathBuf, time::Duration};

/// Why the images of a cluster are unknown. [`ClusterError::hint`] suggests what to
/// do.
///
/// No text and no source contains output of a credential plugin or a server, or
/// lines of a kubeconfig: each of them may hold a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts explain the fields")]
pub enum ClusterError {
    /// A kubeconfig file exists and cannot be read.
    #[error("cannot read the kubeconfig {}", file.display())]
    KubeconfigUnreadable { file: PathBuf, source: io::Error },
    /// A kubeconfig file has invalid content.
    #[error("{}{}: {reason}", file.display(), line_suffix(*line))]
    BrokenKubeconfig { file: PathBuf, line: Option<u64>, reason: String },
    /// No file of the kubeconfig has this context.
    #[error("Kubernetes context `{context}` does not exist; {}", list_available(available))]
    UnknownContext { context: String, available: Vec<String> },
    /// The cluster of the context cannot be queried: no server, an invalid address,
    /// or an unusable certificate authority.
    #[error("Kubernetes context `{context}`: {reason}")]
    UnusableContext { context: String, reason: String },
    /// The context's credentials cannot be obtained.
    #[error("Kubernetes context `{context}`: {reason}")]
    NoCredentials { context: String, reason: String },

    /// No Kubernetes server responds at the address.
    #[error("Kubernetes context `{context}`: cannot reach {server}: {reason}")]
    Unreachable { context: String, server: String, reason: String },
    /// The server did not respond in time.
    #[error(
        "Kubernetes context `{context}`: {server} did not respond within {:.1} s",
        timeout.as_secs_f64()
    )]
    TimedOut { context: String, server: String, timeout: Duration },
    /// The server and this program do not trust each other.
    #[error("Kubernetes context `{context}`: no trusted connection to {server}: {reason}")]
    Tls { context: String, server: String, reason: String },
    /// The server does not accept the credentials.
    #[error("Kubernetes context `{context}`: {server} rejected the credentials of {user}")]
    Unauthorized { context: String, server: String, user: String },
    /// The user may not list some resources in all namespaces.
    #[error(
        "Kubernetes context `{context}`: {user} may not list {} in all namespaces",
        resources.join(", ")
    )]
    Forbidden { context: String, user: String, resources: Vec<String> },
    /// The server responded with an unexpected status.
    #[error("Kubernetes context `{context}`: {server} returned status {status} for {resource}")]
    UnexpectedStatus { context: String, server: String, resource: String, status: u16 },
    /// The server's response violates the Kubernetes API.
    #[error(
        "Kubernetes context `{context}`: invalid response from {server} for {resource}: {reason}"
    )]
    InvalidResponse { context: String, server: String, resource: String, reason: String },
}

impl ClusterError {
    /// What a person can do about it, if anything is known to help.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::BrokenKubeconfig { .. } => {
                "fix the file, or set KUBECONFIG to another one; `kubectl config view` reads the \
                 same files"
            }
            Self::UnknownContext { .. } => "`kubectl config get-contexts` lists the contexts",
            Self::UnusableContext { .. } => {
                "`kubectl config view --minify --context NAME` shows the context"
            }
            Self::NoCredentials { .. } => {
                "run `kubectl --context NAME get pods` in a terminal: it logs in again, or shows \
                 the output of the credential plugin"
            }
            Self::Unreachable { .. } | Self::TimedOut { .. } => {
                "start the cluster (`minikube start`), or connect to its network; if the cluster \
                 no longer exists, remove it with `kubectl config delete-context NAME`"
            }
            Self::Tls { .. } => {
                "if the cluster was recreated, write its kubeconfig again (`minikube \
                 update-context`, `kind export kubeconfig`)"
            }
            Self::Unauthorized { .. } => {
                "log in again; `kubectl --context NAME auth whoami` shows the current user"
            }
            Self::Forbidden { .. } => {
                "request a ClusterRoleBinding to the role `view`, or use a context that has it; \
                 `kubectl --context NAME auth can-i list pods -A` checks it"
            }
            Self::UnexpectedStatus { .. } | Self::InvalidResponse { .. } => {
                "`kubectl --context NAME get --raw /readyz` shows the state of the cluster"
            }
            Self::KubeconfigUnreadable { .. } => return None,
        })
    }
}

fn line_suffix(line: Option<u64>) -> String {
    line.map(|line| format!(", line {line}")).unwrap_or_default()
}

fn list_available(contexts: &[String]) -> String {
    match contexts {
        [] => "the kubeconfig has no contexts".to_owned(),
        contexts => format!("available: {}", contexts.join(", ")),
    }
}
