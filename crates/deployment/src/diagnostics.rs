//! What failed instances printed, kept for people who look for the reason.

use std::{
    fs::OpenOptions,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use crate::{context::DeploymentContext, plan::ServiceChange, secret_mask::SecretMask};

/// Writes a file for each service whose new instances were started; the lines that
/// name them. Diagnostics never stop an undo: what cannot be had is said in its line.
pub(crate) async fn write_diagnostics(
    context: &DeploymentContext<'_>,
    folder: &Path,
) -> Vec<String> {
    let mut lines = Vec::new();
    for change in &context.plan.changes {
        let Some(text) = diagnose(context, change).await else { continue };
        let path = folder.join(format!("diagnostics-{}.log", change.service));
        let service = &change.service;
        lines.push(match write_private(&path, &text) {
            Ok(()) => format!("what the new version of {service} printed: {}", path.display()),
            Err(error) => format!("cannot write what {service} printed: {error}"),
        });
    }
    lines
}

async fn diagnose(context: &DeploymentContext<'_>, change: &ServiceChange) -> Option<String> {
    let instances = context.target.instances(&change.service).await.ok()?;
    let mut texts = Vec::new();
    for instance in instances.iter().filter(|instance| change.is_new(instance)) {
        texts.push(
            context.target.diagnose(instance).await.unwrap_or_else(|error| error.to_string()),
        );
    }
    (!texts.is_empty()).then(|| SecretMask::default().mask(&texts.join("\n")))
}

/// Only the owner may read it: nobody knows what a program prints.
fn write_private(path: &PathBuf, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.create(true).write(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
