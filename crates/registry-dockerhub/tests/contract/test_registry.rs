//! The registries of the suite.

use std::time::Duration;

use image_ref::{Registry as RegistryName, Repository};
use registry_dockerhub::{
    Anonymous, Credential, CredentialSource, Endpoints, FixedCredentials, Limits, RegistryClient,
};
use rehearsal::oci::{Access, Account, Action, Profile, Registry, RegistryOptions};
use transport::{HttpClient, RetryPolicy};

use crate::debian::DebianRegistry;

/// Planted where a real password would be: must not show up anywhere.
pub(crate) const PASSWORD: &str = "canary-password";

/// A running registry of some kind.
pub(crate) struct TestRegistry {
    kind: Kind,
    login: bool,
}

enum Kind {
    Embedded(Box<Registry>),
    Debian(DebianRegistry),
}

impl TestRegistry {
    pub(crate) fn embedded(options: RegistryOptions, login: bool) -> Self {
        let kind = Kind::Embedded(Box::new(Registry::start(options).unwrap()));
        Self { kind, login }
    }

    pub(crate) fn spec() -> Self {
        Self::embedded(RegistryOptions::default(), false)
    }

    pub(crate) fn spec_with_tokens() -> Self {
        let short = everything(Access::by_token()).lifetime(Duration::from_secs(2));
        Self::embedded(RegistryOptions::default().longest_page(3).access(short), true)
    }

    pub(crate) fn distribution_28() -> Self {
        Self::embedded(RegistryOptions::new(Profile::Distribution28), false)
    }

    pub(crate) fn docker_hub() -> Self {
        let access = everything(Access::by_token()).anonymous_pull();
        Self::embedded(RegistryOptions::new(Profile::DockerHub).access(access), true)
    }

    pub(crate) fn with_passwords() -> Self {
        let access = everything(Access::by_password());
        Self::embedded(RegistryOptions::default().access(access), true)
    }

    pub(crate) fn debian() -> Self {
        Self { kind: Kind::Debian(DebianRegistry::start(false)), login: false }
    }

    pub(crate) fn debian_with_passwords() -> Self {
        Self { kind: Kind::Debian(DebianRegistry::start(true)), login: true }
    }

    pub(crate) fn host(&self) -> String {
        match &self.kind {
            Kind::Embedded(registry) => registry.host(),
            Kind::Debian(registry) => registry.host.clone(),
        }
    }

    /// The embedded registry, for tests that give it faults.
    pub(crate) fn server(&self) -> &Registry {
        match &self.kind {
            Kind::Embedded(registry) => registry,
            Kind::Debian(_) => panic!("Debian's registry takes no orders"),
        }
    }

    pub(crate) fn is_embedded(&self) -> bool {
        matches!(self.kind, Kind::Embedded(_))
    }

    pub(crate) fn needs_login(&self) -> bool {
        self.login
    }

    pub(crate) fn repository(&self, path: &str) -> Repository {
        format!("{}/{path}", self.host()).parse().unwrap()
    }

    /// A client that may do everything.
    pub(crate) fn client(&self) -> RegistryClient {
        let name: RegistryName = self.host().parse().unwrap();
        match self.login {
            true => client(FixedCredentials::new().with(name, password("me", PASSWORD))),
            false => client(Anonymous),
        }
    }
}

fn everything(access: Access) -> Access {
    access
        .account(Account::new("me", PASSWORD).grant_all())
        .account(Account::new("reader", PASSWORD).grant("*", [Action::Pull]))
}

pub(crate) fn password(user: &str, password: &str) -> Credential {
    Credential::Password { user: user.to_owned(), password: password.into() }
}

pub(crate) fn http() -> HttpClient {
    let retry = RetryPolicy {
        attempts: 3,
        first_wait: Duration::from_millis(2),
        longest_wait: Duration::from_secs(2),
    };
    HttpClient::new("tidegate-test/1").unwrap().with_retry(retry)
}

/// A client that loses no time with waiting, and sends small chunks.
pub(crate) fn client(source: impl CredentialSource + 'static) -> RegistryClient {
    client_for(Endpoints::public(), source)
}

pub(crate) fn client_for(
    endpoints: Endpoints,
    source: impl CredentialSource + 'static,
) -> RegistryClient {
    RegistryClient::new(http(), endpoints, source).with_limits(limits())
}

pub(crate) fn limits() -> Limits {
    Limits {
        chunk: 64 << 10,
        attempts: 4,
        first_wait: Duration::from_millis(5),
        patience: Duration::from_secs(5),
        ..Limits::default()
    }
}
