use crate::record::DeploymentRecord;

/// The deployments whose way back is not kept any longer once another one has
/// succeeded: with it, the newest `keep` successful ones stay, and at least itself. Those of the
/// application and those of each infrastructure service count apart.
pub(super) fn outdated_deployments(
    history: &[DeploymentRecord],
    infrastructure: Option<&str>,
    keep: usize,
) -> Vec<String> {
    let mut free_places = keep.max(1) - 1;
    let mut outdated = Vec::new();
    let is_alike = |record: &&DeploymentRecord| {
        record.keeps_way_back() && record.plan.infrastructure() == infrastructure
    };
    for record in history.iter().rev().filter(is_alike) {
        if free_places == 0 {
            outdated.push(record.plan.id.clone());
        } else {
            free_places -= 1;
        }
    }
    outdated.reverse();
    outdated
}
