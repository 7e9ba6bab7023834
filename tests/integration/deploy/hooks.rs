//! Commands of the project.

use super::site::{CONFIGURATION, Site};

fn with_hooks(hooks: &str) -> Site {
    let site = Site::started();
    site.configure(&format!("{CONFIGURATION}{hooks}"));
    site.publish("demo/api:2", "2", "good");
    site
}

#[test]
fn hooks_run_at_their_point_with_what_the_deployment_is_about() {
    let site = with_hooks(
        r#"
[deploy.hooks]
before = [{ command = ["sh", "-c", "env | grep ^TIDEGATE_ | sort >before; echo before >>order"] }]
before-switch = [{ command = ["sh", "-c", "echo before-switch >>order"] }]
after = [{ command = ["sh", "-c", "echo after $TIDEGATE_OUTCOME $TIDEGATE_VERSION >>order"] }]
on-failure = [{ command = ["sh", "-c", "echo on-failure >>order"] }]
"#,
    );
    site.deploy(&["2"]).exits(0);
    assert_eq!(site.read("order"), "before\nbefore-switch\nafter succeeded 2\n");
    let variables = site.read("before");
    for line in [
        "PURPOSE=deploy",
        "SERVICES=api",
        "PERFORMER=ada on ",
        "ROLLBACK_TAG=rollback-backup-",
        "OUTCOME=pending",
        "RUNTIME=",
        "DESTINATION=\n",
    ] {
        assert!(variables.contains(&format!("TIDEGATE_{line}")), "{line} is not in\n{variables}");
    }
    let image = format!("TIDEGATE_IMAGES=127.0.0.1:{}/demo/api:2\n", site.registry.port);
    assert!(variables.contains(&image), "{variables}");
    site.rollback(&[]).exits(0);
    assert!(site.read("before").contains("TIDEGATE_PURPOSE=rollback"));
}

#[test]
fn a_hook_that_fails_before_the_switch_stops_the_deployment() {
    let site = with_hooks(
        r#"
[deploy.hooks]
before-switch = [{ command = ["false"] }]
on-failure = [{ command = ["sh", "-c", "echo $TIDEGATE_DEPLOYMENT $TIDEGATE_OUTCOME $TIDEGATE_REASON >failed"] }]
"#,
    );
    let before = site.containers();
    site.deploy(&["2"]).exits(1).prints("`false`");
    assert_eq!(site.containers(), before);
    let failed = site.read("failed");
    assert!(failed.contains(" failed hook.before-switch.1 failed: "), "{failed}");
    site.assert_settled("api 1");
}

#[test]
fn a_hook_that_does_not_end_in_time_stops_the_deployment() {
    let hook = "hooks.before = [{ command = ['sleep', '60'], timeout = '1s' }]\n";
    let site = with_hooks(hook);
    let before = site.containers();
    site.deploy(&["2"]).exits(1).prints("sleep 60");
    assert_eq!(site.containers(), before);
    site.assert_settled("api 1");
}

#[test]
fn a_hook_that_may_fail_and_one_after_success_undo_nothing() {
    let site = with_hooks(
        r#"
[deploy.hooks]
before = [{ command = ["false"], required = false }]
after = [{ command = ["false"] }]
"#,
    );
    site.deploy(&["2"]).exits(0).prints("failed, which is allowed");
    site.assert_settled("api 2");
}
