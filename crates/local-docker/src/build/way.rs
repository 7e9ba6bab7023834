use crate::{BuildTools, Endpoint};

/// How an image gets built and into a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildWay<'a> {
    /// buildx writes the layout itself, all platforms at once, with whatever
    /// attestations it makes.
    BuildxToLayout {
        /// The builder that does it.
        builder: &'a str,
    },
    /// buildx builds into the engine one platform at a time, and the engine
    /// exports: its builder cannot write a layout on a graph-driver store.
    BuildxIntoEngine {
        /// The engine's own builder.
        builder: &'a str,
    },
    /// The engine's classic builder, one platform at a time.
    ClassicBuilder,
}

/// Chooses by what was observed; nothing is asked or tried here.
///
/// - No buildx: the classic builder.
/// - A builder of its own (`docker-container`, `kubernetes`, `remote`), or the
///   engine's with the containerd store: straight to a layout.
/// - The engine's with a graph-driver store: through the engine.
#[must_use]
pub fn choose_way<'a>(tools: &'a BuildTools, endpoint: &'a Endpoint) -> BuildWay<'a> {
    let Some(buildx) = &tools.buildx else { return BuildWay::ClassicBuilder };
    if buildx.builder.driver != "docker" {
        return BuildWay::BuildxToLayout { builder: &buildx.builder.name };
    }
    // A selected `docker` builder may be another engine's; ours has this name.
    let builder = endpoint.builder_name();
    match tools.store.is_containerd() {
        true => BuildWay::BuildxToLayout { builder },
        false => BuildWay::BuildxIntoEngine { builder },
    }
}

#[cfg(test)]
mod tests {
    use image_ref::Platform;

    use super::*;
    use crate::{Address, Builder, Buildx, ImageStore};

    fn tools(driver: Option<&str>, store: ImageStore) -> BuildTools {
        let buildx = driver.map(|driver| Buildx {
            argv: vec!["docker-buildx".into()],
            version: "0.13.1".to_owned(),
            builder: Builder {
                name: "selected".to_owned(),
                driver: driver.to_owned(),
                platforms: vec![],
            },
        });
        BuildTools { buildx, store, platform: Platform::host() }
    }

    #[test]
    fn the_way_follows_from_builder_and_store() {
        let endpoint = Endpoint { address: Address::default_socket(), context: None, tls: None };
        let graph = || ImageStore::GraphDriver("overlay2".to_owned());
        let containerd = || ImageStore::Containerd("overlayfs".to_owned());
        let table = [
            (tools(None, graph()), BuildWay::ClassicBuilder),
            (tools(None, containerd()), BuildWay::ClassicBuilder),
            (tools(Some("docker"), graph()), BuildWay::BuildxIntoEngine { builder: "default" }),
            (tools(Some("docker"), containerd()), BuildWay::BuildxToLayout { builder: "default" }),
            (
                tools(Some("docker-container"), graph()),
                BuildWay::BuildxToLayout { builder: "selected" },
            ),
        ];
        for (tools, way) in table {
            assert_eq!(choose_way(&tools, &endpoint), way, "{tools:?}");
        }
    }

    #[test]
    fn the_builder_of_a_context_is_named_like_it() {
        let context = Some("remote".to_owned());
        let endpoint = Endpoint { address: Address::default_socket(), context, tls: None };
        let tools = tools(Some("docker"), ImageStore::GraphDriver("overlay2".to_owned()));
        assert_eq!(choose_way(&tools, &endpoint), BuildWay::BuildxIntoEngine { builder: "remote" });
    }
}
