//! Spellings of a project's name.

/// The normalised name of a project: lower case, runs of `-`, `_` and `.` as
/// one `-` (PEP 503).
///
/// ```
/// assert_eq!(registry_pypi::normalized_name("My.Project__Name"), "my-project-name");
/// ```
#[must_use]
pub fn normalized_name(name: &str) -> String {
    let mut normalized = String::with_capacity(name.len());
    let mut gap = false;
    for character in name.chars() {
        if matches!(character, '-' | '_' | '.') {
            gap = true;
            continue;
        }
        if std::mem::take(&mut gap) {
            normalized.push('-');
        }
        normalized.extend(character.to_lowercase());
    }
    if gap {
        normalized.push('-');
    }
    normalized
}

/// The name at the start of a distribution's file name (PEP 625, PEP 427).
pub(crate) fn file_prefix(name: &str) -> String {
    normalized_name(name).replace('-', "_")
}

/// Whether an index accepts this name for a project: ASCII letters, digits and
/// `._-`, with a letter or digit at both ends (core metadata, Name).
pub(crate) fn is_valid_project_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_and_case_do_not_make_another_project() {
        for spelling in ["My.Project_Name", "my--project._-name", "MY-PROJECT-NAME"] {
            assert_eq!(normalized_name(spelling), "my-project-name");
        }
        assert_eq!(file_prefix("My.Project"), "my_project");
    }

    #[test]
    fn a_name_begins_and_ends_with_a_letter_or_digit() {
        assert!(is_valid_project_name("a") && is_valid_project_name("A.b_c-1"));
        for wrong in ["", "-a", "a.", "a b", "é"] {
            assert!(!is_valid_project_name(wrong), "{wrong}");
        }
    }
}
