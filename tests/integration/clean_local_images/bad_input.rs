//! Bad input and faults of the machine: each has a clear message and its exit
//! code, and nothing is touched.

use std::os::unix::{fs::PermissionsExt as _, process::CommandExt as _};

use crate::harness::Store;

use super::machine::{APP, Machine, app};

/// The original script treated such an engine like one without images.
#[test]
fn an_engine_that_does_not_answer_is_an_error_and_not_an_empty_list() {
    let machine = Machine::new();
    let no_engine = format!("unix://{}/missing.sock", machine.folder().display());
    let cleaned = machine.clean().env("DOCKER_HOST", no_engine).run();
    insta::assert_snapshot!(cleaned.complaints(), @"
    exit 1
    [ERROR] cannot connect to the Docker Engine
            no Docker Engine answers at unix://$MACHINE/missing.sock
            Socket not found: $MACHINE/missing.sock
    [INFO] start the engine (`systemctl start docker`, or Docker Desktop), or name another one with --docker-host, --context, DOCKER_HOST or `docker context use`
    ");
    assert!(!cleaned.stdout.contains("no images"), "{cleaned}");
}

#[test]
fn a_context_that_does_not_exist_is_refused() {
    let machine = Machine::new();
    let cleaned = machine.clean().without_env("DOCKER_HOST").args(&["--context", "nowhere"]).run();
    insta::assert_snapshot!(cleaned.complaints(), @"
    exit 2
    [ERROR] unknown Docker context `nowhere`: not found in $MACHINE/home/.docker/contexts
    [INFO] `docker context ls` lists the contexts
    ");
}

#[test]
fn a_socket_without_permission_is_an_error_with_advice() {
    let machine = Machine::new().with_images(&[app("1").layer("one", 5_000)]);
    let socket = machine.docker.address.trim_start_matches("unix://").to_owned();
    for folder in [machine.folder(), machine.docker.folder.as_path()] {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o600)).unwrap();
    // The folder of the programs may be closed to others.
    let program = machine.folder().join("clean-local-images");
    std::fs::copy(crate::harness::built("clean-local-images"), &program).unwrap();
    let mut command = std::process::Command::new(&program);
    command.current_dir(machine.project()).env_clear().env("HOME", machine.home());
    command.env("DOCKER_HOST", &machine.docker.address).uid(65534).gid(65534);
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let stderr =
        stderr.replace(&machine.docker.address, "unix://$ENGINE").replace(&socket, "$ENGINE");
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    insta::assert_snapshot!(stderr, @"
    [ERROR] cannot connect to the Docker Engine
            no permission to use the Docker Engine's socket $ENGINE
            Permission denied (os error 13)
    [INFO] add your user to the group that owns the socket (usually `docker`) and log in again, or name an engine of your own with DOCKER_HOST
    ");
    assert_eq!(machine.docker.tags().len(), 1);
}

#[test]
fn a_project_without_repositories_is_an_error_with_advice() {
    let machine = Machine::new().configure("").with_images(&[app("1").layer("one", 5_000)]);
    let cleaned = machine.clean().run();
    insta::assert_snapshot!(cleaned.complaints(), @"
    exit 2
    [ERROR] cannot determine the repositories of this project
    [INFO] name them with --repository, or with `[[image]]` or `local-images.repositories` in tidegate.toml, or use --all-images
    ");
    machine.clean().args(&["--repository", APP]).run().exits(0);
    assert!(machine.docker.tags().is_empty());
}

#[test]
fn invalid_requests_are_refused_before_any_engine_is_queried() {
    let machine = Machine::new();
    let no_engine = format!("unix://{}/missing.sock", machine.folder().display());
    let mut complaints = String::new();
    let cases: &[&[&str]] = &[
        &["--keep", "0"],
        &["--docker-host", "ftp://engine"],
        &["--project", "typo"],
        &["--older-than", "soon"],
        &["--repository", "Owner/App"],
        &["--repository", "tidegate-it/app:1"],
        &["--all-images", "--repository", APP],
        &["--without-kubernetes", "--kube-context", "here"],
        &["--keep-matching", ""],
        &["--file", "nowhere.yaml"],
    ];
    for case in cases {
        let cleaned = machine.clean().env("DOCKER_HOST", &no_engine).args(case).run();
        let output = cleaned.complaints();
        let lines: Vec<&str> = output.lines().filter(|line| !line.is_empty()).collect();
        complaints += &format!("## {}\n{}\n", case.join(" "), lines.join("\n"));
    }
    insta::assert_snapshot!(complaints, @"
    ## --keep 0
    exit 2
    error: invalid value '0' for '--keep <N>': expected a whole number of at least 1
    For more information, try '--help'.
    ## --docker-host ftp://engine
    exit 2
    [ERROR] invalid Docker Engine address `ftp://engine`: use unix://PATH, tcp://HOST:PORT or ssh://[USER@]HOST[:PORT]
    [INFO] check --docker-host, --context, DOCKER_HOST, DOCKER_CONTEXT and `docker context ls`
    ## --project typo
    exit 2
    [ERROR] folder typo does not exist
    ## --older-than soon
    exit 2
    error: invalid value 'soon' for '--older-than <DURATION>': `soon` is not a duration; write it like `90s`, `10m` or `30d`
    For more information, try '--help'.
    ## --repository Owner/App
    exit 2
    error: invalid value 'Owner/App' for '--repository <REPOSITORY>': `Owner/App` is not a repository; use lower-case letters, digits and `.` `_` `-` between slashes
    For more information, try '--help'.
    ## --repository tidegate-it/app:1
    exit 2
    error: invalid value 'tidegate-it/app:1' for '--repository <REPOSITORY>': `tidegate-it/app:1` is not a repository; use lower-case letters, digits and `.` `_` `-` between slashes
    For more information, try '--help'.
    ## --all-images --repository tidegate-it/app
    exit 2
    error: the argument '--all-images' cannot be used with '--repository <REPOSITORY>'
    Usage: clean-local-images --all-images [PATTERN]...
    For more information, try '--help'.
    ## --without-kubernetes --kube-context here
    exit 2
    error: the argument '--without-kubernetes' cannot be used with '--kube-context <NAME>'
    Usage: clean-local-images --without-kubernetes [PATTERN]...
    For more information, try '--help'.
    ## --keep-matching 
    exit 2
    [ERROR] invalid pattern ``: it is empty
    [INFO] `*` stands for any text: `owner/app:1.*`
    ## --file nowhere.yaml
    exit 2
    [ERROR] $MACHINE/project/nowhere.yaml does not exist
    [INFO] check -f, --env-file, COMPOSE_FILE and COMPOSE_ENV_FILES
    ");
}

#[test]
fn a_mistake_in_the_configuration_is_reported_with_its_line() {
    let machine = Machine::new().configure("[local-images]\nkeep = 3\nolder_than = \"3d\"\n");
    let cleaned = machine.clean().run();
    insta::assert_snapshot!(cleaned.complaints(), @"
    exit 2
    [ERROR] $MACHINE/project/tidegate.toml, line 3: unknown key `local-images.older_than`; did you mean `older-than`?
    ");
}

/// The original scripts did not ask; removing more than they did needs confirmation.
#[test]
fn all_images_are_removed_only_after_confirmation() {
    let machine = Machine::with(Store::Containerd).with_images(&[app("1").layer("one", 5_000)]);
    let cleaned = machine.clean().arg("--all-images").run();
    insta::assert_snapshot!(cleaned.complaints(), @"
    exit 2
    [ERROR] removing more than the project's unused images needs confirmation, but there is no terminal to ask on
    [INFO] add --yes
    ");
    assert_eq!(machine.docker.tags().len(), 1);
    machine.clean().args(&["--all-images", "--yes"]).run().exits(0);
    assert!(machine.docker.tags().is_empty());
}
