/// A link definition, `[label]: address`, on a line of its own.
pub(super) struct Link<'t> {
    pub(super) label: &'t str,
    pub(super) address: &'t str,
    /// The whole line with its ending.
    pub(super) line: &'t str,
    /// Start of the line.
    pub(super) start: usize,
}

pub(super) fn link_definitions(text: &str) -> impl Iterator<Item = Link<'_>> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let at = start;
        start += line.len();
        parse_definition(line, at)
    })
}

fn parse_definition(line: &str, start: usize) -> Option<Link<'_>> {
    let (label, rest) = line.strip_prefix('[')?.split_once("]:")?;
    let address = rest.trim();
    (!address.is_empty()).then_some(Link { label, address, line, start })
}

/// Start of the block of definitions at the end of the text.
pub(super) fn link_block_start(text: &str) -> usize {
    let mut start = text.len();
    let mut at = text.len();
    for line in text.split_inclusive('\n').rev() {
        at -= line.len();
        match parse_definition(line, at) {
            Some(_) => start = at,
            None if line.trim().is_empty() => {}
            None => break,
        }
    }
    start
}

/// The addresses after the release of a version: that of `Unreleased` compares
/// with the new tag, that of the version with the previous tag. `None` when the
/// address has no `compare/OLD...HEAD`.
pub(super) fn compare_addresses(unreleased: &str, tag: &str) -> Option<(String, String)> {
    let (before, range) = unreleased.split_once("/compare/")?;
    let (dots, old) = ["...", ".."]
        .iter()
        .find_map(|dots| Some((dots, range.strip_suffix("HEAD")?.strip_suffix(dots)?)))?;
    let unreleased = format!("{before}/compare/{tag}{dots}HEAD");
    Some((unreleased, format!("{before}/compare/{old}{dots}{tag}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_move_on_and_other_addresses_stay() {
        let (unreleased, version) =
            compare_addresses("https://f/a/compare/v1.0.0...HEAD", "v1.1.0").unwrap();
        assert_eq!(unreleased, "https://f/a/compare/v1.1.0...HEAD");
        assert_eq!(version, "https://f/a/compare/v1.0.0...v1.1.0");
        assert_eq!(compare_addresses("https://f/a/branches/compare/HEAD..v1", "v2"), None);
    }

    #[test]
    fn the_block_at_the_end_is_found_without_earlier_links() {
        let text = "a\n[x]: y\nb\n\n[1]: u\n\n[2]: v\n";
        assert_eq!(&text[link_block_start(text)..], "[1]: u\n\n[2]: v\n");
        assert_eq!(link_block_start("a\n"), 2);
    }
}
