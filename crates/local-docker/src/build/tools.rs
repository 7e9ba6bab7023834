use image_ref::Platform;

use super::{
    buildx::{Buildx, DockerPrograms, find_buildx},
    emulators::emulated_platforms,
};
use crate::{
    client::Connection,
    error::EngineError,
    info::{ImageStore, engine_info},
    locate::Endpoint,
};

/// What is available for building.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildTools {
    /// buildx, if it is installed and new enough.
    pub buildx: Option<Buildx>,
    /// The engine's image store.
    pub store: ImageStore,
    /// What the engine's containers run on.
    pub platform: Platform,
    /// Other platforms whose programs the engine's machine can run; `None` when that
    /// cannot be found out.
    pub emulated: Option<Vec<Platform>>,
}

/// Platforms whose programs a builder can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunnablePlatforms {
    /// Those that are certain.
    pub platforms: Vec<Platform>,
    /// Whether these are all.
    pub is_complete: bool,
}

impl BuildTools {
    /// The platforms whose programs the builder for `endpoint` can run.
    #[must_use]
    pub fn runnable_platforms(&self, endpoint: &Endpoint) -> RunnablePlatforms {
        let own = self.platform.clone();
        match &self.buildx {
            Some(Buildx { builder, .. }) if builder.is_used_for(endpoint) => RunnablePlatforms {
                platforms: if builder.driver == "docker" {
                    builder.platforms.iter().cloned().chain([own]).collect()
                } else {
                    builder.platforms.clone()
                },
                is_complete: builder.lists_all_platforms,
            },
            Some(_) => RunnablePlatforms { platforms: vec![own], is_complete: false },
            None => RunnablePlatforms {
                platforms: compatible(&own)
                    .into_iter()
                    .chain(self.emulated.iter().flatten().cloned())
                    .collect(),
                is_complete: self.emulated.is_some(),
            },
        }
    }
}

/// A platform, and those whose programs its processors run as well.
fn compatible(own: &Platform) -> Vec<Platform> {
    let others: &[&str] = match own.architecture.as_str() {
        "amd64" => &["386"],
        "arm64" => &["arm"],
        _ => &[],
    };
    let others = others.iter().map(|architecture| Platform::new(&own.os, architecture));
    std::iter::once(own.clone()).chain(others).collect()
}

pub(crate) async fn detect_tools(
    connection: &Connection,
    programs: &DockerPrograms,
) -> Result<BuildTools, EngineError> {
    let info = engine_info(connection).await?;
    let buildx = find_buildx(connection.endpoint(), programs).await;
    let emulated = emulated_platforms(connection.endpoint(), &info);
    Ok(BuildTools { buildx, store: info.store, platform: info.platform, emulated })
}

/// How an image is built and written into a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildStrategy<'a> {
    /// buildx writes the layout itself, all platforms at once, with whatever
    /// attestations it makes.
    BuildxToLayout {
        /// The builder to use.
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

impl<'a> BuildStrategy<'a> {
    /// Selects the strategy for these tools; does no I/O.
    ///
    /// - No buildx: the classic builder.
    /// - A separate builder (`docker-container`, `kubernetes`, `remote`), or the
    ///   engine's with the containerd store: straight to a layout.
    /// - The engine's with a graph-driver store: through the engine.
    #[must_use]
    pub fn select(tools: &'a BuildTools, endpoint: &'a Endpoint) -> Self {
        let Some(buildx) = &tools.buildx else { return Self::ClassicBuilder };
        if buildx.builder.driver != "docker" {
            return Self::BuildxToLayout { builder: &buildx.builder.name };
        }
        // A selected `docker` builder may belong to another engine; ours has this name.
        let builder = endpoint.builder_name();
        match tools.store.is_containerd() {
            true => Self::BuildxToLayout { builder },
            false => Self::BuildxIntoEngine { builder },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{build::buildx::Builder, locate::Address};

    fn tools(driver: Option<&str>, store: ImageStore) -> BuildTools {
        let buildx = driver.map(|driver| Buildx {
            argv: vec!["docker-buildx".into()],
            version: "0.13.1".to_owned(),
            builder: Builder {
                name: "selected".to_owned(),
                driver: driver.to_owned(),
                platforms: vec!["linux/amd64".parse().unwrap()],
                lists_all_platforms: true,
            },
        });
        BuildTools { buildx, store, platform: Platform::new("linux", "amd64"), emulated: None }
    }

    fn graph_driver() -> ImageStore {
        ImageStore::GraphDriver("overlay2".to_owned())
    }

    fn containerd() -> ImageStore {
        ImageStore::Containerd("overlayfs".to_owned())
    }

    fn endpoint(context: Option<&str>) -> Endpoint {
        let context = context.map(str::to_owned);
        Endpoint { address: Address::default_socket(), context, tls: None }
    }

    #[test]
    fn the_strategy_follows_from_builder_and_store() {
        use BuildStrategy::{BuildxIntoEngine, BuildxToLayout, ClassicBuilder};
        for (driver, store, expected) in [
            (None, graph_driver(), ClassicBuilder),
            (None, containerd(), ClassicBuilder),
            (Some("docker"), graph_driver(), BuildxIntoEngine { builder: "default" }),
            (Some("docker"), containerd(), BuildxToLayout { builder: "default" }),
            (Some("docker-container"), graph_driver(), BuildxToLayout { builder: "selected" }),
        ] {
            let tools = tools(driver, store);
            assert_eq!(BuildStrategy::select(&tools, &endpoint(None)), expected, "{tools:?}");
        }
    }

    #[test]
    fn the_builder_of_a_context_has_the_contexts_name() {
        let tools = tools(Some("docker"), graph_driver());
        let expected = BuildStrategy::BuildxIntoEngine { builder: "remote" };
        assert_eq!(BuildStrategy::select(&tools, &endpoint(Some("remote"))), expected);
    }

    fn runnable(tools: &BuildTools, endpoint: &Endpoint) -> (Vec<String>, bool) {
        let runnable = tools.runnable_platforms(endpoint);
        (runnable.platforms.iter().map(ToString::to_string).collect(), runnable.is_complete)
    }

    #[test]
    fn a_builder_of_buildx_lists_its_platforms() {
        let tools = tools(Some("docker-container"), graph_driver());
        assert_eq!(runnable(&tools, &endpoint(None)), (vec!["linux/amd64".to_owned()], true));
    }

    #[test]
    fn another_engines_builder_shows_nothing_about_ours() {
        let tools = tools(Some("docker"), graph_driver());
        let own = vec!["linux/amd64".to_owned()];
        assert_eq!(runnable(&tools, &endpoint(Some("remote"))), (own, false));
    }

    #[test]
    fn the_classic_builder_runs_what_its_machine_runs() {
        let tools = tools(None, graph_driver());
        let own = ["linux/amd64", "linux/386"].map(str::to_owned);
        assert_eq!(runnable(&tools, &endpoint(None)), (own.to_vec(), false));
        let emulated = Some(vec![Platform::new("linux", "arm64")]);
        let all = [own.as_slice(), &["linux/arm64".to_owned()]].concat();
        assert_eq!(runnable(&BuildTools { emulated, ..tools }, &endpoint(None)), (all, true));
    }
}
