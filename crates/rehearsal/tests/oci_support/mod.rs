//! A minimal HTTP client, and the content that registry tests push.

#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(unreachable_pub, reason = "shared by several test binaries")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{Read, Write};
use std::net::TcpStream;

use rehearsal::oci::{Digest, Registry};
use serde_json::{Value, json};

pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
pub const CONFIG: &[u8] =
    br#"{"os":"linux","architecture":"arm64","rootfs":{"type":"layers","diff_ids":[]}}"#;
pub const LAYER: &[u8] = b"hello world";
pub const UNKNOWN_DIGEST: &str =
    "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// The response of a server.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        header.map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The error codes in the body.
    pub fn codes(&self) -> Vec<String> {
        let document: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let errors = document["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["code"].as_str().unwrap().to_owned()).collect()
    }

    pub fn expect(self, status: u16) -> Self {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{body} {:?}", self.headers);
        self
    }

    pub fn refused(self, status: u16, code: &str) -> Self {
        let reply = self.expect(status);
        assert_eq!(reply.codes().first().map(String::as_str), Some(code));
        reply
    }
}

/// Sends a request on a new connection.
pub fn send(host: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(host).unwrap();
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    if !matches!(method, "GET" | "HEAD") || !body.is_empty() {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    // A server may response, and close, before it has read everything.
    let _ = stream.write_all(body);
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response);
    parse_reply(&response)
}

fn parse_reply(response: &[u8]) -> Reply {
    let end = response
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .expect("a response with a head");
    let head = String::from_utf8(response[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    Reply { status, headers, body: response[end + 4..].to_vec() }
}

/// A client of one registry.
#[derive(Debug, Clone)]
pub struct Client {
    pub host: String,
    pub authorization: Option<String>,
}

impl Client {
    pub fn to(registry: &Registry) -> Self {
        Self { host: registry.host(), authorization: None }
    }

    pub fn bearing(&self, token: &str) -> Self {
        Self { authorization: Some(format!("Bearer {token}")), ..self.clone() }
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let path = path.strip_prefix(&format!("http://{}", self.host)).unwrap_or(path);
        let mut headers = headers.to_vec();
        if let Some(authorization) = &self.authorization {
            headers.push(("Authorization", authorization));
        }
        send(&self.host, method, path, &headers, body)
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], b"")
    }

    pub fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, &[], b"")
    }

    /// Reads a manifest as clients do, with all types accepted.
    pub fn read(&self, method: &str, name: &str, reference: &str) -> Reply {
        let all = [OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST].join(", ");
        self.send(method, &format!("/v2/{name}/manifests/{reference}"), &[("Accept", &all)], b"")
    }

    pub fn put(&self, name: &str, reference: &str, content_type: &str, content: &[u8]) -> Reply {
        let path = format!("/v2/{name}/manifests/{reference}");
        self.send("PUT", &path, &[("Content-Type", content_type)], content)
    }

    pub fn open(&self, name: &str) -> String {
        let path = format!("/v2/{name}/blobs/uploads/");
        let reply = self.send("POST", &path, &[], b"").expect(202);
        reply.header("location").unwrap().to_owned()
    }

    pub fn push_blob(&self, name: &str, content: &[u8]) -> String {
        let digest = Digest::sha256(content).to_string();
        let location = with_digest(&self.open(name), &digest);
        self.send("PUT", &location, &[], content).expect(201);
        digest
    }

    /// Config, layer and an OCI manifest under `tag`; returns the manifest.
    pub fn push_image(&self, name: &str, tag: &str) -> Vec<u8> {
        self.push_blob(name, CONFIG);
        self.push_blob(name, LAYER);
        let manifest = image(OCI_MANIFEST, tag);
        self.put(name, tag, OCI_MANIFEST, &manifest).expect(201);
        manifest
    }

    pub fn tags(&self, name: &str) -> Vec<String> {
        let document = self.get(&format!("/v2/{name}/tags/list")).expect(200).json();
        let tags = document["tags"].as_array().cloned().unwrap_or_default();
        tags.iter().map(|tag| tag.as_str().unwrap().to_owned()).collect()
    }
}

pub fn with_digest(location: &str, digest: &str) -> String {
    let separator = if location.contains('?') { '&' } else { '?' };
    format!("{location}{separator}digest={digest}")
}

pub fn digest(content: &[u8]) -> String {
    Digest::sha256(content).to_string()
}

/// A manifest of [`CONFIG`] and [`LAYER`]; `note` makes it unique.
pub fn image(media_type: &str, note: &str) -> Vec<u8> {
    image_with(media_type, &digest(CONFIG), &[&digest(LAYER)], json!({ "note": note }), None)
}

pub fn image_with(
    media_type: &str,
    config: &str,
    layers: &[&str],
    annotations: Value,
    subject: Option<&[u8]>,
) -> Vec<u8> {
    let layer_type = "application/vnd.oci.image.layer.v1.tar";
    let layers: Vec<_> = layers
        .iter()
        .map(|digest| json!({"mediaType": layer_type, "digest": digest, "size": 11}))
        .collect();
    let mut manifest = json!({
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": CONFIG.len()},
        "layers": layers,
        "annotations": annotations,
    });
    if let Some(subject) = subject {
        manifest["subject"] =
            json!({"mediaType": OCI_MANIFEST, "digest": digest(subject), "size": subject.len()});
    }
    serde_json::to_vec_pretty(&manifest).unwrap()
}

pub fn index(media_type: &str, children: &[(&str, &[u8], &str)]) -> Vec<u8> {
    let children: Vec<_> = children
        .iter()
        .map(|(media_type, content, architecture)| {
            json!({
                "mediaType": media_type, "digest": digest(content), "size": content.len(),
                "platform": {"os": "linux", "architecture": architecture},
            })
        })
        .collect();
    let index = json!({"schemaVersion": 2, "mediaType": media_type, "manifests": children});
    serde_json::to_vec(&index).unwrap()
}
