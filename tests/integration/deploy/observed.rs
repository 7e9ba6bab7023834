//! What a deployment led to.

use std::collections::BTreeMap;

use super::site::Site;

/// A container of the project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Container {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) state: String,
    /// The version of its image.
    pub(super) version: String,
}

impl Site {
    fn inspect(&self, filter: &str) -> Vec<serde_json::Value> {
        let filter = format!("label={filter}={}", self.name);
        let ids = self.docker(&["ps", "--all", "--quiet", "--no-trunc", "--filter", &filter]);
        let ids: Vec<&str> = ids.lines().collect();
        // One may be removed since it was listed.
        let output = self.command("docker").arg("inspect").args(ids).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    /// The project's containers in any state, by service.
    pub(super) fn containers(&self) -> BTreeMap<String, Vec<Container>> {
        let mut found: BTreeMap<String, Vec<Container>> = BTreeMap::new();
        for details in self.inspect("com.docker.compose.project") {
            let text = |path: &str| details.pointer(path).unwrap().as_str().unwrap().to_owned();
            let label = |name: &str| text(&format!("/Config/Labels/{name}"));
            found.entry(label("com.docker.compose.service")).or_default().push(Container {
                name: text("/Name").trim_start_matches('/').replace(&self.name, "shop"),
                id: text("/Id"),
                state: text("/State/Status"),
                // Servers that were not made by the test have none.
                version: match details.pointer("/Config/Labels/version") {
                    Some(version) => version.as_str().unwrap().to_owned(),
                    None => "-".to_owned(),
                },
            });
        }
        found.values_mut().for_each(|list| list.sort());
        found
    }

    /// The versions that run, by service: `api 2, worker 1 1`.
    pub(super) fn running(&self) -> String {
        let services = self.containers().into_iter().map(|(service, list)| {
            let running = list.into_iter().filter(|container| container.state == "running");
            running.fold(service, |text, container| format!("{text} {}", container.version))
        });
        services.collect::<Vec<_>>().join(", ")
    }

    /// These versions run; and nothing else is left of any deployment: no other
    /// container, no lock, no helper; and Compose finds nothing to recreate.
    #[track_caller]
    pub(super) fn assert_settled(&self, expected: &str) {
        assert_eq!(self.running(), expected, "{:?}", self.containers());
        let before = self.containers();
        for (service, list) in &before {
            for (number, container) in (1..).zip(list) {
                assert_eq!(container.state, "running", "{before:?}");
                assert_eq!(container.name, format!("shop-{service}-{number}"));
            }
        }
        self.assert_no_helper();
        self.compose(&["up", "--detach"]);
        assert_eq!(self.containers(), before, "Compose recreates nothing");
    }

    /// Neither a lock nor a container for files is left.
    #[track_caller]
    pub(super) fn assert_no_helper(&self) {
        let left = self.inspect("org.tidegate.project");
        let names: Vec<_> = left.iter().map(|details| details["Name"].clone()).collect();
        assert_eq!(names, Vec::<serde_json::Value>::new());
    }

    /// Everything that a deployment may change, except for its records.
    pub(super) fn state(&self) -> (BTreeMap<String, Vec<Container>>, String, String) {
        let images = self.docker(&["images", "--no-trunc", "--filter", &self.image_filter()]);
        let mut images: Vec<&str> = images.lines().collect();
        images.sort_unstable();
        (self.containers(), images.join("\n"), self.read(".env"))
    }
}
