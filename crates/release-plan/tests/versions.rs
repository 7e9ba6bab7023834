//! Which version a request means, in the shapes that real projects have.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod world;

use configuration::Configuration;
use proptest::{collection::vec, prelude::*, sample::select};
use release_plan::{Observed, ReleasePolicy, ReleaseTags, check, floating_moves, resolve_version};
use release_version::{FloatingDecision, ReleaseVersion};

fn read(version: &str) -> ReleaseVersion {
    ReleaseVersion::from_pep440(version).unwrap()
}

fn package() -> Configuration {
    configuration::parse("[package]\nindexes = [\"pypi\"]\n").unwrap()
}

/// A package that states this version, with these tags and versions at the index.
fn project(stated: &str, tags: &[&str], index: &[&str], request: &str) -> Observed {
    let stated = Some(stated).filter(|version| !version.is_empty());
    let mut observed = world::ready(&package(), Some("0"), request);
    observed.package.as_mut().unwrap().version = stated.map(str::to_owned);
    let names: Vec<String> = tags.iter().map(|name| (*name).to_owned()).collect();
    observed.git.tags = ReleaseTags::read(None, Some("project"), &names);
    observed.indexes[0].versions = index.iter().map(|version| read(version)).collect();
    observed
}

/// The tag of the version that is released, or what blocks the release.
fn released_tag(observed: &Observed, configuration: &Configuration) -> Result<String, String> {
    let version = resolve_version(observed);
    let policy = ReleasePolicy::default();
    let findings = check(observed, configuration, version.as_ref(), policy);
    match (findings.iter().find(|finding| finding.blocks()), version) {
        (None, Ok(version)) => Ok(observed.git.tags.name_of(&version)),
        (Some(finding), _) => Err(finding.to_string()),
        (None, Err(finding)) => panic!("{finding} does not block"),
    }
}

#[test]
fn number_words_count_from_the_newest_version_in_whatever_shape_it_is() {
    for (stated, tags, index, request, expected) in [
        ("0.5.0.dev0", &["v0.4.0"][..], &[][..], "patch", "v0.5.0"),
        ("0.5.0.dev0", &["v0.4.0"], &["0.4.0"], "minor", "v0.5.0"),
        ("1.2.3.post1", &["v1.2.3.post1"], &[], "minor", "v1.3.0"),
        ("", &["26.3", "26.2.1", "26.2"], &[], "minor", "26.4"),
        ("", &["v0.13", "v0.12"], &[], "minor", "v0.14"),
        ("2026.06.0", &["v2026.06.0"], &["2026.6.0"], "patch", "v2026.06.1"),
        ("0.2.0", &["v0.1.0"], &[], "minor", "v0.2.0"),
        ("0.1.0", &[], &[], "minor", "v0.2.0"),
        ("", &["0.28.0", "0.28.1"], &[], "patch", "0.28.2"),
        ("", &["project-v1.0.0", "other-v2.0.0"], &[], "minor", "project-v1.1.0"),
        ("1.0.0", &[], &["1.0.0", "1.2.0.post1"], "patch", "v1.2.1"),
        ("1!1.0", &["v1!1.0"], &["2024.1", "1!1.0"], "minor", "v1!1.1"),
    ] {
        let observed = project(stated, tags, index, request);
        let tag = released_tag(&observed, &package());
        assert_eq!(tag.as_deref(), Ok(expected), "{stated} {tags:?} {request}");
    }
}

#[test]
fn a_request_without_one_meaning_is_refused_and_the_version_asked_for() {
    let dated = project("2.32.4.20250611", &["v2.32.4.20250611"], &[], "patch");
    assert_eq!(
        released_tag(&dated, &package()).unwrap_err(),
        "version: `patch` of 2.32.4.20250611 is ambiguous: its versions have more than three \
         numbers; name the version to release"
    );
    let bumped = project("0.2.0", &["v0.1.0"], &[], "patch");
    assert_eq!(
        released_tag(&bumped, &package()).unwrap_err(),
        "version: the package states 0.2.0, which is not published, and the newest published \
         version is 0.1.0, so `patch` is ambiguous; name the version: 0.2.0 or 0.1.1"
    );
    let unreadable = project("next", &["v0.1.0"], &[], "patch");
    assert_eq!(
        released_tag(&unreadable, &package()).unwrap_err(),
        "package: the stated version `next` cannot be read as PEP 440; correct it, or name the \
         version to release"
    );
}

#[test]
fn the_plan_says_what_a_request_was_counted_from_when_the_stated_version_is_ahead() {
    let observed = project("0.5.0.dev0", &["v0.4.0"], &[], "patch");
    let version = resolve_version(&observed);
    let findings = check(&observed, &package(), version.as_ref(), ReleasePolicy::default());
    assert_eq!(
        findings[0].to_string(),
        "version: 0.5.0 is counted from 0.5.0.dev0, which the package states; the newest published \
         version is 0.4.0"
    );
}

#[test]
fn tags_that_are_not_read_stop_a_release_with_the_template_to_write() {
    let observed = project("", &["release-0.28.0", "release-0.28.1"], &[], "patch");
    assert_eq!(
        released_tag(&observed, &package()).unwrap_err(),
        "git: 2 tags have the shape of `release-0.28.1` instead of `v{version}`, so their versions \
         are not compared; set git.tag = \"release-{version}\" if they are this project's releases"
    );
}

/// What the indexes have that cannot be read, and what is found for a request.
fn found_with(unreadable: &[&str], request: &str) -> Vec<(bool, String)> {
    let mut observed = project("1.0.0", &["v1.0.0"], &[], request);
    observed.indexes[0].unreadable = unreadable.iter().map(ToString::to_string).collect();
    let version = resolve_version(&observed);
    let findings = check(&observed, &package(), version.as_ref(), ReleasePolicy::default());
    findings.iter().map(|finding| (finding.blocks(), finding.to_string())).collect()
}

#[test]
fn versions_from_before_pep440_are_named_and_stop_nothing() {
    let warning = "index pypi: versions that PEP 440 does not allow are not compared: 2004d, \
                   0.1-foo; installers ignore them, or take them for older than all others";
    for request in ["patch", "1.0.1"] {
        let found = found_with(&["2004d", "0.1-foo"], request);
        assert_eq!(found, [(false, warning.to_owned())], "{request}");
    }
}

#[test]
fn versions_that_only_installers_compare_may_be_the_newest() {
    let problem = "index pypi: versions with more than six numbers or too large ones are not \
                   compared: 1.2.3.4.5.6.7";
    let counted = format!("{problem}; name the version instead of `patch`");
    assert_eq!(found_with(&["1.2.3.4.5.6.7"], "patch"), [(true, counted)]);
    let named = format!("{problem}; check that 1.0.1 is higher");
    assert_eq!(found_with(&["1.2.3.4.5.6.7"], "1.0.1"), [(false, named)]);
}

#[test]
fn an_older_version_is_refused_and_latest_stays_for_every_spelling_of_tags() {
    let image = "[git]\ntag = \"v{pep440}\"\n[[image]]\nrepository = \"a/b\"\n\
                 tags = [\"{pep440}\"]\nfloating = [\"latest\"]\n";
    let configuration = configuration::parse(image).unwrap();
    let mut observed = world::ready(&configuration, None, "0.1.5");
    let names = ["v0.1.4".to_owned(), "v0.2.0".to_owned()];
    observed.git.tags = ReleaseTags::read(configuration.git.tag.as_ref(), None, &names);
    let refused = released_tag(&observed, &configuration).unwrap_err();
    assert!(refused.starts_with("git: 0.1.5 is lower than 0.2.0, which is published"), "{refused}");
    let tags = ["0.1.4".to_owned(), "0.2.0".to_owned(), "latest".to_owned()];
    let moves = floating_moves(&configuration.images[0], &tags, &[], read("0.1.5"));
    assert_eq!(moves[0].decision, FloatingDecision::KeepNewer(read("0.2.0")));
}

fn any_version() -> impl Strategy<Value = ReleaseVersion> {
    let numbers = prop_oneof![
        "[0-2](\\.[0-3]){1,3}",
        "202[0-6]\\.0[1-9](\\.[0-3])?",
        "2[4-6]\\.[1-9]",
        "[0-9]",
    ];
    let suffix = select(vec!["", "", "", "a1", "rc2", ".post1", ".dev3"]);
    (numbers, suffix).prop_map(|(numbers, suffix)| read(&format!("{numbers}{suffix}")))
}

fn any_template() -> impl Strategy<Value = &'static str> {
    select(vec!["v{version}", "{version}", "v{pep440}", "{pep440}", "project-v{version}"])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_release_is_ever_lower_than_anything_readable_and_no_floating_tag_moves_back(
        stated in proptest::option::of(any_version()),
        tagged in vec(any_version(), 0..5),
        index in vec(any_version(), 0..4),
        configured in proptest::option::of(any_template()),
        used in any_template(),
        image_tag in select(vec!["{version}", "{pep440}", "v{version}"]),
        request in select(vec!["major", "minor", "patch", "rc"]),
    ) {
        let template = configured.unwrap_or(used);
        let text = format!(
            "[git]\ntag = \"{template}\"\n[package]\nindexes = [\"pypi\"]\n[[image]]\n\
             repository = \"a/b\"\ntags = [\"{image_tag}\"]\nfloating = [\"latest\"]\n"
        );
        let mut configuration = configuration::parse(&text).unwrap();
        if configured.is_none() {
            configuration.git.tag = None;
        }
        let name = |text: &str, version: &ReleaseVersion| {
            text.replace("{version}", &version.to_string()).replace("{pep440}", &version.pep440())
        };
        let names: Vec<String> = tagged.iter().map(|version| name(template, version)).collect();
        let mut observed = world::ready(&configuration, Some("0"), request);
        observed.package.as_mut().unwrap().version = stated.map(|version| version.pep440());
        observed.git.tags =
            ReleaseTags::read(configuration.git.tag.as_ref(), Some("project"), &names);
        observed.indexes[0].versions = index.clone();
        if released_tag(&observed, &configuration).is_ok() {
            let version = resolve_version(&observed).unwrap();
            let tags: Vec<String> =
                tagged.iter().map(|version| name(image_tag, version)).collect();
            let released = observed.git.tags.versions();
            for published in tagged.iter().chain(&index) {
                // A single number is read only when it is the shape of the tags.
                let is_read = published.length() > 1 || released.contains(published);
                prop_assert!(!is_read || version > *published, "{version} after {published}");
            }
            let moves = floating_moves(&configuration.images[0], &tags, &released, version);
            if moves[0].decision == FloatingDecision::Move {
                let newer = tagged.iter().find(|other| {
                    **other > version && !other.is_prerelease() && other.length() > 1
                });
                prop_assert_eq!(newer, None);
            }
        }
    }
}
