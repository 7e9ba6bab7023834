//! What holds for every plan, whatever an engine has and the files say.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{
    tests::{container, network, resources, volume},
    *,
};
use crate::{Resource, labels};

fn any_options() -> impl Strategy<Value = DownOptions> {
    any::<[bool; 3]>().prop_map(|[everything, orphans, volumes]| DownOptions {
        everything,
        orphans,
        volumes,
    })
}

const NAMES: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

fn any_name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&NAMES[..])
}

fn any_container() -> impl Strategy<Value = Container> {
    let needs = prop::collection::vec(any_name(), 0..4);
    let one_off = prop::sample::select(&["True", "False"][..]);
    (any_name(), 0..5_usize, needs, one_off, any::<bool>()).prop_map(
        |(name, number, needs, one_off, of_compose)| {
            let labels = [(labels::DEPENDS_ON, &*needs.join(",")), (labels::ONEOFF, one_off)];
            let mut container = container(name, number, &labels);
            if !of_compose {
                container.labels.remove(labels::CONFIG_HASH);
            }
            container.networks = vec![format!("shop_{}", NAMES[number])];
            container
        },
    )
}

fn any_resources() -> impl Strategy<Value = Option<BTreeMap<String, Resource>>> {
    prop::option::of(prop::collection::btree_map(any_name(), any::<bool>(), 0..5)).prop_map(|all| {
        let all = all?.into_iter();
        Some(all.flat_map(|(key, external)| resources(&[key], external)).collect())
    })
}

fn any_declared() -> impl Strategy<Value = Option<Declared>> {
    let needs = prop::collection::btree_set(any_name().prop_map(str::to_owned), 0..4);
    let services = prop::collection::btree_map(any_name().prop_map(str::to_owned), needs, 0..6);
    let inactive = prop::collection::btree_map(
        any_name().prop_map(str::to_owned),
        Just(vec!["other".to_owned()]),
        0..3,
    );
    prop::option::of((services, inactive, any_resources(), any_resources()).prop_map(
        |(services, inactive, networks, volumes)| Declared {
            services,
            inactive,
            networks,
            volumes,
        },
    ))
}

fn any_observed() -> impl Strategy<Value = Observed> {
    let containers = prop::collection::vec(any_container(), 0..12).prop_map(|all| {
        let by_name: BTreeMap<String, Container> =
            all.into_iter().map(|one| (one.name.clone(), one)).collect();
        by_name.into_values().collect()
    });
    let networks = prop::collection::btree_set(any_name(), 0..5);
    let volumes = prop::collection::btree_set(any_name(), 0..5);
    (containers, networks, volumes).prop_map(|(containers, networks, volumes)| Observed {
        containers,
        networks: networks.into_iter().map(|key| network(key, &["shop-a-1", "proxy"])).collect(),
        volumes: volumes.into_iter().map(volume).collect(),
    })
}

/// All that is needed, directly or not.
fn reachable(needs: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![from.to_owned()];
    while let Some(service) = waiting.pop() {
        for needed in needs.get(&service).into_iter().flatten() {
            if found.insert(needed.clone()) {
                waiting.push(needed.clone());
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn everything_goes_or_is_left_with_a_reason_exactly_once(
        observed in any_observed(), declared in any_declared(), options in any_options(),
    ) {
        let plan = plan(&observed, declared.as_ref(), options);
        let of = |kind: Kind| plan.left.iter().filter(move |one| one.kind == kind);
        let mut containers: Vec<&str> = plan.containers().map(|one| one.name.as_str()).collect();
        containers.extend(of(Kind::Container).map(|one| one.name.as_str()));
        containers.sort_unstable();
        let mut expected: Vec<&str> =
            observed.containers.iter().map(|one| one.name.as_str()).collect();
        expected.sort_unstable();
        prop_assert_eq!(containers, expected);
        let networks = plan.networks.len() + of(Kind::Network).count();
        prop_assert_eq!(networks, observed.networks.len());
        let volumes = plan.volumes.len() + of(Kind::Volume).count();
        prop_assert_eq!(volumes, if options.volumes { observed.volumes.len() } else { 0 });
    }

    #[test]
    fn nothing_external_and_nothing_foreign_ever_goes(
        observed in any_observed(), declared in any_declared(), options in any_options(),
    ) {
        let plan = plan(&observed, declared.as_ref(), options);
        prop_assert!(plan.containers().all(Container::is_of_compose));
        if !options.everything && !options.orphans {
            prop_assert!(plan.containers().all(|one| !one.is_one_off()));
        }
        let Some(declared) = declared else { return Ok(()) };
        let external = |known: &Option<BTreeMap<String, Resource>>, name: &str| {
            let mut known = known.iter().flat_map(BTreeMap::values);
            known.any(|one| one.external && one.name == name)
        };
        for one in &plan.networks {
            prop_assert!(!external(&declared.networks, &one.network.name));
        }
        for one in &plan.volumes {
            prop_assert!(!external(&declared.volumes, &one.name));
        }
    }

    #[test]
    fn no_service_goes_before_those_that_need_it_unless_they_need_each_other(
        observed in any_observed(), declared in any_declared(), options in any_options(),
    ) {
        let plan = plan(&observed, declared.as_ref(), options);
        let mut needs = declared.map(|declared| declared.services).unwrap_or_default();
        for container in plan.containers() {
            needs.entry(container.service().to_owned()).or_default().extend(container.needs());
        }
        let levels: BTreeMap<&str, &ServiceDown> =
            plan.services.iter().map(|one| (one.service.as_str(), one)).collect();
        for one in &plan.services {
            for needed in reachable(&needs, &one.service) {
                let Some(other) = levels.get(needed.as_str()) else { continue };
                let mutual = reachable(&needs, &needed).contains(&one.service);
                prop_assert!(mutual || other.level > one.level, "{} before {}", needed, one.service);
            }
            for waits_for in &one.after {
                prop_assert!(levels[waits_for.as_str()].level < one.level);
            }
        }
    }
}
