//! Reading what engines of many versions write: members that are missing or
//! null, lists that are null, times that mean none.

use image_ref::Reference;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

/// For `#[serde(default, deserialize_with = …)]`: null is the default too.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A present, non-empty text.
pub(crate) fn present(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// A word this workspace knows; anything else is none.
pub(crate) fn word<T: std::str::FromStr>(text: Option<String>) -> Option<T> {
    text.and_then(|text| text.parse().ok())
}

/// Bytes; engines write -1 for what was not counted.
pub(crate) fn bytes(count: i64) -> u64 {
    count.try_into().unwrap_or_default()
}

/// The references of an image, each once. Engines before 25 write
/// `<none>:<none>` for an image without any, the containerd store repeats a
/// digest for each tag; one that does not parse is told by [`unreadable`].
pub(crate) fn references(texts: Vec<String>) -> Vec<Reference> {
    let mut references = Vec::with_capacity(texts.len());
    for reference in texts.iter().filter_map(|text| text.parse().ok()) {
        if !references.contains(&reference) {
            references.push(reference);
        }
    }
    references
}

/// Names that are no references, without the words for none.
pub(crate) fn unreadable<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<String> {
    let is_none = |text: &&String| text.contains("<none>") || text.parse::<Reference>().is_ok();
    texts.filter(|text| !is_none(text)).cloned().collect()
}

/// A moment as Go's `time.Time` in JSON; its zero value, in the year 1, is none.
pub(crate) fn moment(text: Option<String>) -> Option<Timestamp> {
    word(text).filter(is_stated)
}

/// A moment as seconds since 1970.
pub(crate) fn second(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok().filter(is_stated)
}

fn is_stated(moment: &Timestamp) -> bool {
    /// Go's zero time, 0001-01-01T00:00:00Z.
    const ZERO: i64 = -62_135_596_800;
    // In another time zone it is a few hours away.
    moment.as_second() > ZERO + 48 * 3600
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_one_is_no_time_and_1970_is_one() {
        let of = |text: &str| moment(Some(text.to_owned()));
        assert_eq!(of("0001-01-01T00:00:00Z"), None);
        assert_eq!(of("0001-01-01T01:00:00+02:00"), None);
        assert_eq!(of(""), None);
        assert_eq!(of("1970-01-01T00:00:00Z"), Some(Timestamp::UNIX_EPOCH));
        assert_eq!(of("2026-08-01T02:00:00.5+02:00"), of("2026-08-01T00:00:00.500Z"));
        assert_eq!((second(-62_135_596_800), second(0)), (None, Some(Timestamp::UNIX_EPOCH)));
    }

    #[test]
    fn what_is_no_reference_is_left_out_and_none_is_told_twice() {
        let texts = ["<none>:<none>", "a/b:1", "Not A Reference", "<none>@<none>", "a/b:1"];
        let found = references(texts.map(str::to_owned).to_vec());
        assert_eq!(found, ["a/b:1".parse().unwrap()]);
    }
}
