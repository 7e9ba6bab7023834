/// A link definition, `[label]: address`, on a line of its own.
pub(super) struct Link<'t> {
    pub(super) label: &'t str,
    pub(super) address: &'t str,
    /// The whole line with its ending.
    pub(super) line: &'t str,
    /// Where the line begins.
    pub(super) start: usize,
}

pub(super) fn definitions(text: &str) -> impl Iterator<Item = Link<'_>> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let at = start;
        start += line.len();
        definition(line, at)
    })
}

fn definition(line: &str, start: usize) -> Option<Link<'_>> {
    let (label, rest) = line.strip_prefix('[')?.split_once("]:")?;
    let address = rest.trim();
    (!address.is_empty()).then_some(Link { label, address, line, start })
}

/// Where the block of definitions at the end of the text begins.
pub(super) fn block_start(text: &str) -> usize {
    let mut start = text.len();
    let mut at = text.len();
    for line in text.split_inclusive('\n').rev() {
        at -= line.len();
        match definition(line, at) {
            Some(_) => start = at,
            None if line.trim().is_empty() => {}
            None => break,
        }
    }
    start
}

/// The definitions that follow from releasing a version: the address of
/// `Unreleased` compares with the new tag, the version's with the tag before.
/// `None` when the address has no `compare/OLD...HEAD`.
pub(super) fn compare_addresses(unreleased: &str, tag: &str) -> Option<(String, String)> {
    let (before, range) = unreleased.split_once("/compare/")?;
    let (dots, old) = ["...", ".."]
        .iter()
        .find_map(|dots| Some((dots, range.strip_suffix("HEAD")?.strip_suffix(dots)?)))?;
    let address = |from: &str, to: &str| format!("{before}/compare/{from}{dots}{to}");
    Some((address(tag, "HEAD"), address(old, tag)))
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
    fn the_block_at_the_end_is_found_and_links_in_between_are_not() {
        let text = "a\n[x]: y\nb\n\n[1]: u\n\n[2]: v\n";
        assert_eq!(&text[block_start(text)..], "[1]: u\n\n[2]: v\n");
        assert_eq!(block_start("a\n"), 2);
    }
}
