use std::{collections::BTreeMap, io::Write as _, path::Path};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::service_program::service_program;

/// An image that no builder made: [`archive`] writes what `docker load` reads, so
/// a test chooses layers, history, dates, labels and names.
#[derive(Debug, Clone)]
#[must_use]
pub(crate) struct GeneratedImage {
    tags: Vec<String>,
    layers: Vec<Vec<u8>>,
    history: Vec<Value>,
    created: String,
    labels: BTreeMap<String, String>,
    command: Vec<String>,
    environment: Vec<String>,
}

/// In every image, so that nothing of a test is taken for something else.
pub(crate) const LABEL: &str = "org.tidegate.test";

impl GeneratedImage {
    /// An image with this tag and no layers.
    pub(crate) fn new(tag: impl Into<String>) -> Self {
        Self::untagged().tag(tag)
    }

    /// A dangling one.
    pub(crate) fn untagged() -> Self {
        Self {
            tags: Vec::new(),
            layers: Vec::new(),
            history: Vec::new(),
            created: "2026-01-01T00:00:00Z".to_owned(),
            labels: BTreeMap::from([(LABEL.to_owned(), "yes".to_owned())]),
            command: Vec::new(),
            environment: Vec::new(),
        }
    }

    pub(crate) fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// A layer with so many bytes that no other `name` has.
    pub(crate) fn layer(self, name: &str, bytes: usize) -> Self {
        self.files(&[(name, bytes)])
    }

    /// A layer with so many bytes that compress to next to nothing.
    pub(crate) fn empty_bytes(self, name: &str, bytes: usize) -> Self {
        self.add_layer(layer(&[(name, vec![0; bytes], 0o644)]), &format!("COPY {name} /"))
    }

    /// A layer of several files.
    pub(crate) fn files(self, files: &[(&str, usize)]) -> Self {
        let entries: Vec<_> =
            files.iter().map(|&(name, bytes)| (name, noise(name, bytes), 0o644)).collect();
        let names: Vec<&str> = files.iter().map(|&(name, _)| name).collect();
        self.add_layer(layer(&entries), &format!("COPY {} /", names.join(" ")))
    }

    /// A layer without bytes, as the classic builder makes one of `WORKDIR`.
    pub(crate) fn folder(self, name: &str) -> Self {
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = header(0, 0o755);
        header.set_entry_type(tar::EntryType::Directory);
        archive.append_data(&mut header, format!("{name}/"), std::io::empty()).unwrap();
        self.add_layer(archive.into_inner().unwrap(), &format!("WORKDIR /{name}"))
    }

    /// A line of the history that made no layer.
    pub(crate) fn setting(mut self, created_by: &str) -> Self {
        self.history.push(json!({ "created_by": created_by, "empty_layer": true }));
        self
    }

    /// A layer with a shell and much more, which runs until it is stopped.
    pub(crate) fn program(self) -> Self {
        let file = ("bin/busybox", busybox(), 0o755);
        let image = self.add_layer(layer(&[file]), "COPY busybox /bin/");
        image.command(&["/bin/busybox", "sleep", "3600"])
    }

    /// A layer with the program [`wait`], which containers run.
    pub(crate) fn waiting(self) -> Self {
        let image = self.add_layer(layer(&[("wait", wait(), 0o755)]), "COPY wait /");
        image.command(&["/wait"])
    }

    /// A layer with the program of `service.c`, which behaves like this.
    pub(crate) fn service(self, version: &str, behaviour: &str) -> Self {
        let file = ("service", service_program().to_vec(), 0o755);
        let mut image = self.add_layer(layer(&[file]), "COPY service /").command(&["/service"]);
        let variables = [("SERVICE_VERSION", version), ("BEHAVIOUR", behaviour)];
        image.environment = variables.map(|(name, value)| format!("{name}={value}")).to_vec();
        image.label("version", version)
    }

    pub(crate) fn command(mut self, words: &[&str]) -> Self {
        self.command = words.iter().map(ToString::to_string).collect();
        self
    }

    pub(crate) fn label(mut self, name: &str, value: &str) -> Self {
        self.labels.insert(name.to_owned(), value.to_owned());
        self
    }

    /// When it was built, by its own account.
    pub(crate) fn created(mut self, moment: &str) -> Self {
        moment.clone_into(&mut self.created);
        self
    }

    fn add_layer(mut self, layer: Vec<u8>, created_by: &str) -> Self {
        self.layers.push(layer);
        self.history.push(json!({ "created_by": created_by }));
        self
    }

    fn configuration(&self) -> Vec<u8> {
        let diff_ids: Vec<String> =
            self.layers.iter().map(|layer| format!("sha256:{}", hash(layer))).collect();
        let configuration = json!({
            "architecture": if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" },
            "os": "linux",
            "created": self.created,
            "config": { "Cmd": self.command, "Env": self.environment, "Labels": self.labels },
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
            "history": self.history,
        });
        configuration.to_string().into_bytes()
    }
}

/// What `docker save` writes; a layer of several images is in it once.
pub(crate) fn archive(images: &[GeneratedImage]) -> Vec<u8> {
    let mut files = BTreeMap::new();
    let manifest: Vec<Value> = images.iter().map(|image| add_image(image, &mut files)).collect();
    files.insert("manifest.json".to_owned(), Value::from(manifest).to_string().into_bytes());
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = header(content.len(), 0o644);
        archive.append_data(&mut header, name, content.as_slice()).unwrap();
    }
    archive.into_inner().unwrap()
}

fn add_image(image: &GeneratedImage, files: &mut BTreeMap<String, Vec<u8>>) -> Value {
    let configuration = image.configuration();
    let name = format!("{}.json", hash(&configuration));
    files.insert(name.clone(), configuration);
    let mut layers = Vec::new();
    for layer in &image.layers {
        let name = format!("{}/layer.tar", hash(layer));
        files.insert(name.clone(), layer.clone());
        layers.push(name);
    }
    json!({ "Config": name, "RepoTags": image.tags, "Layers": layers })
}

fn layer(files: &[(&str, Vec<u8>, u32)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content, mode) in files {
        let mut header = header(content.len(), *mode);
        archive.append_data(&mut header, name, content.as_slice()).unwrap();
    }
    archive.into_inner().unwrap()
}

fn header(bytes: usize, mode: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes as u64);
    header.set_mode(mode);
    header
}

/// Bytes that do not compress, the same for the same name.
fn noise(name: &str, bytes: usize) -> Vec<u8> {
    let mut noise = Vec::with_capacity(bytes + 32);
    let mut block = Sha256::digest(name);
    while noise.len() < bytes {
        noise.write_all(&block).unwrap();
        block = Sha256::digest(block);
    }
    noise.truncate(bytes);
    noise
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The program of Debian's `busybox-static`.
pub(crate) fn busybox() -> Vec<u8> {
    let places = ["/bin/busybox", "/usr/bin/busybox"].map(Path::new);
    let place = places.into_iter().find(|place| place.is_file());
    std::fs::read(place.expect("busybox-static is missing: run .ci/setup")).unwrap()
}

/// A static program of 4096 bytes that waits until it is killed; called with
/// arguments, it ends at once with their number as its exit code.
pub(crate) fn wait() -> Vec<u8> {
    const ADDRESS: u64 = 0x40_0000;
    const HEADERS: u64 = 64 + 56;
    let mut file = Vec::new();
    // The header of an ELF file: 64 bits, little endian, executable.
    file.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    file.extend([2, 0, MACHINE, 0, 1, 0, 0, 0]);
    [ADDRESS + HEADERS, 64, 0].iter().for_each(|number| file.extend(number.to_le_bytes()));
    file.extend([0, 0, 0, 0, 64, 0, 56, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    // One segment, readable and executable: the whole file.
    file.extend([1, 0, 0, 0, 5, 0, 0, 0]);
    let segment = [0, ADDRESS, ADDRESS, 4096, 4096, 4096];
    segment.iter().for_each(|number: &u64| file.extend(number.to_le_bytes()));
    file.extend(CODE);
    file.resize(4096, 0);
    file
}

#[cfg(target_arch = "x86_64")]
const MACHINE: u8 = 0x3e;
/// `if (argc > 1) exit(argc - 1); for (;;) pause();`
#[cfg(target_arch = "x86_64")]
const CODE: &[u8] = &[
    0x8b, 0x3c, 0x24, // mov edi, [rsp]
    0xff, 0xcf, // dec edi
    0x74, 0x07, // jz +7
    0xb8, 60, 0, 0, 0, 0x0f, 0x05, // exit
    0xb8, 34, 0, 0, 0, 0x0f, 0x05, // pause
    0xeb, 0xf7, // jmp -9
];

#[cfg(target_arch = "aarch64")]
const MACHINE: u8 = 0xb7;
/// `if (argc > 1) exit(argc - 1); for (;;) ppoll(0, 0, 0, 0);`
#[cfg(target_arch = "aarch64")]
const CODE: &[u8] = &[
    0xe0, 0x03, 0x40, 0xb9, // ldr w0, [sp]
    0x00, 0x04, 0x00, 0x51, // sub w0, w0, 1
    0x60, 0x00, 0x00, 0x34, // cbz w0, +12
    0xa8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4, // exit
    0x00, 0x00, 0x80, 0xd2, 0x01, 0x00, 0x80, 0xd2, // mov x0, 0; mov x1, 0
    0x02, 0x00, 0x80, 0xd2, 0x03, 0x00, 0x80, 0xd2, // mov x2, 0; mov x3, 0
    0x28, 0x09, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4, // ppoll
    0xfa, 0xff, 0xff, 0x17, // b -24
];
