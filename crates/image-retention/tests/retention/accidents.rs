//! What went wrong with other clean-up tools, with the issue if one was reported.

use std::time::Duration;

use image_retention::{ImageUser, Policy, Scope, UsedImage, removed_images, unused_images};
use jiff::Timestamp;

use crate::support::*;

fn removed(
    images: &[image_retention::Image],
    uses: &[image_retention::ImageUse],
    policy: &Policy,
) -> Vec<String> {
    let observed = engine_state(images, uses);
    checked_plan(&observed, policy).removals().map(|decision| decision.target.to_string()).collect()
}

fn everything() -> Policy {
    Policy::all(Scope::Everything)
}

/// basecamp/kamal#270: `docker image prune -a` left only an unrelated fourth tag of
/// the image that a container had been started from as `t/app:v1`.
#[test]
fn no_tag_is_stripped_from_an_image_in_use() {
    let images = [image("a", &["t/app:v1", "t/app:1", "t/app:latest", "other/name:x"])];
    let uses = [
        container("web", UsedImage::Image(id("a"))),
        container("web", UsedImage::Reference(reference("t/app:v1"))),
    ];
    for policy in
        [everything(), policy_for(&["t/app"]), Policy { keep_deployed: true, ..everything() }]
    {
        assert_eq!(removed(&images, &uses, &policy), [""; 0]);
    }
    let duplicates = Policy { duplicates: true, ..policy_for(&["t/app"]) };
    assert_eq!(removed(&images, &uses, &duplicates), ["t/app:1", "t/app:latest"]);
}

/// A container that was started from a bare ID has no name to protect it.
#[test]
fn an_image_that_is_used_by_id_alone_keeps_its_names() {
    let images = [image("a", &["t/app:v1"]), image("b", &[])];
    let uses =
        [container("web", UsedImage::Image(id("a"))), container("db", UsedImage::Image(id("b")))];
    assert_eq!(removed(&images, &uses, &everything()), [""; 0]);
    for text in [id("a").short().to_owned(), id("a").to_string()] {
        let named = [container("web", UsedImage::Reference(reference(&text)))];
        assert_eq!(removed(&images, &named, &policy_for(&["t/app"])), [""; 0], "{text}");
    }
}

/// Finsys/dockhand#1103, moby/moby#31252: prune took the images of stopped stacks.
#[test]
fn an_image_that_a_file_names_stays_although_nothing_runs() {
    let images =
        [image("a", &["t/app:v1"]), image("b", &["t/app:latest"]), image("c", &["t/app:old"])];
    let uses = [service("web", "docker.io/t/app:v1"), service("job", "t/app")];
    assert_eq!(removed(&images, &uses, &policy_for(&["t/app"])), ["t/app:old"]);
}

/// A stopped container counts as much as a running one, a workload that is scaled
/// to zero as much as a pod.
#[test]
fn users_that_do_not_run_keep_their_images() {
    let stopped = ImageUser::Container {
        name: "web".to_owned(),
        state: "exited".to_owned(),
        running: false,
        service: None,
    };
    let scaled = ImageUser::Workload {
        cluster: "minikube".to_owned(),
        namespace: "default".to_owned(),
        kind: "Deployment".to_owned(),
        name: "api".to_owned(),
        replicas: Some(0),
    };
    for (user, line) in [
        (stopped, "+ t/app:v1: in use by container web (exited)"),
        (scaled, "+ t/app:v1: in use by deployment default/api in minikube (scaled to zero)"),
    ] {
        let uses =
            [image_retention::ImageUse { used: UsedImage::Reference(reference("t/app:v1")), user }];
        assert_eq!(lines(&[image("a", &["t/app:v1"])], &uses, &everything()), [line]);
    }
}

/// Loaded one second ago, `created` in 1970: `until=24h` deleted it. After a load
/// the engine does not know the time of tagging (year 1).
#[test]
fn age_is_not_the_time_of_the_build() {
    let mut fresh = image("a", &["t/app:1"]).hours_old(None);
    fresh.created = Some(Timestamp::UNIX_EPOCH);
    let policy = Policy { older_than: Some(Duration::from_secs(86_400)), ..everything() };
    assert_eq!(lines(&[fresh], &[], &policy), ["+ t/app:1: age unknown"]);
}

/// The identifiers of images, which follow their content, do not decide what is read.
#[test]
fn a_base_is_named_after_the_nearest_image_that_is_built_on_it() {
    let base = || image("m", &["t/base:1"]).layers(&["l1"]);
    for (near, other, far) in [("a", "b", "z"), ("z", "b", "a"), ("y", "z", "a"), ("b", "z", "c")] {
        let images = [
            base(),
            image(near, &["t/near:1"]).layers(&["l1", "l2"]),
            image(other, &["t/other:1"]).layers(&["l1", "l3"]),
            image(far, &["t/a-far:1"]).layers(&["l1", "l2", "l4"]),
        ];
        let kept = ["+ t/base:1: t/near:1 is built on its layers"];
        assert_eq!(lines(&images, &[], &policy_for(&["t/base"])), kept, "{near} {other} {far}");
    }
}

/// Removing a base that others are built on unties its name and frees nothing.
#[test]
fn a_base_stays_as_long_as_what_is_built_on_it() {
    let base = || image("base", &["t/base:1"]).layers(&["l1", "l2"]);
    let by_parent = image("app", &["t/app:1"]).parent("step").layers(&["l1", "l2"]);
    let step = image("step", &[]).parent("base").layers(&["l1", "l2"]);
    let by_layers = image("app", &["t/app:1"]).layers(&["l1", "l2", "l3"]);
    let kept = ["+ t/base:1: t/app:1 is built on its layers"];
    let both = [base(), step, by_parent];
    assert_eq!(lines(&both, &[], &policy_for(&["t/base"])), kept);
    assert_eq!(lines(&[base(), by_layers], &[], &policy_for(&["t/base"])), kept);
    // Equal layers or the same upper layers on another base do not make a parent.
    let twin = image("app", &["t/app:1"]).layers(&["l1", "l2"]);
    assert_eq!(removed(&[base(), twin], &[], &policy_for(&["t/base"])), ["t/base:1"]);
    let elsewhere = image("app", &["t/app:1"]).layers(&["l0", "l1", "l2"]);
    assert_eq!(removed(&[base(), elsewhere], &[], &policy_for(&["t/base"])), ["t/base:1"]);
    // All of them are removed together, with the step between.
    let state = engine_state(&both, &[]);
    let plan = checked_plan(&state, &everything());
    assert_eq!(removed_images(&plan, &state), [id("app"), id("base"), id("step")].into());
}

/// A parent that is kept for its child keeps its own parents.
#[test]
fn parents_of_parents_stay() {
    let images = [
        image("a", &["t/base:1"]).layers(&["l1"]),
        image("b", &["t/base:2"]).layers(&["l1", "l2"]),
        image("c", &["t/mid:1"]).parent("b").layers(&["m1"]),
        image("d", &["t/app:1"]).layers(&["m1", "m2"]),
    ];
    assert_eq!(removed(&images, &[], &policy_for(&["t/base", "t/mid"])), [""; 0]);
    assert_eq!(removed(&images, &[], &everything()).len(), 4);
}

/// moby/moby#48063: a container that runs by digest lost its image on the
/// containerd store.
#[test]
fn an_image_that_is_named_by_digest_stays() {
    let content = "manifest";
    let by_name = image("a", &["t/app:1"]).digests(&[pinned("t/app", content)]);
    let dangling = image("b", &[]).digests(&[pinned("t/app", content)]);
    // The containerd store's ID is the digest itself.
    let by_id = image(content, &["t/app:2"]);
    let digest = pinned("t/app", content).digest().cloned().unwrap();
    for used in [
        UsedImage::Reference(pinned("t/app", content)),
        UsedImage::Reference(reference(&format!("t/app:9@{digest}"))),
        UsedImage::Digest(digest),
    ] {
        let uses = [container("web", used)];
        for image in [&by_name, &dangling, &by_id] {
            assert_eq!(removed(std::slice::from_ref(image), &uses, &everything()), [""; 0]);
        }
    }
}

/// The engine drops the digests of a repository with its last tag there.
#[test]
fn a_duplicate_tag_stays_when_a_digest_in_use_depends_on_it() {
    let images = [image("a", &["t/app:1", "mirror/app:1.0.0"]).digests(&[pinned("t/app", "m")])];
    let uses = [container("web", UsedImage::Reference(pinned("t/app", "m")))];
    let policy = Policy { duplicates: true, ..everything() };
    assert_eq!(removed(&images, &uses, &policy), ["mirror/app:1.0.0"]);
}

/// A digest of another repository keeps the image.
#[test]
fn an_image_stays_as_long_as_one_digest_names_it() {
    let images =
        [image("a", &["t/app:1"]).digests(&[pinned("t/app", "m"), pinned("mirror/app", "m")])];
    let state = engine_state(&images, &[]);
    let plan = checked_plan(&state, &everything());
    assert_eq!(plan.removals().count(), 1);
    assert_eq!(removed_images(&plan, &state), [].into());
}

/// `${TAG:?}`: the tag is unknown, so all of the repository stay.
#[test]
fn an_unresolved_tag_protects_the_repository_and_an_unknown_image_everything() {
    let images = [
        image("a", &["t/app:1", "t/app:2"]),
        image("b", &[]).digests(&[pinned("t/app", "m")]),
        image("c", &["t/web:1"]),
    ];
    let policy = Policy { duplicates: true, dangling: true, ..everything() };
    for policy in [everything(), policy] {
        let repository = UsedImage::Repository("t/app".parse().unwrap());
        let removed_tags = removed(&images, &[container("x", repository)], &policy);
        assert!(removed_tags.iter().all(|target| target == "t/web:1"), "{removed_tags:?}");
        assert_eq!(removed(&images, &[container("x", UsedImage::Everything)], &policy), [""; 0]);
    }
}

/// minikube#20411: the base of a node looks dangling.
#[test]
fn the_base_of_minikube_stays_unless_it_is_the_project() {
    let images = [image("a", &[]).digests(&[pinned("gcr.io/k8s-minikube/kicbase", "m")])];
    assert_eq!(removed(&images, &[], &everything()), [""; 0]);
    assert_eq!(removed(&images, &[], &policy_for(&["gcr.io/k8s-minikube/kicbase"])).len(), 1);
}

/// basecamp/kamal#270: prune after a deployment took what a rollback needs.
#[test]
fn rollback_backups_stay_with_their_image() {
    let backup = "t/app:rollback-backup-20260731-101500";
    let images = [image("a", &[backup]), image("b", &["t/app:2"])];
    assert_eq!(
        lines(&images, &[service("web", "t/app:2")], &policy_for(&["t/app"])),
        [
            "+ t/app:2: in use by service web of compose.yaml",
            &format!("+ {backup}: rollback backup")
        ]
    );
}

/// The same name on two engines or in two registries is not the same repository.
#[test]
fn another_registry_is_another_repository() {
    let images = [image("a", &["t/app:1"]), image("b", &["localhost:5000/t/app:1"])];
    assert_eq!(removed(&images, &[], &policy_for(&["t/app"])), ["t/app:1"]);
    assert_eq!(
        removed(&images, &[service("web", "t/app:1")], &everything()),
        ["localhost:5000/t/app:1"]
    );
}

/// spotify/docker-gc#15: an image with several tags could not be removed, or only
/// by force. All of them are removed, one by one, and the image with the last.
#[test]
fn all_tags_of_an_unused_image_go_together() {
    let images = [image("a", &["t/app:1", "t/app:latest"])];
    let state = engine_state(&images, &[]);
    let plan = checked_plan(&state, &everything());
    let groups = plan.removals_by_image();
    assert_eq!((groups.len(), groups[0].references.len()), (1, 2));
    assert_eq!(removed_images(&plan, &state), [id("a")].into());
}

#[test]
fn steps_of_the_classic_builder_are_no_dangling_images() {
    let images = [
        image("app", &["t/app:1"]).parent("step"),
        image("step", &[]).parent("first"),
        image("first", &[]),
        image("leaf", &[]).parent("first"),
    ];
    let policy = Policy { dangling: true, ..everything() };
    assert_eq!(removed(&images, &[], &policy), [id("leaf").short()]);
}

#[test]
fn unused_images_are_found_whatever_the_policy() {
    let images =
        [image("app", &["t/app:1"]).parent("step"), image("step", &[]), image("old", &["t/app:0"])];
    let state = engine_state(&images, &[service("web", "t/app:1")]);
    assert_eq!(unused_images(&state), [id("old")].into());
    let state = engine_state(&images, &[container("x", UsedImage::Everything)]);
    assert_eq!(unused_images(&state), [].into());
}
