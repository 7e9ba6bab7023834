//! The order in which services are removed: dependents first.

use std::collections::{BTreeMap, BTreeSet};

/// For each service, the names of others.
pub(super) type Edges = BTreeMap<String, BTreeSet<String>>;

/// From the dependencies of each service: the services that each of `removed` has to
/// wait for, directly or not. Services that depend on each other do not wait for
/// one another: they are removed at the same time.
pub(super) fn removed_before(removed: &BTreeSet<String>, dependencies: &Edges) -> Edges {
    let dependents = reverse_edges(dependencies);
    let dependents: BTreeMap<&str, BTreeSet<&str>> = removed
        .iter()
        .map(|service| (service.as_str(), reachable_from(service, &dependents)))
        .collect();
    removed.iter().map(|service| (service.clone(), waits_for(service, &dependents))).collect()
}

/// The dependents of a service, except those that it depends on itself.
fn waits_for(service: &str, dependents: &BTreeMap<&str, BTreeSet<&str>>) -> BTreeSet<String> {
    let others = dependents[service]
        .iter()
        .filter(|other| dependents.get(*other).is_some_and(|theirs| !theirs.contains(service)));
    others.map(ToString::to_string).collect()
}

fn reverse_edges(edges: &Edges) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut reversed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, targets) in edges {
        for target in targets {
            reversed.entry(target).or_default().insert(from);
        }
    }
    reversed
}

fn reachable_from<'a>(
    start: &str,
    edges: &BTreeMap<&'a str, BTreeSet<&'a str>>,
) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut pending: Vec<&str> = edges.get(start).into_iter().flatten().copied().collect();
    while let Some(service) = pending.pop() {
        if reached.insert(service) {
            pending.extend(edges.get(service).into_iter().flatten());
        }
    }
    reached
}

/// The level of each service, given the services it waits for: those of level 0 wait
/// for none.
pub(super) fn levels(waits_for: &Edges) -> BTreeMap<String, usize> {
    let mut levels = BTreeMap::new();
    for level in 0.. {
        let free = waits_for.iter().filter(|(service, others)| {
            !levels.contains_key(*service) && others.iter().all(|other| levels.contains_key(other))
        });
        let free: Vec<String> = free.map(|(service, _)| service.clone()).collect();
        if free.is_empty() {
            break;
        }
        levels.extend(free.into_iter().map(|service| (service, level)));
    }
    levels
}
