//! Stopping with Compose and through the engine, with all options, one project and several.

use super::stack::Stack;
use crate::harness::ServiceImage;

const SHOP: &str = "services:
  web: QUICK
    depends_on: [db]
  db: QUICK
  tool: QUICK
    profiles: [debug]
    networks: [tools]
    volumes: [data:/data]
networks:
  tools: {}
volumes:
  data: {}
";

/// With a service of another profile, a one-off container of each kind, and an
/// orphan.
fn shop_with_leftovers() -> Stack {
    let stack = Stack::of(&SHOP.replace("  db: QUICK\n", "  db: QUICK\n  gone: QUICK\n"));
    stack.composes(&["--profile", "debug", "up", "--detach"]);
    for service in ["web", "gone"] {
        let name = format!("{}-{service}-once", stack.name);
        stack.composes(&["run", "--detach", "--no-deps", "--name", &name, service]);
    }
    stack.write("compose.yaml", SHOP);
    stack
}

#[test]
fn by_compose_the_report_lists_what_is_left_and_why() {
    let stack = shop_with_leftovers();
    let ended = stack.stop().run().exits(0);
    insta::assert_snapshot!(ended.whole());
}

#[test]
fn through_the_engine_the_report_is_the_same() {
    let stack = shop_with_leftovers();
    let ended = stack.stop().arg("--native").run().exits(0);
    insta::assert_snapshot!(ended.whole());
}

#[test]
fn a_machine_without_compose_leaves_the_same_services() {
    let stack = shop_with_leftovers();
    let ended = stack.stop().without_compose().run().exits(0);
    insta::assert_snapshot!(ended.whole());
}

/// Compose 1 refuses the file, which is one of newer versions, before it changes anything.
#[test]
fn files_that_compose_1_refuses_go_through_the_engine() {
    let stack = Stack::of("services:\n  web: QUICK\n");
    stack.up();
    let old = "#!/bin/sh\ncase \"$*\" in\n*version*) echo 1.29.2 ;;\n\
               *config*) echo 'unknown flag: --format' >&2; exit 1 ;;\n\
               *) echo \"The Compose file './compose.yaml' is invalid because:\n\
               'name' does not match any of the regexes: '^x-'\" >&2; exit 1 ;;\nesac\n";
    let ended = stack.stop().with_compose(old).run().exits(0);
    assert!(ended.stdout.contains("using the engine instead"), "{ended}");
    assert_eq!(stack.state(), super::stack::State::default());
}

/// They hold data: a script has to confirm it with a flag.
#[test]
fn volumes_are_removed_only_after_confirmation() {
    let stack =
        Stack::of("services:\n  web: QUICK\n    volumes: [data:/data]\nvolumes: {data: {}}\n");
    stack.up();
    let before = stack.state();
    for flags in [&["--volumes"][..], &["--volumes", "--native"]] {
        let ended = stack.stop_without_yes().args(flags).run().exits(2);
        insta::allow_duplicates! { insta::assert_snapshot!(ended.complaints(), @"
        exit 2
        [ERROR] removing volumes with their data needs confirmation, but there is no terminal to ask on
        [INFO] add --yes
        "); }
        assert_eq!(stack.state(), before);
    }
    stack.stop().arg("--volumes").run().exits(0);
    assert_eq!(stack.state(), super::stack::State::default());
}

#[test]
fn compose_1_takes_down_what_it_can_and_the_files_are_read_tolerantly() {
    let stack = shop_with_leftovers();
    let old = "#!/bin/sh\ncase \"$*\" in\n*version*) echo 1.29.2 ;;\n\
               *config*) echo 'unknown flag: --format' >&2; exit 1 ;;\n\
               *) exec REAL \"$@\" ;;\nesac\n";
    let ended = stack.stop().with_compose(old).run().exits(0);
    insta::assert_snapshot!(ended.whole());
    let everything = ["--everything", "--volumes"];
    stack.stop().with_compose(old).args(&everything).run().exits(0);
    assert_eq!(stack.state(), super::stack::State::default());
}

#[test]
fn a_compose_that_cannot_be_run_is_skipped() {
    let stack = Stack::of("services:\n  web: QUICK\n");
    stack.up();
    let ended = stack.stop().with_compose("#!/nonexistent\n").run().exits(0);
    assert!(ended.stdout.contains("cannot be run; using the engine instead"), "{ended}");
    assert!(stack.state().containers.is_empty());
}

#[test]
fn a_failure_of_compose_is_reported_with_what_is_left() {
    let stack = Stack::of(SHOP);
    stack.up();
    let failing = "#!/bin/sh\ncase \"$*\" in\n\
                   *down*) docker rm --force --volumes $(docker ps --quiet --filter \
                   label=com.docker.compose.service=web --filter name=NAME) >/dev/null\n\
                   echo ' Container NAME-web-1  Removed'; echo 'it broke' >&2; exit 1 ;;\n\
                   *) exec REAL \"$@\" ;;\nesac\n";
    let failing = failing.replace("NAME", &stack.name);
    let ended = stack.stop().with_compose(&failing).run().exits(3);
    insta::assert_snapshot!(ended.whole());
}

#[test]
fn hooks_that_only_compose_can_run_give_a_warning() {
    let text = "services:\n  web: QUICK\n    pre_stop: [{command: [/bin/busybox, \"true\"]}]\n";
    let stack = Stack::of("services:\n  web: QUICK\n");
    stack.up();
    stack.write("compose.yaml", text);
    let old_model = "#!/bin/sh\ncase \"$*\" in\n*config*) echo '{\"services\": {\"web\": \
                     {\"pre_stop\": [{}]}}, \"networks\": {\"default\": {\"name\": \
                     \"NAME_default\"}}}' ;;\n*) echo 5.5.0 ;;\nesac\n";
    let model = old_model.replace("NAME", &stack.name);
    let ended = stack.stop().with_compose(&model).arg("--native").run().exits(0);
    assert!(ended.stdout.contains("[WARN] service web: pre_stop hooks are not run"), "{ended}");
    assert_eq!(stack.state(), super::stack::State::default());
}

#[test]
fn everything_removes_all_of_the_project() {
    for flags in [&["--everything"][..], &["--everything", "--native"]] {
        let stack = shop_with_leftovers();
        stack.stop().args(flags).run().exits(0);
        let left = stack.state();
        assert!(left.containers.is_empty() && left.networks.is_empty(), "{flags:?}: {left:?}");
        assert_eq!(left.volumes.len(), 1, "volumes stay: {left:?}");
        stack.stop().args(flags).arg("--volumes").run().exits(0);
        assert!(stack.state().volumes.is_empty());
    }
}

#[test]
fn everything_leaves_what_is_not_the_projects() {
    let stack = Stack::of(
        "services:\n  web: QUICK\n    networks: [default, outside]\nnetworks:\n  outside: {external: true, name: '${COMPOSE_PROJECT_NAME}-outside'}\n",
    );
    stack.beside(&["network", "create", "NAME"], "outside", &["network", "rm"]);
    stack.up();
    let neighbour = stack.neighbour("default");
    let ended = stack.stop().arg("--everything").run().exits(0);
    let left = stack.state();
    assert_eq!(left.networks.iter().collect::<Vec<_>>(), ["P-outside", "P_default"]);
    let neighbour = neighbour.replace(&stack.name, "P");
    let shown = stack.shown(&ended.stdout);
    assert!(shown.contains(&format!("in use by {neighbour}")), "{shown}");
}

#[test]
fn without_a_file_everything_of_that_name_is_removed() {
    let stack = shop_with_leftovers();
    let elsewhere = tempfile::tempdir().unwrap();
    let stop = stack.stop().folder(elsewhere.path()).args(&["-p", &stack.name]);
    let ended = stop.run().exits(0);
    insta::assert_snapshot!(ended.whole());
}

#[test]
fn dependents_are_gone_before_their_dependencies_are_stopped() {
    let text = "services:\n  web: SLOW\n    depends_on: [db]\n  db: SLOW\n  alone: QUICK\n";
    let stack = Stack::of(text);
    stack.up();
    let begin = stack.docker(&["info", "--format", "{{.SystemTime}}"]);
    stack.stop().arg("--native").run().exits(0);
    let end = stack.docker(&["info", "--format", "{{.SystemTime}}"]);
    let label = format!("label=com.docker.compose.project={}", stack.name);
    let format = "{{.Action}} {{index .Actor.Attributes \"com.docker.compose.service\"}}";
    let events = ["events", "--since", &begin, "--until", &end, "--filter", &label];
    let events = stack.docker(&[&events[..], &["--format", format]].concat());
    let at = |event: &str| events.lines().position(|line| line == event).unwrap();
    assert!(at("destroy web") < at("kill db"), "{events}");
    assert!(at("destroy alone") < at("destroy web"), "what is free does not wait:\n{events}");
}

#[test]
fn a_container_gets_its_own_signal_and_grace_period() {
    let script = "trap 'echo told > /data/told; sleep 2; echo ended >> /data/told; exit' USR1";
    let text = format!(
        "services:\n  db:\n    image: IMAGE\n    command: [/bin/busybox, sh, -c, \"{script}; \
         while :; do sleep 0.1; done\"]\n    stop_signal: SIGUSR1\n    stop_grace_period: 20s\n    \
         volumes: [data:/data]\nvolumes:\n  data: {{}}\n"
    );
    let stack = Stack::of(&text);
    stack.up();
    stack.stop().arg("--native").run().exits(0);
    let volume = format!("{}_data:/data", stack.name);
    let image = ServiceImage::reference();
    let read = ["run", "--rm", "--volume", &volume, image, "/bin/busybox", "cat", "/data/told"];
    assert_eq!(stack.docker(&read), "told\nended");
}

#[test]
fn several_files_are_several_projects_and_a_failure_affects_no_other() {
    let stack = Stack::new(&[
        ("api/compose.yaml", "name: NAME-api\nservices:\n  web: QUICK\n"),
        ("ui/compose.yaml", "name: NAME-ui\nservices:\n  web: QUICK\n"),
    ]);
    for part in ["api", "ui"] {
        let file = format!("{part}/compose.yaml");
        let text = format!("name: {}-{part}\nservices:\n  web: QUICK\n", stack.name);
        stack.write(&file, &text);
        stack.composes(&["-f", &file, "up", "--detach"]);
    }
    let files = ["api/compose.yaml", "missing.yaml", "ui/compose.yaml"];
    let ended = stack.stop().args(&files).run().exits(3);
    insta::assert_snapshot!(ended.whole());
    assert!(stack.state().containers.is_empty());
    let ended = stack.stop().args(&["api/compose.yaml", "ui/compose.yaml"]).run().exits(0);
    assert_eq!(ended.stdout.matches("nothing to do").count(), 2, "{ended}");
}

#[test]
fn several_files_of_one_project_are_merged() {
    let stack = Stack::new(&[
        ("a.yaml", "services:\n  web: QUICK\n"),
        ("b.yaml", "services:\n  db: QUICK\n"),
    ]);
    let both = ["-f", "a.yaml", "-f", "b.yaml"];
    stack.composes(&[&both[..], &["up", "--detach"]].concat());
    stack.stop().args(&both).run().exits(0);
    assert!(stack.state().containers.is_empty());
}

#[test]
fn projects_of_the_configuration_are_taken_down_from_anywhere() {
    let stack = Stack::new(&[
        ("deploy/web.yaml", "services:\n  web: QUICK\n"),
        ("deploy/db.yaml", "services:\n  db: QUICK\n  tool: QUICK\n    profiles: [debug]\n"),
    ]);
    let names = ["web", "db"].map(|part| format!("{}-{part}", stack.name));
    let table = |part: &str| {
        format!(
            "[[compose]]\nfiles = [\"deploy/{part}.yaml\"]\nproject-name = \"{}-{part}\"\n\
             profiles = [\"debug\"]\n",
            stack.name
        )
    };
    stack.write("tidegate.toml", &(table("web") + &table("db")));
    for (part, name) in ["web", "db"].iter().zip(&names) {
        let file = format!("deploy/{part}.yaml");
        stack.composes(&["-f", &file, "-p", name, "--profile", "debug", "up", "--detach"]);
    }
    let one = stack.stop().folder(&stack.root().join("deploy")).args(&["-p", &names[1]]);
    one.run().exits(0);
    let still: Vec<_> = stack.state().containers.into_iter().collect();
    assert_eq!(still, ["P-web-web-1 running"]);
    let ended = stack.stop().folder(&stack.root().join("deploy")).run().exits(0);
    assert!(stack.state().containers.is_empty(), "{ended}");
}

#[test]
fn a_file_is_found_above_the_folder() {
    let stack = Stack::new(&[("compose.yaml", "services:\n  web: QUICK\n"), ("src/a/b", "")]);
    stack.up();
    stack.stop().folder(&stack.root().join("src/a")).run().exits(0);
    assert!(stack.state().containers.is_empty());
}

#[test]
fn nothing_to_do_is_a_success() {
    let stack = Stack::of("services:\n  web: QUICK\n");
    let mut shown = String::new();
    for flags in [&[][..], &["--native"], &["--dry-run"], &["-p", &stack.name]] {
        shown += &stack.stop().args(flags).run().exits(0).whole();
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn a_dry_run_lists_what_a_run_does_and_changes_nothing() {
    let stack = shop_with_leftovers();
    let before = stack.state();
    let mut shown = String::new();
    for flags in [&[][..], &["--everything", "--volumes"], &["-p", &stack.name]] {
        shown += &stack.stop().arg("--dry-run").args(flags).run().exits(0).whole();
        assert_eq!(stack.state(), before);
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn what_a_dry_run_lists_is_what_a_run_removes() {
    for flags in [&[][..], &["--everything"], &["--volumes"], &["--native"]] {
        let stack = shop_with_leftovers();
        let json = ["--format", "json"];
        let planned = stack.stop().args(&json).arg("--dry-run").args(flags).run().exits(0);
        let planned = planned.planned();
        let done = stack.stop().args(&json).args(flags).run().exits(0);
        assert_eq!(done.removed(&stack.name), planned, "{flags:?}");
    }
}

#[test]
fn the_report_matches_the_engine() {
    let stack = shop_with_leftovers();
    let ended = stack.stop().args(&["--format", "json", "--verbose"]).run().exits(0);
    let report = &ended.report()[&stack.name];
    let listed = |key: &str| -> Vec<String> {
        let all = report[key].as_array().unwrap().iter();
        all.map(|one| stack.shown(one["name"].as_str().unwrap())).collect()
    };
    let there: Vec<String> = stack.state().containers.into_iter().collect();
    let running: Vec<String> = there.iter().map(|one| one.replace(" running", "")).collect();
    let mut reported = listed("running");
    reported.sort();
    assert_eq!(reported, running);
    assert_eq!(listed("unfinished"), Vec::<String>::new());
    let markdown = stack.stop().args(&["--format", "markdown", "--everything"]).run().exits(0);
    insta::assert_snapshot!(markdown.whole());
    let nothing =
        |arguments: &[&str]| stack.stop().args(&["--format", "markdown"]).args(arguments).run();
    insta::assert_snapshot!(nothing(&[]).exits(0).whole(), @"
    exit 0
    --- stdout
    ### Removed

    - nothing

    ```text
    Volumes of P kept: P_data
    ```

    ```text
    No container of P is running.
    ```

    --- stderr
    ");
    insta::assert_snapshot!(nothing(&["--dry-run"]).exits(0).whole(), @"
    exit 0
    --- stdout
    - nothing to do: project P ($PLACE/P/compose.yaml) has no containers and no networks

    --- stderr
    ");
}
