use std::{io, path::PathBuf, time::Duration};

/// Why it is not known which images a cluster uses. The texts read after a
/// colon; [`ClusterError::hint`] says what to do next.
///
/// No text and no source holds what a credential plugin, a server or a
/// kubeconfig said: each of them may hold a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields say what the texts say")]
pub enum ClusterError {
    /// A kubeconfig file is there and cannot be read.
    #[error("cannot read the kubeconfig {}", file.display())]
    KubeconfigUnreadable { file: PathBuf, source: io::Error },
    /// A kubeconfig file does not say what it has to say.
    #[error("{}{}: {reason}", file.display(), line_text(*line))]
    BrokenKubeconfig { file: PathBuf, line: Option<u64>, reason: String },
    /// No file of the kubeconfig has this context.
    #[error("Kubernetes context `{context}` does not exist; {}", known_text(known))]
    UnknownContext { context: String, known: Vec<String> },
    /// The context names a cluster that cannot be asked: no server, an address
    /// or a certificate authority that cannot be used.
    #[error("Kubernetes context `{context}`: {reason}")]
    UnusableContext { context: String, reason: String },
    /// The context's credentials cannot be had.
    #[error("Kubernetes context `{context}`: {reason}")]
    NoCredentials { context: String, reason: String },

    /// Nothing that can be spoken with is at the server's address.
    #[error("Kubernetes context `{context}`: no answer from {server}: {reason}")]
    Unreachable { context: String, server: String, reason: String },
    /// The server did not answer in time.
    #[error(
        "Kubernetes context `{context}`: {server} did not answer within {:.1} s",
        limit.as_secs_f64()
    )]
    NoAnswer { context: String, server: String, limit: Duration },
    /// The server and this program do not trust each other.
    #[error("Kubernetes context `{context}`: no trusted connection to {server}: {reason}")]
    Tls { context: String, server: String, reason: String },
    /// The server does not accept the credentials.
    #[error("Kubernetes context `{context}`: {server} does not accept the credentials of {user}")]
    Unauthorized { context: String, server: String, user: String },
    /// The user may not list some kinds in all namespaces.
    #[error(
        "Kubernetes context `{context}`: {user} may not list {} in all namespaces",
        what.join(", ")
    )]
    Forbidden { context: String, user: String, what: Vec<String> },
    /// The server answered with another status than it should.
    #[error("Kubernetes context `{context}`: {server} answered {status} when asked for {what}")]
    Failed { context: String, server: String, what: String, status: u16 },
    /// The server's answer is not what the Kubernetes API promises.
    #[error(
        "Kubernetes context `{context}`: the answer of {server} about {what} cannot be read: {reason}"
    )]
    Unreadable { context: String, server: String, what: String, reason: String },
}

fn line_text(line: Option<u64>) -> String {
    line.map(|line| format!(", line {line}")).unwrap_or_default()
}

fn known_text(known: &[String]) -> String {
    match known {
        [] => "the kubeconfig has none".to_owned(),
        known => format!("there is {}", known.join(", ")),
    }
}
