use std::collections::BTreeMap;

use super::*;
use crate::{ComposeProject, Mention, Mentioned, Mentions, Resource, labels};

pub(super) fn container(service: &str, number: usize, extra: &[(&str, &str)]) -> Container {
    let usual = [
        (labels::PROJECT, "shop"),
        (labels::SERVICE, service),
        (labels::CONFIG_HASH, "hash"),
        (labels::ONEOFF, "False"),
        (labels::DEPENDS_ON, ""),
    ];
    let labels = usual.iter().chain(extra);
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

fn service(name: &str, needs: &str) -> Container {
    container(name, 1, &[(labels::DEPENDS_ON, needs)])
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
    let resource = |key: &&str| {
        let name = format!("shop_{key}");
        ((*key).to_owned(), Resource { name, external })
    };
    keys.iter().map(resource).collect()
}

fn declared(services: &[(&str, &[&str])]) -> Declared {
    let needs = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    Declared {
        services: services.iter().map(|(name, of)| ((*name).to_owned(), needs(of))).collect(),
        networks: Some(resources(&["default"], false)),
        volumes: Some(BTreeMap::new()),
        ..Declared::default()
    }
}

fn containers(all: Vec<Container>) -> Observed {
    Observed { containers: all, ..Observed::default() }
}

/// Services by level, such as `web | api cache | db`.
fn shown(plan: &DownPlan) -> String {
    let mut levels: Vec<Vec<&str>> = Vec::new();
    for service in &plan.services {
        levels.resize_with(levels.len().max(service.level + 1), Vec::new);
        levels[service.level].push(&service.service);
    }
    levels.iter().map(|level| level.join(" ")).collect::<Vec<_>>().join(" | ")
}

fn left(plan: &DownPlan) -> Vec<String> {
    plan.left.iter().map(|one| format!("{} {}: {}", one.kind, one.name, one.reason)).collect()
}

const PLAIN: DownOptions = DownOptions { everything: false, orphans: false, volumes: false };
const EVERYTHING: DownOptions = DownOptions { everything: true, ..PLAIN };
const ORPHANS: DownOptions = DownOptions { orphans: true, ..PLAIN };
const VOLUMES: DownOptions = DownOptions { volumes: true, ..PLAIN };

#[test]
fn dependents_go_before_what_they_need() {
    let observed = containers(vec![
        service("db", ""),
        service("api", "db:service_healthy:true,cache:service_started:false"),
        service("web", "api:service_started:false"),
        service("cache", ""),
        service("alone", ""),
    ]);
    let plan = plan(&observed, None, PLAIN);
    assert_eq!(shown(&plan), "alone web | api | cache db");
    assert_eq!(left(&plan), Vec::<String>::new());
}

#[test]
fn an_old_label_without_conditions_is_understood() {
    let observed = containers(vec![service("db", ""), service("web", "db")]);
    assert_eq!(shown(&plan(&observed, None, PLAIN)), "web | db");
}

#[test]
fn a_service_without_containers_passes_the_order_on() {
    let observed = containers(vec![service("db", ""), service("web", "")]);
    let known = declared(&[("web", &["api"]), ("api", &["db"]), ("db", &[])]);
    assert_eq!(shown(&plan(&observed, Some(&known), PLAIN)), "web | db");
}

#[test]
fn a_cycle_is_opened_and_what_hangs_on_it_keeps_its_order() {
    let observed = containers(vec![
        service("a", "b,z"),
        service("b", "c"),
        service("c", "a"),
        service("z", "z"),
    ]);
    let plan = plan(&observed, None, PLAIN);
    assert_eq!(plan.containers().count(), 4);
    let level = |name: &str| plan.services.iter().find(|one| one.service == name).unwrap().level;
    assert!(level("a") < level("z"), "{}", shown(&plan));
}

#[test]
fn with_a_file_other_profiles_and_orphans_and_one_offs_stay() {
    let one_off = container("api", 2, &[(labels::ONEOFF, "True")]);
    let observed =
        containers(vec![service("api", ""), one_off, service("tool", ""), service("gone", "")]);
    let mut known = declared(&[("api", &[])]);
    known.inactive.insert("tool".to_owned(), vec!["debug".to_owned()]);
    let usual = plan(&observed, Some(&known), PLAIN);
    assert_eq!(shown(&usual), "api");
    assert_eq!(
        left(&usual),
        [
            "container shop-api-2: one-off container (`run api`)",
            "container shop-gone-1: orphan: service gone is no longer in the Compose files",
            "container shop-tool-1: service tool is in profile debug, not active",
        ]
    );
    let everything = plan(&observed, Some(&known), EVERYTHING);
    assert_eq!(everything.containers().count(), 4);
    assert!(usual.left.iter().all(|one| one.reason.ends_with_everything()));
}

#[test]
fn with_orphans_one_offs_of_inactive_profiles_stay() {
    let one_off = |service: &str| container(service, 2, &[(labels::ONEOFF, "True")]);
    let observed = containers(vec![
        one_off("api"),
        one_off("tool"),
        one_off("gone"),
        container("gone", 1, &[]),
        container("tool", 1, &[]),
    ]);
    let mut known = declared(&[("api", &[])]);
    known.inactive.insert("tool".to_owned(), vec!["debug".to_owned()]);
    let plan = plan(&observed, Some(&known), ORPHANS);
    let going: Vec<&str> = plan.containers().map(|one| one.name.as_str()).collect();
    assert_eq!(going, ["shop-api-2", "shop-gone-1", "shop-gone-2"]);
}

#[test]
fn a_loose_reading_knows_services_and_profiles() {
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
    let known = Declared::loosely(&mentions, &project).unwrap();
    assert_eq!(known.services.keys().collect::<Vec<_>>(), ["api", "ui"]);
    assert_eq!(known.inactive.keys().collect::<Vec<_>>(), ["tool"]);
    mentions.images.push(mention("", &[]));
    assert_eq!(Declared::loosely(&mentions, &project), None, "a file that cannot be read");
}

#[test]
fn without_a_file_all_services_fall_and_one_offs_stay() {
    let one_off = container("api", 2, &[(labels::ONEOFF, "True")]);
    let observed = containers(vec![service("api", ""), service("tool", ""), one_off]);
    let plan = plan(&observed, None, PLAIN);
    assert_eq!(shown(&plan), "api tool");
    assert_eq!(left(&plan), ["container shop-api-2: one-off container (`run api`)"]);
}

#[test]
fn what_compose_did_not_make_stays_even_with_everything() {
    let mut foreign = service("api", "");
    foreign.labels.remove(labels::CONFIG_HASH);
    let mut hook = container("api", 2, &[("com.docker.compose.hook", "pre_start")]);
    hook.labels.retain(|name, _| name != labels::CONFIG_HASH && name != labels::ONEOFF);
    let mut bridge = network("made-by-hand", &[]);
    bridge.labels.clear();
    let observed = Observed { networks: vec![bridge], ..containers(vec![foreign, hook]) };
    let plan = plan(&observed, None, EVERYTHING);
    let going: Vec<&str> = plan.containers().map(|one| one.name.as_str()).collect();
    assert_eq!(going, ["shop-api-2"], "a hook's container goes with its service");
    assert_eq!(plan.left.iter().filter(|one| one.reason == Reason::NotOfCompose).count(), 2);
}

#[test]
fn a_network_is_held_by_what_stays() {
    let one_off = container("api", 2, &[(labels::ONEOFF, "True")]);
    let observed = Observed {
        networks: vec![network("default", &["shop-api-1", "shop-api-2", "proxy"])],
        ..containers(vec![service("api", ""), one_off])
    };
    let known = declared(&[("api", &[])]);
    let usual = plan(&observed, Some(&known), PLAIN);
    assert_eq!(usual.networks[0].held_by, ["shop-api-2", "proxy"]);
    let everything = plan(&observed, Some(&known), EVERYTHING);
    assert_eq!(everything.networks[0].held_by, ["proxy"]);
}

#[test]
fn a_network_of_inactive_profiles_stays() {
    let observed = Observed {
        networks: vec![network("default", &[]), network("tools", &[])],
        ..Observed::default()
    };
    let known = declared(&[("api", &[])]);
    let usual = plan(&observed, Some(&known), PLAIN);
    assert_eq!(usual.networks.len(), 1);
    assert_eq!(left(&usual), ["network shop_tools: no active service uses it"]);
    assert_eq!(plan(&observed, None, PLAIN).networks.len(), 2);
    assert_eq!(plan(&observed, Some(&known), EVERYTHING).networks.len(), 2);
}

#[test]
fn a_file_that_was_read_loosely_keeps_the_networks_of_what_stays() {
    let mut stopped = service("tool", "");
    stopped.networks = vec!["shop_tools".to_owned()];
    let observed = Observed {
        networks: vec![network("default", &[]), network("tools", &[])],
        volumes: vec![volume("data")],
        containers: vec![service("api", ""), stopped],
    };
    let known = Declared { networks: None, volumes: None, ..declared(&[("api", &[])]) };
    let plan = plan(&observed, Some(&known), VOLUMES);
    assert_eq!(plan.networks.len(), 1);
    assert!(plan.volumes.is_empty());
    assert_eq!(
        left(&plan)[1..],
        [
            "network shop_tools: in use by shop-tool-1",
            "volume shop_data: not known to be the project's own"
        ]
    );
}

#[test]
fn volumes_go_only_when_asked_for_and_declared() {
    let observed = Observed { volumes: vec![volume("data"), volume("old")], ..Observed::default() };
    let mut known = declared(&[]);
    known.volumes = Some(resources(&["data"], false));
    let names = |plan: DownPlan| -> Vec<String> {
        plan.volumes.into_iter().map(|volume| volume.name).collect()
    };
    assert!(plan(&observed, Some(&known), PLAIN).is_empty());
    assert!(plan(&observed, Some(&known), EVERYTHING).is_empty());
    assert_eq!(names(plan(&observed, Some(&known), VOLUMES)), ["shop_data"]);
    assert_eq!(names(plan(&observed, None, VOLUMES)), ["shop_data", "shop_old"]);
    let all = DownOptions { volumes: true, ..EVERYTHING };
    known.volumes = Some(resources(&["data"], true));
    assert_eq!(names(plan(&observed, Some(&known), all)), ["shop_old"], "external");
}
