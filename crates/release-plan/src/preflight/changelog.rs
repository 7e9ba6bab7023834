use configuration::Changelog;

use crate::{ChangelogState, Finding, MissingHistory, ObservedChangelog, ObservedFragments};

/// Why an entry that is missing is not generated.
const NOTHING_GENERATED: &str =
    ", and no commit since the last release has a message to generate an entry from";

/// Why the release would have no section in the changelog, or not the right one.
pub(super) fn findings(observed: &ObservedChangelog, settings: &Changelog) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(missing_section(observed, settings));
    findings.extend(observed.fragments.as_ref().and_then(|fragments| match observed.state {
        ChangelogState::Fragments => missing_tool(fragments, settings),
        ChangelogState::VersionSection => unused_fragments(fragments),
        _ => None,
    }));
    findings
}

fn missing_section(observed: &ObservedChangelog, settings: &Changelog) -> Option<Finding> {
    match &observed.state {
        ChangelogState::VersionSection
        | ChangelogState::UnreleasedSection
        | ChangelogState::Fragments => None,
        ChangelogState::NoFile => no_file(observed, settings),
        ChangelogState::NoPage => no_page(observed, settings),
        ChangelogState::NoHeading => (settings.required != Some(false)).then(|| {
            let name = file_name(observed);
            let problem = format!("{name} has no heading of a version or of unreleased changes");
            let advice = "add the heading `Unreleased` where the next section belongs, or set \
                          changelog.required = false";
            Finding::precondition("changelog", problem, advice)
        }),
        ChangelogState::NothingWritten(reason) => nothing_written(observed, settings, reason),
        ChangelogState::MissingHistory(missing) => Some(missing_history(*missing)),
        ChangelogState::Unusable(reason, advice) => {
            let problem = format!("{} has {reason}", file_name(observed));
            let finding = Finding::precondition("changelog", problem, advice);
            Some(if settings.required == Some(false) { finding.into_warning() } else { finding })
        }
        ChangelogState::SeveralFiles(files) => {
            let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            let problem = format!("{} may all be the changelog", names.join(", "));
            let first = names.first().map(String::as_str).unwrap_or_default();
            let advice = format!("name it in the configuration: changelog.file = \"{first}\"");
            Some(Finding::mistake("changelog", problem, &advice))
        }
        ChangelogState::NotCommitted => {
            let problem = format!("{} is not part of the commit", file_name(observed));
            Some(Finding::mistake("changelog", problem, "commit it, or correct changelog.file"))
        }
    }
}

fn file_name(observed: &ObservedChangelog) -> String {
    observed.file.as_ref().map_or("the changelog".to_owned(), |file| file.display().to_string())
}

fn no_file(observed: &ObservedChangelog, settings: &Changelog) -> Option<Finding> {
    if let Some(fragments) = observed.fragments.as_ref() {
        let is_required = settings.required != Some(false);
        return is_required.then(|| no_fragments(fragments, "", settings));
    }
    (settings.required == Some(true)).then(|| {
        let advice = "add CHANGELOG.md with a section `## Unreleased`, or set changelog.required = \
                      false";
        Finding::precondition("changelog", "there is no changelog", advice)
    })
}

fn no_page(observed: &ObservedChangelog, settings: &Changelog) -> Option<Finding> {
    let problem = format!("{} is not part of the commit", file_name(observed));
    let (generated, advice) = if settings.generate {
        (
            NOTHING_GENERATED,
            "write what changed into it and commit it, or set \
                             changelog.required = false",
        )
    } else {
        (
            "",
            "write what changed into it and commit it, or set changelog.generate = true or \
              changelog.required = false",
        )
    };
    let finding = Finding::precondition("changelog", problem + generated, advice);
    (settings.required != Some(false)).then_some(finding)
}

fn nothing_written(
    observed: &ObservedChangelog,
    settings: &Changelog,
    reason: &str,
) -> Option<Finding> {
    if settings.required == Some(false) {
        return None;
    }
    let reason = format!("{} has {reason}", file_name(observed));
    if let Some(fragments) = observed.fragments.as_ref() {
        return Some(no_fragments(fragments, &format!(", and {reason}"), settings));
    }
    let (generated, advice) = if settings.generate {
        (NOTHING_GENERATED, "write what changed, or set changelog.required = false")
    } else {
        ("", "write what changed, or set changelog.generate = true or changelog.required = false")
    };
    Some(Finding::precondition("changelog", format!("{reason}{generated}"), advice))
}

fn no_fragments(fragments: &ObservedFragments, further: &str, settings: &Changelog) -> Finding {
    let problem =
        format!("no fragments for {} are in {}{further}", fragments.tool, folders(fragments));
    let generate = if settings.generate { "" } else { "changelog.generate = true or " };
    let advice = format!("add a fragment, or set {generate}changelog.required = false");
    Finding::precondition("changelog", problem, &advice)
}

/// Without the tool, what the fragments say would be missing from the release.
fn missing_tool(fragments: &ObservedFragments, settings: &Changelog) -> Option<Finding> {
    let ObservedFragments { tool, is_available, count, .. } = fragments;
    if *is_available {
        return None;
    }
    let (counted, folders) = (counted_fragments(*count), folders(fragments));
    let problem = format!("{folders} has {counted} for `{tool}`, which was not found");
    let advice = format!("install it on PATH, for instance with `uv tool install {tool}`");
    let finding = Finding::precondition("changelog", problem, &advice);
    Some(if settings.required == Some(false) { finding.into_warning() } else { finding })
}

fn unused_fragments(fragments: &ObservedFragments) -> Option<Finding> {
    let ObservedFragments { tool, count, .. } = fragments;
    (*count > 0).then(|| {
        let (counted, folders) = (counted_fragments(*count), folders(fragments));
        let problem = format!(
            "{folders} still has {counted} of {tool}, and the changelog has the section of the \
             version"
        );
        Finding::warning("changelog", problem, "they will be part of the next release")
    })
}

fn folders(fragments: &ObservedFragments) -> String {
    let folders = fragments.folders.iter().map(|folder| folder.display().to_string());
    folders.collect::<Vec<_>>().join(" and ")
}

fn counted_fragments(count: usize) -> String {
    if count == 1 { "1 fragment".to_owned() } else { format!("{count} fragments") }
}

fn missing_history(missing: MissingHistory) -> Finding {
    let (problem, advice) = match missing {
        MissingHistory::ShallowClone => (
            "the clone is shallow, so the commits since the last release cannot be listed"
                .to_owned(),
            "run `git fetch --unshallow --tags`, or write what changed",
        ),
        MissingHistory::NoTag(version) => (
            format!(
                "{version} is published, and this clone has no tag of it, so the commits since \
                 then cannot be listed"
            ),
            "run `git fetch --tags`, or tag its commit, or write what changed",
        ),
    };
    Finding::precondition("changelog", problem, advice)
}
