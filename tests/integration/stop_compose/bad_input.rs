//! Bad input and faults of the machine: a clear error, its exit code, and nothing
//! changed.

use super::stack::Stack;

const WEB: &str = "services:\n  web: QUICK\n";

/// Runs with arguments that must not change anything.
#[track_caller]
fn refused(stack: &Stack, code: i32, arguments: &[&str]) -> String {
    let before = stack.state();
    let ended = stack.stop().args(arguments).run().exits(code);
    assert_eq!(stack.state(), before, "{ended}");
    format!("## {}\n{}", stack.shown(&arguments.join(" ")), ended.complaints())
}

#[test]
fn without_a_compose_file_the_error_is_that_of_the_script() {
    let stack = Stack::new(&[("readme", "")]);
    let shown = [
        refused(&stack, 1, &[]),
        refused(&stack, 1, &["--native"]),
        refused(&stack, 1, &["--docker-host", "unix:///nonexistent"]),
    ];
    insta::assert_snapshot!(shown.concat(), @"
    ## 
    exit 1
    [ERROR] docker-compose.yml not found in $PLACE/P
    [INFO] no compose.yaml, compose.yml, docker-compose.yml or docker-compose.yaml in that folder or above; name the file with -f
    ## --native
    exit 1
    [ERROR] docker-compose.yml not found in $PLACE/P
    [INFO] no compose.yaml, compose.yml, docker-compose.yml or docker-compose.yaml in that folder or above; name the file with -f
    ## --docker-host unix:///nonexistent
    exit 1
    [ERROR] docker-compose.yml not found in $PLACE/P
    [INFO] no compose.yaml, compose.yml, docker-compose.yml or docker-compose.yaml in that folder or above; name the file with -f
    ");
}

#[test]
fn arguments_that_contradict_each_other_are_refused() {
    let stack = Stack::of(WEB);
    stack.up();
    let shown = [
        refused(&stack, 2, &["-f", "gone.yaml"]),
        refused(&stack, 2, &["-f", "gone.yaml", "-p", &stack.name]),
        refused(&stack, 2, &["-p", "Not A Name"]),
        refused(&stack, 2, &["compose.yaml", "compose.yaml", "-p", "x"]),
        refused(&stack, 2, &["--env-file", "gone.env"]),
    ];
    insta::assert_snapshot!(shown.concat(), @"
    ## -f gone.yaml
    exit 2
    [ERROR] $PLACE/P/gone.yaml does not exist
    [INFO] check -f, --env-file, COMPOSE_FILE and COMPOSE_ENV_FILES
    ## -f gone.yaml -p P
    exit 2
    [ERROR] $PLACE/P/gone.yaml does not exist
    [INFO] check -f, --env-file, COMPOSE_FILE and COMPOSE_ENV_FILES
    ## -p Not A Name
    exit 2
    [ERROR] `Not A Name` is not a valid name for a Compose project
    [INFO] use lower-case letters, digits, `-` and `_`, starting with a letter or digit
    ## compose.yaml compose.yaml -p x
    exit 2
    [ERROR] -p names one project, but there are several files
    [INFO] omit -p, or name one file
    ## --env-file gone.env
    exit 2
    [ERROR] $PLACE/P/gone.env does not exist
    [INFO] check -f, --env-file, COMPOSE_FILE and COMPOSE_ENV_FILES
    ");
}

#[test]
fn an_unusable_engine_is_reported_with_advice() {
    let stack = Stack::of(WEB);
    stack.up();
    let shown = [
        refused(&stack, 1, &["--docker-host", "unix:///nonexistent"]),
        refused(&stack, 2, &["--context", "nowhere"]),
        refused(&stack, 2, &["--docker-host", "ftp://engine"]),
    ];
    insta::assert_snapshot!(shown.concat(), @"
    ## --docker-host unix:///nonexistent
    exit 1
    [ERROR] cannot connect to the Docker Engine
            no Docker Engine answers at unix:///nonexistent
            Socket not found: /nonexistent
    [INFO] start the engine (`systemctl start docker`, or Docker Desktop), or name another one with --docker-host, --context, DOCKER_HOST or `docker context use`
    ## --context nowhere
    exit 2
    [ERROR] unknown Docker context `nowhere`: not found in $PLACE/home/.docker/contexts
    [INFO] `docker context ls` lists the contexts
    ## --docker-host ftp://engine
    exit 2
    [ERROR] invalid Docker Engine address `ftp://engine`: use unix://PATH, tcp://HOST:PORT or ssh://[USER@]HOST[:PORT]
    [INFO] check --docker-host, --context, DOCKER_HOST, DOCKER_CONTEXT and `docker context ls`
    ");
}

#[test]
fn a_socket_without_permission_is_reported_with_advice() {
    let stack = Stack::of(WEB);
    stack.up();
    let before = stack.state();
    let ended = stack.stop().without_permissions().run().exits(1);
    insta::assert_snapshot!(ended.complaints(), @"
    exit 1
    [ERROR] cannot connect to the Docker Engine
            no permission to use the Docker Engine's socket /var/run/docker.sock
            Permission denied (os error 13)
    [INFO] add your user to the group that owns the socket (usually `docker`) and log in again, or name an engine of your own with DOCKER_HOST
    ");
    assert_eq!(stack.state(), before);
}

#[test]
fn files_that_do_not_load_are_reported_with_their_line() {
    let broken = [
        ("not YAML", "services:\n  web:\n    image: x\n   command: y\n"),
        ("an unknown key", "services:\n  web:\n    image: x\n    imag: y\n"),
        ("a required variable", "services:\n  web:\n    image: x:${VERSION:?say which}\n"),
        ("a name that needs one", "name: ${NAME:?}\nservices:\n  web:\n    image: x\n"),
    ];
    let mut shown = String::new();
    for (case, text) in broken {
        let stack = Stack::of(WEB);
        stack.up();
        stack.write("compose.yaml", text);
        let ended = stack.stop().run().exits(0);
        assert!(stack.state().containers.is_empty(), "{case}: {ended}");
        shown += &format!("## {case}\n{}", ended.complaints());
    }
    insta::assert_snapshot!(shown, @"
    ## not YAML
    exit 0
    [WARN] $PLACE/P/compose.yaml, line 4: while parsing a block mapping, did not find expected key; using the labels of project P instead
    ## an unknown key
    exit 0
    [WARN] $PLACE/P/compose.yaml: services.web Additional property imag is not allowed; using the labels of project P instead
    ## a required variable
    exit 0
    [WARN] variable `VERSION` is not set (say which); using the labels of project P instead
    ## a name that needs one
    exit 0
    [WARN] variable `NAME` is not set; using the labels of project P instead
    ");
}

#[test]
fn a_broken_file_from_which_nothing_was_started_removes_nothing() {
    // Another project of the same name, as two folders of one name would make.
    let stack = Stack::of(WEB);
    stack.up();
    let other = format!("elsewhere/{}/compose.yaml", stack.name);
    stack.write(&other, "services:\n  web: {image: x\n");
    let shown =
        [refused(&stack, 2, &["-f", &other]), refused(&stack, 2, &["-f", &other, "--native"])];
    insta::assert_snapshot!(shown.concat(), @"
    ## -f elsewhere/P/compose.yaml
    exit 2
    [WARN] containers of project P were started from $PLACE/P
    [ERROR] $PLACE/P/elsewhere/P/compose.yaml, line 2: unclosed bracket '{'
    [INFO] correct the file; `docker compose config --quiet` checks it
    ## -f elsewhere/P/compose.yaml --native
    exit 2
    [WARN] containers of project P were started from $PLACE/P
    [ERROR] $PLACE/P/elsewhere/P/compose.yaml, line 2: unclosed bracket '{'
    [INFO] correct the file; `docker compose config --quiet` checks it
    ");
    assert!(!stack.state().containers.is_empty());
}

#[test]
fn a_deleted_file_that_several_projects_were_started_from_is_refused() {
    let stack = Stack::new(&[("stack.yaml", WEB)]);
    let names = ["one", "two"].map(|end| format!("{}-{end}", stack.name));
    for name in &names {
        stack.composes(&["-f", "stack.yaml", "-p", name, "up", "--detach"]);
    }
    stack.delete("stack.yaml");
    let shown = refused(&stack, 2, &["-f", "stack.yaml"]);
    insta::assert_snapshot!(shown, @"
    ## -f stack.yaml
    exit 2
    [ERROR] several projects were started from $PLACE/P/stack.yaml: P-one, P-two
    [INFO] choose one with -p
    ");
    stack.stop().args(&["-f", "stack.yaml", "-p", &names[0]]).run().exits(0);
    assert_eq!(stack.state().containers.len(), 1);
}

#[test]
fn a_deleted_file_is_found_by_the_labels_of_its_containers() {
    let stack = Stack::new(&[("stack.yaml", WEB)]);
    let name = format!("{}-own", stack.name);
    stack.composes(&["-f", "stack.yaml", "-p", &name, "up", "--detach"]);
    stack.delete("stack.yaml");
    let ended = stack.stop().args(&["-f", "stack.yaml"]).run().exits(0);
    insta::assert_snapshot!(ended.whole(), @"
    exit 0
    --- stdout
    [WARN] $PLACE/P/stack.yaml does not exist; using the labels of project P-own instead
    [INFO] project P-own: down through the engine, by labels
    [OK] container P-own-web-1: stopped and removed
    [OK] network P-own_default: removed
    [OK] project P-own is down; removed: 1 container, 1 network
    No container of P-own is running.
    --- stderr
    ");
    assert!(stack.state().containers.is_empty());
}

#[test]
fn the_name_under_which_the_project_was_started_is_suggested() {
    let stack = Stack::of(WEB);
    let name = format!("{}-own", stack.name);
    stack.composes(&["-p", &name, "up", "--detach"]);
    let ended = stack.stop().run().exits(0);
    insta::assert_snapshot!(ended.whole(), @"
    exit 0
    --- stdout
    [WARN] containers that were started from these files belong to project P-own: `-p P-own` takes them down
    [OK] nothing to do: project P ($PLACE/P/compose.yaml) has no containers and no networks
    No container of P is running.
    --- stderr
    ");
    stack.stop().args(&["-p", &name]).run().exits(0);
    assert!(stack.state().containers.is_empty());
}

#[test]
fn volumes_of_a_file_that_was_only_read_tolerantly_stay() {
    let stack =
        Stack::of("services:\n  web: QUICK\n    volumes: [data:/data]\nvolumes:\n  data: {}\n");
    stack.up();
    let ended = stack.stop().without_compose().arg("--volumes").run().exits(0);
    assert_eq!(stack.state().volumes.len(), 1, "{ended}");
    assert!(ended.stdout.contains("not known to belong to the project"), "{ended}");
}
