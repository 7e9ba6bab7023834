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
    let dependencies = prop::collection::vec(any_name(), 0..4);
    let one_off = prop::sample::select(&["True", "False"][..]);
    (any_name(), 0..5_usize, dependencies, one_off, any::<bool>()).prop_map(
        |(name, number, dependencies, one_off, created_by_compose)| {
            let dependencies = dependencies.join(",");
            let labels = [(labels::DEPENDS_ON, &*dependencies), (labels::ONEOFF, one_off)];
            let mut container = container(name, number, &labels);
            if !created_by_compose {
                container.labels.remove(labels::CONFIG_HASH);
            }
            container.networks = vec![format!("shop_{}", NAMES[number])];
            container
        },
    )
}

fn any_declared_resources() -> impl Strategy<Value = Option<BTreeMap<String, Resource>>> {
    let external_by_key = prop::collection::btree_map(any_name(), any::<bool>(), 0..5);
    prop::option::of(external_by_key).prop_map(|external_by_key| {
        let declared = external_by_key?.into_iter();
        Some(declared.flat_map(|(key, external)| resources(&[key], external)).collect())
    })
}

fn any_declared() -> impl Strategy<Value = Option<DeclaredServices>> {
    let dependencies = prop::collection::btree_set(any_name().prop_map(str::to_owned), 0..4);
    let services =
        prop::collection::btree_map(any_name().prop_map(str::to_owned), dependencies, 0..6);
    let inactive = prop::collection::btree_map(
        any_name().prop_map(str::to_owned),
        Just(vec!["other".to_owned()]),
        0..3,
    );
    let resources = (any_declared_resources(), any_declared_resources());
    let declared =
        (services, inactive, resources).prop_map(|(services, inactive, (networks, volumes))| {
            DeclaredServices {
                services,
                inactive,
                networks,
                volumes,
                ..DeclaredServices::default()
            }
        });
    prop::option::of(declared)
}

fn any_resources() -> impl Strategy<Value = ProjectResources> {
    let containers = prop::collection::vec(any_container(), 0..12).prop_map(|containers| {
        let by_name: BTreeMap<String, Container> =
            containers.into_iter().map(|container| (container.name.clone(), container)).collect();
        by_name.into_values().collect()
    });
    let networks = prop::collection::btree_set(any_name(), 0..5);
    let volumes = prop::collection::btree_set(any_name(), 0..5);
    (containers, networks, volumes).prop_map(|(containers, networks, volumes)| ProjectResources {
        containers,
        networks: networks.into_iter().map(|key| network(key, &["shop-a-1", "proxy"])).collect(),
        volumes: volumes.into_iter().map(volume).collect(),
    })
}

/// All dependencies of a service, direct or not.
fn all_dependencies(
    dependencies: &BTreeMap<String, BTreeSet<String>>,
    service: &str,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut pending = vec![service.to_owned()];
    while let Some(service) = pending.pop() {
        for dependency in dependencies.get(&service).into_iter().flatten() {
            if found.insert(dependency.clone()) {
                pending.push(dependency.clone());
            }
        }
    }
    found
}

fn is_external(declared: &Option<BTreeMap<String, Resource>>, name: &str) -> bool {
    let mut declared = declared.iter().flat_map(BTreeMap::values);
    declared.any(|resource| resource.external && resource.name == name)
}

fn leftovers_of(plan: &DownPlan, kind: ResourceKind) -> impl Iterator<Item = &Leftover> {
    plan.leftovers.iter().filter(move |leftover| leftover.kind == kind)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_resource_is_removed_or_left_with_a_reason_exactly_once(
        resources in any_resources(), declared in any_declared(), options in any_options(),
    ) {
        let plan = plan_down(&resources, declared.as_ref(), options);
        let removed = plan.containers_in_order().map(|container| container.name.as_str());
        let left = leftovers_of(&plan, ResourceKind::Container).map(|left| left.name.as_str());
        let mut containers: Vec<&str> = removed.chain(left).collect();
        containers.sort_unstable();
        let expected = resources.containers.iter().map(|container| container.name.as_str());
        let mut expected: Vec<&str> = expected.collect();
        expected.sort_unstable();
        prop_assert_eq!(containers, expected);
        let networks = plan.networks.len() + leftovers_of(&plan, ResourceKind::Network).count();
        prop_assert_eq!(networks, resources.networks.len());
        let volumes = plan.volumes.len() + leftovers_of(&plan, ResourceKind::Volume).count();
        prop_assert_eq!(volumes, if options.volumes { resources.volumes.len() } else { 0 });
    }

    #[test]
    fn nothing_external_and_nothing_foreign_is_ever_removed(
        resources in any_resources(), declared in any_declared(), options in any_options(),
    ) {
        let plan = plan_down(&resources, declared.as_ref(), options);
        prop_assert!(plan.containers_in_order().all(Container::is_created_by_compose));
        if !options.everything && !options.orphans {
            prop_assert!(plan.containers_in_order().all(|container| !container.is_one_off()));
        }
        let Some(declared) = declared else { return Ok(()) };
        for down in &plan.networks {
            prop_assert!(!is_external(&declared.networks, &down.network.name));
        }
        for volume in &plan.volumes {
            prop_assert!(!is_external(&declared.volumes, &volume.name));
        }
    }

    #[test]
    fn no_service_is_removed_before_its_dependents_unless_they_depend_on_each_other(
        resources in any_resources(), declared in any_declared(), options in any_options(),
    ) {
        let plan = plan_down(&resources, declared.as_ref(), options);
        let mut dependencies = declared.map(|declared| declared.services).unwrap_or_default();
        for container in plan.containers_in_order() {
            let service = container.service_name().to_owned();
            dependencies.entry(service).or_default().extend(container.dependencies());
        }
        let downs: BTreeMap<&str, &ServiceDown> =
            plan.services.iter().map(|down| (down.service.as_str(), down)).collect();
        for down in &plan.services {
            for dependency in all_dependencies(&dependencies, &down.service) {
                let Some(other) = downs.get(dependency.as_str()) else { continue };
                let mutual = all_dependencies(&dependencies, &dependency).contains(&down.service);
                prop_assert!(
                    mutual || other.level > down.level, "{} before {}", dependency, down.service
                );
            }
            for earlier in &down.after {
                prop_assert!(downs[earlier.as_str()].level < down.level);
            }
        }
    }
}
