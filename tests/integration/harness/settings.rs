use std::{collections::BTreeMap, fmt::Write as _};

use super::services::Services;

/// The configuration of a scene: what the world has, where its servers are,
/// and what the test adds.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(super) package: bool,
    pub(super) image: bool,
    /// Indexes in the order in which they are uploaded to.
    pub(super) indexes: Vec<String>,
    added: BTreeMap<String, String>,
}

impl Settings {
    pub(super) fn add(&mut self, table: &str, lines: &str) {
        let text = self.added.entry(table.to_owned()).or_default();
        *text += lines;
        *text += "\n";
    }

    fn added(&self, table: &str) -> &str {
        self.added.get(table).map_or("", String::as_str)
    }

    /// The text of the configuration file.
    pub(super) fn text(&self, services: &Services) -> String {
        let mut text = String::new();
        if self.package {
            text += &self.package_table();
        }
        if self.image {
            text += &self.image_table();
        }
        text += &self.places(services);
        text + self.added("")
    }

    fn package_table(&self) -> String {
        let added = self.added("package");
        let indexes = match added.contains("indexes = ") {
            true => String::new(),
            false => format!("indexes = {:?}\n", self.indexes),
        };
        format!(
            "[package]\nversion-files = [\"demo_tool.py\"]\n{indexes}{added}\n\
             [package.install-check]\nversion-command = \"demo-tool\"\n\n"
        )
    }

    fn image_table(&self) -> String {
        let added = self.added("image");
        let usual = [
            "repository = \"demo/server\"",
            "context = \"image\"",
            "before = [\"image/stamp\"]",
            "contains = [\"/printer\"]",
            "floating = [\"latest\", \"{major}.{minor}\"]",
        ];
        let stated = |line: &&&str| {
            let key = line.split('=').next().unwrap_or_default();
            !added.lines().any(|other| other.starts_with(key))
        };
        let lines: String = usual.iter().filter(stated).map(|line| format!("{line}\n")).collect();
        format!("[[image]]\n{lines}{added}\n")
    }

    fn places(&self, services: &Services) -> String {
        let mut text = String::new();
        for (name, index) in &services.indexes {
            let (upload, simple) = (index.upload_url(), index.simple_url());
            let deadline = if self.added(&format!("index.{name}")).contains("deadline") {
                ""
            } else {
                "deadline = \"20s\"\n"
            };
            let _ = write!(
                text,
                "[index.{name}]\nupload = \"{upload}\"\nsimple = \"{simple}\"\n\
                 json = \"{}/pypi/\"\n{deadline}{}\n",
                index.url(),
                self.added(&format!("index.{name}")),
            );
        }
        if let Some(registry) = &services.registry {
            let _ = writeln!(text, "[registry.\"docker.io\"]\nurl = \"{}\"\n", registry.url());
        }
        if let Some(forge) = &services.forge {
            let url = forge.url();
            let added = self.added("github");
            let _ = writeln!(
                text,
                "[github]\nrepository = \"demo/tool\"\nurl = \"{url}\"\n\
                 uploads = \"{url}/uploads\"\n{added}"
            );
        }
        text
    }
}
