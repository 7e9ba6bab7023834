//! One suite for the embedded registry in all its forms and for Debian's
//! `docker-registry`; then what only the embedded one can be told to do.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod access;
mod authentication;
mod blobs;
mod canary;
mod credentials;
mod debian;
mod faults;

mod hub;
mod images;
mod independent_pull;
mod manifests;
mod other_readers;
mod probes;
mod push;
mod retag;
mod tags;
mod test_registry;

/// Runs each contract at each registry, as a test of its own.
macro_rules! at_all_registries {
    ($($contract:ident),+ $(,)?) => {
        mod at_spec { $crate::at_one_registry!(spec: $($contract),+); }
        mod at_spec_with_tokens { $crate::at_one_registry!(spec_with_tokens: $($contract),+); }
        mod at_distribution_28 { $crate::at_one_registry!(distribution_28: $($contract),+); }
        mod at_docker_hub { $crate::at_one_registry!(docker_hub: $($contract),+); }
        mod at_a_registry_with_passwords { $crate::at_one_registry!(with_passwords: $($contract),+); }
        mod at_debians_registry { $crate::at_one_registry!(debian: $($contract),+); }
        mod at_debians_registry_with_passwords {
            $crate::at_one_registry!(debian_with_passwords: $($contract),+);
        }
    };
}
macro_rules! at_one_registry {
    ($registry:ident: $($contract:ident),+) => {
        $(#[tokio::test]
        async fn $contract() {
            super::$contract(&$crate::test_registry::TestRegistry::$registry()).await;
        })+
    };
}
pub(crate) use {at_all_registries, at_one_registry};
