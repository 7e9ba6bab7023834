//! What came of it: each container measured against what is served.

use std::collections::BTreeSet;

use image_ref::{Digest, Reference};
use serde::Serialize;

use super::{
    change::{Change, change, gone},
    comparison::{Here, Proof, prove},
    observed::{Observed, Seen},
    plan::{Measure, ProjectPlan, ServicePlan, Why},
    standing::standing,
};

/// The end of one project, from a fresh observation.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Outcome {
    pub(super) project: String,
    pub(super) rows: Vec<Row>,
    /// Services that should have a container and have none.
    pub(super) without_container: Vec<String>,
    /// Containers that are gone and have no successor.
    pub(super) gone: Vec<String>,
}

/// One container.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Row {
    pub(super) service: String,
    /// From 1; a service may have several containers.
    pub(super) number: u32,
    pub(super) container: String,
    pub(super) id: String,
    /// The image's reference, as the Compose file states it.
    pub(super) image: Option<Reference>,
    /// The digest that the registry serves under it.
    pub(super) served: Option<Digest>,
    /// The digest by which a registry served what the container runs; none
    /// when the image was built or loaded.
    pub(super) runs: Option<Digest>,
    /// What the engine calls that image.
    pub(super) image_id: Option<String>,
    pub(super) verdict: Verdict,
    pub(super) change: Change,
    /// `healthy`, `running`, `exited 0` …
    pub(super) state: String,
}

/// What a container runs, measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verdict {
    /// Exactly what the registry serves.
    Served,
    /// Something else.
    Differs,
    /// Its image is not in the engine any more.
    Unknown,
    /// No registry was asked.
    NotCompared(Why),
    /// It belongs to a service that was not asked for.
    NotSelected,
}

impl Outcome {
    /// Judges what is there now.
    pub(super) fn of(plan: &ProjectPlan, now: &Observed) -> Self {
        let selected = |seen: &Seen| plan.services.contains_key(&seen.service);
        let rows = now.containers.iter().map(|seen| {
            let change = change(&plan.before, seen);
            (selected(seen) || change != Change::Unchanged)
                .then(|| Row::of(plan, now, seen, change))
        });
        let rows: Vec<Row> = rows.flatten().collect();
        let having: BTreeSet<&String> = rows.iter().map(|row| &row.service).collect();
        let lacking = plan
            .services
            .iter()
            .filter(|(name, service)| service.has_containers && !having.contains(name));
        Self {
            project: plan.project.name.clone(),
            without_container: lacking.map(|(name, _)| name.clone()).collect(),
            gone: gone(&plan.before, now),
            rows,
        }
    }

    /// Everything that is not as it should be, one line each.
    pub(super) fn differences(&self) -> Vec<String> {
        let none = self.without_container.iter().map(|name| format!("{name}: no container"));
        self.rows.iter().filter_map(Row::difference).chain(none).collect()
    }

    /// A row's service, with the container's number where there are several.
    pub(super) fn label(&self, row: &Row) -> String {
        let same = self.rows.iter().filter(|other| other.service == row.service).count();
        if same > 1 { format!("{} {}", row.service, row.number) } else { row.service.clone() }
    }

    /// Whether the run did anything to containers.
    pub(super) fn changed(&self) -> bool {
        !self.gone.is_empty() || self.rows.iter().any(|row| row.change != Change::Unchanged)
    }
}

impl Row {
    fn of(plan: &ProjectPlan, now: &Observed, seen: &Seen, change: Change) -> Self {
        let service = plan.services.get(&seen.service);
        let image = now.image_of(&seen.details);
        let reference = service.and_then(|service| service.reference.clone());
        let served = service.and_then(ServicePlan::served).cloned();
        Self {
            verdict: verdict(service, image),
            runs: runs(served.as_ref(), reference.as_ref(), image),
            service: seen.service.clone(),
            number: seen.number,
            container: seen.details.name.clone(),
            id: seen.details.id.to_string(),
            image: reference,
            served,
            image_id: seen.details.image_id.as_ref().map(ToString::to_string),
            change,
            state: standing(&seen.details, true).words().to_owned(),
        }
    }

    fn difference(&self) -> Option<String> {
        let runs = match self.verdict {
            Verdict::Differs => format!("runs {}", self.runs_words()),
            Verdict::Unknown => "runs an image that is not in the engine any more".to_owned(),
            Verdict::Served | Verdict::NotCompared(_) | Verdict::NotSelected => return None,
        };
        let served = self.served.as_ref().map(Digest::short).unwrap_or_default();
        let image = self.image.as_ref().map(Reference::to_string).unwrap_or_default();
        Some(format!("{} ({}) {runs}; served as {image} is {served}", self.service, self.container))
    }

    /// What it runs, short.
    pub(super) fn runs_words(&self) -> String {
        if let Some(digest) = &self.runs {
            return digest.short().to_owned();
        }
        let short = |id: &String| id.trim_start_matches("sha256:").chars().take(12).collect();
        let id: String = self.image_id.as_ref().map(short).unwrap_or_default();
        format!("image {id}, which no registry served")
    }
}

fn verdict(service: Option<&ServicePlan>, image: Option<&Here>) -> Verdict {
    match service.map(|service| &service.measure) {
        None => Verdict::NotSelected,
        Some(Measure::Nothing(why)) => Verdict::NotCompared(*why),
        Some(Measure::Served(digest)) => match prove(digest, image) {
            Proof::Served => Verdict::Served,
            Proof::Other => Verdict::Differs,
            Proof::Unknown => Verdict::Unknown,
        },
    }
}

/// An image may have been served under several digests: the one that is
/// compared says most, then one of the same repository.
fn runs(
    served: Option<&Digest>,
    reference: Option<&Reference>,
    image: Option<&Here>,
) -> Option<Digest> {
    let image = image?;
    let same = served.filter(|digest| image.is(digest));
    let pin = reference.and_then(Reference::digest).filter(|digest| image.is(digest));
    same.or(pin).or(image.digests.first()).cloned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use image_ref::ImageId;
    use local_docker::ContainerState;

    use super::*;
    use crate::up::example;

    /// The project after a run: `web` runs an image with these digests.
    fn outcome(digests: &[&str], measure: Measure) -> Outcome {
        let id = ImageId::new(Digest::of(b"config"));
        let digests = digests.iter().map(|text| Digest::of(text.as_bytes())).collect();
        let here = Here { id: id.clone(), digests, platform: None };
        let mut web = example::container("web", 'b', ContainerState::Running);
        web.details.image_id = Some(id.clone());
        let now = Observed { containers: vec![web], images: BTreeMap::from([(id, here)]) };
        let mut plan = example::plan(&["web", "db"]);
        plan.services.get_mut("web").unwrap().measure = measure;
        plan.before.containers = vec![example::container("web", 'a', ContainerState::Running)];
        Outcome::of(&plan, &now)
    }

    fn served() -> Measure {
        Measure::Served(Digest::of(b"new"))
    }

    #[test]
    fn a_container_of_an_old_image_is_a_difference() {
        let outcome = outcome(&["old"], served());
        assert_eq!(outcome.rows[0].verdict, Verdict::Differs);
        assert_eq!(outcome.rows[0].change, Change::Recreated);
        let (old, new) = (Digest::of(b"old"), Digest::of(b"new"));
        let (old, new) = (old.short(), new.short());
        let expected = format!("web (demo-web-1) runs {old}; served as demo/web is {new}");
        assert_eq!(outcome.differences(), [expected.as_str(), "db: no container"]);
    }

    #[test]
    fn what_is_served_is_no_difference_under_whatever_further_digests() {
        let outcome = outcome(&["old", "new"], served());
        assert_eq!(outcome.rows[0].verdict, Verdict::Served);
        assert_eq!(outcome.rows[0].runs, Some(Digest::of(b"new")));
        assert_eq!(outcome.differences(), ["db: no container"]);
    }

    #[test]
    fn what_was_not_compared_is_told_and_no_difference() {
        let outcome = outcome(&[], Measure::Nothing(Why::Built));
        assert_eq!(outcome.rows[0].verdict, Verdict::NotCompared(Why::Built));
        assert!(outcome.rows[0].runs_words().ends_with("which no registry served"));
        assert_eq!(outcome.differences(), ["db: no container"]);
    }
}
