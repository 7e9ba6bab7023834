/// A project's name as indexes compare it: lower case, and each run of `-`, `_`
/// and `.` as one hyphen (PEP 503).
#[must_use]
pub fn normalize_name(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_project_are_equal() {
        for name in ["Stream_Pose.ML", "stream-pose-ml", "stream--_pose.-ml"] {
            assert_eq!(normalize_name(name), "stream-pose-ml");
        }
    }
}
