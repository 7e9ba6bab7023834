use std::collections::BTreeMap;

use operation::Present;
use rehearsal::{
    forge::{Forge, ForgeState},
    index::IndexState,
    oci::RegistryState,
};
use report::{Document, Event, Reporter, Table};
use serde::Serialize;
use serde_json::json;

use crate::stage::Stage;

/// Contents of the embedded services.
#[derive(Debug, Serialize)]
pub struct ServiceContents {
    /// Package indexes by name.
    pub indexes: BTreeMap<String, IndexState>,
    /// Container registries by name.
    pub registries: BTreeMap<String, RegistryState>,
    /// The forge, where the project has one.
    pub forge: Option<ForgeState>,
}

impl Stage {
    /// What the services hold now.
    pub(crate) fn contents(&self) -> ServiceContents {
        let indexes = self.indexes.iter().map(|(name, index)| (name.clone(), index.state()));
        let registries =
            self.registries.iter().map(|(name, registry)| (name.clone(), registry.state()));
        ServiceContents {
            indexes: indexes.collect(),
            registries: registries.collect(),
            forge: self.forge.as_ref().map(Forge::state),
        }
    }
}

impl ServiceContents {
    fn document(&self) -> Document {
        let mut table = Table::new(&["service", "item", "content"]);
        let rows = [self.index_rows(), self.registry_rows(), self.forge_rows()];
        rows.concat().into_iter().for_each(|row| table.row(row));
        let document = Document::new(json!({ "state": self }));
        if table.is_empty() {
            return document.text("The embedded services are empty.");
        }
        document.heading("Contents of the embedded services").table(table)
    }

    fn index_rows(&self) -> Vec<[String; 3]> {
        let mut rows = Vec::new();
        for (name, index) in &self.indexes {
            for (project, releases) in &index.projects {
                for (version, release) in &releases.releases {
                    for (file, stored) in &release.files {
                        let content = short_digest(&stored.sha256);
                        rows.push([name.clone(), format!("{project} {version}: {file}"), content]);
                    }
                }
            }
        }
        rows
    }

    fn registry_rows(&self) -> Vec<[String; 3]> {
        let mut rows = Vec::new();
        for (name, registry) in &self.registries {
            for (repository, content) in &registry.repositories {
                for (tag, digest) in &content.tags {
                    let digest = short_digest(&digest.to_string());
                    rows.push([name.clone(), format!("{repository}:{tag}"), digest]);
                }
            }
        }
        rows
    }

    fn forge_rows(&self) -> Vec<[String; 3]> {
        let releases = self.forge.iter().flat_map(|forge| &forge.releases);
        releases
            .map(|release| {
                let state = if release.draft { "draft" } else { "published" };
                let content = format!("{state}, {} files", release.assets.len());
                ["github".to_owned(), format!("release {}", release.tag_name), content]
            })
            .collect()
    }
}

impl Present for ServiceContents {
    fn present(&self, reporter: &Reporter) {
        reporter.emit(&Event::Report(self.document()));
    }
}

fn short_digest(digest: &str) -> String {
    digest.trim_start_matches("sha256:").chars().take(12).collect()
}
