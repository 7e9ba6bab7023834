//! Link definitions, and the addresses of the next version in them.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    markup::{Markup, line_ending, pattern},
    version_text::is_same,
};

/// A link definition, `[label]: address` or `.. _label: address`, on a line of its own.
pub(super) struct Link<'t> {
    pub(super) label: &'t str,
    pub(super) address: &'t str,
    /// The whole line with its ending.
    pub(super) line: &'t str,
    /// Start of the line.
    pub(super) start: usize,
}

pub(super) fn link_definitions(text: &str, markup: Markup) -> impl Iterator<Item = Link<'_>> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let at = start;
        start += line.len();
        parse_definition(line, at, markup)
    })
}

fn parse_definition(line: &str, start: usize, markup: Markup) -> Option<Link<'_>> {
    let (label, rest) = match markup {
        Markup::Markdown => line.strip_prefix('[')?.split_once("]:")?,
        Markup::ReStructuredText => {
            let rest = line.strip_prefix(".. _")?;
            match rest.strip_prefix('`') {
                Some(quoted) => quoted.split_once("`:")?,
                None => rest.split_once(": ")?,
            }
        }
    };
    let address = rest.trim();
    (!address.is_empty()).then_some(Link { label, address, line, start })
}

/// Start of the block of definitions at the end of the text.
pub(super) fn link_block_start(text: &str, markup: Markup) -> usize {
    let mut start = text.len();
    let mut at = text.len();
    for line in text.split_inclusive('\n').rev() {
        at -= line.len();
        match parse_definition(line, at, markup) {
            Some(_) => start = at,
            None if line.trim().is_empty() => {}
            None => break,
        }
    }
    start
}

/// The version that a release adds, and the one before it in the file.
pub(super) struct LinkedRelease<'a> {
    pub(super) version: &'a str,
    pub(super) previous: Option<&'a str>,
    pub(super) tag: &'a str,
}

/// Moves the link definitions on to a release: that of `Unreleased` compares with its
/// tag, and it gets one of its own. Without a definition to derive it from, nothing
/// changes.
pub(super) fn move_links(text: &str, markup: Markup, release: &LinkedRelease<'_>) -> String {
    let links: Vec<Link<'_>> = link_definitions(text, markup).collect();
    let of = |version: &str| links.iter().find(|link| is_same(link.label, version));
    if let Some(link) = of(release.version) {
        return with_branch_replaced(text, link, release.tag).unwrap_or_else(|| text.to_owned());
    }
    let unreleased = links.iter().find(|link| link.label.eq_ignore_ascii_case("unreleased"));
    let moved = unreleased.and_then(|link| with_unreleased_moved(text, link, release));
    let added = || {
        let (previous, link) = (release.previous?, of(release.previous?)?);
        let address = next_address(link.address, previous, release.version)?;
        let line = definition_like(link, release.version, &address, line_ending(text));
        Some([&text[..link.start], &line, &text[link.start..]].concat())
    };
    moved.or_else(added).unwrap_or_else(|| text.to_owned())
}

fn with_unreleased_moved(
    text: &str,
    link: &Link<'_>,
    release: &LinkedRelease<'_>,
) -> Option<String> {
    let (unreleased, compared) = compare_addresses(link.address, release.tag)?;
    let ending = line_ending(text);
    let moved = link.line.replace(link.address, &unreleased);
    let moved = format!("{}{ending}", moved.trim_end());
    let added = definition_like(link, release.version, &compared, ending);
    let last = link.line.ends_with('\n');
    let added = if last { added.as_str() } else { added.trim_end() };
    let (before, after) = (&text[..link.start], &text[link.start + link.line.len()..]);
    Some([before, &moved, added, after].concat())
}

/// A comparison with a branch becomes one with the tag.
fn with_branch_replaced(text: &str, link: &Link<'_>, tag: &str) -> Option<String> {
    let (_, compared) = compare_addresses(link.address, tag)?;
    let line = link.line.replace(link.address, &compared);
    Some([&text[..link.start], &line, &text[link.start + link.line.len()..]].concat())
}

fn definition_like(link: &Link<'_>, label: &str, address: &str, ending: &str) -> String {
    let v = link.label.get(..1).filter(|v| v.eq_ignore_ascii_case("v")).unwrap_or_default();
    let line = link.line.trim_end().replacen(link.label, &format!("{v}{label}"), 1);
    let line = line.strip_suffix(link.address).map(|start| format!("{start}{address}"));
    format!("{}{ending}", line.unwrap_or_default())
}

static COMPARISON: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(.*/compare/)(.+?)(\.\.\.?)(HEAD|head|main|master|develop|dev|trunk|stable)$")
});

/// The addresses after the release of a version: that of `Unreleased` compares
/// with the new tag, that of the version with the previous tag. `None` when the
/// address has no `compare/OLD...BRANCH`.
fn compare_addresses(unreleased: &str, tag: &str) -> Option<(String, String)> {
    let found = COMPARISON.captures(unreleased)?;
    let [before, old, dots, branch] = [1, 2, 3, 4].map(|group| &found[group]);
    Some((format!("{before}{tag}{dots}{branch}"), format!("{before}{old}{dots}{tag}")))
}

/// The address of a version, derived from that of the version before; `None` when that
/// does not name its version.
pub(super) fn next_address(address: &str, old: &str, new: &str) -> Option<String> {
    let Some((before, range)) = address.split_once("/compare/") else {
        return replace_version(address, old, new);
    };
    let (dots, (_, last)) =
        ["...", ".."].iter().find_map(|dots| Some((dots, range.split_once(dots)?)))?;
    Some(format!("{before}/compare/{last}{dots}{}", replace_version(last, old, new)?))
}

/// A text with another version wherever it names the old one; `None` when it does not.
pub(super) fn replace_version(text: &str, old: &str, new: &str) -> Option<String> {
    let (mut replaced, mut rest, mut is_found) = (String::new(), text, false);
    while let Some(at) = rest.find(old) {
        let (before, after) = (&rest[..at], &rest[at + old.len()..]);
        let is_inside = before.ends_with(|c: char| c.is_ascii_digit() || c == '.')
            || after.starts_with(|c: char| c.is_ascii_digit());
        is_found |= !is_inside;
        replaced.push_str(before);
        replaced.push_str(if is_inside { old } else { new });
        rest = after;
    }
    is_found.then(|| replaced + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(text: &str, markup: Markup) -> String {
        let release = LinkedRelease { version: "1.1.0", previous: Some("1.0.0"), tag: "v1.1.0" };
        move_links(text, markup, &release)
    }

    #[test]
    fn comparisons_move_on_and_other_addresses_stay() {
        let (unreleased, version) =
            compare_addresses("https://f/a/-/compare/v1.0.0...main", "v1.1.0").unwrap();
        assert_eq!(unreleased, "https://f/a/-/compare/v1.1.0...main");
        assert_eq!(version, "https://f/a/-/compare/v1.0.0...v1.1.0");
        assert_eq!(compare_addresses("https://f/a/branches/compare/HEAD..v1", "v2"), None);
    }

    #[test]
    fn a_definition_is_added_in_the_style_of_the_one_before() {
        for (before, added) in [
            (
                "[1.0.0]: https://f/compare/v0.9.0...v1.0.0\n",
                "[1.1.0]: https://f/compare/v1.0.0...v1.1.0\n",
            ),
            ("[v1.0.0]: https://f/releases/v1.0.0\n", "[v1.1.0]: https://f/releases/v1.1.0\n"),
            ("[1.0.0]: https://f/milestones/7\n", ""),
        ] {
            assert_eq!(moved(before, Markup::Markdown), format!("{added}{before}"));
        }
        let before = ".. _1.0.0: https://f/compare/v0.9.0...v1.0.0\r\n";
        let added = ".. _1.1.0: https://f/compare/v1.0.0...v1.1.0\r\n";
        assert_eq!(moved(before, Markup::ReStructuredText), format!("{added}{before}"));
    }

    #[test]
    fn a_definition_of_the_version_itself_compares_with_its_tag() {
        let before = "[1.1.0]: https://f/compare/v1.0.0...HEAD\n";
        assert_eq!(moved(before, Markup::Markdown), "[1.1.0]: https://f/compare/v1.0.0...v1.1.0\n");
    }

    #[test]
    fn a_version_inside_another_is_not_replaced() {
        assert_eq!(
            replace_version("/v1.2/11.2/1.20", "1.2", "1.3").as_deref(),
            Some("/v1.3/11.2/1.20")
        );
        assert_eq!(replace_version("/11.2", "1.2", "1.3"), None);
    }

    #[test]
    fn the_block_at_the_end_is_found_without_earlier_links() {
        let text = "a\n[x]: y\nb\n\n[1]: u\n\n[2]: v\n";
        assert_eq!(&text[link_block_start(text, Markup::Markdown)..], "[1]: u\n\n[2]: v\n");
        assert_eq!(link_block_start("a\n", Markup::Markdown), 2);
        let text = "a\n\n.. _b: c\n.. _`d e`: f\n";
        assert_eq!(link_block_start(text, Markup::ReStructuredText), 3);
    }
}
