use super::{
    Family, Stage, TagVersion, VersionedTag, is_development,
    suffix::{self, Suffix},
};

/// Where a version begins in a tag, and what it is made of.
struct Start<'a> {
    prefix: &'a str,
    numbers: Vec<u64>,
    digits: &'a str,
    has_v: bool,
    rest: &'a str,
}

/// The first version with a dot, else the first plain number that can be one.
pub(super) fn read(tag: &str) -> Option<VersionedTag> {
    let starts: Vec<Start<'_>> = boundaries(tag).filter_map(|at| start(tag, at)).collect();
    let dotted = starts.iter().filter(|start| start.numbers.len() > 1).find_map(finish);
    let plain = || starts.iter().filter(|start| is_plain_version(start)).find_map(finish);
    dotted.or_else(plain)
}

/// Where words begin: at the start, and after `-` and `_`.
fn boundaries(tag: &str) -> impl Iterator<Item = usize> {
    let after = tag.match_indices(['-', '_']).map(|(at, _)| at + 1);
    std::iter::once(0).chain(after)
}

fn start(tag: &str, at: usize) -> Option<Start<'_>> {
    let (prefix, text) = tag.split_at(at);
    let bare = text.strip_prefix(['v', 'V']);
    let (has_v, text) = (bare.is_some(), bare.unwrap_or(text));
    let end = digits_end(text);
    let (digits, rest) = text.split_at(end);
    let numbers = digits.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u64>>>()?;
    Some(Start { prefix, numbers, digits, has_v, rest })
}

/// The end of `1.2.3` in `1.2.3.post1`: a dot counts only between digits.
fn digits_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let in_version = |at: usize| is_digit(at) || bytes[at] == b'.' && at > 0 && is_digit(at + 1);
    (0..bytes.len()).find(|at| !in_version(*at)).unwrap_or(bytes.len())
}

/// A number without a dot is a version with a `v`, or when it stands apart from
/// other letters, is not a commit, and does not count pull requests.
fn is_plain_version(start: &Start<'_>) -> bool {
    let apart = start.rest.is_empty() || start.rest.starts_with(['-', '_']);
    let separated = start.prefix.is_empty() || start.prefix.ends_with('-');
    let counted = is_development(start.prefix) && !suffix::is_moment(start.digits);
    let plain = apart && separated && !counted;
    start.numbers.len() == 1 && suffix::is_number(start.digits) && (start.has_v || plain)
}

fn finish(start: &Start<'_>) -> Option<VersionedTag> {
    let mut tail = Tail::default();
    tail.read(start.rest)?;
    let Tail { stage, revisions, variant, precision, .. } = tail;
    Some(VersionedTag {
        family: Family { prefix: start.prefix.to_owned(), variant, counted: false },
        version: TagVersion {
            numbers: start.numbers.clone(),
            stage: stage.unwrap_or(Stage::Final),
            revisions,
        },
        precision: start.digits.len() + precision,
        has_v: start.has_v,
    })
}

/// What follows the numbers of a version.
#[derive(Default)]
struct Tail {
    stage: Option<Stage>,
    revisions: Vec<u64>,
    variant: String,
    precision: usize,
    after_number: bool,
}

impl Tail {
    /// `None` when letters follow the numbers that are no part of a version: `3d`.
    fn read(&mut self, rest: &str) -> Option<()> {
        let separator = |text: &str| text.find(['-', '_']).unwrap_or(text.len());
        let (attached, mut rest) = rest.split_at(separator(rest));
        self.read_attached(attached)?;
        while !rest.is_empty() {
            let end = 1 + separator(&rest[1..]);
            self.word(&rest[..end], suffix::read(&rest[1..end]));
            rest = &rest[end..];
        }
        Some(())
    }

    fn read_attached(&mut self, text: &str) -> Option<()> {
        let word = text.strip_prefix('.').unwrap_or(text);
        match suffix::attached(word) {
            Some(suffix) => self.word(text, suffix),
            None if text.is_empty() => {}
            None if text.starts_with('.') => self.variant.push_str(text),
            None => return None,
        }
        Some(())
    }

    /// Takes one word; `text` has its separator.
    fn word(&mut self, text: &str, suffix: Suffix) {
        let in_version = self.variant.is_empty();
        // After a variant a number belongs to that, `-cuda-12`, unless it is a
        // date or goes on with one.
        let dated = suffix::is_moment(&text[1.min(text.len())..]) || self.after_number;
        self.after_number = false;
        match suffix {
            Suffix::Commit => {}
            Suffix::Stage(stage) if in_version && self.stage.is_none() => {
                self.stage = Some(stage);
                self.precision += text.len();
            }
            Suffix::Revisions(numbers) if in_version || dated => {
                self.revisions.extend(numbers);
                self.precision += text.len();
                self.after_number = true;
            }
            _ => self.variant.push_str(text),
        }
    }
}
