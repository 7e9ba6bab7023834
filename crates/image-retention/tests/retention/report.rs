//! Parts of a report besides the decisions.

use image_retention::{
    ImageUse, ImageUser, UsedImage, rebuild_hints, service_versions, users_by_image,
};

use crate::support::*;

fn pod(name: &str, used: UsedImage) -> ImageUse {
    let (cluster, namespace) = ("minikube".to_owned(), "shop".to_owned());
    ImageUse { used, user: ImageUser::Pod { cluster, namespace, name: name.to_owned() } }
}

#[test]
fn each_service_has_its_deployed_and_removed_versions() {
    let images = [
        image("a", &["shop/api:v3-20250911", "shop/api:stable"]),
        image("b", &["shop/api:v3-20250801"]),
        image("c", &["shop/api:v2-20250701"]),
        image("d", &["shop/web:1"]),
        image("e", &["shop/old:1"]),
        image("f", &["postgres:15"]),
    ];
    let uses = [
        pod("api-7d4b9c6f5d-x2x4z", UsedImage::Reference(reference("shop/api:v3-20250911"))),
        pod("api-7d4b9c6f5d-x2x4z", UsedImage::Image(id("a"))),
        service("worker", "shop/api:stable"),
        container("web", UsedImage::Image(id("d"))),
        service("db", "postgres:15"),
    ];
    let state = engine_state(&images, &uses);
    let plan = checked_plan(&state, &policy_for(&["shop/api", "shop/web", "shop/old"]));
    let lines: Vec<String> = service_versions(&plan, &state)
        .iter()
        .map(|versions| {
            let service = versions.service.as_deref().unwrap_or("–");
            let (deployed, removed) = (versions.deployed.join(" "), versions.removed.join(" "));
            format!("{service} {}: {deployed}; removed {removed}", versions.repository)
        })
        .collect();
    assert_eq!(
        lines,
        [
            "api shop/api: stable v3-20250911; removed v3-20250801 v2-20250701",
            "worker shop/api: stable v3-20250911; removed v3-20250801 v2-20250701",
            "– shop/old: ; removed 1",
            "web shop/web: 1; removed ",
        ]
    );
}

#[test]
fn images_without_a_tag_are_listed_by_id_or_digest() {
    let images = [image("a", &["o/a:1"]), image("b", &[]).digests(&[pinned("o/a", "m")])];
    let state = engine_state(&images, &[container("web", UsedImage::Image(id("b")))]);
    let versions = service_versions(&checked_plan(&state, &policy_for(&["o/a"])), &state);
    assert_eq!(versions[0].deployed, [id("b").short()]);
    let digest = pinned("o/a", "m");
    let state = engine_state(&images, &[container("web", UsedImage::Reference(digest.clone()))]);
    let versions = service_versions(&checked_plan(&state, &policy_for(&["o/a"])), &state);
    assert_eq!(versions[0].deployed, [digest.digest().unwrap().short()]);
}

#[test]
fn labels_and_digests_show_how_to_restore_a_removed_image() {
    let images = [
        image("a", &["o/a:1"])
            .label("org.opencontainers.image.source", "https://example.org/o/a")
            .label("org.opencontainers.image.revision", "abc1234")
            .label("org.opencontainers.image.version", "1"),
        image("b", &["o/a:2"]).digests(&[pinned("o/a", "m")]),
        image("c", &["o/a:3"]),
        image("d", &["o/a:4"]),
    ];
    let state = engine_state(&images, &[service("web", "o/a:4")]);
    let hints = rebuild_hints(&checked_plan(&state, &policy_for(&["o/a"])), &state);
    let lines: Vec<String> = hints.iter().map(ToString::to_string).collect();
    let pull = format!("pull {}", pinned("o/a", "m"));
    assert_eq!(lines, ["unknown", &pull, "build https://example.org/o/a at abc1234"]);
}

#[test]
fn a_plan_serialises_with_tagged_reasons() {
    let images = [
        image("a", &["o/a:1"]),
        image("b", &["o/a:2"]).hours_old(Some(1)),
        image("c", &[]).digests(&[pinned("o/a", "m")]),
    ];
    let policy = image_retention::Policy {
        older_than: Some(std::time::Duration::from_secs(7200)),
        ..policy_for(&["o/a"])
    };
    let plan = checked_plan(
        &engine_state(&images, &[container("web", UsedImage::Image(id("b")))]),
        &policy,
    );
    let json = serde_json::to_value(&plan).unwrap();
    let verdicts: Vec<String> = (json["decisions"].as_array().unwrap().iter())
        .map(|decision| decision["verdict"].to_string())
        .collect();
    assert_eq!(
        verdicts,
        [
            r#"{"keep":[{"kind":"in-use","what":[{"type":"container","name":"web","state":"running","running":true,"service":null}]},{"kind":"young","what":{"age-seconds":3600}}]}"#,
            r#"{"remove":{"kind":"replaced","by":"o/a:2"}}"#,
            r#"{"remove":{"kind":"dangling"}}"#,
        ]
    );
    assert_eq!(json["decisions"][0]["target"].to_string(), r#"{"reference":"o/a:2"}"#);
}

#[test]
fn each_image_has_its_users() {
    let images = [image("a", &["o/a:1"]), image("b", &["o/a:2"]), image("c", &["o/b:1"])];
    let uses = [
        service("web", "o/a:1"),
        container("web", UsedImage::Image(id("a"))),
        container("any", UsedImage::Repository("o/a".parse().unwrap())),
    ];
    let users = users_by_image(&engine_state(&images, &uses));
    let users_of =
        |name: &str| users[&id(name)].iter().map(ToString::to_string).collect::<Vec<_>>();
    let web = ["container any (running)", "container web (running)", "service web of compose.yaml"];
    assert_eq!(users_of("a"), web);
    assert_eq!(users_of("b"), ["container any (running)"]);
    assert_eq!(users_of("c"), [""; 0]);
}
