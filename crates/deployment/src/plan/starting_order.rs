use std::collections::BTreeSet;

use super::Observed;

/// Every service, each after those that it depends on. Compose refuses circles; of one that is
/// there nevertheless any service may come first.
pub(super) fn starting_order(observed: &Observed) -> Vec<String> {
    let mut visit = Visit { observed, visited: BTreeSet::new(), order: Vec::new() };
    observed.services.keys().for_each(|name| visit.add(name));
    visit.order
}

struct Visit<'a> {
    observed: &'a Observed,
    visited: BTreeSet<String>,
    order: Vec<String>,
}

impl Visit<'_> {
    fn add(&mut self, name: &str) {
        let Some(service) = self.observed.services.get(name) else { return };
        if !self.visited.insert(name.to_owned()) {
            return;
        }
        service.dependencies.iter().for_each(|dependency| self.add(dependency));
        self.order.push(name.to_owned());
    }
}
