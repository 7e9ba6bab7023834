//! An observed world in which everything is ready; tests change one thing.

use std::collections::BTreeMap;

use configuration::{Configuration, image_names};
use release_plan::{
    Access, Attestations, BranchState, ChangelogState, Observed, ObservedBuild, ObservedChangelog,
    ObservedForge, ObservedGit, ObservedImage, ObservedIndex, ObservedPackage, ObservedSetup,
    ReleaseTags, RemoteState,
};

/// The world of a project with this configuration, in which `stated` is the
/// version of the package and nothing was ever released.
pub(crate) fn ready(
    configuration: &Configuration,
    stated: Option<&str>,
    request: &str,
) -> Observed {
    let index = |name: &String| ObservedIndex {
        name: name.clone(),
        has_addresses: true,
        access: Access::Granted,
        versions: Vec::new(),
        other_host: None,
        unreadable: Vec::new(),
        optional: configuration.indexes.get(name).is_some_and(|index| index.optional),
    };
    let package = configuration.package.clone().unwrap_or_default();
    let image = |name: String| ObservedImage {
        name,
        access: Access::Granted,
        tags: BTreeMap::new(),
        dockerfile_found: true,
        build: ObservedBuild::default(),
    };
    Observed {
        project: "project".to_owned(),
        request: request.parse().unwrap(),
        package: stated.map(|version| ObservedPackage {
            name: "project".to_owned(),
            version: Some(version.to_owned()),
            unreadable: None,
            version_file: Some("pyproject.toml".into()),
            module_versions: Vec::new(),
            locks: Vec::new(),
            untouched: Vec::new(),
            unreadable_locks: Vec::new(),
            attestations: Attestations::Unwanted,
            wheels_left_out: None,
        }),
        git: ObservedGit {
            branch: Some("main".to_owned()),
            head: "1a2b3c4".to_owned(),
            dirty: Vec::new(),
            untracked: Vec::new(),
            remote: RemoteState::UpToDate,
            contains_release: false,
            tags: ReleaseTags::read(configuration.git.tag.as_ref(), stated.map(|_| "project"), &[]),
        },
        indexes: stated.iter().flat_map(|_| package.indexes.iter().map(index)).collect(),
        images: image_names(&configuration.images).into_iter().map(image).collect(),
        forge: configuration
            .github
            .as_ref()
            .map(|_| ObservedForge { access: Access::Granted, branch: BranchState::Open }),
        changelog: ObservedChangelog {
            file: Some("CHANGELOG.md".into()),
            state: ChangelogState::UnreleasedSection,
            fragments: None,
        },
        missing_tools: Vec::new(),
        setup: ObservedSetup::default(),
        recorded: None,
        blocking: None,
    }
}
