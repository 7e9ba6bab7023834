use compose::down::{
    Container, DownPlan, Leftover, LeftoverReason, ProjectResources, ResourceKind,
};

use super::target::Target;

/// How a project is taken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By the installed Compose.
    Compose,
    /// Through the engine, with what the files say.
    Engine,
    /// Through the engine, by labels alone.
    Labels,
    /// There is nothing to do.
    Nothing,
}

impl Way {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Compose => "by docker compose",
            Self::Engine => "through the engine",
            Self::Labels => "through the engine, by labels",
            Self::Nothing => "nothing to do",
        }
    }
}

/// What came of a project: what the engine had before and has now.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) target: Target,
    pub(super) way: Way,
    pub(super) before: ProjectResources,
    pub(super) after: ProjectResources,
    /// What a `down` would still have to do, and what it leaves with the reason.
    pub(super) rest: DownPlan,
    /// What went wrong on the way.
    pub(super) problems: Vec<String>,
    pub(super) interrupted: bool,
}

/// Something that is still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Still {
    pub(super) kind: ResourceKind,
    pub(super) name: String,
    /// Of a container, what it does.
    pub(super) state: Option<String>,
    pub(super) why: String,
    /// What takes it, if something of ours does.
    pub(super) taken_by: Option<&'static str>,
}

impl Outcome {
    /// Containers that were there and are not.
    pub(super) fn removed_containers(&self) -> Vec<&str> {
        let there = |id: &str| self.after.containers.iter().any(|one| one.id == id);
        let gone = self.before.containers.iter().filter(|one| !there(&one.id));
        gone.map(|one| one.name.as_str()).collect()
    }

    /// Networks that were there and are not.
    pub(super) fn removed_networks(&self) -> Vec<&str> {
        let there = |id: &str| self.after.networks.iter().any(|one| one.id == id);
        let gone = self.before.networks.iter().filter(|one| !there(&one.id));
        gone.map(|one| one.name.as_str()).collect()
    }

    /// Volumes that were there and are not.
    pub(super) fn removed_volumes(&self) -> Vec<&str> {
        let there = |name: &str| self.after.volumes.iter().any(|one| one.name == name);
        let gone = self.before.volumes.iter().filter(|one| !there(&one.name));
        gone.map(|one| one.name.as_str()).collect()
    }

    /// Containers that run, whatever the reason.
    pub(super) fn running(&self) -> Vec<&Container> {
        self.after.containers.iter().filter(|one| one.running).collect()
    }

    /// Whether anything is other than before.
    pub(super) fn has_changed(&self) -> bool {
        let states = |observed: &ProjectResources| -> Vec<(String, String)> {
            let all = observed.containers.iter();
            all.map(|one| (one.id.clone(), one.state.clone())).collect()
        };
        states(&self.before) != states(&self.after)
            || !self.removed_networks().is_empty()
            || !self.removed_volumes().is_empty()
    }

    /// What is left although it should not be.
    pub(super) fn unfinished(&self) -> Vec<Still> {
        let why = if self.interrupted { "interrupted" } else { "not removed" };
        let still = |kind, name: &str| Still {
            kind,
            name: name.to_owned(),
            state: self.state_of(kind, name),
            why: why.to_owned(),
            taken_by: Some("run it again"),
        };
        let containers =
            self.rest.containers().map(|one| still(ResourceKind::Container, &one.name));
        let free = self.rest.networks.iter().filter(|one| one.held_by.is_empty());
        let networks = free.map(|one| still(ResourceKind::Network, &one.network.name));
        let volumes = self.rest.volumes.iter().map(|one| still(ResourceKind::Volume, &one.name));
        let networks = networks.map(|one| if self.is_lost(&one) { lost(one) } else { one });
        containers.chain(networks).chain(volumes).collect()
    }

    /// Whether a network was tried in vain with no container on it: engines have
    /// been seen (20.10) to count one that is gone, for `docker compose down` too.
    fn is_lost(&self, network: &Still) -> bool {
        let there = self.after.networks.iter().filter(|one| one.name == network.name);
        let nobody = there.map(|one| &one.attached).all(Vec::is_empty);
        nobody && !self.interrupted && self.rest.services.is_empty()
    }

    /// What is left as it should be.
    pub(super) fn left(&self) -> Vec<Still> {
        let held = self.rest.networks.iter().filter(|one| !one.held_by.is_empty());
        let held = held.map(|one| Leftover {
            kind: ResourceKind::Network,
            name: one.network.name.clone(),
            reason: LeftoverReason::InUse { by: one.held_by.clone() },
        });
        let mut left: Vec<Leftover> = self.rest.leftovers.iter().cloned().chain(held).collect();
        left.sort_by(|one, other| (one.kind, &one.name).cmp(&(other.kind, &other.name)));
        left.into_iter().map(|one| self.still(one)).collect()
    }

    fn still(&self, left: Leftover) -> Still {
        let Leftover { kind, name, reason } = left;
        let taken = match &reason {
            LeftoverReason::InUse { by } => by.iter().all(|name| self.ends_with_everything(name)),
            reason => reason.is_removed_by_everything(),
        };
        let state = self.state_of(kind, &name);
        let taken_by = taken.then_some("--everything");
        Still { kind, name, state, why: reason.to_string(), taken_by }
    }

    fn ends_with_everything(&self, container: &str) -> bool {
        let mut left = self.rest.leftovers.iter();
        left.any(|one| {
            one.kind == ResourceKind::Container
                && one.name == container
                && one.reason.is_removed_by_everything()
        })
    }

    fn state_of(&self, kind: ResourceKind, name: &str) -> Option<String> {
        let mut all = self.after.containers.iter().filter(|_| kind == ResourceKind::Container);
        all.find(|one| one.name == name).map(|one| one.state.clone())
    }
}

fn lost(network: Still) -> Still {
    let why = "no container is on it, and the engine says that one is".to_owned();
    Still { why, taken_by: Some("a restart of the engine"), ..network }
}
