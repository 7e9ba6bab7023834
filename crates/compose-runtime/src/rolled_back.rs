//! Services that a rollback has brought back, which nothing but a deployment moves on.

use std::collections::BTreeMap;

use image_ref::ImageId;
use local_docker::{Engine, EngineError};
use serde::{Deserialize, de::DeserializeOwned};

/// The volume of a project with the records of its deployments.
#[must_use]
pub fn deployments_volume(project: &str) -> String {
    format!("tidegate-deployments-{project}")
}

/// A service that a rollback has brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolledBack {
    /// The rollback, as a deployment.
    pub deployment: String,
    /// The image that it brought back.
    pub image: ImageId,
    /// The configuration that it brought back with it; `None` for that of the files.
    pub configuration: Option<RestoredConfiguration>,
}

/// The configuration of an earlier deployment, with which a service was started again.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RestoredConfiguration {
    /// The deployment.
    pub deployment: String,
    /// The hash by which Compose tells it from others; its containers have it as a label.
    #[serde(rename = "configuration")]
    pub hash: Option<String>,
}

/// Why the records of deployments say nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeploymentRecordError {
    /// The engine does not answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A record cannot be read.
    #[error("the record {file} of a deployment cannot be read")]
    Unreadable {
        /// Its file.
        file: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// The services of a project whose last deployment was a rollback.
///
/// # Errors
/// [`DeploymentRecordError`].
pub async fn rolled_back_services(
    engine: &Engine,
    project: &str,
) -> Result<BTreeMap<String, RolledBack>, DeploymentRecordError> {
    let files = engine.volume_files(&deployments_volume(project), BTreeMap::new());
    rolled_back_in(&files.read_all().await?)
}

/// The part of a deployment's plan that is used.
#[derive(Deserialize)]
struct PlanFile {
    plan: Plan,
}

#[derive(Deserialize)]
struct Plan {
    kind: String,
    changes: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    service: String,
    #[serde(default)]
    restored: Option<RestoredConfiguration>,
}

/// The part of a deployment's ending that is used; only a success has images.
#[derive(Deserialize)]
struct EndingFile {
    #[serde(default)]
    images: BTreeMap<String, ImageId>,
}

/// The names of the files begin with the time, so they are in order.
fn rolled_back_in(
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<BTreeMap<String, RolledBack>, DeploymentRecordError> {
    let mut services = BTreeMap::new();
    for (name, content) in files {
        let Some(id) = name.strip_suffix(".plan.json") else { continue };
        let ending_name = format!("{id}.ending.json");
        let Some(ending) = files.get(&ending_name) else { continue };
        let PlanFile { plan } = parse(name, content)?;
        let EndingFile { images } = parse(&ending_name, ending)?;
        for Change { service, restored } in plan.changes {
            let Some(image) = images.get(&service).cloned() else { continue };
            let deployment = id.to_owned();
            match plan.kind.as_str() {
                "rollback" => {
                    let configuration = restored;
                    services.insert(service, RolledBack { deployment, image, configuration })
                }
                _ => services.remove(&service),
            };
        }
    }
    Ok(services)
}

fn parse<T: DeserializeOwned>(file: &str, content: &[u8]) -> Result<T, DeploymentRecordError> {
    let unreadable = |source| DeploymentRecordError::Unreadable { file: file.to_owned(), source };
    serde_json::from_slice(content).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use image_ref::Digest;

    use super::*;

    fn image(text: &str) -> ImageId {
        ImageId::new(Digest::of(text.as_bytes()))
    }

    fn deployment(id: &str, kind: &str, ending: &str) -> [(String, Vec<u8>); 2] {
        let plan = format!(
            r#"{{"performer": "ada", "plan": {{"id": "{id}", "kind": "{kind}", "to": "x",
               "changes": [{{"service": "api"}}]}}}}"#
        );
        let file = |end: &str| format!("{id}.{end}.json");
        [(file("plan"), plan.into_bytes()), (file("ending"), ending.as_bytes().to_vec())]
    }

    #[test]
    fn a_service_stays_rolled_back_until_it_is_deployed_again() {
        let ended = |version: &str| {
            format!(r#"{{"outcome": "succeeded", "images": {{"api": "{}"}}}}"#, image(version))
        };
        let undone = r#"{"outcome": "undone", "reason": "x"}"#;
        let mut files = BTreeMap::from(deployment("1", "deploy", &ended("2")));
        assert_eq!(rolled_back_in(&files).unwrap(), BTreeMap::new());
        files.extend(deployment("2", "rollback", &ended("1")));
        files.extend(deployment("3", "deploy", undone));
        let expected =
            RolledBack { deployment: "2".to_owned(), image: image("1"), configuration: None };
        assert_eq!(rolled_back_in(&files).unwrap()["api"], expected);
        files.extend(deployment("4", "deploy", &ended("3")));
        assert_eq!(rolled_back_in(&files).unwrap(), BTreeMap::new());
    }

    #[test]
    fn a_configuration_that_came_back_has_its_deployment_and_hash() {
        let [(name, plan), _] = deployment("2", "rollback", "");
        let plan = String::from_utf8(plan).unwrap().replace(
            r#"{"service": "api"}"#,
            r#"{"service": "api", "restored": {"deployment": "1", "configuration": "f00", "more": 1}}"#,
        );
        let ending = format!(r#"{{"images": {{"api": "{}"}}}}"#, image("1"));
        let files = [(name, plan.into_bytes()), ("2.ending.json".to_owned(), ending.into_bytes())];
        let restored = rolled_back_in(&files.into()).unwrap()["api"].configuration.clone();
        let hash = Some("f00".to_owned());
        assert_eq!(restored, Some(RestoredConfiguration { deployment: "1".to_owned(), hash }));
    }

    #[test]
    fn an_unreadable_record_is_an_error() {
        let [_, ending] = deployment("1", "rollback", "{}");
        let files = BTreeMap::from([("1.plan.json".to_owned(), b"{".to_vec()), ending]);
        let error = rolled_back_in(&files).unwrap_err();
        assert!(error.to_string().contains("1.plan.json"), "{error}");
    }
}
