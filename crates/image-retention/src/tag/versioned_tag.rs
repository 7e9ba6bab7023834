use image_ref::ImageTag;

use super::{
    family::Family,
    kind::is_development_tag,
    suffix::{self, Suffix},
    version::{Stage, TagVersion},
};

/// A tag that names a version: `cron-0.9.1-alpine-1a2b3c4` is version 0.9.1 of
/// the family `cron-…-alpine`.
///
/// ```
/// use image_retention::VersionedTag;
///
/// fn versioned(text: &str) -> Option<VersionedTag> {
///     VersionedTag::from_tag(&text.parse().unwrap())
/// }
/// let [old, new] = ["cron-0.9.1", "cron-0.10.0-1a2b3c4"].map(|tag| versioned(tag).unwrap());
/// assert_eq!(old.family, new.family);
/// assert!(old.version < new.version);
/// assert_ne!(old.family, versioned("0.9.1").unwrap().family);
/// assert_eq!(versioned("latest"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionedTag {
    /// The tags with which its version is compared.
    pub family: Family,
    /// The version.
    pub version: TagVersion,
    /// Number of characters of the tag that belong to the version.
    precision: usize,
    has_v: bool,
}

impl VersionedTag {
    /// Reads a tag; `None` when it names no version, such as `latest`, `dev`,
    /// `pr-12` and a bare commit.
    #[must_use]
    pub fn from_tag(tag: &ImageTag) -> Option<Self> {
        if tag.is_rollback_backup() {
            return None;
        }
        let starts = version_starts(tag.as_str());
        // The first version with a dot, else the first plain number that can be one.
        let dotted = starts.iter().filter(|start| start.numbers.len() > 1);
        let plain = starts.iter().filter(|start| start.is_plain_version());
        dotted.chain(plain).find_map(VersionStart::complete)
    }

    /// The first number of a version with a dot, whose line it belongs to.
    pub(crate) fn version_line(&self) -> Option<u64> {
        self.version.numbers.first().copied().filter(|_| self.version.numbers.len() > 1)
    }

    /// The version, if it is one number without a `v`.
    pub(crate) fn plain_number(&self) -> Option<u64> {
        match self.version.numbers.as_slice() {
            [number] if !self.has_v => Some(*number),
            _ => None,
        }
    }

    /// How precisely the tag states its version: `1.2.3` more than `1.2`.
    pub(crate) fn precision(&self) -> usize {
        self.precision
    }
}

/// A place where a version may begin in a tag, with its numbers.
struct VersionStart<'a> {
    prefix: &'a str,
    numbers: Vec<u64>,
    digits: &'a str,
    has_v: bool,
    rest: &'a str,
}

/// The numbers at word boundaries: at the start, and after `-` and `_`.
fn version_starts(tag: &str) -> Vec<VersionStart<'_>> {
    let after_separators = tag.match_indices(['-', '_']).map(|(at, _)| at + 1);
    std::iter::once(0)
        .chain(after_separators)
        .filter_map(|at| VersionStart::at_offset(tag, at))
        .collect()
}

impl<'a> VersionStart<'a> {
    fn at_offset(tag: &'a str, at: usize) -> Option<Self> {
        let (prefix, text) = tag.split_at(at);
        let without_v = text.strip_prefix(['v', 'V']);
        let (has_v, text) = (without_v.is_some(), without_v.unwrap_or(text));
        let (digits, rest) = text.split_at(digits_end(text));
        let numbers =
            digits.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u64>>>()?;
        Some(Self { prefix, numbers, digits, has_v, rest })
    }

    /// A number without a dot is a version with a `v`, or when it is separate from
    /// other letters, is not a commit, and does not count pull requests.
    fn is_plain_version(&self) -> bool {
        let ends_word = self.rest.is_empty() || self.rest.starts_with(['-', '_']);
        let begins_word = self.prefix.is_empty() || self.prefix.ends_with('-');
        let is_counter = is_development_tag(self.prefix) && !suffix::is_timestamp(self.digits);
        self.numbers.len() == 1
            && suffix::is_version_number(self.digits)
            && (self.has_v || ends_word && begins_word && !is_counter)
    }

    fn complete(&self) -> Option<VersionedTag> {
        let VersionTail { stage, revisions, variant, precision, .. } =
            VersionTail::parse_tail(self.rest)?;
        Some(VersionedTag {
            family: Family::new(self.prefix, variant),
            version: TagVersion {
                numbers: self.numbers.clone(),
                stage: stage.unwrap_or(Stage::Final),
                revisions,
            },
            precision: self.digits.len() + precision,
            has_v: self.has_v,
        })
    }
}

/// The end of `1.2.3` in `1.2.3.post1`: a dot counts only between digits.
fn digits_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    (0..bytes.len()).find(|at| !is_in_version(bytes, *at)).unwrap_or(bytes.len())
}

fn is_in_version(bytes: &[u8], at: usize) -> bool {
    is_digit_at(bytes, at) || bytes[at] == b'.' && at > 0 && is_digit_at(bytes, at + 1)
}

fn is_digit_at(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(u8::is_ascii_digit)
}

/// The part of a tag after the numbers of a version.
#[derive(Default)]
struct VersionTail {
    stage: Option<Stage>,
    revisions: Vec<u64>,
    variant: String,
    precision: usize,
    is_after_number: bool,
}

impl VersionTail {
    /// `None` when letters follow the numbers that are not part of a version: `3d`.
    fn parse_tail(text: &str) -> Option<Self> {
        let mut tail = Self::default();
        let (attached, mut rest) = text.split_at(next_separator(text));
        tail.add_attached(attached)?;
        while !rest.is_empty() {
            let end = 1 + next_separator(&rest[1..]);
            tail.add_word(&rest[..end], suffix::parse_suffix(&rest[1..end]));
            rest = &rest[end..];
        }
        Some(tail)
    }

    fn add_attached(&mut self, text: &str) -> Option<()> {
        let word = text.strip_prefix('.').unwrap_or(text);
        match suffix::parse_attached_suffix(word) {
            Some(suffix) => self.add_word(text, suffix),
            None if text.is_empty() => {}
            None if text.starts_with('.') => self.variant.push_str(text),
            None => return None,
        }
        Some(())
    }

    /// `text` is the word with its separator.
    fn add_word(&mut self, text: &str, suffix: Suffix) {
        let is_in_version = self.variant.is_empty();
        // After a variant a number belongs to that, `-cuda-12`, unless it is a date
        // or continues one.
        let is_dated = suffix::is_timestamp(&text[1.min(text.len())..]) || self.is_after_number;
        self.is_after_number = false;
        match suffix {
            Suffix::Commit => {}
            Suffix::Stage(stage) if is_in_version && self.stage.is_none() => {
                self.stage = Some(stage);
                self.precision += text.len();
            }
            Suffix::Revisions(numbers) if is_in_version || is_dated => {
                self.revisions.extend(numbers);
                self.precision += text.len();
                self.is_after_number = true;
            }
            _ => self.variant.push_str(text),
        }
    }
}

fn next_separator(text: &str) -> usize {
    text.find(['-', '_']).unwrap_or(text.len())
}
