/// The names, or patterns with `*`, that no variable has.
pub(crate) fn missing_variables<'a>(
    required: &'a [String],
    names: impl IntoIterator<Item = &'a String> + Clone,
) -> Vec<String> {
    let exists =
        |pattern: &&String| names.clone().into_iter().any(|name| matches_pattern(pattern, name));
    required.iter().filter(|pattern| !exists(pattern)).cloned().collect()
}

fn matches_pattern(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            (0..=name.len())
                .any(|end| name.is_char_boundary(end) && matches_pattern(rest, &name[end..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_variables_are_names_or_patterns() {
        let names = ["DATABASE_URL", "S3_BUCKET"].map(str::to_owned);
        let required = ["DATABASE_URL", "S3_*", "*_URL", "SMTP_*", "DATABASE"].map(str::to_owned);
        assert_eq!(missing_variables(&required, &names), ["SMTP_*", "DATABASE"]);
    }
}
