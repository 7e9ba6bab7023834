//! A tolerant reader of Compose files: everything that is not needed is skipped,
//! whatever it looks like, and tags such as `!reset` are ignored.

use std::collections::BTreeMap;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_saphyr::DuplicateKeyPolicy;

/// Where a file stops being readable YAML, and why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct YamlError {
    /// The first line is 1.
    pub(crate) line: Option<u64>,
    pub(crate) message: String,
}

/// One document of a Compose file, of which only `name:` is read.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct NameDocument {
    pub(crate) name: Option<String>,
}

/// One document of a Compose file.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ComposeDocument {
    pub(crate) services: Option<RawServices>,
    pub(crate) include: Option<Vec<Include>>,
}

/// Services by name; `None` is a service without any key.
pub(crate) type RawServices = BTreeMap<String, Option<RawService>>;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct RawService {
    /// `Some(None)` when the key is there without a value: `image: !reset null`.
    #[serde(default, deserialize_with = "present_or_null")]
    pub(crate) image: Option<Option<String>>,
    pub(crate) provider: Option<IgnoredAny>,
    pub(crate) build: Option<Build>,
    pub(crate) profiles: Option<OneOrMany>,
    pub(crate) extends: Option<Extends>,
    pub(crate) volumes: Option<Vec<RawVolume>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Build {
    /// `tags:` are further names of the built image.
    Tagged {
        tags: Vec<String>,
    },
    Other(IgnoredAny),
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "`extends` must be a service or a mapping with one")]
pub(crate) enum Extends {
    Service(String),
    Mapping { service: Option<String>, file: Option<String> },
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "an entry of `include` must be a path or a mapping with one")]
pub(crate) enum Include {
    Path(String),
    Mapping {
        path: Option<OneOrMany>,
        env_file: Option<OneOrMany>,
        project_directory: Option<String>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum RawVolume {
    Mount { r#type: Option<String>, source: Option<String> },
    Other(IgnoredAny),
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a string or a list of strings")]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// Called only for a key that is present.
fn present_or_null<'de, D: Deserializer<'de>>(
    value: D,
) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(value).map(Some)
}

impl OneOrMany {
    pub(crate) fn as_slice(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

impl Build {
    pub(crate) fn extra_tags(&self) -> &[String] {
        match self {
            Self::Tagged { tags } => tags,
            Self::Other(_) => &[],
        }
    }
}

impl Include {
    pub(crate) fn paths(&self) -> &[String] {
        match self {
            Self::Path(path) => std::slice::from_ref(path),
            Self::Mapping { path, .. } => path.as_ref().map_or(&[], OneOrMany::as_slice),
        }
    }

    pub(crate) fn env_files(&self) -> &[String] {
        match self {
            Self::Path(_) => &[],
            Self::Mapping { env_file, .. } => env_file.as_ref().map_or(&[], OneOrMany::as_slice),
        }
    }

    pub(crate) fn project_directory(&self) -> Option<&str> {
        match self {
            Self::Path(_) => None,
            Self::Mapping { project_directory, .. } => project_directory.as_deref(),
        }
    }
}

impl Extends {
    pub(crate) fn base_service(&self) -> Option<&str> {
        match self {
            Self::Service(service) => Some(service),
            Self::Mapping { service, .. } => service.as_deref(),
        }
    }

    pub(crate) fn base_file(&self) -> Option<&str> {
        match self {
            Self::Service(_) => None,
            Self::Mapping { file, .. } => file.as_deref(),
        }
    }
}

/// The documents of a Compose file, in order. A file of the first format, which
/// only Compose 1 reads, has its services at the top level instead of below
/// `services:`.
pub(crate) fn read_compose_documents(text: &str) -> Result<Vec<ComposeDocument>, YamlError> {
    let documents: Vec<ComposeDocument> = read_documents(text)?;
    if documents.iter().any(|document| document.services.is_some() || document.include.is_some()) {
        return Ok(documents);
    }
    let first_format = read_documents::<BTreeMap<String, TopLevelEntry>>(text)?;
    Ok(first_format.into_iter().map(document_of_first_format).collect())
}

fn document_of_first_format(entries: BTreeMap<String, TopLevelEntry>) -> ComposeDocument {
    let services = entries.into_iter().filter_map(|(name, entry)| match entry {
        TopLevelEntry::Service(service) if is_service(&name, &service) => {
            Some((name, Some(*service)))
        }
        _ => None,
    });
    ComposeDocument { services: Some(services.collect()), include: None }
}

/// An entry at the top level of a file of the first format, or of a file without
/// services.
#[derive(Deserialize)]
#[serde(untagged)]
enum TopLevelEntry {
    Service(Box<RawService>),
    Other(IgnoredAny),
}

fn is_service(name: &str, entry: &RawService) -> bool {
    const OTHER_KEYS: [&str; 7] =
        ["version", "name", "networks", "volumes", "configs", "secrets", "models"];
    let other_key = OTHER_KEYS.contains(&name) || name.starts_with("x-");
    !other_key && (entry.image.is_some() || entry.build.is_some())
}

/// All documents of a file, in order; an empty file has none.
pub(crate) fn read_documents<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, YamlError> {
    // A duplicate key is no reason to give up the whole file.
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        with_snippet: false,
    };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
        let line = error.location().map(|location| location.line());
        let text = error.to_string();
        let message = text.split(" at line ").next().unwrap_or(&text).to_owned();
        YamlError { line, message }
    })
}
