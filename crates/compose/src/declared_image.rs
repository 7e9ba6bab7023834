use crate::yaml::read_compose_documents;

/// The `image` of a service as a Compose file has it, with its variables; `None` when
/// this file does not have it, or cannot be read.
#[must_use]
pub fn declared_image(text: &str, service: &str) -> Option<String> {
    let documents = read_compose_documents(text).ok()?;
    let services = documents.into_iter().rev().filter_map(|document| document.services);
    services
        .filter_map(|mut services| services.remove(service)?)
        .find_map(|service| service.image.flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_read_with_its_variables() {
        let text = "services:\n  api: { image: 'demo/api:${TAG:-1}' }\n  worker: { build: . }\n";
        assert_eq!(declared_image(text, "api").as_deref(), Some("demo/api:${TAG:-1}"));
        for (text, service) in [(text, "worker"), (text, "other"), ("services: [", "api")] {
            assert_eq!(declared_image(text, service), None);
        }
    }
}
