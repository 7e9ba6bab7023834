use std::collections::BTreeMap;

use release_version::{ReleaseVersion, TagTemplate, TemplateValues};
use serde::Serialize;

/// How a project names the git tags of its releases, and what its tags say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleaseTags {
    /// The template of the next tag: the configured one, else that of the tags that
    /// exist, else `v{version}`.
    pub template: TagTemplate,
    /// Whether the configuration names the template.
    pub is_configured: bool,
    /// Versions of the tags of that shape, with the name of the tag.
    pub names: BTreeMap<ReleaseVersion, String>,
    /// Tags of that shape that are not compared: no version can be read, or only a single
    /// number where versions have several.
    pub unreadable: Vec<String>,
    /// Tags of another shape that look like versions of the project, when they are higher
    /// than those of the template's shape, or when there are none of that.
    pub other_shape: Option<OtherShape>,
}

/// Tags that name versions in a shape that the template does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherShape {
    /// The template that most of them have.
    pub template: String,
    /// One of them.
    pub example: String,
    /// How many have it.
    pub count: usize,
}

impl ReleaseTags {
    /// Reads the names of all tags of a repository. `package` is the name of the
    /// package, by which the tags of several packages in one repository differ.
    #[must_use]
    pub fn read(configured: Option<&TagTemplate>, package: Option<&str>, names: &[String]) -> Self {
        let template = match configured {
            Some(template) => template.clone(),
            None => inferred_template(package, names).unwrap_or_else(default_template),
        };
        let released = released_versions(&template, names);
        let other_shape = other_shape(&template, configured.is_some(), &released, names);
        Self {
            unreadable: unreadable_tags(&template, &released, names),
            is_configured: configured.is_some(),
            template,
            names: released,
            other_shape,
        }
    }

    /// The released versions, ascending.
    #[must_use]
    pub fn versions(&self) -> Vec<ReleaseVersion> {
        self.names.keys().copied().collect()
    }

    /// The name of a version's tag: that of the tag which exists, in whichever spelling,
    /// or of the one to make.
    #[must_use]
    pub fn name_of(&self, version: &ReleaseVersion) -> String {
        let values = TemplateValues { version, commit: "" };
        self.names.get(version).cloned().unwrap_or_else(|| self.template.render(values))
    }
}

fn default_template() -> TagTemplate {
    template("v{version}").unwrap_or_else(|| unreachable!("a constant template is well-formed"))
}

fn template(text: &str) -> Option<TagTemplate> {
    text.parse().ok()
}

/// The shape of the tags that exist. Tags that name the package are its own; others
/// are looked at when there are none.
fn inferred_template(package: Option<&str>, names: &[String]) -> Option<TagTemplate> {
    let own = package.into_iter().flat_map(own_shapes).collect::<Vec<_>>();
    let plain = ["v{version}", "{version}"].map(str::to_owned);
    let found = newest_shape(&own, names).or_else(|| newest_shape(&plain, names))?;
    Some(in_spelling_of_tags(found, names))
}

/// With `{pep440}` where that is how the newest pre-release is spelled, as in `v1.0rc1`;
/// final versions have one spelling.
fn in_spelling_of_tags(found: TagTemplate, names: &[String]) -> TagTemplate {
    let python = template(&found.to_string().replace("{version}", "{pep440}"));
    let read = names.iter().filter_map(|name| Some((found.version_of(name)?, name)));
    let Some((version, name)) = read.filter(|(version, _)| version.is_prerelease()).max() else {
        return found;
    };
    let values = TemplateValues { version: &version, commit: "" };
    let is_python = |python: &TagTemplate| python.render(values) == *name;
    if found.render(values) == *name { found } else { python.filter(is_python).unwrap_or(found) }
}

/// `name-v{version}` and its relatives, in the spellings of the name that are in use.
fn own_shapes(package: &str) -> Vec<String> {
    let spellings = [package.to_owned(), package.replace('-', "_"), package.replace('-', ".")];
    let separators = ["-v", "/v", "@v", "-", "/", "@", "_v", "_", "=="];
    let shapes = spellings
        .iter()
        .flat_map(|name| separators.map(|separator| format!("{name}{separator}{{version}}")));
    shapes.collect()
}

/// The shape with the newest version; of several, that with the most tags. A single
/// number is no evidence, and a date is none where another shape has versions.
fn newest_shape(shapes: &[String], names: &[String]) -> Option<TagTemplate> {
    let templates = shapes.iter().filter_map(|shape| template(shape));
    let rated = templates.filter_map(|template| {
        let versions = names.iter().filter_map(|name| template.version_of(name));
        let versions: Vec<_> = versions.filter(|version| version.length() > 1).collect();
        let newest = *versions.iter().max()?;
        Some((!newest.is_date(), newest, versions.len(), template))
    });
    let best = rated.max_by_key(|(is_number, newest, count, _)| (*is_number, *newest, *count));
    best.map(|(_, _, _, template)| template)
}

/// The tags of the template's shape. A single number is no version where others have
/// several: `20240101` may be anything.
fn released_versions(template: &TagTemplate, names: &[String]) -> BTreeMap<ReleaseVersion, String> {
    let read = names.iter().filter_map(|name| Some((template.version_of(name)?, name.clone())));
    let mut released: BTreeMap<ReleaseVersion, String> = read.collect();
    if released.keys().any(|version| version.length() > 1) {
        released.retain(|version, _| version.length() > 1);
    }
    released
}

/// Tags that start and end as the template does, have a digit where the version should
/// be, and are not compared.
fn unreadable_tags(
    template: &TagTemplate,
    released: &BTreeMap<ReleaseVersion, String>,
    names: &[String],
) -> Vec<String> {
    let Some((before, after)) = template.around_version() else { return Vec::new() };
    let is_unreadable = |name: &&String| {
        let middle = name.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        let starts_with_digit =
            middle.is_some_and(|text| text.starts_with(|first: char| first.is_ascii_digit()));
        let version = template.version_of(name);
        starts_with_digit && !version.is_some_and(|version| released.contains_key(&version))
    };
    names.iter().filter(is_unreadable).cloned().collect()
}

/// Prefixes of tags that name no other package.
const GENERAL_PREFIXES: [&str; 8] =
    ["", "v", "V", "release-", "release-v", "release/", "rel-", "version-"];

/// Tags that the template does not read and that may be releases of the project. Without
/// a configured template, that is every one with a higher version, unless it names
/// another package.
fn other_shape(
    template: &TagTemplate,
    is_configured: bool,
    released: &BTreeMap<ReleaseVersion, String>,
    names: &[String],
) -> Option<OtherShape> {
    let Some((newest, _)) = released.last_key_value() else { return most_frequent_shape(names) };
    if is_configured {
        return None;
    }
    let is_higher = |name: &&String| {
        let prefix = version_prefix(name).filter(|prefix| GENERAL_PREFIXES.contains(prefix));
        let version = prefix.and_then(|prefix| ReleaseVersion::from_pep440(&name[prefix.len()..]));
        template.version_of(name).is_none() && version.is_some_and(|version| version > *newest)
    };
    let higher: Vec<String> = names.iter().filter(is_higher).cloned().collect();
    most_frequent_shape(&higher)
}

fn most_frequent_shape(names: &[String]) -> Option<OtherShape> {
    let mut shapes: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for name in names {
        if let Some(prefix) = version_prefix(name) {
            shapes.entry(prefix).or_default().push(name);
        }
    }
    let (prefix, tags) = shapes.into_iter().max_by_key(|(_, tags)| tags.len())?;
    let example = tags.last().map(|tag| (*tag).clone())?;
    Some(OtherShape { template: format!("{prefix}{{version}}"), example, count: tags.len() })
}

/// What is before the version in a tag that ends with one of two numbers or more.
fn version_prefix(name: &str) -> Option<&str> {
    let starts = name.char_indices().filter(|(index, first)| {
        first.is_ascii_digit() && !name[..*index].ends_with(|last: char| last.is_ascii_digit())
    });
    let mut prefixes = starts.filter(|(index, _)| {
        let version = ReleaseVersion::from_pep440(&name[*index..]);
        version.is_some_and(|version| version.length() > 1)
    });
    prefixes.next().map(|(index, _)| &name[..index])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(configured: Option<&str>, names: &[&str]) -> ReleaseTags {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let configured = configured.map(|text| text.parse().unwrap());
        ReleaseTags::read(configured.as_ref(), Some("my-lib"), &names)
    }

    #[test]
    fn the_template_is_that_of_the_tags_that_exist() {
        for (names, expected) in [
            (&[][..], "v{version}"),
            (&["v0.1.0", "v0.28.1"], "v{version}"),
            (&["0.28.0", "0.28.1"], "{version}"),
            (&["0.27.0", "0.28.0", "v0.28.1"], "v{version}"),
            (&["v0.27.0", "v0.28.0", "0.28.1"], "{version}"),
            (&["my-lib-v1.0.0", "v9.0.0", "other-v3.0.0"], "my-lib-v{version}"),
            (&["my_lib/v1.0.0"], "my_lib/v{version}"),
            (&["my-lib@1.0.0"], "my-lib@{version}"),
            (&["my-lib-0.1.0", "my-lib-v0.2.0"], "my-lib-v{version}"),
            (&["26.3", "26.2.1"], "{version}"),
            (&["20240101", "v1.0"], "v{version}"),
            (&["latest", "stable"], "v{version}"),
            (&["v0.9.0", "v1.0.0rc1"], "v{pep440}"),
            (&["1.0.0a1", "1.0.0-rc.1", "1.0.0"], "{version}"),
            (&["v1.0.0RC1"], "v{version}"),
            (&["v1.0rc1", "my-lib-v1.0.0rc1"], "my-lib-v{pep440}"),
            (&["2026.06.0rc1"], "{version}"),
        ] {
            assert_eq!(read(None, names).template.to_string(), expected, "{names:?}");
        }
    }

    #[test]
    fn tags_of_another_shape_are_counted_with_the_template_to_write() {
        let tags = read(None, &["release-1.0.0", "release-1.1.0", "other-2.0"]);
        let other = tags.other_shape.unwrap();
        assert_eq!((other.template.as_str(), other.count), ("release-{version}", 2));
        let tags = read(Some("v{version}"), &["0.28.0", "0.28.1"]);
        assert_eq!(tags.other_shape.unwrap().template, "{version}");
        let tags = read(None, &["v1.0.0", "release-2.0.0"]);
        assert_eq!(tags.other_shape.unwrap().template, "release-{version}");
        assert_eq!(read(None, &["v1.0.0", "release-0.9.0"]).other_shape, None);
        assert_eq!(read(None, &["my-lib-v1.0", "other-v2.0"]).other_shape, None);
    }

    #[test]
    fn a_stray_date_and_old_tags_of_another_shape_do_not_decide_silently() {
        let tags = read(None, &["v1.0.0", "v1.9.0", "2024.01.15"]);
        assert_eq!(tags.template.to_string(), "v{version}");
        assert_eq!(tags.other_shape.unwrap().example, "2024.01.15");
        let tags = read(None, &["my-lib-0.9", "v1.0.0", "v1.1.0"]);
        assert_eq!(tags.other_shape.unwrap().template, "v{version}");
        let tags = read(None, &["1.0.0", "1.1.0", "20240101"]);
        assert_eq!(tags.versions().last().map(ToString::to_string).as_deref(), Some("1.1.0"));
        assert_eq!(tags.unreadable, ["20240101"]);
    }

    #[test]
    fn a_tag_whose_version_cannot_be_read_is_not_absent() {
        let tags = read(None, &["v1.0.0", "v2-old", "v3.0-beta-final", "vendor"]);
        assert_eq!(tags.unreadable, ["v2-old", "v3.0-beta-final"]);
    }
}
