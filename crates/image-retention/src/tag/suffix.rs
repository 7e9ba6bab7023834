use super::version::Stage;

/// The meaning of a word after the version.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Suffix {
    /// How far from final.
    Stage(Stage),
    /// A revision, build number or date.
    Revisions(Vec<u64>),
    /// The commit that was built; not part of the version.
    Commit,
    /// Anything else.
    Word,
}

/// Reads one word, without the separator before it.
pub(super) fn parse_suffix(word: &str) -> Suffix {
    if is_commit(word) {
        return Suffix::Commit;
    }
    if let Some(numbers) = parse_numbers(word) {
        return Suffix::Revisions(numbers);
    }
    parse_attached_suffix(word).unwrap_or(Suffix::Word)
}

/// Reads a word that may follow the version without a separator: `rc1`, `.post2`.
pub(super) fn parse_attached_suffix(word: &str) -> Option<Suffix> {
    let letters = word.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(word.len());
    let (name, rest) = word.split_at(letters);
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    let numbers = if rest.is_empty() { Vec::new() } else { parse_numbers(rest)? };
    // A lone letter is a variant, `1.2-b`; with a number it is a stage, `1.2b1`.
    if name.len() <= 1 && numbers.is_empty() {
        return None;
    }
    match name.to_ascii_lowercase().as_str() {
        "dev" | "snapshot" | "nightly" => Some(Suffix::Stage(Stage::Development(numbers))),
        "alpha" | "a" => Some(Suffix::Stage(Stage::Alpha(numbers))),
        "beta" | "b" => Some(Suffix::Stage(Stage::Beta(numbers))),
        "rc" | "c" | "pre" | "preview" => Some(Suffix::Stage(Stage::Candidate(numbers))),
        "post" | "rev" | "r" | "p" | "build" => Some(Suffix::Revisions(numbers)),
        _ => None,
    }
}

/// Numbers joined by dots, each of which may be part of a version.
fn parse_numbers(text: &str) -> Option<Vec<u64>> {
    text.split('.').map(|part| part.parse().ok().filter(|_| is_version_number(part))).collect()
}

/// Whether the digits are a number that people count or date with, rather than a
/// commit that happens to have no letters: up to six digits, a date, a date with
/// time, or seconds since 1970.
pub(super) fn is_version_number(digits: &str) -> bool {
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    all_digits
        && match digits.len() {
            0..=6 | 10 => true,
            8 | 12 | 14 => is_date(&digits[..8]),
            _ => false,
        }
}

/// Whether the digits are long enough for a date: a time rather than a count.
pub(super) fn is_timestamp(word: &str) -> bool {
    word.len() >= 8 && is_version_number(word)
}

/// Eight digits: `YYYYMMDD`.
fn is_date(digits: &str) -> bool {
    let [year, month, day] =
        [&digits[..4], &digits[4..6], &digits[6..8]].map(|part| part.parse().unwrap_or(0u32));
    (1990..=2099).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// 7 to 40 hexadecimal digits, as git abbreviates, with the `g` of `git describe`
/// or without.
fn is_commit(word: &str) -> bool {
    let digits = word.strip_prefix('g').unwrap_or(word);
    (7..=40).contains(&digits.len())
        && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        && !is_version_number(digits)
}
