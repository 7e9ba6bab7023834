use image_ref::{Digest, Platform};
use serde::Deserialize;

/// What a layout's writer needs of an image's config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageConfig {
    /// The machine that the image runs on.
    pub platform: Platform,
    /// Digests of its uncompressed layers, lowest first.
    pub diff_ids: Vec<Digest>,
    /// The names of its environment variables. Values are dropped: they may be secrets.
    pub variable_names: Vec<String>,
}

#[derive(Deserialize)]
struct ConfigDocument {
    architecture: String,
    os: String,
    #[serde(default)]
    variant: String,
    rootfs: RootFs,
    #[serde(default)]
    config: Option<RunSettings>,
}

#[derive(Default, Deserialize)]
struct RunSettings {
    #[serde(rename = "Env", default)]
    env: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct RootFs {
    // An image without layers has `null` in its place.
    #[serde(default)]
    diff_ids: Option<Vec<Digest>>,
}

impl ImageConfig {
    /// Reads a config; `None` when it is none.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let config: ConfigDocument = serde_json::from_slice(bytes).ok()?;
        let variant = Some(config.variant).filter(|variant| !variant.is_empty());
        Some(Self {
            platform: Platform { variant, ..Platform::new(&config.os, &config.architecture) },
            diff_ids: config.rootfs.diff_ids.unwrap_or_default(),
            variable_names: variable_names(config.config.unwrap_or_default()),
        })
    }
}

fn variable_names(settings: RunSettings) -> Vec<String> {
    let variables = settings.env.unwrap_or_default().into_iter();
    variables.map(|text| text.split('=').next().unwrap_or_default().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_without_layers_is_read() {
        let config = ImageConfig::parse(
            br#"{"architecture":"arm64","variant":"v8","os":"linux","rootfs":{"type":"layers","diff_ids":null}}"#,
        );
        let config = config.unwrap();
        assert_eq!(config.platform.to_string(), "linux/arm64/v8");
        assert!(config.diff_ids.is_empty());
        assert_eq!(ImageConfig::parse(b"[]"), None);
    }
}
