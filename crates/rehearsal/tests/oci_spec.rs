//! The profile `Spec`, endpoint by endpoint, and the state for tests.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod oci_support;

use oci_support::*;
use rehearsal::Fault;
use rehearsal::oci::{Digest, Registry, RegistryOptions, RegistryState};
use serde_json::json;
use sha2::Digest as _;

fn registry() -> Registry {
    Registry::start(RegistryOptions::default()).unwrap()
}

fn tags(reply: &Reply) -> Vec<String> {
    serde_json::from_value(reply.json()["tags"].clone()).unwrap()
}

#[test]
fn takes_a_blob_with_a_single_post() {
    let registry = registry();
    let client = Client::to(&registry);
    let path = format!("/v2/a/blobs/uploads/?digest={}", digest(LAYER));
    let reply = client.send("POST", &path, &[], LAYER).expect(201);
    assert!(reply.header("location").unwrap().ends_with(&digest(LAYER)));
    let wrong = format!("/v2/a/blobs/uploads/?digest={UNKNOWN_DIGEST}");
    client.send("POST", &wrong, &[], LAYER).refused(400, "DIGEST_INVALID");
    assert_eq!(registry.open_uploads(), 0);
    assert_eq!(registry.state().repositories["a"].blobs.len(), 1);
}

#[test]
fn keeps_names_of_any_depth_apart() {
    let registry = registry();
    let client = Client::to(&registry);
    client.push_image("a/b/c/d/e", "deep");
    client.push_image("a", "flat");
    assert_eq!(client.tags("a/b/c/d/e"), ["deep"]);
    client.get("/v2/a/b/tags/list").refused(404, "NAME_UNKNOWN");
    client.get("/v2/a/B/tags/list").refused(400, "NAME_INVALID");
}

#[test]
fn takes_chunks_in_order_only() {
    let registry = registry();
    let client = Client::to(&registry);
    let first = client.open("a");
    let range = [("Content-Range", "0-5")];
    client.send("PATCH", &first, &range, b"hello ").expect(202);
    let reply = client.send("PATCH", &first, &range, b"hello ").expect(416);
    assert_eq!(reply.header("range"), Some("0-5"));
    let next = reply.header("location").unwrap();
    let status = client.get(&first).expect(204);
    assert_eq!(status.header("range"), Some("0-5"));
    let last = with_digest(next, &digest(LAYER));
    client.send("PUT", &last, &[("Content-Range", "6-10")], b"world").expect(201);
    assert_eq!(client.get(&format!("/v2/a/blobs/{}", digest(LAYER))).expect(200).body, LAYER);
}

#[test]
fn resumes_an_interrupted_upload() {
    let registry = registry();
    let client = Client::to(&registry);
    let session = client.open("a");
    registry.faults().inject(Fault::lost_response().method("PATCH"));
    let lost = std::panic::catch_unwind(|| client.send("PATCH", &session, &[], b"hello "));
    assert!(lost.is_err(), "the response should be lost");
    let status = client.get(&session).expect(204);
    assert_eq!(status.header("range"), Some("0-5"));
    let location = with_digest(status.header("location").unwrap(), &digest(LAYER));
    client.send("PUT", &location, &[], b"world").expect(201);
}

#[test]
fn responds_to_a_refused_mount_with_an_open_upload() {
    let registry = Registry::start(RegistryOptions::default().without_mounting()).unwrap();
    let client = Client::to(&registry);
    let digest = client.push_blob("a", LAYER);
    let path = format!("/v2/b/blobs/uploads/?mount={digest}&from=a");
    let reply = client.send("POST", &path, &[], b"").expect(202);
    assert_eq!(registry.open_uploads(), 1);
    client.delete(reply.header("location").unwrap()).expect(204);
    assert_eq!(registry.open_uploads(), 0);
}

#[test]
fn keeps_bytes_and_type_of_a_manifest_exactly() {
    let registry = registry();
    let client = Client::to(&registry);
    let manifest = client.push_image("a", "one");
    let reply = client.send("GET", "/v2/a/manifests/one", &[], b"").expect(200);
    assert_eq!(reply.body, manifest);
    assert_eq!(reply.header("content-type"), Some(OCI_MANIFEST));
    assert_eq!(reply.header("docker-content-digest"), Some(&*digest(&manifest)));
    let odd = "application/vnd.example.thing+json";
    client.put("a", "odd", odd, b"{\"any\":  1}").expect(201);
    let reply = client.send("GET", "/v2/a/manifests/odd", &[], b"").expect(200);
    assert_eq!(reply.header("content-type"), Some(odd));
    assert_eq!(reply.body, b"{\"any\":  1}");
}

#[test]
fn distinguishes_missing_blobs_from_missing_children() {
    let registry = registry();
    let client = Client::to(&registry);
    let alone = image(OCI_MANIFEST, "alone");
    client.put("a", "x", OCI_MANIFEST, &alone).refused(400, "MANIFEST_BLOB_UNKNOWN");
    let index = index(OCI_INDEX, &[(OCI_MANIFEST, b"missing", "arm64")]);
    client.put("a", "x", OCI_INDEX, &index).refused(404, "MANIFEST_UNKNOWN");
    assert!(registry.state().repositories.is_empty());
}

#[test]
fn takes_a_manifest_by_sha512() {
    let registry = registry();
    let client = Client::to(&registry);
    client.push_image("a", "one");
    let content = image(OCI_MANIFEST, "long");
    let wrong = format!("sha512:{}", "0".repeat(128));
    client.put("a", &wrong, OCI_MANIFEST, &content).refused(400, "DIGEST_INVALID");
    let right = format!("sha512:{:x}", sha2::Sha512::digest(&content));
    client.put("a", &right, OCI_MANIFEST, &content).expect(201);
    assert_eq!(client.read("GET", "a", &right).expect(200).body, content);
}

#[test]
fn pages_tags_in_order() {
    let registry = registry();
    let client = Client::to(&registry);
    let manifest = client.push_image("team/app", "c");
    for tag in ["a", "d", "b"] {
        client.put("team/app", tag, OCI_MANIFEST, &manifest).expect(201);
    }
    let first = client.get("/v2/team/app/tags/list?n=3").expect(200);
    assert_eq!(tags(&first), ["a", "b", "c"]);
    let link = first.header("link").unwrap();
    assert_eq!(link, "</v2/team/app/tags/list?last=c&n=3>; rel=\"next\"");
    let next = link.trim_start_matches('<').split('>').next().unwrap();
    let second = client.get(next).expect(200);
    assert_eq!(tags(&second), ["d"]);
    assert_eq!(second.header("link"), None);
    assert_eq!(tags(&client.get("/v2/team/app/tags/list?n=0").expect(200)).len(), 0);
    client.get("/v2/team/app/tags/list?n=x").refused(400, "PAGINATION_NUMBER_INVALID");
}

#[test]
fn pages_without_a_requested_length_if_pages_are_limited() {
    let registry = Registry::start(RegistryOptions::default().longest_page(2)).unwrap();
    let client = Client::to(&registry);
    for tag in ["a", "b", "c"] {
        client.push_image("app", tag);
    }
    let reply = client.get("/v2/app/tags/list").expect(200);
    assert_eq!(tags(&reply), ["a", "b"]);
    assert!(reply.header("link").unwrap().contains("last=b"));
    assert_eq!(tags(&client.get("/v2/app/tags/list?n=100").expect(200)).len(), 2);
}

#[test]
fn deletes_one_tag_and_leaves_its_siblings() {
    let registry = registry();
    let client = Client::to(&registry);
    let manifest = client.push_image("a", "one");
    client.put("a", "two", OCI_MANIFEST, &manifest).expect(201);
    client.delete("/v2/a/manifests/one").expect(202);
    client.delete("/v2/a/manifests/one").refused(404, "MANIFEST_UNKNOWN");
    assert_eq!(client.tags("a"), ["two"]);
    client.delete(&format!("/v2/a/manifests/{}", digest(&manifest))).expect(202);
    assert!(client.tags("a").is_empty());
    assert!(registry.state().repositories["a"].manifests.is_empty());
}

#[test]
fn lists_referrers_by_type() {
    let registry = registry();
    let client = Client::to(&registry);
    let subject = client.push_image("a", "one");
    let (config, layer) = (digest(CONFIG), digest(LAYER));
    let signature =
        image_with(OCI_MANIFEST, &config, &[&layer], json!({"kind": "sig"}), Some(&subject));
    let reply = client.put("a", &digest(&signature), OCI_MANIFEST, &signature).expect(201);
    assert_eq!(reply.header("oci-subject"), Some(&*digest(&subject)));

    let path = format!("/v2/a/referrers/{}", digest(&subject));
    let reply = client.get(&path).expect(200);
    assert_eq!(reply.header("content-type"), Some(OCI_INDEX));
    let descriptor = reply.json()["manifests"][0].clone();
    assert_eq!(descriptor["digest"], digest(&signature));
    assert_eq!(descriptor["annotations"]["kind"], "sig");
    assert_eq!(descriptor["artifactType"], "application/vnd.oci.image.config.v1+json");

    let reply = client.get(&format!("{path}?artifactType=other")).expect(200);
    assert_eq!(reply.header("oci-filters-applied"), Some("artifactType"));
    assert_eq!(reply.json()["manifests"], json!([]));
    let none = client.get(&format!("/v2/nowhere/referrers/{UNKNOWN_DIGEST}")).expect(200);
    assert_eq!(none.json()["manifests"], json!([]));
}

#[test]
fn the_referrers_api_can_be_disabled() {
    let registry = Registry::start(RegistryOptions::default().without_referrers()).unwrap();
    let client = Client::to(&registry);
    let subject = client.push_image("a", "one");
    let content = image_with(OCI_MANIFEST, &digest(CONFIG), &[], json!({}), Some(&subject));
    let reply = client.put("a", "sig", OCI_MANIFEST, &content).expect(201);
    assert_eq!(reply.header("oci-subject"), None);
    client.get(&format!("/v2/a/referrers/{}", digest(&subject))).expect(404);
}

#[test]
fn responds_from_the_previous_state_when_stale() {
    let registry = registry();
    let client = Client::to(&registry);
    let old = client.push_image("a", "latest");
    let new = image(OCI_MANIFEST, "newer");
    client.put("a", "latest", OCI_MANIFEST, &new).expect(201);
    let fault = registry.faults().inject(Fault::stale().path_contains("/manifests/latest"));
    assert_eq!(client.read("GET", "a", "latest").expect(200).body, old);
    assert_eq!(client.read("GET", "a", "latest").expect(200).body, new);
    assert_eq!(registry.faults().triggered(&fault), 1);

    client.put("a", "1.0", OCI_MANIFEST, &new).expect(201);
    registry.faults().inject(Fault::stale().path_contains("/tags/list"));
    assert_eq!(client.tags("a"), ["latest"]);
    assert_eq!(client.tags("a"), ["1.0", "latest"]);
}

#[test]
fn keeps_big_blobs_in_files() {
    let folder = tempfile::tempdir().unwrap();
    let options = RegistryOptions::default().folder(folder.path());
    let registry = Registry::start(options).unwrap();
    let client = Client::to(&registry);
    let content: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let digest = client.push_blob("a", &content);
    let path = format!("/v2/a/blobs/{digest}");
    assert_eq!(client.get(&path).expect(200).body, content);
    let range = [("Range", "bytes=5000000-5000099")];
    let part = client.send("GET", &path, &range, b"").expect(206).body;
    assert_eq!(part, content[5_000_000..5_000_100]);
    let files = std::fs::read_dir(folder.path().join("blobs")).unwrap().count();
    let drafts = std::fs::read_dir(folder.path().join("drafts")).unwrap().count();
    assert_eq!((files, drafts), (1, 0));
}

#[test]
fn the_error_names_the_unusable_folder() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = Registry::start(RegistryOptions::default().folder(file.path())).unwrap_err();
    assert!(error.to_string().contains(&file.path().display().to_string()), "{error}");
}

#[test]
fn two_registries_with_the_same_content_have_the_same_state() {
    let (first, second) = (registry(), registry());
    for registry in [&first, &second] {
        let client = Client::to(registry);
        client.push_image("a", "x");
        client.push_image("b", "y");
    }
    assert_eq!(first.state(), second.state());
    Client::to(&second).delete("/v2/b/manifests/y").expect(202);
    assert_ne!(first.state(), second.state());
    let text = serde_json::to_string(&first.state()).unwrap();
    assert_eq!(serde_json::from_str::<RegistryState>(&text).unwrap(), first.state());
    assert_eq!(first.state().tags("a"), ["x"]);
}

#[test]
fn can_be_filled_without_requests() {
    let registry = registry();
    registry.add_blob("a", CONFIG);
    let manifest = image(OCI_MANIFEST, "seed");
    let refused = registry.add_manifest("a", Some("x"), OCI_MANIFEST, manifest.clone());
    assert!(refused.unwrap_err().contains("MANIFEST_BLOB_UNKNOWN"));
    registry.add_blob("a", LAYER);
    let added = registry.add_manifest("a", Some("x"), OCI_MANIFEST, manifest.clone()).unwrap();
    assert_eq!(registry.state().tag("a", "x"), Some(&added));
    assert_eq!(added, Digest::sha256(&manifest));
    let (content_type, bytes) = registry.manifest("a", "x").unwrap();
    assert_eq!((content_type.as_str(), &bytes[..]), (OCI_MANIFEST, &manifest[..]));
    assert_eq!(Client::to(&registry).read("GET", "a", "x").expect(200).body, manifest);
    assert_eq!(registry.requests().len(), 1);
}
