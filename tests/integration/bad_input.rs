//! Bad input and faults of the project, the machine and the user: each has a
//! clear complaint and its exit code, and nothing is lost.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use regex::Regex;
use rehearsal::{
    Fault, FaultPlan,
    forge::{Permission, Workflow},
    index::{ApiToken, IndexOptions},
    oci::{Access, Account, Action, RegistryOptions},
};
use rustix::process::Signal;

use crate::harness::{BACKEND, Ended, Run, Scene, Secrets, World, docker, in_parallel, printer};

/// Runs a release that is refused, and checks that it changed nothing.
#[track_caller]
fn refused(scene: &Scene, code: i32, run: Run<'_>) -> String {
    let before = scene.state();
    let ended = run.run().exits(code);
    scene.assert_state(&before);
    assert_nothing_was_written(scene);
    ended.complaints()
}

/// Every service was only read from; an upload's form without content is how
/// an index is asked whether it accepts a token.
#[track_caller]
fn assert_nothing_was_written(scene: &Scene) {
    let published = scene.published();
    assert!(published.is_empty(), "{published:?}");
}

/// Complaints of several cases, one below the other.
#[derive(Default)]
struct Complaints(String);

impl Complaints {
    fn add(&mut self, case: &str, complaint: &str) {
        self.0 += &format!("## {case}\n{complaint}");
    }
}

impl std::fmt::Display for Complaints {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[test]
fn what_is_not_a_project_is_refused() {
    let mut complaints = Complaints::default();
    let scene = World::new().without_file("tidegate.toml").begin();
    // It lies in the folder above, which would be the project then.
    std::fs::remove_file(scene.configuration()).unwrap();
    complaints.add("no file of a project", &refused(&scene, 2, scene.release("0.2.0")));

    let scene = World::new().begin();
    complaints.add("nothing to release", &refused(&scene, 2, scene.release("0.2.0")));

    let scene = World::new().package().begin();
    let (git, away) = (scene.root().join(".git"), scene.folder().join("git-away"));
    std::fs::rename(&git, &away).unwrap();
    let mut running = scene.release("0.2.0").start();
    while running.is_running() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    std::fs::rename(&away, &git).unwrap();
    complaints.add("no repository", &running.wait().exits(2).complaints());

    let scene = World::new().package().file("pyproject.toml", "[project\n").begin();
    complaints.add("broken pyproject.toml", &refused(&scene, 2, scene.release("0.2.0")));

    insta::assert_snapshot!(complaints, @"
    ## no file of a project
    exit 2
    [ERROR] $WORLD/project is not inside a project: no tidegate.toml, pyproject.toml, setup.py or Compose file in this folder or above it; use --project
    ## nothing to release
    exit 2
    [ERROR] 1 problem blocks the release; nothing was changed
            - project: has neither a Python package nor an image to release; add `[project]` to pyproject.toml, or `[[image]]` to tidegate.toml
    ## no repository
    exit 2
    [ERROR] $WORLD/project is not inside a git work tree: fatal: not a git repository (or any of the parent directories): .git
    ## broken pyproject.toml
    exit 2
    [ERROR] the Python package in $WORLD/project: pyproject.toml cannot be read, line 1: unclosed table, expected `]`
    [INFO] fix pyproject.toml, or set package.directory
    ");
}

#[test]
fn a_mistake_in_the_configuration_is_told_with_its_place() {
    let image = "[[image]]\nrepository = \"demo/server\"\n";
    let cases = [
        ("unknown key", "[git]\nremot = \"origin\"\n".to_owned()),
        ("unknown table", "[packge]\n".to_owned()),
        ("unknown key of an image", format!("{image}contain = [\"/printer\"]\n")),
        ("a key that resembles none", "[package]\nzzz = 1\n".to_owned()),
        ("wrong type", "[package]\nindexes = \"pypi\"\n".to_owned()),
        ("wrong time span", "[checks]\ntimeout = \"soon\"\n".to_owned()),
        ("wrong command", "[checks]\nbefore-release = [\"sh -c 'true\"]\n".to_owned()),
        ("unknown placeholder", "[git]\ntag = \"v{versoin}\"\n".to_owned()),
        ("wrong image name", "[[image]]\nrepository = \"Demo/Server\"\n".to_owned()),
        ("an image without a repository", "[[image]]\ncontext = \"image\"\n".to_owned()),
        ("not TOML", "[git]\nremote = origin\n".to_owned()),
        ("a key twice", "[git]\nremote = \"a\"\nremote = \"b\"\n".to_owned()),
    ];
    let scene = World::new().package().begin();
    let mut complaints = Complaints::default();
    for (case, text) in cases {
        scene.configure(&text);
        complaints.add(case, &refused(&scene, 2, scene.release("0.2.0")));
    }
    insta::assert_snapshot!(complaints, @r#"
    ## unknown key
    exit 2
    [ERROR] $WORLD/tidegate.toml, line 2: unknown key `git.remot`; did you mean `remote`?
    ## unknown table
    exit 2
    [ERROR] $WORLD/tidegate.toml, line 1: unknown key `packge`; did you mean `package`?
    ## unknown key of an image
    exit 2
    [ERROR] $WORLD/tidegate.toml, line 3: unknown key `image.contain`; did you mean `contains`?
    ## a key that resembles none
    exit 2
    [ERROR] $WORLD/tidegate.toml, line 2: unknown key `package.zzz`
    ## wrong type
    exit 2
    [ERROR] $WORLD/tidegate.toml, line 2: `package.indexes` must be an array of strings, not a string
    ## wrong time span
    exit 2
    [ERROR] $WORLD/tidegate.toml, line 2: `soon` is not a duration; write it like `90s`, `10m` or `30d`
    ## wrong command
    exit 2
    [ERROR] $WORLD/tidegate.toml, line 2: unclosed quote in `sh -c 'true`
    ## unknown placeholder
    exit 2
    [ERROR] $WORLD/tidegate.toml, line 2: `v{versoin}` has the unknown placeholder `{versoin}`; use {version}, {pep440}, {major}, {minor}, {patch} or {commit}
    ## wrong image name
    exit 2
    [ERROR] $WORLD/tidegate.toml, line 2: `Demo/Server` is not a repository; use lower-case letters, digits and `.` `_` `-` between slashes
    ## an image without a repository
    exit 2
    [ERROR] $WORLD/tidegate.toml, line 1: the key `image.repository` is missing
    ## not TOML
    exit 2
    [ERROR] $WORLD/tidegate.toml, line 2: string values must be quoted, expected literal string
    ## a key twice
    exit 2
    [ERROR] $WORLD/tidegate.toml, line 3: duplicate key
    "#);
}

#[test]
fn a_configuration_that_cannot_be_read_is_refused() {
    let scene = World::new().package().begin();
    let place = scene.configuration();
    let mut complaints = Complaints::default();
    std::fs::write(&place, b"[git]\nremote = \"\xff\"\n").unwrap();
    complaints.add("not UTF-8", &refused(&scene, 2, scene.release("0.2.0")));
    std::fs::remove_file(&place).unwrap();
    complaints.add("not there", &refused(&scene, 2, scene.release("0.2.0")));
    std::fs::create_dir(&place).unwrap();
    complaints.add("a folder", &refused(&scene, 2, scene.release("0.2.0")));
    insta::assert_snapshot!(complaints, @"
    ## not UTF-8
    exit 2
    [ERROR] cannot read $WORLD/tidegate.toml
            stream did not contain valid UTF-8
    ## not there
    exit 2
    [ERROR] cannot read $WORLD/tidegate.toml
            No such file or directory (os error 2)
    ## a folder
    exit 2
    [ERROR] cannot read $WORLD/tidegate.toml
            Is a directory (os error 21)
    ");
}

#[test]
fn settings_that_contradict_each_other_are_all_told_at_once() {
    let scene = World::new()
        .package()
        .image()
        .setting("image", "needs = [\"pypi\", \"elsewhere\"]\ntags = [\"stable\"]")
        .setting("git", "")
        .setting("", "[git]\ntag = \"release\"\nremote = \"upstream\"\n")
        .begin();
    let text = std::fs::read_to_string(scene.configuration()).unwrap();
    scene.configure(&text.replace("contains = [\"/printer\"]\n", ""));
    insta::assert_snapshot!(refused(&scene, 2, scene.release("0.2.0")), @"
    exit 2
    [ERROR] 5 problems block the release; nothing was changed
            - $WORLD/tidegate.toml, line 13: image server: needs the index `elsewhere`, but the package is not uploaded there; add it to package.indexes
            - $WORLD/tidegate.toml, line 13: image server: installs the package from an index, but nothing verifies which version; set `contains` to a command that prints the version
            - $WORLD/tidegate.toml, line 14: image demo/server: a tag in `tags` does not contain the version, so two releases would share it; put {version} or {commit} into it, or move it to `floating`
            - $WORLD/tidegate.toml, line 26: git: the tag `release` does not contain the version, so two releases would share it; put {version} into git.tag
            - $WORLD/tidegate.toml, line 27: git remote upstream: no such remote; add it, or set git.remote
    ");
}

#[test]
fn an_index_that_is_not_known_is_refused() {
    let scene = World::new().bare_package().setting("package", "indexes = [\"company\"]").begin();
    let checked = refused(&scene, 2, scene.check(None));
    assert!(checked.contains("index company: it is no public index"), "{checked}");
    insta::assert_snapshot!(refused(&scene, 2, scene.release("0.2.0")), @"
    exit 2
    [ERROR] 1 problem blocks the release; nothing was changed
            - $WORLD/tidegate.toml, line 3: index company: it is no public index, and the configuration has no addresses of it; correct its name, or add `[index.company]` with `upload` and `simple`
    ");
}

#[test]
fn credentials_in_an_address_are_refused_and_not_shown() {
    let scene = World::new().package().begin();
    let text = std::fs::read_to_string(scene.configuration()).unwrap();
    let with = format!("upload = \"http://me:{}@", Secrets::REGISTRY);
    scene.configure(&text.replace("upload = \"http://", &with));
    insta::assert_snapshot!(refused(&scene, 2, scene.release("0.2.0")), @"
    exit 2
    [ERROR] 1 problem blocks the release; nothing was changed
            - $WORLD/tidegate.toml, line 9: index pypi: the address contains a user name or password; keep credentials in the environment, .pypirc or Docker's configuration
    ");
}

#[test]
fn a_version_that_python_and_semver_read_differently_is_refused() {
    let scene = World::new().package().begin();
    let versions = ["1.0.0-1", "1.0.0+b5", "1.0.0-dev.3", "v1.0.0", "01.0.0", "newest"];
    let mut complaints = Complaints::default();
    for version in versions {
        complaints.add(version, &refused(&scene, 2, scene.release(version)));
    }
    assert!(scene.services.requests().is_empty());
    insta::assert_snapshot!(complaints, @"
    ## 1.0.0-1
    exit 2
    error: invalid value '1.0.0-1' for '[VERSION]': version `1.0.0-1` cannot be released: Python's indexes would read this pre-release as a post-release; did you mean `1.0.1`?

    For more information, try '--help'.
    ## 1.0.0+b5
    exit 2
    error: invalid value '1.0.0+b5' for '[VERSION]': version `1.0.0+b5` cannot be released: public indexes take no local versions (`+…`); did you mean `1.0.0`?

    For more information, try '--help'.
    ## 1.0.0-dev.3
    exit 2
    error: invalid value '1.0.0-dev.3' for '[VERSION]': version `1.0.0-dev.3` cannot be released: a development release sorts below alpha in PEP 440 and above it in SemVer; did you mean `1.0.0-alpha.3`?

    For more information, try '--help'.
    ## v1.0.0
    exit 2
    error: invalid value 'v1.0.0' for '[VERSION]': `v1.0.0` is not a version; did you mean `1.0.0`?

    For more information, try '--help'.
    ## 01.0.0
    exit 2
    error: invalid value '01.0.0' for '[VERSION]': `01.0.0` is not a version; did you mean `1.0.0`?

    For more information, try '--help'.
    ## newest
    exit 2
    error: invalid value 'newest' for '[VERSION]': `newest` is not a version

    For more information, try '--help'.
    ");
}

#[test]
fn a_version_that_is_published_or_lower_is_refused() {
    let scene = World::new().package().image().begin();
    let mut complaints = Complaints::default();
    complaints.add("lower than stated", &refused(&scene, 4, scene.release("0.0.9")));
    let base = scene.git().run(&["rev-parse", "HEAD"]);
    scene.release("0.2.0").run().exits(0);
    let add = |complaints: &mut Complaints, case: &str, version: &str| {
        let before = scene.state();
        let ended = scene.release(version).run().exits(4);
        scene.assert_state(&before);
        complaints.add(case, &ended.complaints());
    };
    add(&mut complaints, "lower", "0.1.5");
    std::fs::remove_dir_all(scene.state_folder()).unwrap();
    add(&mut complaints, "published by another machine", "0.2.0");
    let git = scene.git();
    git.run(&["push", "--quiet", "--force", "origin", &format!("{base}:main"), ":v0.2.0"]);
    git.run(&["tag", "--delete", "v0.2.0"]);
    git.run(&["reset", "--quiet", "--hard", &base]);
    add(&mut complaints, "published without a tag", "0.2.0");
    insta::assert_snapshot!(complaints, @"
    ## lower than stated
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - package: the package states 0.1.0, and 0.0.9 is lower; choose a higher version
    ## lower
    exit 4
    [ERROR] 3 problems block the release; nothing was changed
            - git: 0.1.5 is lower than 0.2.0, which is published; choose a higher version, or add --backport for a fix to an older release line
            - package: the package states 0.2.0, and 0.1.5 is lower; choose a higher version
            - changelog: CHANGELOG.md has nothing under `Unreleased`; write what changed, or set changelog.generate = true or changelog.required = false
    ## published by another machine
    exit 4
    [ERROR] 3 problems block the release; nothing was changed
            - index pypi: 0.2.0 is already published, and the journal has no unfinished release of it; choose a higher version
            - git: 0.2.0 is already published, and the journal has no unfinished release of it; choose a higher version
            - image demo/server: tag `0.2.0` already exists, and the journal has no unfinished release of it; choose a higher version
    ## published without a tag
    exit 4
    [ERROR] 2 problems block the release; nothing was changed
            - index pypi: 0.2.0 is already published, and the journal has no unfinished release of it; choose a higher version
            - image demo/server: tag `0.2.0` already exists, and the journal has no unfinished release of it; choose a higher version
    ");
}

#[test]
fn a_repository_in_the_wrong_state_is_refused() {
    type Spoil = fn(&Scene);
    let cases: [(&str, Spoil); 8] = [
        ("dirty tree", |scene| {
            for file in ["CHANGELOG.md", "backend.py", "demo_tool.py", "pyproject.toml"] {
                let path = scene.root().join(file);
                let text = std::fs::read_to_string(&path).unwrap();
                std::fs::write(&path, text + "\n").unwrap();
            }
        }),
        ("staged file", |scene| {
            std::fs::write(scene.root().join("new.txt"), "new\n").unwrap();
            scene.git().run(&["add", "new.txt"]);
        }),
        ("detached head", |scene| {
            scene.git().run(&["checkout", "--quiet", "--detach"]);
        }),
        ("another branch", |scene| {
            scene.git().run(&["checkout", "--quiet", "-b", "feature"]);
        }),
        ("remote ahead", |scene| {
            let git = scene.git();
            git.run(&["commit", "--quiet", "--allow-empty", "-m", "Elsewhere"]);
            git.run(&["push", "--quiet", "origin", "main"]);
            git.run(&["reset", "--quiet", "--hard", "HEAD^"]);
        }),
        ("remote that was never fetched", |scene| {
            let (git, other) = (scene.git(), scene.folder().join("other"));
            let remote = scene.remote();
            git.run(&["clone", "--quiet", remote.to_str().unwrap(), other.to_str().unwrap()]);
            let other = git.at(&other);
            other.run(&["commit", "--quiet", "--allow-empty", "-m", "Elsewhere"]);
            other.run(&["push", "--quiet", "origin", "main"]);
        }),
        ("empty changelog", |scene| {
            std::fs::write(scene.root().join("CHANGELOG.md"), "# Changelog\n").unwrap();
            scene.git().commit_all("Empty");
        }),
        ("section without content", |scene| {
            let text = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n## [0.1.0] - 2026-01-01\n";
            std::fs::write(scene.root().join("CHANGELOG.md"), text).unwrap();
            scene.git().commit_all("Empty");
        }),
    ];
    let mut complaints = Complaints::default();
    for (case, spoil) in cases {
        let scene = World::new().package().setting("", "[git]\nbranch = \"main\"\n").begin();
        spoil(&scene);
        let release = scene.release("0.2.0");
        let before = detached_state(&scene);
        let ended = release.run().exits(4);
        assert_eq!(detached_state(&scene), before, "{case}");
        assert_nothing_was_written(&scene);
        complaints.add(case, &ended.complaints());
    }
    insta::assert_snapshot!(complaints, @"
    ## dirty tree
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - git: the work tree has uncommitted changes: CHANGELOG.md, backend.py, demo_tool.py and 1 more; commit or stash them
    ## staged file
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - git: the work tree has uncommitted changes: new.txt; commit or stash them
    ## detached head
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - git: HEAD is detached, so there is no branch to push; check out the branch to release from
    ## another branch
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - $WORLD/tidegate.toml, line 15: git: releases are made from `main`, but `feature` is checked out; check out that branch, or change git.branch
    ## remote ahead
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - git remote origin: it has commits that are missing locally; pull them first
    ## remote that was never fetched
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - git remote origin: it has commits that are missing locally; pull them first
    ## empty changelog
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - changelog: CHANGELOG.md has no heading of a version or of unreleased changes; add the heading `Unreleased` where the next section belongs, or set changelog.required = false
    ## section without content
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - changelog: CHANGELOG.md has nothing under `Unreleased`; write what changed, or set changelog.generate = true or changelog.required = false
    ");
}

/// Git's state where the head may name no branch.
fn detached_state(scene: &Scene) -> [String; 4] {
    let (git, remote) = (scene.git(), scene.git().at(&scene.remote()));
    [
        std::fs::read_to_string(scene.root().join(".git/HEAD")).unwrap(),
        git.run(&["status", "--porcelain", "--ignored"]),
        git.run(&["for-each-ref"]),
        remote.run(&["for-each-ref"]),
    ]
}

#[test]
fn a_remote_that_is_not_there_is_refused() {
    let mut complaints = Complaints::default();
    let scene = World::new().package().begin();
    scene.git().run(&["remote", "remove", "origin"]);
    complaints.add("no remote", &refused(&scene, 2, scene.release("0.2.0")));

    let scene = World::new().package().begin();
    let away = scene.folder().join("away.git");
    std::fs::rename(scene.remote(), &away).unwrap();
    let ended = scene.release("0.2.0").run().exits(1);
    complaints.add("a remote that does not answer", &ended.complaints());
    insta::assert_snapshot!(complaints, @"
    ## no remote
    exit 2
    [ERROR] 1 problem blocks the release; nothing was changed
            - git remote origin: no such remote; add it, or set git.remote
    ## a remote that does not answer
    exit 1
    [ERROR] 1 problem blocks the release; nothing was changed
            - git remote origin: the remote `origin` ($WORLD/remote.git) cannot be reached or does not accept these credentials: fatal: '$WORLD/remote.git' does not appear to be a git repository fatal: Could not read from remote repository. Please make sure you have the correct access rights and the repository exists; check the network and your access to it
    ");
}

#[test]
fn all_credentials_that_are_missing_are_told_at_once() {
    let scene = World::new().index("testpypi").package().image().forge().begin();
    insta::assert_snapshot!(refused(&scene, 4, scene.release("0.2.0").anonymous()), @"
    exit 4
    [ERROR] 4 problems block the release; nothing was changed
            - index testpypi: no credentials were found; searched in TIDEGATE_INDEX_TESTPYPI_TOKEN, ~/.pypirc, the keyring or trusted publishing
            - index pypi: no credentials were found; searched in TIDEGATE_INDEX_PYPI_TOKEN, ~/.pypirc, the keyring or trusted publishing
            - image demo/server: docker.io wants credentials (authentication required); check the token and its rights
            - github demo/tool: no credentials were found; searched in GH_TOKEN, GITHUB_TOKEN and `gh auth token`
    ");
}

#[test]
fn credentials_that_are_not_accepted_are_refused_before_anything_is_changed() {
    let mut complaints = Complaints::default();
    let scene = World::new().package().image().forge().begin();
    let wrong = [
        ("wrong token of the index", "TIDEGATE_INDEX_PYPI_TOKEN", "pypi-canary-wrong"),
        ("wrong token of the forge", "GITHUB_TOKEN", "ghp-canary-wrong"),
        ("empty token of the index", "TIDEGATE_INDEX_PYPI_TOKEN", ""),
        ("empty token of the forge", "GITHUB_TOKEN", ""),
    ];
    for (case, name, value) in wrong {
        let release = scene.release("0.2.0").env(name, value);
        complaints.add(case, &refused(&scene, 4, release));
    }
    let release = scene.release("0.2.0").registry_password("canary-wrong");
    complaints.add("wrong password of the registry", &refused(&scene, 4, release));
    let release = scene.release("0.2.0").env("DOCKER_AUTH_CONFIG", "{");
    complaints.add("broken configuration of Docker", &refused(&scene, 1, release));

    let scene = World::new().package().forge().forge_right(Permission::Pull).begin();
    complaints.add("forge token without push", &refused(&scene, 4, scene.release("0.2.0")));

    let account = Account::new(Secrets::ACCOUNT, Secrets::REGISTRY).grant("*", [Action::Pull]);
    let access = Access::by_token().account(account).anonymous_pull();
    let scene = World::new().image_at(RegistryOptions::default().access(access)).begin();
    complaints.add("registry account without push", &refused(&scene, 4, scene.release("0.2.0")));
    insta::assert_snapshot!(complaints, @"
    ## wrong token of the index
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - index pypi: Invalid or non-existent authentication information. See http://127.0.0.1:PORT/help/#invalid-auth for more information; check the token and its rights
    ## wrong token of the forge
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - github demo/tool: cannot read repository demo/tool: GitHub does not accept the token (Bad credentials); make a new one and set GH_TOKEN or GITHUB_TOKEN; check the token and its rights
    ## empty token of the index
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - index pypi: no credentials were found; searched in TIDEGATE_INDEX_PYPI_TOKEN, ~/.pypirc, the keyring or trusted publishing
    ## empty token of the forge
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - github demo/tool: no credentials were found; searched in GH_TOKEN, GITHUB_TOKEN and `gh auth token`
    ## wrong password of the registry
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - image demo/server: docker.io does not accept the credentials (incorrect username or password); check the token and its rights
    ## broken configuration of Docker
    exit 1
    [ERROR] cannot read Docker's credentials
            credentials in `DOCKER_AUTH_CONFIG` cannot be read: line 1 column 1 is not as expected
    ## forge token without push
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - github demo/tool: the account of the token may read demo/tool but not push to it; releases need that right; check the token and its rights
    ## registry account without push
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - image demo/server: the credentials lack the right to push at demo/server; check the token and its rights
    ");
}

#[test]
fn what_a_release_needs_must_be_there() {
    let mut complaints = Complaints::default();
    let scene = World::new().image().without_file("image/Dockerfile").begin();
    complaints.add("no Dockerfile", &refused(&scene, 2, scene.release("0.2.0")));

    let scene = World::new().package().image().begin();
    let release = scene.release("0.2.0").arg("--docker-host").arg("unix:///nonexistent");
    complaints.add("no engine", &refused(&scene, 4, release));
    let release = scene.release("0.2.0").env("DOCKER_HOST", "tcp://127.0.0.1:1");
    complaints.add("no engine at a port", &refused(&scene, 4, release));

    let scene = World::new().package().begin();
    std::fs::write(
        scene.folder().join("gitconfig"),
        "[init]\n\tdefaultBranch = main\n[user]\n\tuseConfigOnly = true\n",
    )
    .unwrap();
    complaints.add("no name for commits", &refused(&scene, 4, scene.release("0.2.0")));
    insta::assert_snapshot!(complaints, @r#"
    ## no Dockerfile
    exit 2
    [ERROR] 1 problem blocks the release; nothing was changed
            - $WORLD/tidegate.toml, line 1: image server: image/Dockerfile does not exist; check context and dockerfile
    ## no engine
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - Docker Engine (no Docker Engine answers at unix:///nonexistent: Socket not found: /nonexistent): not available; start the engine (`systemctl start docker`, or Docker Desktop), or name another one with --docker-host, --context, DOCKER_HOST or `docker context use`
    ## no engine at a port
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - Docker Engine (no Docker Engine answers at tcp://127.0.0.1:PORT: Connection refused (os error 111)): not available; start the engine (`systemctl start docker`, or Docker Desktop), or name another one with --docker-host, --context, DOCKER_HOST or `docker context use`
    ## no name for commits
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - a name and an address for commits: not available; run `git config --global user.name "Your Name"` and `git config --global user.email you@example.org`
    "#);
}

/// Runs a release that fails before anything is public, and checks that servers,
/// branches, tags and the user's files are as before. What was built so far
/// waits in the state folder for the next attempt.
#[track_caller]
fn failed_privately(scene: &Scene) -> String {
    let before = scene.state();
    let ended = scene.release("0.2.0").run().exits(1);
    let mut after = scene.state();
    after.git.worktrees = before.git.worktrees;
    assert!(after == before, "something changed:\n{ended}");
    assert_nothing_was_written(scene);
    told(scene, &ended)
}

/// The complaints of a release that began, with the lines that go on from them
/// but for Python's, which differ from version to version.
fn told(scene: &Scene, ended: &Ended) -> String {
    let mut of_complaint = false;
    let lines = ended.stdout.lines().filter(|line| {
        if line.starts_with('[') {
            of_complaint = line.starts_with("[ERROR]") || line.starts_with("[WARN]");
        } else if line.starts_with(&format!("Release {VERSION}")) {
            of_complaint = false;
        }
        let of_python = line.starts_with("  File \"") || line.starts_with("    ");
        of_complaint && !of_python
    });
    let lines = lines.filter(|line| !line.is_empty());
    let stdout: String = lines.map(|line| format!("{line}\n")).collect();
    let shown = scene.shown();
    let [stdout, stderr] = [&stdout, &ended.stderr].map(|text| shown.text(text));
    let text = format!("exit {}\n{stdout}{stderr}", ended.status.code().unwrap_or(-1));
    let hashes = Regex::new(r"\b(demo-tool|server)-[0-9a-f]{12}\b").unwrap();
    hashes.replace_all(&text, "$1-HASH").into_owned()
}

/// The version that all of this file releases.
const VERSION: &str = "0.2.0";

#[test]
fn a_package_that_cannot_be_built_fails_before_anything_is_public() {
    let another_file = BACKEND.replace("setting(\"version\")", "\"9.9.9\"");
    let another_text = BACKEND.replace("Version: {VERSION}", "Version: 9.9.9");
    let raising = |error: &str| format!("{BACKEND}\n\ndef build_wheel(*_):\n    raise {error}\n");
    let cases = [
        ("build that fails", raising("RuntimeError('the compiler is broken')")),
        ("disk full", raising("OSError(28, 'No space left on device', 'demo.whl')")),
        ("no file is built", format!("{BACKEND}\n\ndef build_wheel(*_):\n    return 'no.whl'\n")),
        ("wheel of another version", another_file),
        ("metadata of another version", another_text),
        ("backend that is no Python", "def (:\n".to_owned()),
    ];
    let mut complaints = Complaints::default();
    for (case, backend) in cases {
        let scene = World::new().package().forge().file("backend.py", backend).begin();
        complaints.add(case, &failed_privately(&scene));
    }
    let scene = World::new().package().without_file("backend.py").begin();
    complaints.add("backend that is not there", &failed_privately(&scene));
    insta::assert_snapshot!(complaints, @r#"
    ## build that fails
    exit 1
    [ERROR] 2/10 build sdist and wheel [FAILED]: the build backend failed in `build_wheel`:
    Traceback (most recent call last):
    RuntimeError: the compiler is broken
    [ERROR] the release of 0.2.0 stopped: "build sdist and wheel" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    ## disk full
    exit 1
    [ERROR] 2/10 build sdist and wheel [FAILED]: no space left in $WORLD/tmp/tidegate-build-RANDOM; free some and start again
    [ERROR] the release of 0.2.0 stopped: "build sdist and wheel" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    ## no file is built
    exit 1
    [ERROR] 2/10 build sdist and wheel [FAILED]: the build made `no.whl`, which is not demo-tool 0.2.0; if another file states the version, add the file to package.version-files
    [ERROR] the release of 0.2.0 stopped: "build sdist and wheel" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    ## wheel of another version
    exit 1
    [ERROR] 2/10 build sdist and wheel [FAILED]: the build made `demo_tool-9.9.9.tar.gz`, which is not demo-tool 0.2.0; if another file states the version, add the file to package.version-files
    [ERROR] the release of 0.2.0 stopped: "build sdist and wheel" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    ## metadata of another version
    exit 1
    [ERROR] 2/10 build sdist and wheel [FAILED]: the built files would be refused by pypi: not fit for upload: demo_tool-0.2.0-py3-none-any.whl: the file name has version 0.2.0, its metadata 9.9.9 [version-mismatch]; demo_tool-0.2.0.tar.gz: the file name has version 0.2.0, its metadata 9.9.9 [version-mismatch]; repair what is listed, build again, and upload the new files
    [ERROR] the release of 0.2.0 stopped: "build sdist and wheel" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    ## backend that is no Python
    exit 1
    [ERROR] 2/10 build sdist and wheel [FAILED]: the build backend failed in `build_sdist`:
    SyntaxError: invalid syntax
    [ERROR] the release of 0.2.0 stopped: "build sdist and wheel" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    ## backend that is not there
    exit 1
    [ERROR] 2/8 build sdist and wheel [FAILED]: the build backend `backend` cannot be imported: No module named 'backend'; check `[build-system]` in pyproject.toml
    [ERROR] the release of 0.2.0 stopped: "build sdist and wheel" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    "#);
}

#[test]
fn a_check_that_fails_stops_before_anything_is_public() {
    let cases = [
        ("fails", "[\"sh\", \"-c\", \"echo 2 tests failed >&2; exit 3\"]"),
        ("takes too long", "\"sleep 60\""),
    ];
    let mut complaints = Complaints::default();
    for (case, command) in cases {
        let checks = format!("[checks]\ntimeout = \"1s\"\nbefore-release = [{command}]\n");
        let scene = World::new().package().setting("", &checks).begin();
        complaints.add(case, &failed_privately(&scene));
    }
    insta::assert_snapshot!(complaints, @r#"
    ## fails
    exit 1
    [ERROR] 2/9 check: sh -c 'echo 2 tests failed >&2; exit 3' [FAILED]: `sh -c 'echo 2 tests failed >&2; exit 3'` ended with exit code 3:
    2 tests failed
    (all of it: $WORLD/state/demo-tool-HASH/release-0.2.0/logs/sh--c--echo-2-tests-failed---2--exit-3-ca1140dd.log)
    [ERROR] the release of 0.2.0 stopped: "check: sh -c 'echo 2 tests failed >&2; exit 3'" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    ## takes too long
    exit 1
    [ERROR] 2/9 check: sleep 60 [FAILED]: sleep 60: `sleep` did not end within 1 s and was stopped
    [ERROR] the release of 0.2.0 stopped: "check: sleep 60" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    "#);
}

/// Whether emulators are registered is not shown by every machine: then the build fails.
#[test]
fn a_platform_whose_programs_do_not_run_is_refused_or_fails_before_anything_is_public() {
    let dockerfile = "FROM scratch\nLABEL tidegate-it=foreign\nCOPY printer version /\n";
    let scene = World::new()
        .package()
        .image()
        .setting("image", "platforms = [\"linux/arm64\"]")
        .file("image/Dockerfile", format!("{dockerfile}RUN [\"/printer\"]\n"))
        .file("image/printer", for_arm())
        .begin();
    let ended = scene.release("0.2.0").run();
    remove_cached_steps("foreign");
    let complaints = ended.complaints();
    assert!(matches!(ended.status.code(), Some(1 | 4)), "{ended}");
    assert!(
        complaints.contains(
            "image/Dockerfile, line 4: image server: RUN needs programs of linux/arm64, and"
        ),
        "{complaints}"
    );
    assert_nothing_was_written(&scene);
}

#[test]
fn an_image_that_cannot_be_built_or_holds_another_version_is_not_published() {
    let dockerfile = "FROM scratch\nLABEL tidegate-it=unbuildable\nCOPY printer version /\n";
    let other = "#!/bin/sh\nprintf '9.9.9\\n' >image/version\n";
    let cases = [
        ("a step that fails", {
            World::new().image().file("image/Dockerfile", format!("{dockerfile}RUN [\"/none\"]\n"))
        }),
        ("a file that is not there", {
            World::new().image().file("image/Dockerfile", "FROM scratch\nCOPY nothing /\n")
        }),
        ("a Dockerfile with a mistake", {
            World::new().image().file("image/Dockerfile", "FROM scratch\nCOPPY a /\n")
        }),
        ("another version", World::new().image().file("image/stamp", other)),
        ("no such program", World::new().image().setting("image", "contains = [\"/none\"]")),
        ("a hook that fails", World::new().image().setting("image", "before = [\"false\"]")),
    ];
    let mut complaints = Complaints::default();
    for (case, world) in cases {
        let scene = world.package().begin();
        complaints.add(case, &failed_privately(&scene));
    }
    remove_cached_steps("unbuildable");
    insta::assert_snapshot!(complaints, @r#"
    ## a step that fails
    exit 1
    [ERROR] 4/12 build image server [FAILED]: the build failed: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/none": stat /none: no such file or directory: unknown:
    Step 1/4 : FROM scratch
    Step 2/4 : LABEL tidegate-it=unbuildable
    Step 3/4 : COPY printer version /
    Step 4/4 : RUN ["/none"]
    [ERROR] the release of 0.2.0 stopped: "build image server" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    ## a file that is not there
    exit 1
    [ERROR] 4/12 build image server [FAILED]: the build failed: COPY failed: file not found in build context or excluded by .dockerignore: stat nothing: file does not exist:
    Step 1/2 : FROM scratch
    Step 2/2 : COPY nothing /
    [ERROR] the release of 0.2.0 stopped: "build image server" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    ## a Dockerfile with a mistake
    exit 1
    [ERROR] 4/12 build image server [FAILED]: the build failed: dockerfile parse error line 2: unknown instruction: COPPY
    [ERROR] the release of 0.2.0 stopped: "build image server" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    ## another version
    exit 1
    [ERROR] 4/12 build image server [FAILED]: `/printer` in the image printed "demo-server 9.9.9", which is not version 0.2.0: the image contains another version
    [ERROR] the release of 0.2.0 stopped: "build image server" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    ## no such program
    exit 1
    [ERROR] 4/12 build image server [FAILED]: image `tidegate-build/demo-tool-server-HASH:linux-amd64` has no program `/none`: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/none": stat /none: no such file or directory: unknown
    [ERROR] the release of 0.2.0 stopped: "build image server" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    ## a hook that fails
    exit 1
    [ERROR] 4/12 build image server [FAILED]: `false` ended with exit code 1:
    (all of it: $WORLD/state/demo-tool-HASH/release-0.2.0/logs/false-fcbcf165.log)
    [ERROR] the release of 0.2.0 stopped: "build image server" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    "#);
}

/// The program of the image, marked as one of a machine that this is not.
fn for_arm() -> Vec<u8> {
    const MACHINE: usize = 18;
    const AARCH64: u16 = 183;
    let mut program = printer().to_vec();
    program[MACHINE..MACHINE + 2].copy_from_slice(&AARCH64.to_le_bytes());
    program
}

/// The engine's classic builder keeps the steps before the one that failed. Each test has
/// a label of its own: one would take the steps of the other's running build away.
fn remove_cached_steps(label: &str) {
    let filter = format!("label=tidegate-it={label}");
    for _ in 0..8 {
        let found = docker(&["images", "--quiet", "--filter", &filter]);
        let Some(image) = found.lines().next() else { return };
        docker(&["rmi", "--force", image]);
    }
    panic!("images stay");
}

#[test]
fn a_disk_that_is_full_is_said_and_a_later_run_finishes() {
    let heavy = "\n\ndef build_sdist(folder, settings=None):\n    \
                 pathlib.Path(folder, 'x').write_bytes(bytes(120 << 20))\n";
    let scene = World::new().package().file("backend.py", format!("{BACKEND}{heavy}")).begin();
    // Only root may mount; the backend that says so itself is tested everywhere.
    if let Some(disk) = SmallDisk::mount(&scene.folder().join("tmp"), "110m") {
        insta::assert_snapshot!(failed_privately(&scene), @r#"
        exit 1
        [WARN] disk: 110 MiB are free for the temporary folder $WORLD/tmp; make room (`clean-local-images`, `docker builder prune`), or use another folder (--state-dir, TMPDIR)
        [ERROR] 2/8 build sdist and wheel [FAILED]: no space left in $WORLD/tmp/tidegate-build-RANDOM; free some and start again
        [ERROR] the release of 0.2.0 stopped: "build sdist and wheel" failed
        [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
        "#);
        drop(disk);
    }
    if let Some(disk) = SmallDisk::mount(&scene.state_folder(), "16k") {
        let complaints = scene.release("0.2.0").run().exits(4).complaints();
        insta::assert_snapshot!(complaints, @"
        exit 4
        [ERROR] 1 problem blocks the release; nothing was changed
                - disk: 0 MiB are free for the state folder $WORLD/state; make room (`clean-local-images`, `docker builder prune`), or use another folder (--state-dir, TMPDIR)
        ");
        drop(disk);
    }
    std::fs::write(scene.root().join("backend.py"), BACKEND).unwrap();
    scene.git().commit_all("Build small files");
    scene.release("0.2.0").run().exits(0);
}

/// A file system of its own for a folder.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(folder: &Path, size: &str) -> Option<Self> {
        let options = format!("size={size}");
        let mount = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tidegate-it"])
            .arg(folder)
            .stderr(std::process::Stdio::null())
            .status();
        mount.is_ok_and(|status| status.success()).then(|| Self(folder.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = std::process::Command::new("umount").arg(&self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "{} stays", self.0.display());
    }
}

#[test]
fn after_a_private_failure_the_repaired_project_is_released_by_the_same_command() {
    let broken = format!("{BACKEND}\n\ndef build_wheel(*_):\n    raise RuntimeError('broken')\n");
    let scene = World::new().package().image().forge().file("backend.py", broken).begin();
    failed_privately(&scene);
    std::fs::write(scene.root().join("backend.py"), BACKEND).unwrap();
    let repaired = scene.git().commit_all("Repair the build");
    scene.release("0.2.0").run().exits(0);
    scene.assert_nothing_is_published_twice();
    let parent = scene.git().run(&["rev-parse", "v0.2.0^{commit}^"]);
    assert_eq!(parent, repaired);
}

/// The index tells so only when the first file comes.
#[test]
fn a_token_for_another_project_stops_at_the_upload_and_the_right_one_goes_on() {
    const RIGHT: &str = "pypi-canary-of-this-project";
    let other = ApiToken::for_projects(Secrets::INDEX, ["another-project"]);
    let options = IndexOptions::default().token(other).token(ApiToken::for_account(RIGHT));
    let scene = World::new().bare_package().index_with("pypi", options).begin();
    let ended = scene.release(VERSION).run().exits(3);
    assert!(scene.index("pypi").state().projects.is_empty());
    insta::assert_snapshot!(told(&scene, &ended), @r#"
    exit 3
    [ERROR] 7/8 upload to pypi [FAILED]: 0 of 2 files are uploaded: pypi forbids the upload: Invalid API Token: project-scoped token is not valid for project: 'demo-tool'; use a token of an owner or maintainer whose scope includes the project
    [ERROR] the release of 0.2.0 stopped: "upload to pypi" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    "#);
    scene.release(VERSION).env("TIDEGATE_INDEX_PYPI_TOKEN", RIGHT).run().exits(0);
    scene.assert_nothing_is_published_twice();
}

#[test]
fn interrupted_anywhere_a_release_is_finished_by_the_same_command() {
    type Server = fn(&Scene) -> &FaultPlan;
    let index: Server = |scene| scene.index("pypi").faults();
    let registry: Server = |scene| scene.registry().faults();
    let forge: Server = |scene| scene.forge().faults();
    let moments = [
        ("preflight", index, "GET", "/simple/demo-tool/", 0),
        ("image layers", registry, "PUT", "/blobs/uploads/", 0),
        ("version tag", registry, "PUT", "/manifests/0.2.0", 0),
        ("draft", forge, "POST", "/releases", 0),
        // Preflight asks twice whether the token is accepted.
        ("first file", index, "POST", "/legacy/", 2),
        ("second file", index, "POST", "/legacy/", 3),
        ("floating tag", registry, "PUT", "/manifests/latest", 0),
        ("publication", forge, "PATCH", "/releases", 0),
    ];
    let world = || World::new().package().image().forge().begin();
    let undisturbed = world();
    undisturbed.release(VERSION).run().exits(0);
    let moments = moments.map(|(moment, faults, method, path, skipped)| {
        (moment.to_owned(), (faults, method, path, skipped))
    });
    in_parallel(2, moments, |&(ref moment, (faults, method, path, skipped))| {
        let scene = world();
        let slow = Fault::delay(std::time::Duration::from_secs(60)).skip(skipped);
        let slow = faults(&scene).inject(slow.method(method).path_contains(path));
        let mut running = scene.release(VERSION).start();
        running.until(moment, |_| faults(&scene).triggered(&slow) == 1);
        running.signal(Signal::INT);
        let ended = running.wait().exits(130);
        let resumes = "[INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws \
                       what can be withdrawn";
        let last: Vec<&str> = ended.stderr.lines().rev().take(2).collect();
        // Before the first step there is nothing to resume.
        match moment.as_str() {
            "preflight" => assert_eq!(last.first(), Some(&"[ERROR] interrupted")),
            _ => assert_eq!(last, [resumes, "[ERROR] interrupted"], "{moment}"),
        }
        faults(&scene).clear();
        scene.release(VERSION).run().exits(0);
        scene.assert_state(&undisturbed.state());
        scene.assert_nothing_is_published_twice();
    });
}

/// A check that waits, and says in a file which process it is.
const WAITING: &str = "[checks]\nbefore-release = [[\"sh\", \"-c\", \
                       'if ! test -e \"$GO\"; then echo $$ >\"$GO.waits\"; fi; \
                       while ! test -e \"$GO\"; do sleep 0.05; done']]\n";

fn waits(scene: &Scene) -> PathBuf {
    scene.folder().join("go.waits")
}

/// The check is in its own process, which a release must not leave behind.
#[test]
fn an_interrupted_check_ends_with_the_release() {
    let scene = World::new().package().setting("", WAITING).begin();
    let go = scene.folder().join("go");
    let before = scene.state();
    let mut running = scene.release(VERSION).env("GO", &go).start();
    let said = || std::fs::read_to_string(waits(&scene)).unwrap_or_default();
    running.until("the check", |_| said().ends_with('\n'));
    let process = PathBuf::from("/proc").join(said().trim());
    assert!(process.exists());
    running.signal(Signal::INT);
    let ended = running.wait().exits(130);
    insta::assert_snapshot!(ended.complaints(), @r#"
    exit 130
    [ERROR] 2/9 check: sh -c 'if ! test -e "$GO"; then echo $$ >"$GO.waits"; fi; while ! test -e "$GO"; do sleep 0.05; done' [FAILED]: interrupted
    [ERROR] interrupted
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    "#);
    assert!(!process.exists(), "the check still runs");
    let mut after = scene.state();
    after.git.worktrees = before.git.worktrees;
    assert!(after == before);
    std::fs::write(&go, "").unwrap();
    scene.release(VERSION).env("GO", &go).run().exits(0);
}

#[test]
fn a_second_run_meanwhile_is_refused_with_the_name_of_the_first() {
    let scene = World::new().package().setting("", WAITING).begin();
    let go = scene.folder().join("go");
    let mut first = scene.release(VERSION).env("GO", &go).start();
    first.until("the check", |_| waits(&scene).exists());
    let mut complaints = Complaints::default();
    for (case, version) in [("the same", VERSION), ("another version", "0.3.0")] {
        complaints.add(case, &scene.release(version).run().exits(4).complaints());
    }
    let abort = scene.release(VERSION).arg("--abort").run().exits(4);
    complaints.add("withdrawal", &abort.complaints());
    // Looking is allowed.
    scene.release(VERSION).arg("--dry-run").run().exits(0);
    std::fs::write(&go, "").unwrap();
    first.wait().exits(0);
    scene.assert_nothing_is_published_twice();
    insta::assert_snapshot!(complaints, @"
    ## the same
    exit 4
    [ERROR] another operation works on this project: `full-release 0.2.0` by ada on vm (process ID) since MOMENT; wait for it or stop it
    ## another version
    exit 4
    [ERROR] another operation works on this project: `full-release 0.2.0` by ada on vm (process ID) since MOMENT; wait for it or stop it
    ## withdrawal
    exit 4
    [ERROR] another operation works on this project: `full-release 0.2.0` by ada on vm (process ID) since MOMENT; wait for it or stop it
    ");
}

#[test]
fn abort_after_a_private_failure_leaves_everything_as_it_was() {
    let broken = format!("{BACKEND}\n\ndef build_wheel(*_):\n    raise RuntimeError('broken')\n");
    let scene = World::new().package().image().forge().file("backend.py", broken).begin();
    let before = scene.state();
    scene.release(VERSION).run().exits(1);
    let ended = scene.release(VERSION).arg("--abort").run().exits(0);
    insta::assert_snapshot!(ended.whole(), @"
    exit 0
    --- stdout
    [OK] the release of 0.2.0 is withdrawn
    --- stderr
    ");
    scene.assert_state(&before);
    assert_nothing_was_written(&scene);
    let again = scene.release(VERSION).arg("--abort").run().exits(4);
    insta::assert_snapshot!(again.complaints(), @"
    exit 4
    [ERROR] no unfinished release of 0.2.0 is recorded
    [INFO] a finished release cannot be withdrawn: release the next version, or yank it
    ");
}

#[test]
fn abort_after_the_push_takes_back_the_tag_and_the_draft() {
    let scene = World::new()
        .package()
        .image()
        .forge()
        .workflow(Workflow::new("ci.yml").concludes("failure"))
        .setting("github", "wait-for = [\"ci.yml\"]")
        .begin();
    let before = scene.state();
    let ended = scene.release(VERSION).run().exits(3);
    insta::assert_snapshot!(told(&scene, &ended), @r#"
    exit 3
    [ERROR] 9/15 wait for the forge's workflows [FAILED]: failed for this commit: ci.yml
    ci.yml: failure, http://127.0.0.1:PORT/web/demo/tool/actions/runs/1
      no job was started
    [ERROR] the release of 0.2.0 stopped: "wait for the forge's workflows" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    "#);
    let public = scene.state();
    assert!(public.git.remote.contains_key("refs/tags/v0.2.0"));
    assert_eq!(public.forge.unwrap().releases.len(), 1);

    let ended = scene.release(VERSION).arg("--abort").run().exits(0);
    insta::assert_snapshot!(ended.whole(), @"
    exit 0
    --- stdout
    [OK] deleted the draft of the forge release
    [OK] deleted the local tag v0.2.0
    [OK] deleted v0.2.0 at origin
    [WARN] the release commit COMMIT is pushed and stays on the branch; revert it if needed
    [OK] the release of 0.2.0 is withdrawn
    --- stderr
    ");
    let after = scene.state();
    assert_eq!(after.forge.unwrap().releases.len(), 0);
    assert_eq!((after.indexes, after.registry), (before.indexes, before.registry));
    assert!(!after.git.remote.contains_key("refs/tags/v0.2.0"));
    assert!(!after.git.local.contains_key("refs/tags/v0.2.0"));
    assert_eq!(after.git.remote["refs/heads/main"], after.git.local["refs/heads/main"]);
    assert_eq!(after.git.worktrees, 0);
}

#[test]
fn abort_after_an_upload_closes_the_release_and_keeps_what_it_was_made_from() {
    let scene = World::new().package().image().forge().begin();
    let fault = Fault::status(422).method("PATCH").path_contains("/releases").forever();
    scene.forge().faults().inject(fault);
    scene.release(VERSION).run().exits(3);
    let published = scene.state();
    let ended = scene.release(VERSION).arg("--abort").run().exits(0);
    insta::assert_snapshot!(ended.whole(), @"
    exit 0
    --- stdout
    [WARN] image.server.push was done and is not withdrawn: delete the version tags at the registry if nobody uses them
    [WARN] index.pypi.upload was done and is not withdrawn: an index keeps files; yank the release on its web page (its file names cannot be used again)
    [WARN] image.server.floating was done and is not withdrawn: the journal records the digests that the tags pointed to
    [WARN] github.publish may have been done and is not withdrawn: a published forge release is never changed
    [WARN] commit COMMIT and its tag are kept: what is published was built from them
    [OK] deleted the draft of the forge release
    [OK] the release of 0.2.0 is closed: what is published remains
    --- stderr
    ");
    let after = scene.state();
    assert_eq!((after.indexes, after.registry), (published.indexes, published.registry));
    assert_eq!((after.git.local, after.git.remote), (published.git.local, published.git.remote));
    assert_eq!(after.git.worktrees, 0);

    scene.forge().faults().clear();
    write_down_more(&scene);
    scene.release("0.3.0").run().exits(0);
}

/// A changelog entry for the next version.
fn write_down_more(scene: &Scene) {
    let path = scene.root().join("CHANGELOG.md");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("## [Unreleased]\n", "## [Unreleased]\n\n- More.\n"))
        .unwrap();
    scene.git().commit_all("Write down what comes");
}

#[test]
fn a_dry_run_touches_nothing_and_needs_no_token() {
    let scene = World::new().index("testpypi").package().image().forge().begin();
    let before = (scene.state(), files_below(&scene.root().join(".git")));
    let ended = scene.release(VERSION).arg("--dry-run").anonymous().run().exits(0);
    insta::assert_snapshot!(ended.complaints(), @"
    exit 0
    ");
    for target in ["testpypi", "to pypi", "demo/server", "v0.2.0", "[github.draft"] {
        assert!(ended.stdout.contains(target), "{target}: {ended}");
    }
    assert!((scene.state(), files_below(&scene.root().join(".git"))) == before);
    assert!(files_below(&scene.state_folder()).is_empty());
    assert!(files_below(&scene.folder().join("home")).is_empty());
    for (server, request) in scene.services.requests() {
        let reads = ["GET", "HEAD"].contains(&request.method.as_str());
        assert!(reads, "{server}: {} {}", request.method, request.path_and_query);
    }
}

/// Every file below a folder, with its content; but not git's cache of the
/// times of files.
fn files_below(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else if entry.file_name() != "index" {
            found.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn an_optional_image_that_fails_does_not_block_and_does_not_look_green() {
    let scene = World::new().package().image().forge().setting("image", "optional = true").begin();
    let refusal = Fault::status(403).method("PUT").path_contains("/manifests/").forever();
    scene.registry().faults().inject(refusal);
    let ended = scene.release(VERSION).run().exits(3);
    insta::assert_snapshot!(ended.whole(), @r#"
    exit 3
    --- stdout
    [INFO] preflight of demo-tool: checking every target
    Release 0.2.0 of demo-tool: 14 steps
      1. make the release commit [prepare.commit; on this machine]
           change pyproject.toml (now 0.1.0)
           change demo_tool.py
           change CHANGELOG.md
           commit "Bump version to 0.2.0"
      2. build sdist and wheel [package.build; on this machine]
      3. check the package [package.check; on this machine]
           install the wheel with its dependencies into a clean environment
           compare the built files with the last release
      4. build image server [image.server.build; on this machine, optional]
      5. tag v0.2.0 [git.tag; on this machine]
           annotated tag v0.2.0: "Release v0.2.0"
           branch main moves to the release commit
      6. push main and v0.2.0 to origin [git.push; public, can be withdrawn]
           push --atomic origin main v0.2.0
      7. verify git tag v0.2.0 [git.verify; changes nothing]
           list the remote's refs
      8. draft the forge release v0.2.0 [github.draft; public, can be withdrawn]
           create a draft in demo/tool, upload its files and checksums
      9. push image server [image.server.push; public for ever, optional]
           PUT demo/server:0.2.0
     10. verify image server [image.server.verify; changes nothing, optional]
           pull every platform without credentials, run it
     11. upload to pypi [index.pypi.upload; public for ever]
           POST each file to pypi
     12. verify pypi [index.pypi.verify; changes nothing]
           GET project pages and files of pypi, compare sha256
           install from pypi into a clean environment
     13. move floating tags of server [image.server.floating; what users follow, optional]
           PUT demo/server:latest
           PUT demo/server:0.2
     14. publish the forge release v0.2.0 [github.publish; what users follow]
           PATCH the draft in demo/tool
    [ERROR] 9/14 push image server [FAILED]: push on demo/server: refused; a rule of the registry stands against it: immutable tags, a manifest still in use, or the account's plan
    [OK] 1/14 make the release commit: COMMIT (pyproject.toml, demo_tool.py, CHANGELOG.md)
    [OK] 11/14 upload to pypi: 2 files, accepted
    [OK] 12/14 verify pypi: accepted, recorded, listed, downloadable, selectable; installed demo_tool-0.2.0-py3-none-any.whl, imported demo_tool, ran demo-tool
    [OK] 14/14 publish the forge release v0.2.0: http://127.0.0.1:PORT/web/demo/tool/releases/tag/v0.2.0
    [OK] 2/14 build sdist and wheel: demo_tool-0.2.0-py3-none-any.whl, demo_tool-0.2.0.tar.gz
    [OK] 3/14 check the package: installed demo_tool-0.2.0-py3-none-any.whl, imported demo_tool, ran demo-tool; no earlier release to compare with
    [OK] 4/14 build image server: sha256:DIGEST for linux/amd64
    [OK] 5/14 tag v0.2.0: v0.2.0 on COMMIT
    [OK] 6/14 push main and v0.2.0 to origin: main and v0.2.0
    [OK] 7/14 verify git tag v0.2.0: v0.2.0 at origin
    [OK] 8/14 draft the forge release v0.2.0: 3 files, http://127.0.0.1:PORT/web/demo/tool/releases/tag/untagged-0000000000000001

    Release 0.2.0
    target  state  time  evidence
    ──  ──  ──  ──
    project  done  TIME  commit: COMMIT (pyproject.toml, demo_tool.py, CHANGELOG.md)
            build package: demo_tool-0.2.0-py3-none-any.whl, demo_tool-0.2.0.tar.gz
            check package: installed demo_tool-0.2.0-py3-none-any.whl, imported demo_tool, ran demo-tool; no earlier release to compare with
    image server  FAILED  TIME  build: sha256:DIGEST for linux/amd64
            push: push on demo/server: refused; a rule of the registry stands against it: immutable tags, a manifest still in use, or the account's plan
    git  done  TIME  tag: v0.2.0 on COMMIT
            push: main and v0.2.0
            verify: v0.2.0 at origin
    github  done  TIME  draft: 3 files, http://127.0.0.1:PORT/web/demo/tool/releases/tag/untagged-0000000000000001
            publish: http://127.0.0.1:PORT/web/demo/tool/releases/tag/v0.2.0
    index pypi  done  TIME  upload: 2 files, accepted
            verify: accepted, recorded, listed, downloadable, selectable; installed demo_tool-0.2.0-py3-none-any.whl, imported demo_tool, ran demo-tool
    --- stderr
    [ERROR] 0.2.0 is released, except for the optional "push image server"
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    "#);
    let state = scene.state();
    assert_eq!(state.indexes["pypi"].projects["demo-tool"].releases.len(), 1);
    assert!(state.forge.unwrap().releases.iter().all(|release| !release.draft));
    assert!(scene.registry().state().tags("demo/server").is_empty());

    scene.registry().faults().clear();
    write_down_more(&scene);
    scene.release("0.3.0").run().exits(0);
    assert_eq!(scene.registry().state().tags("demo/server"), ["0.3", "0.3.0", "latest"]);
}
