//! What a report says besides the decisions.

use image_retention::{Use, Used, User};

use crate::world::*;

fn pod(name: &str, used: Used) -> Use {
    let (cluster, namespace) = ("minikube".to_owned(), "shop".to_owned());
    Use { used, user: User::Pod { cluster, namespace, name: name.to_owned() } }
}

#[test]
fn the_version_map_tells_for_each_service_what_runs_and_what_went() {
    let images = [
        image("a", &["shop/api:v3-20250911", "shop/api:stable"]),
        image("b", &["shop/api:v3-20250801"]),
        image("c", &["shop/api:v2-20250701"]),
        image("d", &["shop/web:1"]),
        image("e", &["shop/old:1"]),
        image("f", &["postgres:15"]),
    ];
    let uses = [
        pod("api-7d4b9c6f5d-x2x4z", Used::Reference(reference("shop/api:v3-20250911"))),
        pod("api-7d4b9c6f5d-x2x4z", Used::Image(id("a"))),
        service("worker", "shop/api:stable"),
        container("web", Used::Image(id("d"))),
        service("db", "postgres:15"),
    ];
    let world = observed(&images, &uses);
    let plan = planned(&world, &of(&["shop/api", "shop/web", "shop/old"]));
    let told: Vec<String> = (plan.version_map(&world).iter())
        .map(|one| {
            let service = one.service.as_deref().unwrap_or("–");
            let (deployed, removed) = (one.deployed.join(" "), one.removed.join(" "));
            format!("{service} {}: {deployed}; removed {removed}", one.repository)
        })
        .collect();
    assert_eq!(
        told,
        [
            "api shop/api: stable v3-20250911; removed v3-20250801 v2-20250701",
            "worker shop/api: stable v3-20250911; removed v3-20250801 v2-20250701",
            "– shop/old: ; removed 1",
            "web shop/web: 1; removed ",
        ]
    );
}

#[test]
fn images_without_a_tag_are_told_by_id_or_digest() {
    let images = [image("a", &["o/a:1"]), image("b", &[]).digests(&[pinned("o/a", "m")])];
    let world = observed(&images, &[container("web", Used::Image(id("b")))]);
    let map = planned(&world, &of(&["o/a"])).version_map(&world);
    assert_eq!(map[0].deployed, [id("b").short()]);
    let digest = pinned("o/a", "m");
    let world = observed(&images, &[container("web", Used::Reference(digest.clone()))]);
    let map = planned(&world, &of(&["o/a"])).version_map(&world);
    assert_eq!(map[0].deployed, [digest.digest().unwrap().short()]);
}

#[test]
fn labels_and_digests_say_how_a_removed_image_can_be_had_again() {
    let label = |name: &str| format!("org.opencontainers.image.{name}");
    let images = [
        image("a", &["o/a:1"])
            .label(&label("source"), "https://example.org/o/a")
            .label(&label("revision"), "abc1234")
            .label(&label("version"), "1"),
        image("b", &["o/a:2"]).digests(&[pinned("o/a", "m")]),
        image("c", &["o/a:3"]),
        image("d", &["o/a:4"]),
    ];
    let world = observed(&images, &[service("web", "o/a:4")]);
    let hints = planned(&world, &of(&["o/a"])).rebuild_hints(&world);
    let told: Vec<String> = hints.iter().map(ToString::to_string).collect();
    let pull = format!("pull {}", pinned("o/a", "m"));
    assert_eq!(told, ["not known", &pull, "build https://example.org/o/a at abc1234"]);
}

#[test]
fn a_plan_is_told_to_programs_with_tagged_reasons() {
    let images = [
        image("a", &["o/a:1"]),
        image("b", &["o/a:2"]).hours_old(Some(1)),
        image("c", &[]).digests(&[pinned("o/a", "m")]),
    ];
    let policy = image_retention::Policy {
        older_than: Some(std::time::Duration::from_secs(7200)),
        ..of(&["o/a"])
    };
    let plan = planned(&observed(&images, &[container("web", Used::Image(id("b")))]), &policy);
    let json = serde_json::to_value(&plan).unwrap();
    let verdicts: Vec<String> = (json["decisions"].as_array().unwrap().iter())
        .map(|one| one["verdict"].to_string())
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
