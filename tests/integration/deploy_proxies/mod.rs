//! `deploy` and `rollback` behind real proxies, under load: nobody notices.

mod load;
mod maintenance;
mod stack;

use load::Load;
use stack::{Proxy, Stack};

/// Users send requests while a version is deployed, while another one fails and is taken
/// back, and while a rollback brings an earlier version and its configuration back.
#[track_caller]
fn no_request_fails(proxy: Proxy) {
    let stack = Stack::start(proxy);
    let load = Load::start(stack.proxy_address());
    load.until_served("version 1.0");
    let failed = stack.run("deploy", &["2.0", "--yes"], 1);
    assert!(failed.contains("bringing the old version back"), "{failed}");
    assert_eq!(stack.running_versions(), ["1.0"]);
    stack.reconfigure();
    stack.run("deploy", &["3.0", "--yes"], 0);
    assert_eq!(stack.running_versions(), ["3.0"]);
    assert_eq!(stack.greeting(), "new");
    load.until_served("version 3.0");
    stack.run("rollback", &["--yes"], 0);
    assert_eq!(stack.running_versions(), ["1.0"]);
    assert_eq!(stack.greeting(), "old");
    load.until_served("version 1.0");
    let result = load.end();
    assert!(result.failures.is_empty(), "{result:#?}");
    assert!(result.requests > 1000, "{result:?}");
    assert!(stack.has_run_before_stop());
    assert_eq!(stack.hosts_lines(), "", "the proxy is as it was");
}

#[test]
fn behind_nginx_no_request_fails_during_deploy_failed_deploy_and_rollback() {
    no_request_fails(Proxy::Nginx);
}

#[test]
fn behind_haproxy_no_request_fails_during_deploy_failed_deploy_and_rollback() {
    no_request_fails(Proxy::Haproxy);
}

#[test]
fn behind_caddy_no_request_fails_during_deploy_failed_deploy_and_rollback() {
    no_request_fails(Proxy::Caddy);
}

/// Otherwise the tests above would prove nothing.
#[test]
fn the_load_notices_when_a_container_behind_a_proxy_is_replaced_without_care() {
    let stack = Stack::start(Proxy::Nginx);
    let load = Load::start(stack.proxy_address());
    load.until_served("version 1.0");
    stack.compose(&["up", "--detach", "--no-deps", "--force-recreate", "api"]);
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert!(!load.end().failures.is_empty());
}

/// The old container is held by a request that does not end, so that the deployer dies
/// between the line that pins the new one and its removal: before the proxy is reloaded, or
/// after that.
#[test]
fn a_deployer_that_is_killed_while_nginx_is_pinned_leaves_users_served_and_is_taken_back() {
    for is_reloaded in [false, true] {
        let stack = Stack::start(Proxy::Nginx);
        let load = Load::start(stack.proxy_address());
        load.until_served("version 1.0");
        let held = stack.hold_request();
        let mut deployer = stack.start_program("deploy", &["3.0", "--yes"]);
        stack.until_pinned();
        if is_reloaded {
            load.until_served("version 3.0");
        }
        deployer.kill().unwrap();
        deployer.wait().unwrap();
        assert_ne!(stack.hosts_lines(), "", "the line is left behind");
        drop(held);
        stack.run("deploy", &["--abort"], 0);
        assert_settled(&stack, "1.0");
        load.until_served("version 1.0");
        let result = load.end();
        assert!(result.failures.is_empty(), "{result:#?}");
        stack.run("deploy", &["3.0", "--yes"], 0);
        assert_settled(&stack, "3.0");
    }
}

/// nginx refuses a configuration in which a name is of no container that runs.
#[test]
fn behind_nginx_users_are_served_again_by_what_was_stopped_for_a_migration() {
    let stack = Stack::start(Proxy::Nginx);
    let settings = "
[deploy.migration]
command = ['/api-server', 'touch', '/nonexistent/migrated']
[deploy.database]
on-failure = 'restore'
[deploy.data]
secure = 'echo backup-1'
restore = 'true'
";
    stack.configure(|text| text + settings);
    let failed = stack.run("deploy", &["3.0", "--yes"], 1);
    assert!(failed.contains("brought the data back: backup-1 is back"), "{failed}");
    assert_settled(&stack, "1.0");
    let load = Load::start(stack.proxy_address());
    load.until_served("version 1.0");
    assert_eq!(load.end().failures, [] as [&str; 0]);
    stack.configure(|text| text.replace("/nonexistent/", "/seen/"));
    stack.run("deploy", &["3.0", "--yes"], 0);
    assert_settled(&stack, "3.0");
}

/// This version runs, and the proxy is as it was.
#[track_caller]
fn assert_settled(stack: &Stack, version: &str) {
    assert_eq!(stack.running_versions(), [version]);
    assert_eq!(stack.hosts_lines(), "");
}

#[test]
fn a_before_stop_that_fails_leaves_the_old_version_behind_the_proxy() {
    let stack = Stack::start(Proxy::Nginx);
    stack.configure(|text| text.replace("/seen/before-stop", "/nonexistent/before-stop"));
    let load = Load::start(stack.proxy_address());
    load.until_served("version 1.0");
    let failed = stack.run("deploy", &["3.0", "--yes"], 1);
    assert!(failed.contains("the old version serves"), "{failed}");
    assert_settled(&stack, "1.0");
    let result = load.end();
    assert!(result.failures.is_empty(), "{result:#?}");
}

#[test]
fn a_proxy_of_another_kind_than_configured_is_refused() {
    let stack = Stack::start(Proxy::Nginx);
    let proxy = |kind: &str| format!("[deploy.proxy]\nservice = \"proxy\"\nkind = \"{kind}\"\n");
    stack.configure(|text| format!("{text}{}", proxy("haproxy")));
    let refused = stack.run("deploy", &["3.0", "--yes"], 4);
    assert!(refused.contains("proxy runs nginx, not haproxy"), "{refused}");
    assert_settled(&stack, "1.0");
    stack.configure(|text| text.replace("haproxy", "nginx"));
    stack.run("deploy", &["3.0", "--yes"], 0);
    assert_settled(&stack, "3.0");
}

#[test]
fn a_proxy_that_asks_a_name_server_by_itself_is_a_warning_of_the_plan() {
    let stack = Stack::start(Proxy::NginxWithResolver);
    let plan = stack.run("deploy", &["3.0", "--dry-run"], 0);
    assert!(plan.contains("requests to api by way of proxy may fail"), "{plan}");
    assert!(plan.contains("without a variable"), "{plan}");
    let stack = Stack::start(Proxy::Nginx);
    let plan = stack.run("deploy", &["3.0", "--dry-run"], 0);
    assert!(!plan.contains("by way of proxy"), "{plan}");
}

#[test]
fn a_proxy_that_could_not_be_reloaded_is_found_before_anything_is_changed() {
    let stack = Stack::start(Proxy::Nginx);
    stack.break_proxy_configuration();
    let refused = stack.run("deploy", &["3.0", "--yes"], 4);
    assert!(refused.contains("api cannot be switched behind proxy"), "{refused}");
    assert!(
        refused.contains("no such directive") || refused.contains("unknown directive"),
        "{refused}"
    );
    assert_eq!(stack.running_versions(), ["1.0"]);
}

/// Somebody edits the proxy's configuration while the new version starts.
#[test]
fn a_proxy_that_cannot_be_reloaded_any_more_does_not_keep_the_failed_version() {
    let stack = Stack::start(Proxy::Nginx);
    let hook = "\n[[deploy.hooks.before-switch]]\n\
                command = [\"sh\", \"-c\", \"echo 'no such directive;' > proxy.conf\"]\n";
    stack.configure(|text| text + hook);
    let load = Load::start(stack.proxy_address());
    load.until_served("version 1.0");
    let failed = stack.run("deploy", &["3.0", "--yes"], 1);
    assert!(failed.contains("cannot read the configuration of"), "{failed}");
    assert_eq!(stack.running_versions(), ["1.0"]);
    let result = load.end();
    assert!(result.failures.is_empty(), "{result:#?}");
}
