//! The order in which services go: dependents first.

use std::collections::{BTreeMap, BTreeSet};

/// For each service, the names of others.
pub(super) type Edges = BTreeMap<String, BTreeSet<String>>;

/// From what each service needs: which of `going` each of `going` has to wait
/// for, directly or not. Services that need each other wait for no one of them:
/// they go at the same time.
pub(super) fn after(going: &BTreeSet<String>, needs: &Edges) -> Edges {
    let needed_by = reversed(needs);
    let dependents: BTreeMap<&str, BTreeSet<&str>> =
        going.iter().map(|one| (one.as_str(), reachable(one, &needed_by))).collect();
    let waits = |one: &str| {
        let others = dependents[one]
            .iter()
            .filter(|other| dependents.get(*other).is_some_and(|theirs| !theirs.contains(one)));
        others.map(ToString::to_string).collect()
    };
    going.iter().map(|one| (one.clone(), waits(one))).collect()
}

fn reversed(needs: &Edges) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut reversed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (service, needed) in needs {
        for needed in needed {
            reversed.entry(needed).or_default().insert(service);
        }
    }
    reversed
}

fn reachable<'a>(from: &str, edges: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut next: Vec<&str> = edges.get(from).into_iter().flatten().copied().collect();
    while let Some(one) = next.pop() {
        if found.insert(one) {
            next.extend(edges.get(one).into_iter().flatten());
        }
    }
    found
}

/// The level of each service: those of level 0 wait for nobody.
pub(super) fn levels(after: &Edges) -> BTreeMap<String, usize> {
    let mut levels = BTreeMap::new();
    for level in 0.. {
        let free = after.iter().filter(|(service, waits)| {
            !levels.contains_key(*service) && waits.iter().all(|one| levels.contains_key(one))
        });
        let free: Vec<String> = free.map(|(service, _)| service.clone()).collect();
        if free.is_empty() {
            break;
        }
        levels.extend(free.into_iter().map(|service| (service, level)));
    }
    levels
}
