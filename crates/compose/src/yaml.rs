//! Compose files, as loosely as they can be read: what is not needed is skipped
//! whatever it looks like; tags such as `!reset` are read through.

use std::collections::BTreeMap;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_saphyr::DuplicateKeyPolicy;

/// Where a file stops being YAML that can be read, and why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The first line is 1.
    pub(crate) line: Option<u64>,
    pub(crate) message: String,
}

/// One document of a file that names the project.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Named {
    pub(crate) name: Option<String>,
}

/// One document of a Compose file.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Document {
    pub(crate) services: Option<Services>,
    pub(crate) include: Option<Vec<Include>>,
}

/// Services by name; one without anything is `None`.
pub(crate) type Services = BTreeMap<String, Option<Service>>;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Service {
    /// `Some(None)` when the key is there without a value: `image: !reset null`.
    #[serde(default, deserialize_with = "stated")]
    pub(crate) image: Option<Option<String>>,
    pub(crate) provider: Option<IgnoredAny>,
    pub(crate) build: Option<Build>,
    pub(crate) profiles: Option<OneOrMany>,
    pub(crate) extends: Option<Extends>,
    pub(crate) volumes: Option<Vec<Volume>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Build {
    /// `tags:` names the built image further.
    Tagged {
        tags: Vec<String>,
    },
    Other(IgnoredAny),
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "`extends` is neither a service nor a mapping with one")]
pub(crate) enum Extends {
    Service(String),
    Of { service: Option<String>, file: Option<String> },
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "`include` has what is neither a path nor a mapping with one")]
pub(crate) enum Include {
    Path(String),
    Of { path: Option<OneOrMany>, env_file: Option<OneOrMany>, project_directory: Option<String> },
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Volume {
    Mount { r#type: Option<String>, source: Option<String> },
    Other(IgnoredAny),
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "neither a text nor a list of texts")]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// Called only for a key that is there.
fn stated<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(value).map(Some)
}

impl OneOrMany {
    pub(crate) fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl Build {
    pub(crate) fn tags(&self) -> &[String] {
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
            Self::Of { path, .. } => path.as_ref().map_or(&[], OneOrMany::all),
        }
    }

    pub(crate) fn env_files(&self) -> &[String] {
        match self {
            Self::Path(_) => &[],
            Self::Of { env_file, .. } => env_file.as_ref().map_or(&[], OneOrMany::all),
        }
    }

    pub(crate) fn project_directory(&self) -> Option<&str> {
        match self {
            Self::Path(_) => None,
            Self::Of { project_directory, .. } => project_directory.as_deref(),
        }
    }
}

impl Extends {
    pub(crate) fn service(&self) -> Option<&str> {
        match self {
            Self::Service(service) => Some(service),
            Self::Of { service, .. } => service.as_deref(),
        }
    }

    pub(crate) fn file(&self) -> Option<&str> {
        match self {
            Self::Service(_) => None,
            Self::Of { file, .. } => file.as_deref(),
        }
    }
}

/// The documents of a Compose file, in order. One of the first format, which
/// only Compose 1 reads, has its services where later ones have `services:`.
pub(crate) fn compose_documents(text: &str) -> Result<Vec<Document>, Fault> {
    let documents: Vec<Document> = documents(text)?;
    let later = |document: &Document| document.services.is_some() || document.include.is_some();
    if documents.iter().any(later) {
        return Ok(documents);
    }
    let first = self::documents::<BTreeMap<String, Entry>>(text)?;
    let services = first.into_iter().map(|entries| entries.into_iter().filter_map(Entry::service));
    let document = |services| Document { services: Some(services), include: None };
    Ok(services.map(|services| document(services.collect())).collect())
}

/// What stands at the top of a file of the first format, or of one without services.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Service(Box<Service>),
    Other(IgnoredAny),
}

impl Entry {
    fn service((name, entry): (String, Self)) -> Option<(String, Option<Service>)> {
        const OTHERS: [&str; 7] =
            ["version", "name", "networks", "volumes", "configs", "secrets", "models"];
        let other = OTHERS.contains(&name.as_str()) || name.starts_with("x-");
        match entry {
            Self::Service(service) if !other && service.is_image_or_build() => {
                Some((name, Some(*service)))
            }
            _ => None,
        }
    }
}

impl Service {
    fn is_image_or_build(&self) -> bool {
        self.image.is_some() || self.build.is_some()
    }
}

/// All documents of a file, in order; an empty file has none.
pub(crate) fn documents<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, Fault> {
    // What a second key of the same name would say is not worth losing the file.
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        with_snippet: false,
    };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
        let line = error.location().map(|location| location.line());
        let told = error.to_string();
        let message = told.split(" at line ").next().unwrap_or(&told).to_owned();
        Fault { line, message }
    })
}
