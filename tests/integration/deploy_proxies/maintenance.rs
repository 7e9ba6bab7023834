//! `deploy --maintenance`: users get 503 from the proxy, and the application goes on.

use std::time::Duration;

use super::{
    load::{Load, answer_of},
    stack::{Proxy, Stack},
};

#[track_caller]
fn assert_closed(stack: &Stack) {
    for method in ["GET", "POST"] {
        let (head, body) = answer_of(stack.proxy_address(), method);
        assert!(head.starts_with("HTTP/1.1 503"), "{head}");
        let lower = head.to_ascii_lowercase();
        assert!(lower.contains("retry-after: 60"), "{head}");
        assert!(body.contains("maintenance"), "{body}");
    }
}

#[track_caller]
fn assert_open(stack: &Stack, version: &str) {
    let (head, body) = answer_of(stack.proxy_address(), "GET");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(body.contains(&format!("version {version}")), "{body}");
}

#[track_caller]
fn assert_nothing_is_left(stack: &Stack) {
    assert_eq!(stack.hosts_lines(), "", "the proxy is as it was");
    assert_eq!(stack.helpers(), [""; 0]);
}

/// Users send requests all the time: each is answered, by the application or with 503. A
/// deployment in between works, and leaves the maintenance on.
#[track_caller]
fn users_are_kept_out_and_let_in_again(proxy: Proxy) {
    let stack = Stack::start(proxy);
    let load = Load::start(stack.proxy_address());
    load.until_served("version 1.0");
    let containers = stack.compose(&["ps", "--all", "--quiet"]);
    let on = stack.run("deploy", &["--maintenance", "on"], 0);
    assert!(on.contains("maintenance is on: "), "{on}");
    assert_closed(&stack);
    assert_eq!(stack.compose(&["ps", "--all", "--quiet"]), containers, "nothing was replaced");
    let status = stack.run("deployment-status", &[], 5);
    assert!(status.contains("maintenance is on since"), "{status}");
    let again = stack.run("deploy", &["--maintenance", "on"], 0);
    assert!(again.contains("on already"), "{again}");
    let deployed = stack.run("deploy", &["3.0", "--yes"], 0);
    assert!(deployed.contains("maintenance is on, and stays on"), "{deployed}");
    assert_eq!(stack.running_versions(), ["3.0"]);
    assert_closed(&stack);
    let off = stack.run("deploy", &["--maintenance", "off"], 0);
    assert!(off.contains("maintenance is off"), "{off}");
    assert_open(&stack, "3.0");
    load.until_served("version 3.0");
    let seen = load.end();
    // A reload of Caddy loses connections that it has not accepted yet.
    let is_lost = |it: &str| proxy == Proxy::Caddy && it.contains("reset by peer");
    let others = seen.failures.iter().filter(|it| !it.contains(" 503") && !is_lost(it));
    let others: Vec<&String> = others.collect();
    assert!(others.is_empty(), "{others:#?}");
    assert!(seen.failures.iter().filter(|it| is_lost(it)).count() < 20, "{seen:#?}");
    assert!(seen.failures.len() > 100, "{}", seen.failures.len());
    assert_nothing_is_left(&stack);
    stack.run("deployment-status", &[], 0);
    let nothing = stack.run("deploy", &["--maintenance", "off"], 0);
    assert!(nothing.contains("maintenance is not on"), "{nothing}");
}

#[test]
fn behind_nginx_users_are_kept_out_and_let_in_again() {
    users_are_kept_out_and_let_in_again(Proxy::Nginx);
}

#[test]
fn behind_haproxy_users_are_kept_out_and_let_in_again() {
    users_are_kept_out_and_let_in_again(Proxy::Haproxy);
}

#[test]
fn behind_caddy_users_are_kept_out_and_let_in_again() {
    users_are_kept_out_and_let_in_again(Proxy::Caddy);
}

/// What makes it answer so is in the memory of the proxy and in files that the engine
/// writes anew: that is reported.
#[test]
fn a_restart_of_the_proxy_ends_the_maintenance_which_is_reported_and_can_be_repeated() {
    for proxy in [Proxy::Nginx, Proxy::Haproxy, Proxy::Caddy] {
        let stack = Stack::start(proxy);
        stack.run("deploy", &["--maintenance", "on"], 0);
        stack.compose(&["restart", "--timeout", "1", "proxy"]);
        stack.wait_until_it_listens();
        assert_open(&stack, "1.0");
        let status = stack.run("deployment-status", &[], 5);
        assert!(status.contains("was restarted or replaced since"), "{status}");
        stack.run("deploy", &["--maintenance", "on"], 0);
        assert_closed(&stack);
        stack.compose(&["up", "--detach", "--force-recreate", "--no-deps", "proxy"]);
        stack.wait_until_it_listens();
        assert_open(&stack, "1.0");
        stack.run("deploy", &["--maintenance", "off"], 0);
        assert_nothing_is_left(&stack);
        stack.run("deployment-status", &[], 0);
    }
}

/// nginx does not load a configuration with a name that it cannot resolve.
#[test]
fn a_proxy_that_cannot_forward_again_stays_closed() {
    let stack = Stack::start(Proxy::Nginx);
    stack.run("deploy", &["--maintenance", "on"], 0);
    stack.compose(&["stop", "--timeout", "1", "api"]);
    let refused = stack.run("deploy", &["--maintenance", "off"], 1);
    assert!(refused.contains("host not found in upstream"), "{refused}");
    assert_closed(&stack);
    let status = stack.run("deployment-status", &[], 5);
    assert!(status.contains("maintenance is on since"), "{status}");
    assert!(!status.contains("was restarted"), "{status}");
    stack.compose(&["start", "api"]);
    stack.run("deploy", &["--maintenance", "off"], 0);
    assert_open(&stack, "1.0");
    assert_nothing_is_left(&stack);
}

#[test]
fn the_container_that_answers_is_missed_when_it_is_gone() {
    let stack = Stack::start(Proxy::Haproxy);
    stack.run("deploy", &["--maintenance", "on"], 0);
    let helpers = stack.helpers();
    assert_eq!(helpers.len(), 1, "{helpers:?}");
    crate::harness::docker(&["rm", "--force", &helpers[0]]);
    let status = stack.run("deployment-status", &[], 5);
    assert!(status.contains("the container that does is gone"), "{status}");
    stack.run("deploy", &["--maintenance", "on"], 0);
    assert_closed(&stack);
    stack.run("deploy", &["--maintenance", "off"], 0);
    assert_open(&stack, "1.0");
    assert_nothing_is_left(&stack);
}

#[test]
fn a_proxy_by_which_users_would_reach_the_application_all_the_same_is_refused() {
    let stack = Stack::start(Proxy::NginxWithResolver);
    let refused = stack.run("deploy", &["--maintenance", "on"], 4);
    assert!(refused.contains("proxy asks a name server by itself for api"), "{refused}");
    assert_open(&stack, "1.0");
    assert_nothing_is_left(&stack);
    stack.run("deployment-status", &[], 0);
    stack.compose(&["stop", "--timeout", "1", "proxy"]);
    let refused = stack.run("deploy", &["--maintenance", "on"], 4);
    assert!(refused.contains("no proxy runs in the project"), "{refused}");
}

#[test]
fn a_maintenance_that_is_killed_can_be_ended_or_completed() {
    for proxy in [Proxy::Nginx, Proxy::Caddy] {
        let stack = Stack::start(proxy);
        for (number, milliseconds) in (0..).zip([600, 900, 1200, 1500, 1800]) {
            let after = Duration::from_millis(milliseconds);
            stack.run_and_kill("deploy", &["--maintenance", "on"], after);
            if number % 2 == 0 {
                stack.run("deploy", &["--maintenance", "on"], 0);
                assert_closed(&stack);
                stack.run_and_kill("deploy", &["--maintenance", "off"], after);
            }
            stack.run("deploy", &["--maintenance", "off"], 0);
            assert_open(&stack, "1.0");
            assert_nothing_is_left(&stack);
            stack.run("deployment-status", &[], 0);
        }
    }
}
