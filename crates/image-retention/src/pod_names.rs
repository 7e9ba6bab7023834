//! The names that Kubernetes controllers give to pods and ReplicaSets.

/// Characters of generated suffixes (Kubernetes' `util/rand`): without vowels, so
/// that they form no words.
const SUFFIX_CHARACTERS: &str = "bcdfghjklmnpqrstvwxz2456789";

/// `api-7d4b9c6f5d-x2x4z` and `agent-x2x4z` belong to `api` and `agent`, `db-0` to `db`.
pub(crate) fn workload_of_pod(pod: &str) -> &str {
    let Some((rest, last)) = pod.rsplit_once('-') else { return pod };
    if !last.is_empty() && last.len() <= 3 && last.bytes().all(|b| b.is_ascii_digit()) {
        return rest;
    }
    if last.len() == 5 && is_generated(last) { deployment_of_replica_set(rest) } else { pod }
}

/// `api-7d4b9c6f5d` belongs to the Deployment `api`.
pub(crate) fn deployment_of_replica_set(replica_set: &str) -> &str {
    match replica_set.rsplit_once('-') {
        Some((workload, hash)) if (6..=10).contains(&hash.len()) && is_generated(hash) => workload,
        _ => replica_set,
    }
}

fn is_generated(suffix: &str) -> bool {
    suffix.chars().all(|c| SUFFIX_CHARACTERS.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_are_known_by_the_name_of_their_workload() {
        for (pod, workload) in [
            ("api-7d4b9c6f5d-x2x4z", "api"),
            ("order-api-5f7c8d9b6-bcdfg", "order-api"),
            ("agent-x2x4z", "agent"),
            ("db-0", "db"),
            ("web-cache", "web-cache"),
            ("alone", "alone"),
        ] {
            assert_eq!(workload_of_pod(pod), workload, "{pod}");
        }
    }
}
