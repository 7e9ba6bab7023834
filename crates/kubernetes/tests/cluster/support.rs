use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use kubernetes::{Cluster, ClusterError, ClusterImageUse, KubeEnvironment, Kubeconfig};
use tempfile::TempDir;

use crate::fake::{Authority, FakeCluster};

/// Used for every secret; no error and no list may show it.
pub(crate) const CANARY: &str = "canary-5c1e9b";

/// Long enough for a busy machine.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

/// A home folder with a kubeconfig of one context, `test`.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// `cluster` and `user` are the flow mappings of these entries.
    pub(crate) fn with(cluster: &str, user: &str) -> Self {
        let home = Self::new();
        home.write(".kube/config", &kubeconfig(cluster, user));
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        file
    }

    /// An executable that serves as credential plugin.
    pub(crate) fn script(&self, name: &str, lines: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let file = self.write(name, &format!("#!/bin/sh\n{lines}\n"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        file
    }

    pub(crate) fn environment(&self) -> KubeEnvironment {
        KubeEnvironment { home: Some(self.path().to_owned()), ..KubeEnvironment::default() }
    }

    pub(crate) fn kubeconfig(&self) -> Kubeconfig {
        Kubeconfig::load(self.environment()).unwrap()
    }

    pub(crate) async fn connect(&self) -> Result<Cluster, ClusterError> {
        Cluster::connect(&self.kubeconfig(), "test", TIMEOUT).await
    }

    pub(crate) async fn uses(&self) -> Result<Vec<ClusterImageUse>, ClusterError> {
        self.connect().await?.images_in_use().await
    }
}

pub(crate) fn kubeconfig(cluster: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: test\n\
         clusters:\n- name: one\n  cluster: {cluster}\n\
         users:\n- name: me\n  user: {user}\n\
         contexts:\n- name: test\n  context: {{cluster: one, user: me}}\n"
    )
}

/// The cluster entry of a server, with its authority if it has one.
pub(crate) fn entry(fake: &FakeCluster, authority: Option<&Authority>) -> String {
    let server = &fake.server;
    authority.map_or_else(
        || format!("{{server: '{server}'}}"),
        |authority| {
            let data = base64(&authority.pem());
            format!("{{server: '{server}', certificate-authority-data: {data}}}")
        },
    )
}

pub(crate) fn base64(text: &str) -> String {
    BASE64_STANDARD.encode(text)
}

/// An error in every form in which it may reach a log.
pub(crate) fn all_forms(error: &ClusterError) -> String {
    use std::error::Error as _;
    let mut text = format!("{error} {error:?} {error:#?} {:?}", error.hint());
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(" {error} {error:?}");
        source = error.source();
    }
    text
}
