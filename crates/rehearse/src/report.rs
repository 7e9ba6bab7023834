use std::collections::BTreeMap;

use report::{Document, Table};
use serde_json::json;

use super::stage::Stage;

/// What the embedded services hold at the end.
pub(super) fn state_document(stage: &Stage) -> Document {
    let mut table = Table::new(&["service", "holds", "content"]);
    for (name, index) in &stage.indexes {
        for (project, held) in index.state().projects {
            for (version, release) in held.releases {
                let files = release.files.iter().map(|(file, stored)| {
                    [format!("{project} {version}: {file}"), short(&stored.sha256)]
                });
                files.for_each(|[file, digest]| table.row([name.clone(), file, digest]));
            }
        }
    }
    for (name, registry) in &stage.registries {
        for (repository, held) in registry.state().repositories {
            for (tag, digest) in held.tags {
                table.row([
                    name.clone(),
                    format!("{repository}:{tag}"),
                    short(&digest.to_string()),
                ]);
            }
        }
    }
    let forge = stage.forge.as_ref().map(rehearsal::forge::Forge::state);
    for release in forge.iter().flat_map(|state| &state.releases) {
        let state = if release.draft { "draft" } else { "published" };
        let content = format!("{state}, {} files", release.assets.len());
        table.row(["github".to_owned(), format!("release {}", release.tag_name), content]);
    }
    let indexes = stage.indexes.iter().map(|(name, index)| (name, index.state()));
    let registries = stage.registries.iter().map(|(name, registry)| (name, registry.state()));
    let json = json!({
        "indexes": indexes.collect::<BTreeMap<_, _>>(),
        "registries": registries.collect::<BTreeMap<_, _>>(),
        "forge": forge,
    });
    let document = Document::new(json!({ "state": json }));
    if table.is_empty() {
        return document.text("The embedded services hold nothing.");
    }
    document.heading("What the embedded services hold").table(table)
}

fn short(digest: &str) -> String {
    digest.trim_start_matches("sha256:").chars().take(12).collect()
}
