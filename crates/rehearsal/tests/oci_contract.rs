//! The profile `Distribution28` against the original: Debian's `docker-registry`.
//!
//! Every script runs against both servers. Its assertions must hold for both, and the statuses, error
//! codes and significant headers of all its exchanges must be the same.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod oci_support;

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use oci_support::*;
use rehearsal::oci::{Access, Profile, Registry, RegistryOptions};
use tempfile::TempDir;

const CLIENT_HEADERS: [&str; 4] = ["Content-Type", "Accept", "Range", "If-None-Match"];
const COMPARED_HEADERS: [&str; 10] = [
    "location",
    "allow",
    "range",
    "content-range",
    "accept-ranges",
    "etag",
    "link",
    "docker-content-digest",
    "docker-distribution-api-version",
    "www-authenticate",
];

/// Created for these tests; the key was discarded.
const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBeDCCAR+gAwIBAgIUCMTeNocwFxn0p7gFcBWTi8k9vdAwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGbm9ib2R5MCAXDTI2MTEyMDIyMDQzMFoYDzIxMjYxMDI3MjIw
NDMwWjARMQ8wDQYDVQQDDAZub2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AASUCFEa7Ypdaof8YKqY1GC13l4PrF6/h47XUmdzUvK+hE48mSwItjz1oZpl3TOk
wyMNusdxwizTs/3N9a21bluwo1MwUTAdBgNVHQ4EFgQUjJUKqLfQt+ZbvQI6W55x
clgr2NwwHwYDVR0jBBgwFoAUjJUKqLfQt+ZbvQI6W55xclgr2NwwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiAdVEL0w0WLkG34N56buGY0Qrblozb6
xdj1uv8f0M3g+QIgEBrDG9LnZeRWcJtINOFz6xEb4AvfgIoZbi9WNDMBWCM=
-----END CERTIFICATE-----
";

/// Debian's registry in a temporary folder; it stops with the value.
struct Original {
    process: Child,
    host: String,
    _folder: TempDir,
}

impl Original {
    fn start(deletion: bool) -> Self {
        Self::start_with(deletion, |_, _| String::new())
    }

    /// Like [`Original::start`], but requires tokens of an issuer that does not exist.
    fn requiring_tokens() -> Self {
        Self::start_with(true, |host, folder| {
            let certificate = folder.join("certificate.pem");
            std::fs::write(&certificate, CERTIFICATE).unwrap();
            format!(
                "auth: {{token: {{realm: 'http://{host}/token', service: '{host}', \
                 issuer: nobody, rootcertbundle: '{}'}}}}\n",
                certificate.display()
            )
        })
    }

    fn start_with(deletion: bool, more: fn(&str, &Path) -> String) -> Self {
        for _ in 0..5 {
            let folder = tempfile::tempdir().unwrap();
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let host = format!("127.0.0.1:{port}");
            let configuration = folder.path().join("config.yml");
            let content = format!(
                "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n\
                 storage:\n  filesystem: {{rootdirectory: {}}}\n  delete: {{enabled: {deletion}}}\n\
                 http: {{addr: '{host}'}}\n{}",
                folder.path().join("content").display(),
                more(&host, folder.path()),
            );
            std::fs::write(&configuration, content).unwrap();
            let process = Command::new("docker-registry")
                .arg("serve")
                .arg(&configuration)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("`docker-registry` must be installed (Debian package docker-registry)");
            let mut original = Self { process, host, _folder: folder };
            if original.is_up() {
                return original;
            }
        }
        panic!("docker-registry does not start");
    }

    fn is_up(&mut self) -> bool {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(20) {
            if TcpStream::connect(&self.host).is_ok() {
                return true;
            }
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Original {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A client that records its requests and their responses.
struct Script {
    client: Client,
    lines: Vec<String>,
}

impl Script {
    fn new(host: String) -> Self {
        Self { client: Client { host, authorization: None }, lines: Vec::new() }
    }

    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let reply = self.client.send(method, path, headers, body);
        let sent: Vec<_> = headers
            .iter()
            .filter(|(name, _)| CLIENT_HEADERS.contains(name))
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let received: Vec<_> = COMPARED_HEADERS
            .iter()
            .filter_map(|name| Some(format!("{name}: {}", sorted_scopes(reply.header(name)?))))
            .collect();
        let line = format!(
            "{method} {path} {sent:?} -> {} {:?} {received:?}",
            reply.status,
            reply.codes()
        );
        self.lines.push(normalize_line(&line, &self.client.host));
        reply
    }

    fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, &[], b"")
    }

    fn read(&mut self, method: &str, reference: &str, accept: &str) -> Reply {
        let path = format!("/v2/team/app/manifests/{reference}");
        let headers = [("Accept", accept)];
        let headers = if accept.is_empty() { &[][..] } else { &headers[..] };
        self.send(method, &path, headers, b"")
    }

    fn put(&mut self, reference: &str, content_type: &str, content: &[u8]) -> Reply {
        let path = format!("/v2/team/app/manifests/{reference}");
        let headers = [("Content-Type", content_type)];
        let headers = if content_type.is_empty() { &[][..] } else { &headers[..] };
        self.send("PUT", &path, headers, content)
    }

    fn delete(&mut self, path: &str) -> Reply {
        self.send("DELETE", path, &[], b"")
    }

    fn open(&mut self) -> String {
        let reply = self.send("POST", "/v2/team/app/blobs/uploads/", &[], b"").expect(202);
        location(&reply)
    }
}

fn location(reply: &Reply) -> String {
    reply.header("location").unwrap().to_owned()
}

/// Sorts scopes and actions, because their order in the original is random.
fn sorted_scopes(value: &str) -> String {
    let Some((front, rest)) = value.split_once("scope=\"") else {
        return value.to_owned();
    };
    let (scopes, back) = rest.split_once('"').unwrap();
    let mut scopes: Vec<_> =
        scopes.split(' ').map(|scope| scope.replace("push,pull", "pull,push")).collect();
    scopes.sort();
    format!("{front}scope=\"{}\"{back}", scopes.join(" "))
}

/// Replaces what differs between runs: the address, sessions and their state.
fn normalize_line(line: &str, host: &str) -> String {
    let line = line.replace(host, "HOST").replace("http://HOST", "");
    let session = regex::Regex::new(r"uploads/[0-9a-f-]{36}").unwrap();
    let state = regex::Regex::new(r"_state=[A-Za-z0-9_%=-]+").unwrap();
    let line = session.replace_all(&line, "uploads/SESSION");
    state.replace_all(&line, "_state=STATE").into_owned()
}

fn same_on_both(deletion: bool, play: fn(&mut Script)) {
    let options = RegistryOptions::new(Profile::Distribution28);
    let options = if deletion { options } else { options.without_deletion() };
    compare(options, &Original::start(deletion), play);
}

fn compare(options: RegistryOptions, original: &Original, play: fn(&mut Script)) {
    let embedded = Registry::start(options).unwrap();
    let mut actual = Script::new(embedded.host());
    let mut expected = Script::new(original.host.clone());
    play(&mut expected);
    play(&mut actual);
    for (actual, expected) in actual.lines.iter().zip(&expected.lines) {
        assert_eq!(actual, expected, "left: embedded, right: original");
    }
    assert_eq!(actual.lines.len(), expected.lines.len());
}

#[test]
fn responds_to_known_and_to_unknown_paths() {
    same_on_both(true, |script| {
        script.get("/v2/").expect(200);
        script.get("/v2").expect(301);
        script.send("HEAD", "/v2/", &[], b"").expect(200);
        script.get("/elsewhere").expect(404);
        script.get("/token").expect(404);
        script.get("/v2/Upper/tags/list").expect(404);
        script.get("/v2/none/tags/list").refused(404, "NAME_UNKNOWN");
        script.get("/v2/none/manifests/x").refused(404, "MANIFEST_UNKNOWN");
        script
            .get(&format!("/v2/none/manifests/{UNKNOWN_DIGEST}"))
            .refused(404, "MANIFEST_UNKNOWN");
        script.get("/v2/none/manifests/sha256:abc").refused(500, "UNKNOWN");
        script.get("/v2/none/manifests/.x").expect(404);
        script.get(&format!("/v2/none/blobs/{UNKNOWN_DIGEST}")).refused(404, "BLOB_UNKNOWN");
        script.get("/v2/none/blobs/sha256:abc").refused(400, "DIGEST_INVALID");
        script.get(&format!("/v2/none/referrers/{UNKNOWN_DIGEST}")).expect(404);
        script.send("POST", "/v2/team/app/manifests/x", &[], b"").expect(405);
        script.send("PUT", &format!("/v2/team/app/blobs/{UNKNOWN_DIGEST}"), &[], b"").expect(405);
        script.delete("/v2/team/app/tags/list").expect(405);
    });
}

#[test]
fn uploads_in_one_piece() {
    same_on_both(true, |script| {
        let path = format!("/v2/team/app/blobs/uploads/?digest={}", digest(LAYER));
        script.send("POST", &path, &[], LAYER).expect(202);
        let session = script.open();
        script.send("PUT", &session, &[], LAYER).refused(400, "DIGEST_INVALID");
        let session = script.open();
        script
            .send("PUT", &with_digest(&session, "bad"), &[], LAYER)
            .refused(400, "DIGEST_INVALID");
        let session = script.open();
        let wrong = with_digest(&session, UNKNOWN_DIGEST);
        script.send("PUT", &wrong, &[], b"").refused(400, "DIGEST_INVALID");
        script.get(&session).expect(204);
        let right = with_digest(&session, &digest(LAYER));
        script.send("PUT", &right, &[("Content-Type", "text/plain")], LAYER).expect(201);
        script.get(&session).refused(404, "BLOB_UPLOAD_UNKNOWN");
        script.send("HEAD", &format!("/v2/team/app/blobs/{}", digest(LAYER)), &[], b"").expect(200);
    });
}

#[test]
fn uploads_in_chunks_and_checks_only_the_state() {
    same_on_both(true, |script| {
        let first = script.open();
        let second = location(&script.send("PATCH", &first, &[], b"hello ").expect(202));
        script.send("PATCH", &first, &[], b"again").refused(404, "BLOB_UPLOAD_INVALID");
        script.get(&first).refused(404, "BLOB_UPLOAD_INVALID");
        script.get(&second).expect(204);
        script
            .send("PATCH", &second, &[("Content-Type", "text/plain")], b"wor")
            .refused(500, "UNKNOWN");
        let range = [("Content-Range", "900-902"), ("Content-Type", "application/octet-stream")];
        let third = location(&script.send("PATCH", &second, &range, b"wor").expect(202));
        let last = with_digest(&third, &digest(LAYER));
        script.send("PUT", &last, &[], b"ld").expect(201);
    });
}

#[test]
fn cancels_uploads_and_refuses_unknown_sessions() {
    same_on_both(true, |script| {
        let session = script.open();
        script.delete(&session).expect(204);
        script.delete(&session).refused(404, "BLOB_UPLOAD_UNKNOWN");
        script.get("/v2/team/app/blobs/uploads/nonsense").refused(404, "BLOB_UPLOAD_INVALID");
        script.get("/v2/team/app/blobs/uploads/").refused(404, "BLOB_UPLOAD_UNKNOWN");
        let session = script.open();
        let other_repository = session.replace("team/app", "team/other");
        script.send("PATCH", &other_repository, &[], b"x").refused(404, "BLOB_UPLOAD_INVALID");
        let stateless = session.split('?').next().unwrap().to_owned();
        script.send("PATCH", &stateless, &[], b"x").refused(404, "BLOB_UPLOAD_INVALID");
    });
}

#[test]
fn reads_blobs_whole_and_in_parts() {
    same_on_both(true, |script| {
        let digest = script.client.push_blob("team/app", LAYER);
        let path = format!("/v2/team/app/blobs/{digest}");
        assert_eq!(script.get(&path).expect(200).body, LAYER);
        for (range, part) in [
            ("bytes=2-4", "llo"),
            ("bytes=6-", "world"),
            ("bytes=-3", "rld"),
            ("bytes=5-500", " world"),
        ] {
            let reply = script.send("GET", &path, &[("Range", range)], b"").expect(206);
            assert_eq!(reply.body, part.as_bytes());
        }
        script.get(&format!("/v2/team/other/blobs/{digest}")).refused(404, "BLOB_UNKNOWN");
        let empty = script.client.push_blob("team/app", b"");
        assert_eq!(script.get(&format!("/v2/team/app/blobs/{empty}")).expect(200).body, b"");
    });
}

#[test]
fn mounts_what_the_source_has() {
    same_on_both(true, |script| {
        let digest = script.client.push_blob("team/app", LAYER);
        for (query, status) in [
            (format!("mount={digest}&from=team/app"), 201),
            (format!("mount={UNKNOWN_DIGEST}&from=team/app"), 202),
            (format!("mount={digest}&from=missing/source"), 202),
            (format!("mount={digest}"), 202),
            ("mount=bad&from=team/app".to_owned(), 202),
        ] {
            let path = format!("/v2/team/other/blobs/uploads/?{query}");
            script.send("POST", &path, &[], b"").expect(status);
        }
        script.get(&format!("/v2/team/other/blobs/{digest}")).expect(200);
    });
}

#[test]
fn stores_manifests_unchanged_or_refuses_them() {
    same_on_both(true, |script| {
        let manifest = script.client.push_image("team/app", "base");
        script.put("one", OCI_MANIFEST, &manifest).expect(201);
        script.put(&digest(&manifest), OCI_MANIFEST, &manifest).expect(201);
        for content_type in ["", "application/json", "text/plain", DOCKER_MANIFEST, OCI_INDEX] {
            script.put("x", content_type, &manifest).refused(400, "MANIFEST_INVALID");
        }
        script.put("x", OCI_MANIFEST, b"").refused(400, "MANIFEST_INVALID");
        script.put("x", OCI_MANIFEST, b"nonsense").refused(400, "MANIFEST_INVALID");
        script.put(UNKNOWN_DIGEST, OCI_MANIFEST, &manifest).refused(400, "DIGEST_INVALID");
        script.put("bad:tag", OCI_MANIFEST, &manifest).refused(500, "UNKNOWN");
        script.put(".bad", OCI_MANIFEST, &manifest).expect(404);
        script.put(&"a".repeat(129), OCI_MANIFEST, &manifest).expect(404);
        let extra = format!("{}?tag=a&tag=b", digest(&manifest));
        assert_eq!(script.put(&extra, OCI_MANIFEST, &manifest).expect(201).header("oci-tag"), None);
        script.read("HEAD", "a", OCI_MANIFEST).expect(404);
        assert_eq!(script.read("GET", "one", OCI_MANIFEST).expect(200).body, manifest);
    });
}

#[test]
fn refuses_manifests_with_missing_parts() {
    same_on_both(true, |script| {
        script.client.push_image("team/app", "base");
        let note = serde_json::json!({});
        let layers = [digest(b"missing one"), digest(b"missing two")];
        let layers: Vec<&str> = layers.iter().map(String::as_str).collect();
        let content = image_with(OCI_MANIFEST, &digest(CONFIG), &layers, note.clone(), None);
        let reply = script.put("x", OCI_MANIFEST, &content).refused(400, "MANIFEST_BLOB_UNKNOWN");
        assert_eq!(reply.codes().len(), 2);
        let content = image_with(OCI_MANIFEST, UNKNOWN_DIGEST, &[&digest(LAYER)], note, None);
        script.put("x", OCI_MANIFEST, &content).refused(400, "MANIFEST_BLOB_UNKNOWN");
        let content = index(OCI_INDEX, &[(OCI_MANIFEST, b"missing", "arm64")]);
        script.put("x", OCI_INDEX, &content).refused(400, "MANIFEST_BLOB_UNKNOWN");
    });
}

#[test]
fn hides_oci_types_from_clients_that_do_not_accept_them() {
    same_on_both(true, |script| {
        let manifest = script.client.push_image("team/app", "one");
        for accept in ["", "*/*", DOCKER_MANIFEST, OCI_INDEX] {
            script.read("HEAD", "one", accept).expect(404);
            script.read("GET", "one", accept).refused(404, "MANIFEST_UNKNOWN");
        }
        script.read("GET", &digest(&manifest), "").refused(404, "MANIFEST_UNKNOWN");
        script.read("HEAD", "one", OCI_MANIFEST).expect(200);
        script.read("HEAD", "one", &format!("text/plain, {OCI_MANIFEST};q=0.5")).expect(200);
        let content = index(OCI_INDEX, &[(OCI_MANIFEST, &manifest, "arm64")]);
        script.put("many", OCI_INDEX, &content).expect(201);
        script.read("GET", "many", OCI_MANIFEST).refused(404, "MANIFEST_UNKNOWN");
        script.read("GET", "many", OCI_INDEX).expect(200);
        let conditional = [("Accept", OCI_MANIFEST), ("If-None-Match", &digest(&manifest))];
        script.send("GET", "/v2/team/app/manifests/one", &conditional, b"").expect(304);
    });
}

#[test]
fn serves_docker_types_by_tag_only_to_those_who_accept_them() {
    same_on_both(true, |script| {
        script.client.push_image("team/app", "base");
        let manifest = image(DOCKER_MANIFEST, "docker");
        script.put("docker", DOCKER_MANIFEST, &manifest).expect(201);
        script.read("GET", "docker", DOCKER_MANIFEST).expect(200);
        script.read("GET", "docker", "").refused(400, "MANIFEST_INVALID");
        script.read("HEAD", &digest(&manifest), "").expect(200);
        let list = index(DOCKER_LIST, &[(DOCKER_MANIFEST, &manifest, "amd64")]);
        script.put("list", DOCKER_LIST, &list).expect(201);
        script.read("GET", "list", DOCKER_LIST).expect(200);
        let child = script.read("GET", "list", DOCKER_MANIFEST).expect(200);
        assert_eq!(child.body, manifest);
        script.read("GET", "list", OCI_INDEX).refused(400, "MANIFEST_INVALID");
        script.read("HEAD", &digest(&list), "").expect(200);
    });
}

#[test]
fn lists_all_tags_even_if_a_page_is_requested() {
    same_on_both(true, |script| {
        for tag in ["b", "a", "c"] {
            script.client.push_image("team/app", tag);
        }
        for query in ["", "?n=1", "?n=1&last=a", "?n=x"] {
            let reply = script.get(&format!("/v2/team/app/tags/list{query}")).expect(200);
            let document = reply.json();
            assert_eq!(document["tags"].as_array().unwrap().len(), 3);
        }
        script.client.push_blob("team/blobs-only", LAYER);
        script.get("/v2/team/blobs-only/tags/list").refused(404, "NAME_UNKNOWN");
        let catalog = script.get("/v2/_catalog").expect(200).json();
        assert_eq!(catalog["repositories"], serde_json::json!(["team/app", "team/blobs-only"]));
    });
}

#[test]
fn deleting_a_digest_takes_all_its_tags_and_leaves_an_index_dangling() {
    same_on_both(true, |script| {
        let manifest = script.client.push_image("team/app", "one");
        let path = format!("/v2/team/app/manifests/{}", digest(&manifest));
        script.put("two", OCI_MANIFEST, &manifest).expect(201);
        let other = image(OCI_MANIFEST, "other");
        script.put("other", OCI_MANIFEST, &other).expect(201);
        let many = index(OCI_INDEX, &[(OCI_MANIFEST, &manifest, "arm64")]);
        script.put("many", OCI_INDEX, &many).expect(201);

        script.delete("/v2/team/app/manifests/one").refused(400, "DIGEST_INVALID");
        script.delete("/v2/team/app/manifests/nothing").refused(400, "DIGEST_INVALID");
        script.delete("/v2/team/app/manifests/sha256:abc").refused(400, "DIGEST_INVALID");
        script
            .delete(&format!("/v2/team/app/manifests/{UNKNOWN_DIGEST}"))
            .refused(404, "MANIFEST_UNKNOWN");
        script.delete(&path).expect(202);
        script.delete(&path).refused(404, "MANIFEST_UNKNOWN");

        let mut tags = script.client.tags("team/app");
        tags.sort();
        assert_eq!(tags, ["many", "other"]);
        script.read("GET", "one", OCI_MANIFEST).refused(404, "MANIFEST_UNKNOWN");
        script.read("HEAD", "many", OCI_INDEX).expect(200);
        script.read("HEAD", &digest(&manifest), OCI_MANIFEST).expect(404);
        script.put("again", OCI_MANIFEST, &manifest).expect(201);
    });
}

#[test]
fn a_repository_that_lost_all_its_tags_lists_null() {
    same_on_both(true, |script| {
        let manifest = script.client.push_image("team/app", "one");
        script.delete(&format!("/v2/team/app/manifests/{}", digest(&manifest))).expect(202);
        let document = script.get("/v2/team/app/tags/list").expect(200).json();
        assert!(document["tags"].is_null());
    });
}

#[test]
fn deletes_blobs_in_one_repository_only() {
    same_on_both(true, |script| {
        let digest = script.client.push_blob("team/app", LAYER);
        script.client.push_blob("team/other", LAYER);
        let path = format!("/v2/team/app/blobs/{digest}");
        script.delete(&path).expect(202);
        script.delete(&path).refused(404, "BLOB_UNKNOWN");
        script.get(&path).refused(404, "BLOB_UNKNOWN");
        script.get(&format!("/v2/team/other/blobs/{digest}")).expect(200);
    });
}

#[test]
fn refuses_all_deletion_when_it_is_disabled() {
    same_on_both(false, |script| {
        let manifest = script.client.push_image("team/app", "one");
        for reference in ["one", "nothing", UNKNOWN_DIGEST, &digest(&manifest)] {
            let path = format!("/v2/team/app/manifests/{reference}");
            script.delete(&path).refused(405, "UNSUPPORTED");
        }
        for reference in [UNKNOWN_DIGEST, &digest(LAYER)] {
            script.delete(&format!("/v2/team/app/blobs/{reference}")).refused(405, "UNSUPPORTED");
        }
        let session = script.open();
        script.delete(&session).expect(204);
    });
}

#[test]
fn replacing_a_tag_and_deleting_the_dummy_leaves_the_siblings() {
    same_on_both(true, |script| {
        let manifest = script.client.push_image("team/app", "one");
        script.put("two", OCI_MANIFEST, &manifest).expect(201);
        let dummy = image(OCI_MANIFEST, "dummy");
        script.put("one", OCI_MANIFEST, &dummy).expect(201);
        script.delete(&format!("/v2/team/app/manifests/{}", digest(&dummy))).expect(202);
        assert_eq!(script.client.tags("team/app"), ["two"]);
        assert_eq!(script.read("GET", "two", OCI_MANIFEST).expect(200).body, manifest);
    });
}

#[test]
fn requires_the_same_rights() {
    let options = RegistryOptions::new(Profile::Distribution28).access(Access::by_token());
    compare(options, &Original::requiring_tokens(), |script| {
        let mount = format!("/v2/team/app/blobs/uploads/?mount={UNKNOWN_DIGEST}&from=team/other");
        for (method, path) in [
            ("GET", "/v2/"),
            ("GET", "/v2/_catalog"),
            ("GET", "/v2/team/app/tags/list"),
            ("GET", "/v2/team/app/manifests/x"),
            ("PUT", "/v2/team/app/manifests/x"),
            ("DELETE", "/v2/team/app/manifests/x"),
            ("POST", "/v2/team/app/blobs/uploads/"),
            ("POST", &mount),
            ("PATCH", "/v2/team/app/blobs/uploads/x"),
            ("GET", "/v2/team/app/blobs/uploads/x"),
            ("DELETE", "/v2/team/app/blobs/uploads/x"),
        ] {
            script.send(method, path, &[], b"").refused(401, "UNAUTHORIZED");
        }
        script.get("/v2/Upper/tags/list").expect(404);
        let nonsense = [("Authorization", "Bearer nonsense")];
        let reply = script.send("GET", "/v2/team/app/tags/list", &nonsense, b"");
        let challenge = reply.expect(401).header("www-authenticate").unwrap().to_owned();
        assert!(challenge.ends_with("error=\"invalid_token\""), "{challenge}");
    });
}
