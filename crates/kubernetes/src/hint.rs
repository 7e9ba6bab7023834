use crate::ClusterError;

impl ClusterError {
    /// What a person can do about it, if there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::BrokenKubeconfig { .. } => {
                "correct the file, or name another one with KUBECONFIG; `kubectl config view` \
                 reads the same files"
            }
            Self::UnknownContext { .. } => "`kubectl config get-contexts` lists the contexts",
            Self::UnusableContext { .. } => {
                "`kubectl config view --minify --context NAME` shows what the context says"
            }
            Self::NoCredentials { .. } => {
                "run `kubectl --context NAME get pods` in a terminal: it logs in again, or shows \
                 what the credential plugin says"
            }
            Self::Unreachable { .. } | Self::NoAnswer { .. } => {
                "start the cluster (`minikube start`), or connect to its network; a cluster that \
                 is gone is taken out with `kubectl config delete-context NAME`"
            }
            Self::Tls { .. } => {
                "the cluster may have been made anew: write its kubeconfig again (`minikube \
                 update-context`, `kind export kubeconfig`)"
            }
            Self::Unauthorized { .. } => {
                "log in again; `kubectl --context NAME auth whoami` says as whom"
            }
            Self::Forbidden { .. } => {
                "ask for a ClusterRoleBinding to the role `view`, or use a context that has it; \
                 `kubectl --context NAME auth can-i list pods -A` checks it"
            }
            Self::Failed { .. } | Self::Unreadable { .. } => {
                "`kubectl --context NAME get --raw /readyz` says how the cluster is"
            }
            Self::KubeconfigUnreadable { .. } => return None,
        })
    }
}
