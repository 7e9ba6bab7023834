use image_ref::Digest;
use serde_json::{Value, json};

use super::program;

/// An image to load, with the layers and the config that a test needs.
#[derive(Clone)]
pub(crate) struct TestImage {
    pub(crate) tags: Vec<String>,
    layers: Vec<Vec<u8>>,
    created: &'static str,
    config: Value,
}

impl TestImage {
    /// An image with [`program`] as its only layer; its command is `stubborn`.
    pub(crate) fn new() -> Self {
        let config = json!({ "Entrypoint": ["/app"], "Cmd": ["stubborn"] });
        let layers = vec![layer("app", program(), 0o755)];
        Self { layers, config, ..Self::without_program() }
    }

    /// An image without layers: the program's layer is also in images of concurrent
    /// tests, and then stays when this image is removed.
    pub(crate) fn without_program() -> Self {
        let (tags, layers) = (Vec::new(), Vec::new());
        Self { tags, layers, created: "2026-01-02T03:04:05Z", config: json!({}) }
    }

    pub(crate) fn tag(mut self, tag: &str) -> Self {
        self.tags.push(tag.to_owned());
        self
    }

    /// Adds a layer of bytes that no other image has.
    pub(crate) fn random_layer(mut self, bytes: usize) -> Self {
        let content: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(bytes).collect();
        let name = format!("data{}", self.layers.len());
        self.layers.push(layer(&name, &content, 0o644));
        self
    }

    pub(crate) fn empty_layer(mut self) -> Self {
        self.layers.push(tar::Builder::new(Vec::new()).into_inner().unwrap());
        self
    }

    pub(crate) fn created(mut self, moment: &'static str) -> Self {
        self.created = moment;
        self
    }

    /// A member of the image's config, such as `StopSignal`.
    pub(crate) fn set(mut self, member: &str, value: Value) -> Self {
        self.config[member] = value;
        self
    }

    /// Digests of the layers, from the bottom up.
    pub(crate) fn diff_ids(&self) -> Vec<Digest> {
        self.layers.iter().map(|layer| Digest::of(layer)).collect()
    }

    /// The config, with a step without a layer on top.
    fn config(&self, label: &str) -> Vec<u8> {
        let mut config = self.config.clone();
        config["Labels"] = json!({ "org.tidegate.test": label });
        let steps =
            (0..self.layers.len()).map(|index| json!({ "created_by": format!("layer {index}") }));
        let last = json!({ "created_by": "no layer", "empty_layer": true });
        let history: Vec<Value> = steps.chain([last]).collect();
        let root = json!({ "type": "layers", "diff_ids": self.diff_ids() });
        let whole = json!({
            "architecture": architecture(), "os": "linux", "created": self.created,
            "config": config, "rootfs": root, "history": history,
        });
        whole.to_string().into_bytes()
    }
}

/// Go's name of this machine's architecture.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn layer(name: &str, content: &[u8], mode: u32) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    append(&mut tar, name, content, mode);
    tar.into_inner().unwrap()
}

fn append(tar: &mut tar::Builder<Vec<u8>>, name: &str, content: &[u8], mode: u32) {
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len().try_into().unwrap());
    header.set_mode(mode);
    tar.append_data(&mut header, name, content).unwrap();
}

/// An archive such as `docker save` writes; by `label` the images are found in the
/// end.
pub(super) fn archive(images: &[TestImage], repository: &str, label: &str) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut manifest = Vec::new();
    for image in images {
        let config = image.config(label);
        let config_name = format!("{}.json", Digest::of(&config).hex());
        append(&mut tar, &config_name, &config, 0o644);
        let mut names = Vec::new();
        for layer in &image.layers {
            let name = format!("{}/layer.tar", Digest::of(layer).hex());
            append(&mut tar, &name, layer, 0o644);
            names.push(name);
        }
        let tags: Vec<_> = image.tags.iter().map(|tag| format!("{repository}:{tag}")).collect();
        manifest.push(json!({ "Config": config_name, "RepoTags": tags, "Layers": names }));
    }
    append(&mut tar, "manifest.json", Value::from(manifest).to_string().as_bytes(), 0o644);
    tar.into_inner().unwrap()
}
