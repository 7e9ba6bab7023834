//! The fields of Kubernetes' objects that say which images are used; every
//! other field is passed over, variables of containers above all.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::{ClusterUse, ImageIdentity, ImageName, Kind, Part};

/// One page of a list.
#[derive(Deserialize)]
pub(super) struct Page {
    /// `PodList`; without it any JSON object would be an empty list.
    pub(super) kind: String,
    #[serde(default)]
    pub(super) metadata: PageMeta,
    /// Null where there are none, on some servers.
    pub(super) items: Option<Vec<Object>>,
}

#[derive(Deserialize, Default)]
pub(super) struct PageMeta {
    /// Asks for the next page; empty on the last.
    #[serde(rename = "continue")]
    pub(super) token: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Object {
    metadata: ObjectMeta,
    spec: Option<Spec>,
    status: Option<Status>,
    /// A controller revision's copy of what it keeps, in the form of an object.
    #[serde(default, deserialize_with = "if_readable")]
    data: Option<Holder>,
}

#[derive(Deserialize)]
struct ObjectMeta {
    name: String,
    #[serde(default)]
    namespace: String,
    labels: Option<BTreeMap<String, String>>,
}

/// A pod's specification, or that of an object with a template, which holds
/// another of these.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    containers: Option<Vec<Container>>,
    init_containers: Option<Vec<Container>>,
    ephemeral_containers: Option<Vec<Container>>,
    volumes: Option<Vec<Volume>>,
    template: Option<Box<Holder>>,
    job_template: Option<Box<Holder>>,
    replicas: Option<i64>,
}

#[derive(Deserialize)]
struct Holder {
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

/// Controllers that are no part of Kubernetes keep other things there.
fn if_readable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Holder>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

/// Labels that name the service that an object belongs to, the best first.
/// The first is that of Compose projects converted with kompose.
const SERVICE_LABELS: [&str; 4] =
    ["io.kompose.service", "app.kubernetes.io/name", "app", "k8s-app"];

impl Object {
    /// Whether this is a pod that cannot be one: each has a container.
    pub(super) fn is_empty_pod(&self, kind: Kind) -> bool {
        let containers = self.spec.as_ref().and_then(|spec| spec.containers.as_ref());
        kind == Kind::Pod && containers.is_none_or(Vec::is_empty)
    }

    /// Every use of an image in this object.
    pub(super) fn uses(self, kind: Kind) -> Vec<ClusterUse> {
        let labels = self.metadata.labels.unwrap_or_default();
        let service = SERVICE_LABELS.iter().find_map(|label| labels.get(*label)).cloned();
        let replicas = self.spec.as_ref().and_then(|spec| spec.replicas);
        let mut found = Vec::new();
        let specs = [self.spec.as_ref(), self.data.as_ref().and_then(|data| data.spec.as_ref())];
        specs.into_iter().flatten().for_each(|spec| spec.collect(&mut found));
        let status = self.status.unwrap_or_default();
        let named = found.into_iter().flat_map(|(part, image)| status.complete(part, image));
        named
            .map(|(part, image, running)| ClusterUse {
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

impl Spec {
    fn collect(&self, found: &mut Vec<(Part, ImageName)>) {
        containers(found, Part::Container, self.containers.as_deref());
        containers(found, Part::InitContainer, self.init_containers.as_deref());
        containers(found, Part::EphemeralContainer, self.ephemeral_containers.as_deref());
        for volume in self.volumes.iter().flatten() {
            let reference = volume.image.as_ref().and_then(|image| image.reference.as_deref());
            add(found, Part::ImageVolume(volume.name.clone()), reference);
        }
        let inner = [&self.template, &self.job_template].into_iter().flatten();
        inner.filter_map(|holder| holder.spec.as_ref()).for_each(|spec| spec.collect(found));
    }
}

fn containers(
    found: &mut Vec<(Part, ImageName)>,
    part: fn(String) -> Part,
    containers: Option<&[Container]>,
) {
    for container in containers.unwrap_or_default() {
        add(found, part(container.name.clone()), container.image.as_deref());
    }
}

fn add(found: &mut Vec<(Part, ImageName)>, part: Part, image: Option<&str>) {
    if let Some(image) = image.filter(|image| !image.trim().is_empty()) {
        found.push((part, ImageName::parse(image)));
    }
}

impl Status {
    /// Adds what really runs. Where the status names another image than the
    /// specification (it was changed, or has several names), both are used.
    fn complete(
        &self,
        part: Part,
        image: ImageName,
    ) -> Vec<(Part, ImageName, Option<ImageIdentity>)> {
        let Some(status) = self.of(&part) else {
            return vec![(part, image, None)];
        };
        let running = ImageIdentity::parse(&status.image_id);
        let reported = Some(&status.image).filter(|text| !text.is_empty());
        let other = reported.map(|text| ImageName::parse(text)).filter(|other| *other != image);
        let other = other.map(|other| (part.clone(), other, running.clone()));
        [Some((part, image, running)), other].into_iter().flatten().collect()
    }

    fn of(&self, part: &Part) -> Option<&ContainerStatus> {
        let (name, statuses) = match part {
            Part::Container(name) => (name, &self.container_statuses),
            Part::InitContainer(name) => (name, &self.init_container_statuses),
            Part::EphemeralContainer(name) => (name, &self.ephemeral_container_statuses),
            Part::ImageVolume(_) => return None,
        };
        statuses.iter().flatten().find(|status| status.name == *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// The specification of a pod with these images, spread over its parts.
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
    fn object(kind: Kind, spec: &Value) -> Value {
        let template = json!({ "replicas": 0, "template": { "spec": spec } });
        let (field, value) = match kind {
            Kind::Pod => ("spec", spec.clone()),
            Kind::CronJob => ("spec", json!({ "jobTemplate": { "spec": template } })),
            Kind::ControllerRevision => ("data", json!({ "spec": template })),
            _ => ("spec", template),
        };
        json!({ "metadata": { "name": "x", "namespace": "n" }, field: value })
    }

    proptest! {
        #[test]
        fn every_image_of_every_part_of_every_kind_is_found(
            images in prop::collection::vec("[a-z]{1,8}:[0-9]{1,3}", 0..12), at in 0..9_usize,
        ) {
            let kind = [Kind::OF_TEMPLATES.as_slice(), &[Kind::Pod]].concat()[at];
            let value = object(kind, &pod_spec(&images));
            let parsed: Object = serde_json::from_value(value).unwrap();
            let mut found: Vec<_> =
                parsed.uses(kind).into_iter().map(|usage| usage.image.to_string()).collect();
            let mut images = images;
            found.sort();
            images.sort();
            prop_assert_eq!(found, images);
        }
    }
}
