//! Which state a rollback brings back.

use crate::{
    DeploymentError,
    record::DeploymentRecord,
    rollback_point::{RollbackPoint, infrastructure_points, rollback_points},
};

/// The point that is named, else the last one of the application before what serves now. One of
/// infrastructure is chosen by its identifier only.
pub(crate) fn choose_point(
    history: &[DeploymentRecord],
    to: Option<&str>,
) -> Result<RollbackPoint, DeploymentError> {
    let chosen = choose_of_application(&rollback_points(history), to);
    let infrastructure = infrastructure_points(history);
    let mut earlier = infrastructure.iter().flat_map(|points| earlier_points(points));
    match (chosen, to) {
        (Err(error), Some(to)) => earlier.find(|point| point.id == to).cloned().ok_or(error),
        (chosen, _) => chosen,
    }
}

/// All but the last, which should serve now.
fn earlier_points(points: &[RollbackPoint]) -> &[RollbackPoint] {
    points.split_last().map_or(&[], |(_, earlier)| earlier)
}

fn choose_of_application(
    points: &[RollbackPoint],
    to: Option<&str>,
) -> Result<RollbackPoint, DeploymentError> {
    let Some((current, earlier)) = points.split_last() else {
        let problem = "nothing was deployed yet, so there is nothing to go back to";
        return Err(DeploymentError::NoWayBack(problem.to_owned()));
    };
    let mut candidates = earlier.iter().rev();
    let chosen = match to {
        Some(name) => candidates.find(|point| point.is_named(name)),
        None => candidates.find(|point| point.differs_from(current)),
    };
    chosen.cloned().ok_or_else(|| {
        let existing: Vec<&str> = earlier.iter().map(|point| point.id.as_str()).collect();
        let problem = match to {
            Some(name) => format!("no earlier deployment is or has {name}"),
            None => "no earlier deployment ran anything else".to_owned(),
        };
        let list = if existing.is_empty() { "none".to_owned() } else { existing.join(", ") };
        DeploymentError::NoWayBack(format!("{problem}; there are {list}"))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use image_ref::{Digest, ImageId};

    use super::*;
    use crate::rollback_point::KeptImage;

    fn point(id: &str, image: &str) -> RollbackPoint {
        let kept = KeptImage {
            reference: format!("demo/api:{image}"),
            id: ImageId::new(Digest::of(image.as_bytes())),
            digest: None,
            settings: None,
        };
        RollbackPoint {
            id: id.to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
            images: BTreeMap::from([("api".to_owned(), kept)]),
            infrastructure: None,
            backup: None,
        }
    }

    fn chosen(points: &[RollbackPoint], to: Option<&str>) -> Result<String, String> {
        choose_of_application(points, to).map(|point| point.id).map_err(|error| error.to_string())
    }

    #[test]
    fn the_last_state_that_ran_something_else_is_the_default() {
        let points = [point("a", "1"), point("b", "2"), point("c", "2")];
        assert_eq!(chosen(&points, None), Ok("a".to_owned()));
    }

    /// Before the first deployment of a service there is nothing of it to go back to.
    #[test]
    fn a_state_in_which_a_service_did_not_run_yet_is_not_the_default() {
        let (one, mut two) = (point("a", "1"), point("b", "1"));
        let worker = point("b", "w").images.remove("api").unwrap();
        two.images.insert("worker".to_owned(), worker);
        assert!(chosen(&[one, two], None).unwrap_err().contains("ran anything else"));
    }

    #[test]
    fn a_deployment_is_named_by_its_identifier_or_its_version() {
        let points = [point("a", "1"), point("b", "2"), point("c", "3")];
        for name in ["a", "1", "demo/api:1"] {
            assert_eq!(chosen(&points, Some(name)), Ok("a".to_owned()), "{name}");
        }
    }

    #[test]
    fn what_serves_now_is_nothing_to_go_back_to() {
        let points = [point("a", "1"), point("b", "2")];
        let problem = "no earlier deployment is or has 2; there are a";
        assert_eq!(chosen(&points, Some("2")), Err(problem.to_owned()));
        assert!(chosen(&points[..1], None).unwrap_err().ends_with("there are none"));
        assert!(chosen(&[], None).unwrap_err().contains("nothing was deployed"));
    }
}
