use std::fmt;

/// The kind of an object that uses an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ObjectKind {
    /// A pod in any phase, including completed ones.
    Pod,
    /// A deployment's template.
    Deployment,
    /// A revision of a deployment: `kubectl rollout undo` returns to one.
    ReplicaSet,
    /// A stateful set's template.
    StatefulSet,
    /// A daemon set's template.
    DaemonSet,
    /// A revision of a stateful set or daemon set.
    ControllerRevision,
    /// A cron job's template.
    CronJob,
    /// A job's template.
    Job,
    /// A replication controller's template.
    ReplicationController,
}

impl ObjectKind {
    /// The kinds of objects with templates: all but pods.
    pub(super) const WITH_TEMPLATES: [Self; 8] = [
        Self::Deployment,
        Self::ReplicaSet,
        Self::StatefulSet,
        Self::DaemonSet,
        Self::ControllerRevision,
        Self::CronJob,
        Self::Job,
        Self::ReplicationController,
    ];

    /// The name as Kubernetes writes it: `ReplicaSet`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pod => "Pod",
            Self::Deployment => "Deployment",
            Self::ReplicaSet => "ReplicaSet",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::ControllerRevision => "ControllerRevision",
            Self::CronJob => "CronJob",
            Self::Job => "Job",
            Self::ReplicationController => "ReplicationController",
        }
    }

    /// The name of the resource in access rules: `replicasets.apps`.
    pub(super) fn resource(self) -> &'static str {
        match self {
            Self::Pod => "pods",
            Self::Deployment => "deployments.apps",
            Self::ReplicaSet => "replicasets.apps",
            Self::StatefulSet => "statefulsets.apps",
            Self::DaemonSet => "daemonsets.apps",
            Self::ControllerRevision => "controllerrevisions.apps",
            Self::CronJob => "cronjobs.batch",
            Self::Job => "jobs.batch",
            Self::ReplicationController => "replicationcontrollers",
        }
    }

    /// The paths of the list of all namespaces; the first that the server has counts.
    pub(super) fn list_paths(self) -> &'static [&'static str] {
        match self {
            Self::Pod => &["/api/v1/pods"],
            Self::Deployment => &["/apis/apps/v1/deployments"],
            Self::ReplicaSet => &["/apis/apps/v1/replicasets"],
            Self::StatefulSet => &["/apis/apps/v1/statefulsets"],
            Self::DaemonSet => &["/apis/apps/v1/daemonsets"],
            Self::ControllerRevision => &["/apis/apps/v1/controllerrevisions"],
            // Kubernetes before 1.21 has only the second.
            Self::CronJob => &["/apis/batch/v1/cronjobs", "/apis/batch/v1beta1/cronjobs"],
            Self::Job => &["/apis/batch/v1/jobs"],
            Self::ReplicationController => &["/api/v1/replicationcontrollers"],
        }
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
