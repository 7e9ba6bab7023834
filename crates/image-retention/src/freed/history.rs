/// One entry of an image's history, as the engine reports it (newest first).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Bytes that the step added; 0 for steps that made no layer, and for some
    /// that did.
    pub size: u64,
    /// The command of the step.
    pub created_by: String,
    /// The builder's comment, such as `buildkit.dockerfile.v0`.
    pub comment: String,
}

/// Whether a build step made a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LayerEffect {
    /// It made one of this many bytes.
    Layer(u64),
    /// It made an empty one, or none.
    MaybeEmptyLayer,
    /// It made none.
    NoLayer,
}

impl LayerEffect {
    pub(super) fn bytes(self) -> u64 {
        if let Self::Layer(bytes) = self { bytes } else { 0 }
    }
}

/// Instructions of a Dockerfile that change the configuration only. `WORKDIR` is
/// not one of them: it creates the folder.
const METADATA_INSTRUCTIONS: [&str; 13] = [
    "ENV",
    "CMD",
    "LABEL",
    "ENTRYPOINT",
    "EXPOSE",
    "USER",
    "ARG",
    "STOPSIGNAL",
    "HEALTHCHECK",
    "SHELL",
    "MAINTAINER",
    "ONBUILD",
    "VOLUME",
];

impl HistoryEntry {
    pub(super) fn layer_effect(&self) -> LayerEffect {
        if self.size > 0 {
            LayerEffect::Layer(self.size)
        } else if METADATA_INSTRUCTIONS.contains(&instruction(&self.created_by)) {
            LayerEffect::NoLayer
        } else {
            LayerEffect::MaybeEmptyLayer
        }
    }
}

/// The instruction of a step. The classic builder writes
/// `/bin/sh -c #(nop)  CMD ["…"]`, BuildKit `CMD ["…"]`.
fn instruction(created_by: &str) -> &str {
    let text = created_by.split_once("#(nop)").map_or(created_by, |(_, rest)| rest);
    text.split_whitespace().next().unwrap_or_default()
}
