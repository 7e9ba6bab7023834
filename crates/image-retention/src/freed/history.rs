/// One entry of an image's history, as the engine tells it (newest first).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Bytes that the step added; 0 for steps that made no layer, and for some
    /// that did.
    pub size: u64,
    /// The command of the step.
    pub created_by: String,
    /// What the builder noted, such as `buildkit.dockerfile.v0`.
    pub comment: String,
}

/// What a step can have to do with a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It made one with so many bytes.
    Layer(u64),
    /// It made an empty one, or none.
    Perhaps,
    /// It made none.
    Metadata,
}

/// Instructions of a Dockerfile that change the configuration only. `WORKDIR` is
/// none of them: it makes the folder.
const METADATA: [&str; 13] = [
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
    pub(super) fn step(&self) -> Step {
        if self.size > 0 {
            return Step::Layer(self.size);
        }
        let word = instruction(&self.created_by);
        if METADATA.contains(&word) { Step::Metadata } else { Step::Perhaps }
    }
}

/// The word that says what was done. The classic builder writes
/// `/bin/sh -c #(nop)  CMD ["…"]`, BuildKit `CMD ["…"]`.
fn instruction(created_by: &str) -> &str {
    let text = created_by.split_once("#(nop)").map_or(created_by, |(_, rest)| rest);
    text.split_whitespace().next().unwrap_or_default()
}
