use std::collections::BTreeMap;

use super::*;
use crate::{ComposeProject, Mention, Mentioned, Mentions, Resource, labels};

pub(super) fn container(service: &str, number: usize, extra: &[(&str, &str)]) -> Container {
    let common = [
        (labels::PROJECT, "shop"),
        (labels::SERVICE, service),
        (labels::CONFIG_HASH, "hash"),
        (labels::ONEOFF, "False"),
        (labels::DEPENDS_ON, ""),
    ];
    let labels = common.iter().chain(extra);
    let name = format!("shop-{service}-{number}");
    Container {
        id: name.clone(),
        name,
        state: "running".to_owned(),
        running: true,
        labels: labels.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        networks: vec!["shop_default".to_owned()],
    }
}

fn service(name: &str, depends_on: &str) -> Container {
    container(name, 1, &[(labels::DEPENDS_ON, depends_on)])
}

pub(super) fn network(key: &str, attached: &[&str]) -> Network {
    let name = format!("shop_{key}");
    let labels = BTreeMap::from([(labels::NETWORK.to_owned(), key.to_owned())]);
    let attached = attached.iter().map(ToString::to_string).collect();
    Network { id: name.clone(), name, labels, attached }
}

pub(super) fn volume(key: &str) -> Volume {
    let labels = BTreeMap::from([(labels::VOLUME.to_owned(), key.to_owned())]);
    Volume { name: format!("shop_{key}"), labels }
}

pub(super) fn resources(keys: &[&str], external: bool) -> BTreeMap<String, Resource> {
    let resources = keys.iter().map(|key| {
        let name = format!("shop_{key}");
        ((*key).to_owned(), Resource { name, external })
    });
    resources.collect()
}

fn declared_services(services: &[(&str, &[&str])]) -> DeclaredServices {
    let services = services.iter().map(|(name, dependencies)| {
        ((*name).to_owned(), dependencies.iter().map(ToString::to_string).collect())
    });
    DeclaredServices {
        services: services.collect(),
        networks: Some(resources(&["default"], false)),
        volumes: Some(BTreeMap::new()),
        ..DeclaredServices::default()
    }
}

fn containers(containers: Vec<Container>) -> ProjectResources {
    ProjectResources { containers, ..ProjectResources::default() }
}

/// Services by level, such as `web | api cache | db`.
fn by_level(plan: &DownPlan) -> String {
    let mut levels: Vec<Vec<&str>> = Vec::new();
    for service in &plan.services {
        levels.resize_with(levels.len().max(service.level + 1), Vec::new);
        levels[service.level].push(&service.service);
    }
    levels.iter().map(|level| level.join(" ")).collect::<Vec<_>>().join(" | ")
}

fn leftovers(plan: &DownPlan) -> Vec<String> {
    let leftovers = plan.leftovers.iter();
    leftovers.map(|left| format!("{} {}: {}", left.kind, left.name, left.reason)).collect()
}

const PLAIN: DownOptions = DownOptions { everything: false, orphans: false, volumes: false };
const EVERYTHING: DownOptions = DownOptions { everything: true, ..PLAIN };
const ORPHANS: DownOptions = DownOptions { orphans: true, ..PLAIN };
const VOLUMES: DownOptions = DownOptions { volumes: true, ..PLAIN };

#[test]
fn dependents_are_removed_before_their_dependencies() {
    let resources = containers(vec![
        service("db", ""),
        service("api", "db:service_healthy:true,cache:service_started:false"),
        service("web", "api:service_started:false"),
        service("cache", ""),
        service("alone", ""),
    ]);
    let plan = plan_down(&resources, None, PLAIN);
    assert_eq!(by_level(&plan), "alone web | api | cache db");
    assert_eq!(leftovers(&plan), Vec::<String>::new());
}

#[test]
fn an_old_label_without_conditions_is_understood() {
    let resources = containers(vec![service("db", ""), service("web", "db")]);
    assert_eq!(by_level(&plan_down(&resources, None, PLAIN)), "web | db");
}

#[test]
fn order_holds_through_a_service_without_containers() {
    let resources = containers(vec![service("db", ""), service("web", "")]);
    let declared = declared_services(&[("web", &["api"]), ("api", &["db"]), ("db", &[])]);
    assert_eq!(by_level(&plan_down(&resources, Some(&declared), PLAIN)), "web | db");
}

#[test]
fn services_that_depend_on_a_cycle_keep_their_order() {
    let resources = containers(vec![
        service("a", "b,z"),
        service("b", "c"),
        service("c", "a"),
        service("z", "z"),
    ]);
    let plan = plan_down(&resources, None, PLAIN);
    assert_eq!(plan.containers_in_order().count(), 4);
    let level = |name: &str| plan.services.iter().find(|down| down.service == name).unwrap().level;
    assert!(level("a") < level("z"), "{}", by_level(&plan));
}

#[test]
fn with_a_file_inactive_profiles_orphans_and_one_offs_stay() {
    let one_off = container("api", 2, &[(labels::ONEOFF, "True")]);
    let resources =
        containers(vec![service("api", ""), one_off, service("tool", ""), service("gone", "")]);
    let mut declared = declared_services(&[("api", &[])]);
    declared.inactive.insert("tool".to_owned(), vec!["debug".to_owned()]);
    let default = plan_down(&resources, Some(&declared), PLAIN);
    assert_eq!(by_level(&default), "api");
    assert_eq!(
        leftovers(&default),
        [
            "container shop-api-2: one-off container (`run api`)",
            "container shop-gone-1: orphan: service gone is no longer in the Compose files",
            "container shop-tool-1: service tool is in profile debug, not active",
        ]
    );
    let everything = plan_down(&resources, Some(&declared), EVERYTHING);
    assert_eq!(everything.containers_in_order().count(), 4);
    assert!(default.leftovers.iter().all(|left| left.reason.is_removed_by_everything()));
}

#[test]
fn with_orphans_one_offs_of_inactive_profiles_stay() {
    let one_off = |service: &str| container(service, 2, &[(labels::ONEOFF, "True")]);
    let resources = containers(vec![
        one_off("api"),
        one_off("tool"),
        one_off("gone"),
        container("gone", 1, &[]),
        container("tool", 1, &[]),
    ]);
    let mut declared = declared_services(&[("api", &[])]);
    declared.inactive.insert("tool".to_owned(), vec!["debug".to_owned()]);
    let plan = plan_down(&resources, Some(&declared), ORPHANS);
    let removed: Vec<&str> =
        plan.containers_in_order().map(|container| container.name.as_str()).collect();
    assert_eq!(removed, ["shop-api-2", "shop-gone-1", "shop-gone-2"]);
}

#[test]
fn mentions_give_services_and_profiles() {
    let mention = |service: &str, profiles: &[&str]| Mention {
        service: service.to_owned(),
        file: "compose.yaml".into(),
        image: Mentioned::Unknown(String::new()),
        built: false,
        profiles: profiles.iter().map(ToString::to_string).collect(),
    };
    let mut mentions = Mentions {
        images: vec![mention("api", &[]), mention("tool", &["debug"]), mention("ui", &["web"])],
        problems: Vec::new(),
    };
    let project = ComposeProject {
        name: "shop".to_owned(),
        folder: "/srv".into(),
        files: Vec::new(),
        profiles: vec!["web".to_owned()],
        env_files: Vec::new(),
        warnings: Vec::new(),
    };
    let declared = DeclaredServices::from_mentions(&mentions, &project).unwrap();
    assert_eq!(declared.services.keys().collect::<Vec<_>>(), ["api", "ui"]);
    assert_eq!(declared.inactive.keys().collect::<Vec<_>>(), ["tool"]);
    mentions.images.push(mention("", &[]));
    assert_eq!(
        DeclaredServices::from_mentions(&mentions, &project),
        None,
        "a file that cannot be read"
    );
}

#[test]
fn without_a_file_all_services_are_removed_and_one_offs_stay() {
    let one_off = container("api", 2, &[(labels::ONEOFF, "True")]);
    let resources = containers(vec![service("api", ""), service("tool", ""), one_off]);
    let plan = plan_down(&resources, None, PLAIN);
    assert_eq!(by_level(&plan), "api tool");
    assert_eq!(leftovers(&plan), ["container shop-api-2: one-off container (`run api`)"]);
}

#[test]
fn what_compose_did_not_create_stays_even_with_everything() {
    let mut foreign = service("api", "");
    foreign.labels.remove(labels::CONFIG_HASH);
    let mut hook = container("api", 2, &[("com.docker.compose.hook", "pre_start")]);
    hook.labels.retain(|name, _| name != labels::CONFIG_HASH && name != labels::ONEOFF);
    let mut bridge = network("made-by-hand", &[]);
    bridge.labels.clear();
    let resources = ProjectResources { networks: vec![bridge], ..containers(vec![foreign, hook]) };
    let plan = plan_down(&resources, None, EVERYTHING);
    let removed: Vec<&str> =
        plan.containers_in_order().map(|container| container.name.as_str()).collect();
    assert_eq!(removed, ["shop-api-2"], "a hook's container goes with its service");
    assert_eq!(
        plan.leftovers
            .iter()
            .filter(|left| left.reason == LeftoverReason::NotCreatedByCompose)
            .count(),
        2
    );
}

#[test]
fn a_network_is_held_by_containers_that_stay() {
    let one_off = container("api", 2, &[(labels::ONEOFF, "True")]);
    let resources = ProjectResources {
        networks: vec![network("default", &["shop-api-1", "shop-api-2", "proxy"])],
        ..containers(vec![service("api", ""), one_off])
    };
    let declared = declared_services(&[("api", &[])]);
    let default = plan_down(&resources, Some(&declared), PLAIN);
    assert_eq!(default.networks[0].held_by, ["shop-api-2", "proxy"]);
    let everything = plan_down(&resources, Some(&declared), EVERYTHING);
    assert_eq!(everything.networks[0].held_by, ["proxy"]);
}

#[test]
fn a_network_of_inactive_profiles_stays() {
    let resources = ProjectResources {
        networks: vec![network("default", &[]), network("tools", &[])],
        ..ProjectResources::default()
    };
    let declared = declared_services(&[("api", &[])]);
    let default = plan_down(&resources, Some(&declared), PLAIN);
    assert_eq!(default.networks.len(), 1);
    assert_eq!(leftovers(&default), ["network shop_tools: no active service uses it"]);
    assert_eq!(plan_down(&resources, None, PLAIN).networks.len(), 2);
    assert_eq!(plan_down(&resources, Some(&declared), EVERYTHING).networks.len(), 2);
}

#[test]
fn without_a_model_the_networks_of_containers_that_stay_are_kept() {
    let mut stopped = service("tool", "");
    stopped.networks = vec!["shop_tools".to_owned()];
    let resources = ProjectResources {
        networks: vec![network("default", &[]), network("tools", &[])],
        volumes: vec![volume("data")],
        containers: vec![service("api", ""), stopped],
    };
    let declared =
        DeclaredServices { networks: None, volumes: None, ..declared_services(&[("api", &[])]) };
    let plan = plan_down(&resources, Some(&declared), VOLUMES);
    assert_eq!(plan.networks.len(), 1);
    assert!(plan.volumes.is_empty());
    assert_eq!(
        leftovers(&plan)[1..],
        [
            "network shop_tools: in use by shop-tool-1",
            "volume shop_data: not known to belong to the project"
        ]
    );
}

fn removed_volumes(
    resources: &ProjectResources,
    declared: Option<&DeclaredServices>,
    options: DownOptions,
) -> Vec<String> {
    plan_down(resources, declared, options).volumes.into_iter().map(|volume| volume.name).collect()
}

#[test]
fn volumes_are_removed_only_on_request_and_if_declared() {
    let existing = ProjectResources {
        volumes: vec![volume("data"), volume("old")],
        ..ProjectResources::default()
    };
    let mut declared = declared_services(&[]);
    declared.volumes = Some(resources(&["data"], false));
    assert!(plan_down(&existing, Some(&declared), PLAIN).is_empty());
    assert!(plan_down(&existing, Some(&declared), EVERYTHING).is_empty());
    assert_eq!(removed_volumes(&existing, Some(&declared), VOLUMES), ["shop_data"]);
    assert_eq!(removed_volumes(&existing, None, VOLUMES), ["shop_data", "shop_old"]);
    let all = DownOptions { volumes: true, ..EVERYTHING };
    declared.volumes = Some(resources(&["data"], true));
    assert_eq!(removed_volumes(&existing, Some(&declared), all), ["shop_old"], "external");
}
