//! Properties of every plan, over random worlds.

use std::{collections::BTreeMap, time::Duration};

use image_ref::{Digest, ImageId};
use jiff::Timestamp;
use proptest::{collection, option, prelude::*, sample::select};

use super::{
    DesiredImage, HookPoint, Instance, InstanceHealth, InstanceState, Migration, Observed,
    ObservedService, Overlap, PlannedHook, PlannedTrial, Policy, Purpose, RestoredConfiguration,
    Role, SwitchOrder, UnavailableImage, check, plan, selected_names, violations,
};
use crate::record::{DeploymentOutcome, DeploymentRecord, Ending};

const NAMES: [&str; 4] = ["api", "cron", "db", "worker"];

fn image_id(number: u8) -> ImageId {
    ImageId::new(Digest::of(&[number]))
}

fn instance() -> impl Strategy<Value = Instance> {
    let states = select(vec![
        InstanceState::Created,
        InstanceState::Running,
        InstanceState::Stopped,
        InstanceState::Other("paused".to_owned()),
    ]);
    (any::<u16>(), option::of(0..4_u8), states).prop_map(|(number, image, state)| Instance {
        id: number.to_string(),
        name: format!("demo-{number}"),
        image: image.map(image_id),
        state,
        health: InstanceHealth::Unchecked,
        configuration: None,
        restarts: 0,
        started: None,
    })
}

fn desired() -> impl Strategy<Value = Result<DesiredImage, UnavailableImage>> {
    (option::of(0..4_u8), any::<bool>(), any::<bool>()).prop_map(|(id, is_found, has_effect)| {
        let unavailable = UnavailableImage { problem: "no such image".to_owned(), advice: None };
        let effects = if has_effect { vec!["a name moves".to_owned()] } else { Vec::new() };
        is_found.then_some(()).ok_or(unavailable).map(|()| DesiredImage {
            reference: "demo/api:2".to_owned(),
            digest: Some(Digest::of(b"served")),
            id: id.map(image_id),
            offline: false,
            side_effects: effects,
            data: serde_json::Value::Null,
        })
    })
}

fn restored() -> impl Strategy<Value = RestoredConfiguration> {
    (any::<bool>(), option::of(select(vec!["a", "b"]))).prop_map(|(is_exclusive, identity)| {
        RestoredConfiguration {
            deployment: "d0".to_owned(),
            snapshot: "d0.api.after.snapshot.json".to_owned(),
            configuration: identity.map(str::to_owned),
            settings: None,
            instance_name: None,
            exclusive: is_exclusive.then(|| "it has a name of its own".to_owned()),
            differences: Vec::new(),
        }
    })
}

fn order() -> impl Strategy<Value = SwitchOrder> {
    select(vec![SwitchOrder::StartFirst, SwitchOrder::StopFirst])
}

fn service() -> impl Strategy<Value = ObservedService> {
    let parts = (
        any::<bool>(),
        collection::vec(instance(), 0..3),
        0..3_u64,
        option::of(order()),
        any::<bool>(),
        collection::vec(select(NAMES.to_vec()), 0..2),
        option::of(desired()),
        option::of(restored()),
    );
    parts.prop_map(
        |(is_application, instances, replicas, order, overlaps, needs, desired, restored)| {
            let reason = || "a reason".to_owned();
            let needs: Vec<String> = needs.into_iter().map(str::to_owned).collect();
            ObservedService {
                role: if is_application {
                    Role::Application
                } else {
                    Role::Infrastructure(reason())
                },
                instances,
                reference: "demo/api:1".to_owned(),
                configuration: None,
                settings: None,
                replicas,
                declared_order: order,
                overlap: if overlaps { Overlap::Possible } else { Overlap::Impossible(reason()) },
                trial: if overlaps { Overlap::Possible } else { Overlap::Impossible(reason()) },
                shared_by: Vec::new(),
                named_with: needs.clone(),
                dependencies: needs,
                proxy_problems: Vec::new(),
                keeps_data: overlaps.then(reason),
                variables: None,
                has_health_check: overlaps,
                restored,
                desired,
            }
        },
    )
}

fn observed_at_start() -> Observed {
    Observed {
        at: Timestamp::UNIX_EPOCH,
        services: BTreeMap::new(),
        inactive: BTreeMap::new(),
        request_problem: None,
        history: Vec::new(),
        unreadable_records: Vec::new(),
        disk: None,
    }
}

fn record(id: u8, ending: Option<bool>, is_cleaned_up: bool) -> DeploymentRecord {
    let outcome = |good| match good {
        true => DeploymentOutcome::Succeeded { images: BTreeMap::new(), backup: None },
        false => DeploymentOutcome::Undone { reason: String::new() },
    };
    let empty = plan(&observed_at_start(), &Policy::default(), Purpose::Deploy);
    DeploymentRecord {
        performer: "ada".to_owned(),
        started: Timestamp::UNIX_EPOCH,
        plan: super::DeploymentPlan { id: format!("d{id}"), ..empty },
        ending: ending.map(|good| Ending { at: Timestamp::UNIX_EPOCH, outcome: outcome(good) }),
        is_cleaned_up,
    }
}

fn observed() -> impl Strategy<Value = Observed> {
    let services = collection::btree_map(select(NAMES.to_vec()), service(), 0..4);
    let history = collection::vec((option::of(any::<bool>()), any::<bool>()), 0..8);
    (services, history).prop_map(|(services, history)| Observed {
        at: Timestamp::UNIX_EPOCH,
        services: services.into_iter().map(|(name, it)| (name.to_owned(), it)).collect(),
        inactive: BTreeMap::new(),
        request_problem: None,
        history: (0..)
            .zip(history)
            .map(|(id, (ending, is_cleaned_up))| record(id, ending, is_cleaned_up))
            .collect(),
        unreadable_records: Vec::new(),
        disk: None,
    })
}

fn trial() -> impl Strategy<Value = PlannedTrial> {
    select(vec![PlannedTrial::Start, PlannedTrial::Command("check".to_owned())])
}

fn policy() -> impl Strategy<Value = Policy> {
    let names = || collection::vec(select(NAMES.to_vec()), 0..3);
    let hooks = collection::vec(select(HookPoint::ALL.to_vec()), 0..3);
    let parts = (
        names(),
        names(),
        collection::btree_map(select(NAMES.to_vec()), order(), 0..2),
        collection::btree_map(select(NAMES.to_vec()), trial(), 0..2),
        any::<(bool, bool, bool, bool)>(),
        (option::weighted(0.3, select(NAMES.to_vec())), any::<bool>()),
        hooks,
        0..4_usize,
    );
    parts.prop_map(
        |(
            requested,
            configured,
            orders,
            trials,
            flags,
            (infrastructure, without_backup),
            hooks,
            keep,
        )| {
            let (migrates, has_data_gate, restores_on_failure, flag) = flags;
            let texts = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
            Policy {
                requested: texts(requested),
                configured: texts(configured),
                infrastructure: infrastructure.map(str::to_owned),
                without_backup,
                orders: orders.into_iter().map(|(name, order)| (name.to_owned(), order)).collect(),
                without_way_back: flag,
                required_variables: Vec::new(),
                with_settings: Vec::new(),
                trials: trials.into_iter().map(|(name, trial)| (name.to_owned(), trial)).collect(),
                checked: flag.then(Vec::new),
                hooks: (1..)
                    .zip(hooks)
                    .map(|(number, point)| PlannedHook { point, number, command: "x".to_owned() })
                    .collect(),
                migration: migrates.then(|| Migration { service: None, command: "up".to_owned() }),
                has_data_gate,
                restores_on_failure,
                secures_success: has_data_gate,
                restore: None,
                keep,
                soak: Duration::from_secs(1),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn no_plan_breaks_the_rules(observed in observed(), policy in policy()) {
        let plan = plan(&observed, &policy, Purpose::Deploy);
        prop_assert_eq!(violations(&plan, &observed, &policy), Vec::<String>::new());
    }

    #[test]
    fn infrastructure_changes_on_its_own_request_only(
        observed in observed(),
        policy in policy(),
    ) {
        let is_blocked = check(&observed, &policy).iter().any(super::Finding::blocks);
        let plan = plan(&observed, &policy, Purpose::Deploy);
        for change in &plan.changes {
            let service = &observed.services[&change.service];
            let is_infrastructure = service.role != Role::Application;
            prop_assert_eq!(is_infrastructure, change.is_infrastructure);
            prop_assert_eq!(is_infrastructure, policy.infrastructure.is_some());
        }
        if policy.infrastructure.is_some() && !is_blocked && !plan.is_empty() {
            let change = &plan.changes[0];
            let keeps_data = observed.services[&change.service].keeps_data.is_some();
            let is_secured = plan.steps.get(&super::StepId::SecureData).is_some();
            let is_first = change.before.is_empty();
            prop_assert!(!keeps_data || is_first || is_secured || policy.without_backup);
        }
    }

    #[test]
    fn every_deployment_has_an_identity_of_its_own(number in 1..4_usize) {
        let mut world = observed_at_start();
        for _ in 0..number {
            let plan = plan(&world, &Policy::default(), Purpose::Deploy);
            prop_assert!(world.history.iter().all(|record| record.plan.id < plan.id));
            world.history.push(DeploymentRecord { plan, ..record(0, None, false) });
        }
    }

    #[test]
    fn the_newest_ways_back_stay(observed in observed(), policy in policy()) {
        let plan = plan(&observed, &policy, Purpose::Deploy);
        let removed: Vec<&String> = plan.steps.iter().filter_map(|step| match &step.action {
            super::Action::CleanUp { deployments } => Some(deployments),
            _ => None,
        }).flatten().collect();
        let kept = observed.history.iter().filter(|record| {
            record.has_succeeded() && record.keeps_way_back() && !removed.contains(&&record.plan.id)
        }).count();
        let before = observed.history.iter().filter(|record| {
            record.has_succeeded() && record.keeps_way_back()
        }).count();
        prop_assert!(kept == before || kept + 1 >= policy.keep, "{kept} of {before} kept");
    }

    #[test]
    fn what_cannot_be_done_is_found_before(observed in observed(), policy in policy()) {
        let is_blocked = check(&observed, &policy).iter().any(super::Finding::blocks);
        let plan = plan(&observed, &policy, Purpose::Deploy);
        for change in plan.changes.iter().filter(|_| !is_blocked) {
            let service = &observed.services[&change.service];
            prop_assert!(
                change.order == SwitchOrder::StopFirst || service.overlap == Overlap::Possible
            );
            let selected = selected_names(&observed, &policy);
            prop_assert!(service.named_with.iter().all(|other| selected.contains(other)));
        }
    }
}
