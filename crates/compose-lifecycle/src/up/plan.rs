//! What `up-compose` is about to do with each project.

use std::collections::{BTreeMap, BTreeSet};

use compose::ComposeProject;
use image_ref::{Digest, Platform, Reference};
use serde::Serialize;

use super::{
    comparison::{Here, Reason, must_pull},
    observed::Observed,
    origin::keeps_what_is_here,
};

/// One Compose project, what is served for it and what is here of it.
#[derive(Debug)]
pub(super) struct ProjectPlan {
    pub(super) project: ComposeProject,
    /// The services that were named; none means all active ones.
    pub(super) named: Vec<String>,
    /// The services that are started, those that others need included.
    pub(super) services: BTreeMap<String, ServicePlan>,
    /// What was there before anything was done.
    pub(super) before: Observed,
}

/// One service that is started.
#[derive(Debug, Clone)]
pub(super) struct ServicePlan {
    /// The image's reference, as the Compose file states it.
    pub(super) reference: Option<Reference>,
    /// What its containers are measured against.
    pub(super) measure: Measure,
    /// The platform that is asked for.
    pub(super) platform: Option<Platform>,
    /// `pull_policy`, where it is stated.
    pub(super) pull_policy: Option<String>,
    /// Whether it has containers at all.
    pub(super) has_containers: bool,
    /// What the engine has under the reference.
    pub(super) here: Option<Here>,
}

/// What the containers of a service are measured against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Measure {
    /// The digest that the registry serves under the reference.
    Served(Digest),
    /// Nothing.
    Nothing(Why),
}

/// Why no registry was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Why {
    /// It is built here.
    Built,
    /// `pull_policy: never`.
    PullNever,
    /// `--offline`.
    Offline,
    /// It has no image.
    Provider,
}

impl Why {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Built => "built here",
            Self::PullNever => "pull_policy: never",
            Self::Offline => "offline",
            Self::Provider => "run by a provider",
        }
    }
}

impl ServicePlan {
    /// Why its image must be pulled; none when it need not.
    pub(super) fn pull(&self) -> Option<Reason> {
        match &self.measure {
            Measure::Served(digest) => {
                must_pull(digest, self.platform.as_ref(), self.here.as_ref())
            }
            Measure::Nothing(_) => None,
        }
    }

    /// The digest that the registry serves.
    pub(super) fn served(&self) -> Option<&Digest> {
        match &self.measure {
            Measure::Served(digest) => Some(digest),
            Measure::Nothing(_) => None,
        }
    }
}

impl ProjectPlan {
    /// The services whose image must be pulled.
    pub(super) fn to_pull(&self) -> BTreeMap<&String, &ServicePlan> {
        self.services.iter().filter(|(_, service)| service.pull().is_some()).collect()
    }

    /// `docker compose pull` of these services. The policies of the Compose
    /// file would leave old images where they are.
    pub(super) fn pull_arguments(&self) -> Vec<&str> {
        let services = self.to_pull();
        let keeps = services.values().any(|one| keeps_what_is_here(one.pull_policy.as_deref()));
        let policy = if keeps { ["--policy", "always"].as_slice() } else { &[] };
        let names = services.keys().map(|name| name.as_str());
        ["pull"].into_iter().chain(policy.iter().copied()).chain(names).collect()
    }

    /// The services that the Compose file wants to be built each time
    /// (`pull_policy: build`); `up` itself is told not to pull, which would
    /// replace that policy.
    pub(super) fn to_build(&self) -> Vec<&str> {
        let each_time = |service: &ServicePlan| {
            service.measure == Measure::Nothing(Why::Built)
                && service.pull_policy.as_deref() == Some("build")
        };
        let found = self.services.iter().filter(|(_, service)| each_time(service));
        found.map(|(name, _)| name.as_str()).collect()
    }

    /// The services that are going to be built, here or by `up`.
    pub(super) fn to_be_built(&self) -> Vec<&str> {
        let built = self.services.iter().filter(|(_, service)| {
            let each_time = service.pull_policy.as_deref() == Some("build");
            service.measure == Measure::Nothing(Why::Built) && (each_time || service.here.is_none())
        });
        built.map(|(name, _)| name.as_str()).collect()
    }

    /// `docker compose up` of these services. Everything that had to be pulled
    /// has been; another pull could bring something that nobody has looked at.
    pub(super) fn up_arguments(&self) -> Vec<&str> {
        let named = self.named.iter().map(String::as_str);
        ["up", "--detach", "--pull", "never"].into_iter().chain(named).collect()
    }

    /// Every reference that is measured.
    pub(super) fn references(&self) -> BTreeSet<Reference> {
        self.services.values().filter_map(|service| service.reference.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::up::example;

    fn service(measure: Measure, pull_policy: Option<&str>) -> ServicePlan {
        let pull_policy = pull_policy.map(str::to_owned);
        ServicePlan { measure, pull_policy, ..example::service() }
    }

    fn plan(services: Vec<(&str, ServicePlan)>) -> ProjectPlan {
        let services = services.into_iter().map(|(name, one)| (name.to_owned(), one)).collect();
        ProjectPlan { named: vec!["web".to_owned()], services, ..example::plan(&[]) }
    }

    fn served() -> Measure {
        Measure::Served(Digest::of(b"new"))
    }

    #[test]
    fn only_what_a_registry_serves_is_pulled() {
        let plan = plan(vec![
            ("web", service(served(), None)),
            ("built", service(Measure::Nothing(Why::Built), Some("build"))),
            ("old", service(Measure::Nothing(Why::Offline), None)),
        ]);
        assert_eq!(plan.pull_arguments(), ["pull", "web"]);
        assert_eq!(plan.to_build(), ["built"]);
        assert_eq!(plan.up_arguments(), ["up", "--detach", "--pull", "never", "web"]);
    }

    #[test]
    fn a_policy_that_keeps_old_images_is_overruled() {
        let arguments = |policy| {
            let plan = plan(vec![("web", service(served(), Some(policy)))]);
            plan.pull_arguments().join(" ")
        };
        assert_eq!(arguments("always"), "pull web");
        assert_eq!(arguments("missing"), "pull --policy always web");
    }
}
