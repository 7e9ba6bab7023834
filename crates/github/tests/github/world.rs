use std::time::Duration;

use github::{AssetFile, Endpoints, GitHubClient};
use rehearsal::forge::{Forge, ForgeOptions, ForgeToken, Permission};
use transport::{HttpClient, RetryPolicy};

/// The commit of the tag `v1`.
pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// An embedded forge, and a folder for files.
pub(crate) struct World {
    pub(crate) forge: Forge,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) fn options() -> ForgeOptions {
    ForgeOptions::new("octo", "greeter")
        .token(ForgeToken::new("canary-push", "octo", Permission::Push))
        .token(ForgeToken::new("canary-pull", "pal", Permission::Pull))
        .tag("v1", COMMIT)
}

impl World {
    pub(crate) fn new(options: ForgeOptions) -> Self {
        Self { forge: Forge::start(options).unwrap(), folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn client(&self, token: Option<&str>) -> GitHubClient {
        let retry = RetryPolicy {
            attempts: 3,
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_secs(2),
        };
        let http = HttpClient::new("tidegate-test/1").unwrap().with_retry(retry);
        let endpoints = Endpoints::at(self.forge.url().parse().unwrap(), None);
        let repository = "octo/greeter".parse().unwrap();
        let client = GitHubClient::new(http, endpoints, repository, token.map(Into::into));
        client.with_settle_time(Duration::from_millis(1))
    }

    pub(crate) fn maintainer(&self) -> GitHubClient {
        self.client(Some("canary-push"))
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> AssetFile {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        AssetFile::read(&path).unwrap()
    }
}
