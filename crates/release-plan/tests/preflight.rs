//! What preflight finds: one change to a ready world, one finding.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod world;

use configuration::Configuration;
use release_plan::{
    Access, Attestations, ChangelogState, FindingKind, MissingHistory, Observed, ObservedFragments,
    Progress, Recorded, ReleasePolicy, ReleaseTags, RemoteState, check, earlier_release,
    resolve_version,
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
        world.changelog.state =
            ChangelogState::NothingWritten("nothing under `Unreleased`".to_owned());
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

/// Findings of a changelog in this state, with these settings of `[changelog]`.
fn changelog_findings(
    settings: &str,
    state: ChangelogState,
    fragments: Option<ObservedFragments>,
) -> Vec<String> {
    let configuration = configuration::parse(&format!("{SMALL}[changelog]\n{settings}")).unwrap();
    let mut observed = world::ready(&configuration, Some("1.0.0"), "minor");
    observed.changelog.state = state;
    observed.changelog.fragments = fragments;
    findings_of(&configuration, &observed, ReleasePolicy::default())
}

fn fragments(count: usize, is_available: bool) -> Option<ObservedFragments> {
    let (tool, folders) = ("towncrier".to_owned(), vec!["newsfragments".into()]);
    Some(ObservedFragments { tool, is_available, folders, count })
}

#[test]
fn an_empty_changelog_is_refused_with_both_keys_that_help() {
    let empty = || ChangelogState::NothingWritten("nothing under `Unreleased`".to_owned());
    assert_eq!(
        changelog_findings("", empty(), None),
        ["changelog: CHANGELOG.md has nothing under `Unreleased`; write what changed, or set \
          changelog.generate = true or changelog.required = false"]
    );
    assert_eq!(changelog_findings("required = false", empty(), None), [""; 0]);
    for generate in ["", "generate = true"] {
        assert_eq!(
            changelog_findings(generate, ChangelogState::NoHeading, None),
            [
                "changelog: CHANGELOG.md has no heading of a version or of unreleased changes; add the \
              heading `Unreleased` where the next section belongs, or set changelog.required = false"
            ]
        );
    }
    assert_eq!(changelog_findings("required = false", ChangelogState::NoHeading, None), [""; 0]);
    assert_eq!(
        changelog_findings("generate = true", empty(), None),
        ["changelog: CHANGELOG.md has nothing under `Unreleased`, and no commit since the last \
          release has a message to generate an entry from; write what changed, or set \
          changelog.required = false"]
    );
}

#[test]
fn a_missing_changelog_is_refused_only_when_it_is_required() {
    assert_eq!(changelog_findings("", ChangelogState::NoFile, None), [""; 0]);
    assert_eq!(
        changelog_findings("required = true", ChangelogState::NoFile, None),
        ["changelog: there is no changelog; add CHANGELOG.md with a section `## Unreleased`, or \
          set changelog.required = false"]
    );
}

#[test]
fn a_changelog_that_is_not_clear_is_refused_with_what_to_write() {
    let several = ChangelogState::SeveralFiles(vec!["CHANGES.rst".into(), "docs/news.md".into()]);
    assert_eq!(
        changelog_findings("required = false", several, None),
        ["changelog: CHANGES.rst, docs/news.md may all be the changelog; name it in the \
          configuration: changelog.file = \"CHANGES.rst\""]
    );
    assert_eq!(
        changelog_findings("", ChangelogState::NotCommitted, None),
        ["changelog: CHANGELOG.md is not part of the commit; commit it, or correct changelog.file"]
    );
    let page = |settings| changelog_findings(settings, ChangelogState::NoPage, None);
    assert_eq!(
        page(""),
        [
            "changelog: CHANGELOG.md is not part of the commit; write what changed into it and commit \
          it, or set changelog.generate = true or changelog.required = false"
        ]
    );
    assert_eq!(
        page("generate = true"),
        [
            "changelog: CHANGELOG.md is not part of the commit, and no commit since the last release \
          has a message to generate an entry from; write what changed into it and commit it, or \
          set changelog.required = false"
        ]
    );
    assert_eq!(page("required = false"), [""; 0]);
    let unusable =
        ChangelogState::Unusable("several sections of 1.1.0".into(), "merge them".into());
    assert_eq!(
        changelog_findings("", unusable, None),
        ["changelog: CHANGELOG.md has several sections of 1.1.0; merge them"]
    );
}

#[test]
fn entries_are_not_generated_from_a_history_that_cannot_be_read() {
    let shallow = ChangelogState::MissingHistory(MissingHistory::ShallowClone);
    assert_eq!(
        changelog_findings("generate = true", shallow, None),
        ["changelog: the clone is shallow, so the commits since the last release cannot be \
          listed; run `git fetch --unshallow --tags`, or write what changed"]
    );
    let version = "1.0.0".parse().unwrap();
    let untagged = ChangelogState::MissingHistory(MissingHistory::NoTag(version));
    assert_eq!(
        changelog_findings("generate = true", untagged, None),
        ["changelog: 1.0.0 is published, and this clone has no tag of it, so the commits since \
          then cannot be listed; run `git fetch --tags`, or tag its commit, or write what changed"]
    );
}

#[test]
fn fragments_need_their_tool_and_a_release_needs_fragments() {
    assert_eq!(changelog_findings("", ChangelogState::Fragments, fragments(2, true)), [""; 0]);
    assert_eq!(
        changelog_findings("", ChangelogState::Fragments, fragments(2, false)),
        ["changelog: newsfragments has 2 fragments for `towncrier`, which was not found; install \
          it on PATH, for instance with `uv tool install towncrier`"]
    );
    let empty = ChangelogState::NothingWritten("no section of 1.1.0".to_owned());
    assert_eq!(
        changelog_findings("", empty, fragments(0, true)),
        [
            "changelog: no fragments for towncrier are in newsfragments, and CHANGELOG.md has no section \
          of 1.1.0; add a fragment, or set changelog.generate = true or changelog.required = false"
        ]
    );
    assert_eq!(
        changelog_findings("", ChangelogState::NoFile, fragments(0, true)),
        ["changelog: no fragments for towncrier are in newsfragments; add a fragment, or set \
          changelog.generate = true or changelog.required = false"]
    );
    assert_eq!(
        changelog_findings("", ChangelogState::VersionSection, fragments(1, true)),
        ["changelog: newsfragments still has 1 fragment of towncrier, and the changelog has the \
          section of the version; they will be part of the next release"]
    );
}

#[test]
fn changes_of_a_final_version_are_those_since_the_last_final_one() {
    let mut observed = world::ready(&small(), Some("1.0.0"), "minor");
    observed.git.tags = tags(&["v1.0.0", "v1.1.0rc1", "v2.0.0"]);
    observed.indexes[0].versions = vec!["1.0.1".parse().unwrap()];
    for (version, earlier) in [("1.1.0", "1.0.1"), ("1.1.0-rc.2", "1.1.0-rc.1"), ("3.0.0", "2.0.0")]
    {
        let found = earlier_release(&observed, &version.parse().unwrap()).unwrap();
        assert_eq!(found.to_string(), earlier, "{version}");
    }
    assert_eq!(earlier_release(&observed, &"0.1.0".parse().unwrap()), None);
}

#[test]
fn a_lower_version_is_for_backports_only() {
    let mut observed = world::ready(&small(), Some("1.0.0"), "1.0.1");
    observed.indexes[0].versions = ["1.0.0", "2.0.0"].map(|text| text.parse().unwrap()).to_vec();
    let refused = findings_of(&small(), &observed, ReleasePolicy::default());
    assert!(refused[0].contains("1.0.1 is lower than 2.0.0, which is published"), "{refused:?}");
    assert_eq!(
        findings_of(
            &small(),
            &observed,
            ReleasePolicy { backport: true, ..ReleasePolicy::default() }
        ),
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

#[test]
fn an_index_that_redirects_to_another_host_is_named() {
    let found = findings("minor", |observed| {
        observed.indexes[0].other_host = Some("mirror.example.com".to_owned());
    });
    let [finding] = found.as_slice() else { panic!("{found:?}") };
    assert!(finding.contains("redirects to mirror.example.com"), "{finding}");
}

fn with_settings(text: &str, attestations: Attestations) -> Vec<String> {
    let configuration = configuration::parse(text).unwrap();
    let mut observed = world::ready(&configuration, Some("1.0.0"), "minor");
    observed.package.as_mut().unwrap().attestations = attestations;
    findings_of(&configuration, &observed, ReleasePolicy::default())
}

#[test]
fn wheels_of_workflows_need_the_workflows_and_public_indexes_refuse_plain_linux() {
    let text = "[package]\nindexes = [\"pypi\"]\nwheel-artifacts = [\"wheels-*\"]\n\
                [index.pypi]\nallow-linux-wheels = true\n";
    let found = with_settings(text, Attestations::Unwanted);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("wait-for = [\"wheels.yml\"]"), "{found:?}");
    let plain = "tidegate.toml, line 5: index pypi: a public index refuses";
    assert!(found[1].starts_with(plain), "{found:?}");
    let github = "[github]\nrepository = \"a/b\"\nwait-for = [\"wheels.yml\"]\n";
    let text = format!("[package]\nwheel-artifacts = [\"wheels-*\"]\n{github}");
    assert_eq!(with_settings(&text, Attestations::Unwanted), Vec::<String>::new());
}

#[test]
fn attestations_that_are_required_and_impossible_block_and_others_warn() {
    let impossible = || Attestations::Impossible("`pypi-attestations` is not installed".to_owned());
    for (setting, blocks) in [("attestations = true\n", true), ("", false)] {
        let text = format!("[package]\nindexes = [\"pypi\"]\n{setting}");
        let configuration = configuration::parse(&text).unwrap();
        let mut observed = world::ready(&configuration, Some("1.0.0"), "minor");
        observed.package.as_mut().unwrap().attestations = impossible();
        let version = resolve_version(&observed);
        let policy = ReleasePolicy::default();
        let found = check(&observed, &configuration, version.as_ref(), policy);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].blocks(), blocks, "{found:?}");
    }
}
