use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ReleaseVersion, TagTemplate, template::Placeholder};

/// What happens to a floating tag when a version is released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FloatingDecision {
    /// The version is the newest of the tag's line: the tag moves to it.
    Move,
    /// The line has a newer version: moving would go backwards.
    KeepNewer(ReleaseVersion),
    /// A pre-release is for those who ask for it, and the line has final versions.
    KeepFinal,
}

impl fmt::Display for FloatingDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Move => f.write_str("moves"),
            Self::KeepNewer(newer) => write!(f, "not moved: {newer} is newer"),
            Self::KeepFinal => {
                f.write_str("not moved: a pre-release does not replace a final version")
            }
        }
    }
}

/// Decides whether a floating tag such as `latest`, `cron`, `{major}` or
/// `{major}.{minor}` moves to `version`, given all versions published before.
///
/// The line of a tag is every version that renders to the same name: all of
/// them for `latest`, those of one major for `{major}`. Within its line a tag
/// never moves backwards, so a fix of an old line does not touch `latest`. A
/// pre-release moves a tag only while its line has no final version.
///
/// ```
/// use release_version::{FloatingDecision, decide_floating};
/// let published = ["0.9.0".parse()?, "1.0.0".parse()?];
/// let backport = "0.9.1".parse()?;
/// let decide = |tag: &str| decide_floating(&tag.parse().unwrap(), &backport, &published);
/// assert_eq!(decide("latest"), FloatingDecision::KeepNewer(published[1]));
/// assert_eq!(decide("{major}.{minor}"), FloatingDecision::Move);
/// # Ok::<(), release_version::VersionError>(())
/// ```
#[must_use]
pub fn decide_floating(
    tag: &TagTemplate,
    version: &ReleaseVersion,
    published: &[ReleaseVersion],
) -> FloatingDecision {
    let line =
        || published.iter().filter(|other| *other != version && same_line(tag, version, other));
    let newest_final = line().filter(|other| !other.is_prerelease()).max();
    let rival = if version.is_prerelease() { line().max() } else { newest_final };
    match rival {
        Some(newest) if newest > version => FloatingDecision::KeepNewer(*newest),
        _ if version.is_prerelease() && newest_final.is_some() => FloatingDecision::KeepFinal,
        _ => FloatingDecision::Move,
    }
}

fn same_line(tag: &TagTemplate, a: &ReleaseVersion, b: &ReleaseVersion) -> bool {
    let equal = |placeholder, a, b| !tag.has(placeholder) || a == b;
    equal(Placeholder::Major, (a.epoch, a.major()), (b.epoch, b.major()))
        && equal(Placeholder::Minor, (0, a.minor()), (0, b.minor()))
        && equal(Placeholder::Patch, (0, a.patch()), (0, b.patch()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::any_version;
    use proptest::{collection::vec, prelude::*};

    fn decide(tag: &str, version: &str, published: &[&str]) -> FloatingDecision {
        let published: Vec<_> = published.iter().map(|text| text.parse().unwrap()).collect();
        decide_floating(&tag.parse().unwrap(), &version.parse().unwrap(), &published)
    }

    #[test]
    fn the_first_release_gets_every_tag() {
        assert_eq!(decide("latest", "0.1.0", &[]), FloatingDecision::Move);
    }

    #[test]
    fn releasing_the_same_version_again_moves_nothing_away() {
        assert_eq!(decide("latest", "0.1.0", &["0.1.0"]), FloatingDecision::Move);
    }

    #[test]
    fn a_candidate_does_not_take_latest_from_a_final_version() {
        assert_eq!(decide("latest", "1.1.0-rc.1", &["1.0.0"]), FloatingDecision::KeepFinal);
        assert_eq!(decide("latest", "1.0.0-rc.2", &["1.0.0-rc.1"]), FloatingDecision::Move);
    }

    #[test]
    fn a_final_version_takes_the_tag_from_its_candidates() {
        assert_eq!(
            decide("latest", "1.0.0", &["1.0.0-rc.1", "1.1.0-alpha.1"]),
            FloatingDecision::Move
        );
    }

    proptest! {
        #[test]
        fn no_final_version_ever_moves_a_tag_backwards(
            version in any_version(), published in vec(any_version(), 0..8),
            tag in prop::sample::select(vec!["latest", "{major}", "{major}.{minor}"]),
        ) {
            let tag: TagTemplate = tag.parse().unwrap();
            if decide_floating(&tag, &version, &published) == FloatingDecision::Move {
                let newer = published.iter().find(|other| {
                    *other > &version && !other.is_prerelease() && same_line(&tag, &version, other)
                });
                prop_assert_eq!(newer, None);
            }
        }
    }
}
