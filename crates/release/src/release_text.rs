//! Texts about a release: the message of its tag, title and notes at the forge.

use configuration::TextTemplate;
use python_project::changelog::{Changelog, Markup};
use release_version::TemplateValues;

use crate::{context::ReleaseContext, step_error::ReleaseStepError};

/// The message of the release's tag.
pub(crate) async fn tag_message(context: &ReleaseContext<'_>) -> Result<String, ReleaseStepError> {
    match &context.project.configuration.git.tag_message {
        Some(template) => text(context, template).await,
        None => Ok(format!("Release {}", context.tag)),
    }
}

/// The version's section of the changelog, as it is in the release commit, in
/// Markdown.
pub(crate) async fn changelog_notes(
    context: &ReleaseContext<'_>,
) -> Result<String, ReleaseStepError> {
    let default = || format!("Release {}", context.version);
    let Some(file) = context.project.changelog.path(&context.version) else { return Ok(default()) };
    let path = context.project.prefix.join(&file);
    let commit = context.commit()?.commit;
    let repository = &context.project.repository;
    let content = repository.file_at(&commit, &path.to_string_lossy()).await?;
    let Some(content) = content else { return Ok(default()) };
    let text = String::from_utf8_lossy(&content);
    let changelog = Changelog::from_text(&text, Markup::of(&file, &text));
    Ok(changelog.notes(&context.version.to_string()).unwrap_or_else(default))
}

/// A text with the values of this release.
pub(crate) async fn text(
    context: &ReleaseContext<'_>,
    template: &TextTemplate,
) -> Result<String, ReleaseStepError> {
    let commit = context.commit()?;
    let changelog = changelog_notes(context).await?;
    let values = TemplateValues { version: &context.version, commit: &commit.short };
    let rendered = template.render(|name| match name {
        "tag" => context.tag.clone(),
        "summary" => summary(&changelog),
        "changelog" => changelog.clone(),
        "images" => images_text(context, &commit.short),
        "install" => install_text(context, &commit.short),
        name => values.value_of(name).unwrap_or_default(),
    });
    Ok(rendered.trim().to_owned())
}

/// A list of the images with their version tags.
fn images_text(context: &ReleaseContext<'_>, commit: &str) -> String {
    let lines = image_references(context, commit).into_iter();
    lines.map(|reference| format!("- `{reference}`")).collect::<Vec<_>>().join("\n")
}

/// Commands that install what was released.
fn install_text(context: &ReleaseContext<'_>, commit: &str) -> String {
    let package = context.project.package.iter();
    let install = package.map(|package| {
        format!("pip install {}=={}", package.pyproject.normalized_name(), context.pep440())
    });
    let references = image_references(context, commit).into_iter();
    let pull = references.map(|reference| format!("docker pull {reference}"));
    let lines: Vec<String> = install.chain(pull).collect();
    if lines.is_empty() { String::new() } else { format!("```\n{}\n```", lines.join("\n")) }
}

fn image_references(context: &ReleaseContext<'_>, commit: &str) -> Vec<String> {
    let values = TemplateValues { version: &context.version, commit };
    let images = context.project.configuration.images.iter();
    let references = images.flat_map(|image| {
        image.tags.iter().map(move |tag| format!("{}:{}", image.repository, tag.render(values)))
    });
    references.collect()
}

/// The first sentence of prose in the notes, else their first entry, in one line.
fn summary(notes: &str) -> String {
    let lines = || notes.lines().map(str::trim);
    let is_entry = |line: &&str| line.starts_with("- ") || line.starts_with("* ");
    let is_prose = |line: &&str| {
        !line.is_empty() && !line.starts_with('#') && !line.starts_with("```") && !is_entry(line)
    };
    let prose = lines().take_while(|line| !is_entry(line)).find(is_prose);
    let entry = lines().find(is_entry).map(|line| line[2..].trim());
    prose.or(entry).unwrap_or_default().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_the_first_prose_or_the_first_entry() {
        for (notes, expected) in [
            ("A release of fixes.\n\n- One\n", "A release of fixes"),
            ("### Added\n\n- Greetings in French.\n- More\n", "Greetings in French"),
            ("### Fixed\n\nTwo crashes.\n\n* One\n", "Two crashes"),
            ("", ""),
        ] {
            assert_eq!(summary(notes), expected, "{notes}");
        }
    }
}
