//! Planted secrets appear in nothing that a person or a log could see.

use std::{error::Error as _, sync::Arc};

use registry_dockerhub::{
    AccessCheck, CredentialSource as _, FixedCredentials, PushOptions, RegistryError, Right,
};
use rehearsal::fault::Fault;

use crate::{
    images::{digest_of, image, publish},
    test_registry::{TestRegistry, client, password},
};

/// Everything that an error can show.
fn shown(error: &RegistryError) -> String {
    let mut text = format!("{error} {error:#?} {:?}", error.hint());
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(" {error} {error:#?}");
        source = error.source();
    }
    text
}

#[tokio::test]
async fn no_error_and_no_debug_output_has_a_secret() {
    let faults = || {
        [
            Fault::status(401),
            Fault::status(403),
            Fault::status(404),
            Fault::status(429),
            Fault::status(500),
            Fault::reset_after_body(),
            Fault::garbage(),
        ]
    };
    let mut texts = String::new();
    for registry in [TestRegistry::spec_with_tokens(), TestRegistry::with_passwords()] {
        let (client, repository) = (registry.client(), registry.repository("team/app"));
        let digest = publish(&client, &repository, &image("amd64", "x"), &["1"]).await;
        texts += &format!("{client:?}");
        for fault in faults() {
            registry.server().faults().inject(fault.forever());
            let (layout, options) = (image("amd64", "y"), PushOptions::default());
            let (new, tag) = (digest_of(&layout), "2".parse().unwrap());
            let push = client.push(&repository, options.clone()).layout(&layout, &new).await;
            texts += &push.err().map(|error| shown(&error)).unwrap_or_default();
            let tagged = client.retag(&repository).tag(&digest, &tag).await;
            texts += &tagged.err().map(|error| shown(&error)).unwrap_or_default();
            texts += &format!("{:#?}", client.access(&repository).check(&[Right::Push]).await);
            registry.server().faults().clear();
        }
    }
    assert!(texts.len() > 10_000, "the errors were looked at");
    assert!(!texts.contains("canary"), "{texts}");
}

#[tokio::test]
async fn a_refused_password_is_not_repeated() {
    let registry = TestRegistry::spec_with_tokens();
    let name = registry.host().parse().unwrap();
    let source = Arc::new(FixedCredentials::new().with(name, password("me", "canary-wrong")));
    let check = client((*source).clone())
        .access(&registry.repository("team/app"))
        .check(&[Right::Pull])
        .await;
    let AccessCheck::Unauthorized(error) = &check else { panic!("{check:?}") };
    let query = registry_dockerhub::CredentialQuery {
        registry: registry.host().parse().unwrap(),
        server: registry.host(),
        path: "team/app".to_owned(),
    };
    let credential = source.credential(&query).await.unwrap();
    let texts = format!("{} {source:?} {credential:?} {check:?}", shown(error));
    assert!(!texts.contains("canary"), "{texts}");
}
