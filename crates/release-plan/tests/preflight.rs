//! What preflight finds: one change to a ready world, one finding.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod world;

use configuration::Configuration;
use release_plan::{
    Access, ChangelogState, FindingKind, Observed, Progress, Recorded, ReleasePolicy, ReleaseTags,
    RemoteState, check, resolve_version,
};

const SMALL: &str = "[package]\nindexes = [\"pypi\"]\n[[image]]\nrepository = \"a/server\"\n";

fn small() -> Configuration {
    configuration::parse(SMALL).unwrap()
}

fn findings_of(
    configuration: &Configuration,
    observed: &Observed,
    policy: ReleasePolicy,
) -> Vec<String> {
    let version = resolve_version(observed);
    check(observed, configuration, version.as_ref(), policy)
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn findings(request: &str, change: impl FnOnce(&mut Observed)) -> Vec<String> {
    let mut observed = world::ready(&small(), Some("1.0.0"), request);
    change(&mut observed);
    findings_of(&small(), &observed, ReleasePolicy::default())
}

fn tags(names: &[&str]) -> ReleaseTags {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    ReleaseTags::read(None, Some("project"), &names)
}

fn recorded(progress: Progress) -> Recorded {
    Recorded {
        version: "1.1.0".parse().unwrap(),
        request: "minor".parse().unwrap(),
        base: "0000000".to_owned(),
        commit: Some("1a2b3c4".to_owned()),
        progress,
    }
}

#[test]
fn a_ready_world_has_no_findings() {
    assert_eq!(findings("minor", |_| ()), Vec::<String>::new());
}

#[test]
fn everything_wrong_is_found_at_once() {
    let all = findings("1.0.0", |world| {
        world.git.branch = None;
        world.git.dirty = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        world.git.remote = RemoteState::Ahead;
        world.git.tags = tags(&["v1.0.0"]);
        world.indexes[0].versions = vec!["1.2.0".parse().unwrap()];
        world.indexes[0].access =
            Access::Refused("403 Invalid or non-existent authentication".to_owned());
        world.images[0].access = Access::NoCredentials("~/.docker/config.json".to_owned());
        world.images[0].tags.insert("1.0.0".to_owned(), None);
        world.images[0].dockerfile_found = false;
        world.changelog = ChangelogState::NothingWritten;
        world.missing_tools = vec![("Docker Engine".to_owned(), "start it".to_owned())];
    });
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn the_same_words_resume_an_unfinished_release() {
    let resumed = findings("minor", |world| {
        world.recorded = Some(recorded(Progress::Public));
        world.package.as_mut().unwrap().version = Some("1.1.0".to_owned());
        world.git.tags = tags(&["v1.1.0"]);
        world.git.contains_release = true;
        world.git.remote = RemoteState::Ahead;
        world.images[0].tags.insert("1.1.0".to_owned(), None);
    });
    assert_eq!(resumed, Vec::<String>::new());
}

#[test]
fn another_version_is_refused_while_a_release_is_partly_published() {
    let other = findings("2.0.0", |world| world.blocking = Some("1.1.0".parse().unwrap()));
    assert!(other[0].contains("the release of 1.1.0 is unfinished"), "{other:?}");
}

#[test]
fn a_resumed_release_needs_the_commit_it_began_from_or_made() {
    let moved = findings("minor", |world| world.recorded = Some(recorded(Progress::Public)));
    assert!(moved[0].contains("different commit is checked out"), "{moved:?}");
    let private = findings("minor", |world| world.recorded = Some(recorded(Progress::Private)));
    assert_eq!(private, Vec::<String>::new());
}

#[test]
fn a_private_attempt_that_was_overtaken_makes_way_for_the_next_version() {
    let mut observed = world::ready(&small(), Some("1.0.0"), "minor");
    observed.recorded = Some(recorded(Progress::Private));
    observed.git.tags = tags(&["v1.1.0"]);
    assert_eq!(resolve_version(&observed).unwrap().to_string(), "1.2.0");
    observed.recorded = Some(recorded(Progress::Public));
    assert_eq!(resolve_version(&observed).unwrap().to_string(), "1.1.0");
}

#[test]
fn an_image_that_installs_the_package_must_prove_its_version() {
    let text = format!("{SMALL}needs = [\"pypi\"]\n");
    let configuration = configuration::parse(&text).unwrap();
    let observed = world::ready(&configuration, Some("1.0.0"), "minor");
    let found = findings_of(&configuration, &observed, ReleasePolicy::default());
    assert!(found[0].contains("nothing verifies which version"), "{found:?}");
}

#[test]
fn credentials_in_an_address_are_refused_and_not_shown() {
    let text = format!("{SMALL}[index.pypi]\nupload = \"https://me:canary@index.example/\"\n");
    let configuration = configuration::parse(&text).unwrap();
    let observed = world::ready(&configuration, Some("1.0.0"), "minor");
    let found = findings_of(&configuration, &observed, ReleasePolicy::default());
    assert!(
        found[0].contains("user name or password") && !found[0].contains("canary"),
        "{found:?}"
    );
}

#[test]
fn a_lower_version_is_for_backports_only() {
    let mut observed = world::ready(&small(), Some("1.0.0"), "1.0.1");
    observed.indexes[0].versions = ["1.0.0", "2.0.0"].map(|text| text.parse().unwrap()).to_vec();
    let refused = findings_of(&small(), &observed, ReleasePolicy::default());
    assert!(refused[0].contains("1.0.1 is lower than 2.0.0, which is published"), "{refused:?}");
    assert_eq!(
        findings_of(&small(), &observed, ReleasePolicy { backport: true }),
        Vec::<String>::new()
    );
}

#[test]
fn an_optional_target_without_credentials_only_warns() {
    let configuration = configuration::parse(&format!("{SMALL}optional = true\n")).unwrap();
    let mut observed = world::ready(&configuration, Some("1.0.0"), "minor");
    observed.images[0].access = Access::NoCredentials("~/.docker/config.json".to_owned());
    let found = check(
        &observed,
        &configuration,
        resolve_version(&observed).as_ref(),
        ReleasePolicy::default(),
    );
    assert_eq!(
        found.iter().map(|finding| finding.kind).collect::<Vec<_>>(),
        [FindingKind::Warning]
    );
}

#[test]
fn an_image_tag_without_a_version_is_a_mistake_of_the_configuration() {
    let configuration =
        configuration::parse("[[image]]\nrepository = \"a/b\"\ntags = [\"stable\"]\n").unwrap();
    let observed = world::ready(&configuration, None, "1.0.0");
    let found = check(
        &observed,
        &configuration,
        resolve_version(&observed).as_ref(),
        ReleasePolicy::default(),
    );
    assert_eq!(found[0].kind, FindingKind::Configuration);
}
