use std::collections::BTreeSet;

use image_ref::ImageTag;

use crate::{
    at_all_registries,
    images::{image, publish},
    test_registry::TestRegistry,
};

at_all_registries!(all_tags_are_listed_once, many_digests_are_found_at_once);

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("v{number}")).collect()
}

async fn all_tags_are_listed_once(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    // Fifty is a round number: a page of this length may not be the last one.
    for count in [1, 11, 50] {
        let names = names(count);
        let texts: Vec<&str> = names.iter().map(String::as_str).collect();
        publish(&client, &repository, &image("amd64", "x"), &texts).await;
        let tags = client.tags(&repository).list().await.unwrap();
        let distinct: BTreeSet<&str> = tags.iter().map(ImageTag::as_str).collect();
        assert_eq!((tags.len(), distinct), (count, texts.into_iter().collect()));
    }
}

async fn many_digests_are_found_at_once(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let one = publish(&client, &repository, &image("amd64", "one"), &["1", "latest"]).await;
    let two = publish(&client, &repository, &image("amd64", "two"), &["2"]).await;
    let tags = ["1", "latest", "2", "gone"].map(|tag| tag.parse().unwrap());
    let found = client.tags(&repository).digests(&tags).await.unwrap();
    let digest = |tag: &ImageTag| found[tag].as_ref().map(|head| head.digest.clone());
    assert_eq!(tags.each_ref().map(digest), [Some(one.clone()), Some(one), Some(two), None]);
}
