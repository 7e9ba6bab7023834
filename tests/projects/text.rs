//! Texts as they are written in a test: indented like the code around them.

/// A text without the indentation that all its lines have, nor the line break that
/// it starts with.
pub(crate) fn dedent(text: &str) -> String {
    let Some(text) = text.strip_prefix('\n') else { return text.to_owned() };
    let filled = text.lines().filter(|line| !line.trim().is_empty());
    let indent = filled.map(|line| line.len() - line.trim_start().len()).min().unwrap_or_default();
    let lines = text.trim_end_matches(' ').lines();
    lines.map(|line| format!("{}\n", line.get(indent..).unwrap_or_default())).collect()
}

/// The lines of a text without the blanks around them.
pub(crate) fn trimmed_lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[test]
fn indentation_is_not_part_of_a_text() {
    assert_eq!(dedent("\n    a = 1\n\n    if a:\n        b\n    "), "a = 1\n\nif a:\n    b\n");
    assert_eq!(dedent("as it is"), "as it is");
}
