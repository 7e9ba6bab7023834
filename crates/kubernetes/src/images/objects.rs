//! The fields of Kubernetes' objects that name images; every other field is ignored,
//! in particular variables of containers.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::{ClusterImageUse, ImageIdentity, ImageName, ObjectKind, PodPart};

/// One page of a list.
#[derive(Deserialize)]
pub(super) struct ObjectList {
    /// `PodList`; without it any JSON object would be an empty list.
    pub(super) kind: String,
    #[serde(default)]
    pub(super) metadata: ListMetadata,
    /// Null instead of empty, on some servers.
    pub(super) items: Option<Vec<Object>>,
}

#[derive(Deserialize, Default)]
pub(super) struct ListMetadata {
    /// Requests the next page; empty on the last.
    #[serde(rename = "continue")]
    pub(super) continue_token: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Object {
    metadata: ObjectMetadata,
    spec: Option<Spec>,
    status: Option<Status>,
    /// A controller revision's copy of an object.
    #[serde(default, deserialize_with = "readable_or_none")]
    data: Option<Template>,
}

#[derive(Deserialize)]
struct ObjectMetadata {
    name: String,
    #[serde(default)]
    namespace: String,
    labels: Option<BTreeMap<String, String>>,
}

/// A pod's specification, or that of an object with a template, which contains
/// another of these.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    containers: Option<Vec<Container>>,
    init_containers: Option<Vec<Container>>,
    ephemeral_containers: Option<Vec<Container>>,
    volumes: Option<Vec<Volume>>,
    template: Option<Box<Template>>,
    job_template: Option<Box<Template>>,
    replicas: Option<i64>,
}

#[derive(Deserialize)]
struct Template {
    spec: Option<Spec>,
}

#[derive(Deserialize)]
struct Container {
    name: String,
    /// May be absent in a template.
    image: Option<String>,
}

#[derive(Deserialize)]
struct Volume {
    name: String,
    image: Option<VolumeImage>,
}

#[derive(Deserialize)]
struct VolumeImage {
    reference: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Status {
    container_statuses: Option<Vec<ContainerStatus>>,
    init_container_statuses: Option<Vec<ContainerStatus>>,
    ephemeral_container_statuses: Option<Vec<ContainerStatus>>,
}

#[derive(Deserialize)]
struct ContainerStatus {
    name: String,
    #[serde(default)]
    image: String,
    #[serde(rename = "imageID", default)]
    image_id: String,
}

/// Controllers that are not part of Kubernetes store other data in revisions.
fn readable_or_none<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Template>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

/// Labels that name the service of an object, the best first. The first is that of
/// Compose projects converted with kompose.
const SERVICE_LABELS: [&str; 4] =
    ["io.kompose.service", "app.kubernetes.io/name", "app", "k8s-app"];

impl Object {
    /// Whether this is a pod without containers, which is impossible.
    pub(super) fn is_empty_pod(&self, kind: ObjectKind) -> bool {
        let containers = self.spec.as_ref().and_then(|spec| spec.containers.as_ref());
        kind == ObjectKind::Pod && containers.is_none_or(Vec::is_empty)
    }

    /// Every use of an image in this object.
    pub(super) fn image_uses(self, kind: ObjectKind) -> Vec<ClusterImageUse> {
        let labels = self.metadata.labels.unwrap_or_default();
        let service = SERVICE_LABELS.iter().find_map(|label| labels.get(*label)).cloned();
        let replicas = self.spec.as_ref().and_then(|spec| spec.replicas);
        let revision = self.data.and_then(|data| data.spec);
        let mut images = Vec::new();
        for spec in self.spec.iter().chain(&revision) {
            spec.collect_images(&mut images);
        }
        let status = self.status.unwrap_or_default();
        images
            .into_iter()
            .flat_map(|image| status.running_images(image))
            .map(|(PartImage { part, image }, running)| ClusterImageUse {
                namespace: self.metadata.namespace.clone(),
                kind,
                name: self.metadata.name.clone(),
                part,
                image,
                running,
                replicas,
                service: service.clone(),
            })
            .collect()
    }
}

/// The image that a part of a pod requests.
#[derive(Clone)]
struct PartImage {
    part: PodPart,
    image: ImageName,
}

impl PartImage {
    /// `None` when no image is specified.
    fn new(part: PodPart, image: Option<&str>) -> Option<Self> {
        let image = image.filter(|image| !image.trim().is_empty())?;
        Some(Self { part, image: ImageName::from(image) })
    }
}

impl Spec {
    fn collect_images(&self, images: &mut Vec<PartImage>) {
        images.extend(container_images(&self.containers, PodPart::Container));
        images.extend(container_images(&self.init_containers, PodPart::InitContainer));
        images.extend(container_images(&self.ephemeral_containers, PodPart::EphemeralContainer));
        images.extend(self.volumes.iter().flatten().filter_map(Volume::requested_image));
        for template in [&self.template, &self.job_template].into_iter().flatten() {
            if let Some(spec) = &template.spec {
                spec.collect_images(images);
            }
        }
    }
}

fn container_images(
    containers: &Option<Vec<Container>>,
    part: fn(String) -> PodPart,
) -> impl Iterator<Item = PartImage> {
    containers.iter().flatten().filter_map(move |container| {
        PartImage::new(part(container.name.clone()), container.image.as_deref())
    })
}

impl Volume {
    fn requested_image(&self) -> Option<PartImage> {
        let reference = self.image.as_ref()?.reference.as_deref();
        PartImage::new(PodPart::ImageVolume(self.name.clone()), reference)
    }
}

impl Status {
    /// Adds the image that actually runs. If the status names another image than the
    /// specification (it was changed, or has several names), both are in use.
    fn running_images(&self, requested: PartImage) -> Vec<(PartImage, Option<ImageIdentity>)> {
        let Some(status) = self.container_status(&requested.part) else {
            return vec![(requested, None)];
        };
        let running = ImageIdentity::from_image_id(&status.image_id);
        let mut images = vec![(requested.clone(), running.clone())];
        if !status.image.is_empty() {
            let image = ImageName::from(status.image.as_str());
            if image != requested.image {
                images.push((PartImage { part: requested.part, image }, running));
            }
        }
        images
    }

    fn container_status(&self, part: &PodPart) -> Option<&ContainerStatus> {
        let (name, statuses) = match part {
            PodPart::Container(name) => (name, &self.container_statuses),
            PodPart::InitContainer(name) => (name, &self.init_container_statuses),
            PodPart::EphemeralContainer(name) => (name, &self.ephemeral_container_statuses),
            PodPart::ImageVolume(_) => return None,
        };
        statuses.iter().flatten().find(|status| status.name == *name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// The specification of a pod with these images, distributed over its parts.
    fn pod_spec(images: &[String]) -> Value {
        let mut spec = json!({ "volumes": [], "nodeName": "n", "containers": [] });
        for (number, image) in images.iter().enumerate() {
            let name = format!("c{number}");
            let group = ["containers", "initContainers", "ephemeralContainers", "volumes"];
            let group = group[number % 4];
            let entry = match group {
                "volumes" => json!({ "name": name, "image": { "reference": image } }),
                _ => json!({ "name": name, "image": image, "env": [{ "name": "A" }] }),
            };
            let entries = spec.get_mut(group).and_then(Value::as_array_mut);
            match entries {
                Some(entries) => entries.push(entry),
                None => spec[group] = json!([entry]),
            }
        }
        spec
    }

    /// The object of this kind around a pod's specification.
    fn object(kind: ObjectKind, spec: &Value) -> Value {
        let template = json!({ "replicas": 0, "template": { "spec": spec } });
        let (field, value) = match kind {
            ObjectKind::Pod => ("spec", spec.clone()),
            ObjectKind::CronJob => ("spec", json!({ "jobTemplate": { "spec": template } })),
            ObjectKind::ControllerRevision => ("data", json!({ "spec": template })),
            _ => ("spec", template),
        };
        json!({ "metadata": { "name": "x", "namespace": "n" }, field: value })
    }

    proptest! {
        #[test]
        fn every_image_of_every_part_of_every_kind_is_found(
            images in prop::collection::vec("[a-z]{1,8}:[0-9]{1,3}", 0..12), at in 0..9_usize,
        ) {
            let kind = [ObjectKind::WITH_TEMPLATES.as_slice(), &[ObjectKind::Pod]].concat()[at];
            let value = object(kind, &pod_spec(&images));
            let object: Object = serde_json::from_value(value).unwrap();
            let mut found: Vec<_> = object
                .image_uses(kind)
                .into_iter()
                .map(|image_use| image_use.image.to_string())
                .collect();
            let mut images = images;
            found.sort();
            images.sort();
            prop_assert_eq!(found, images);
        }
    }
}
