//! What preflight finds in files, programs, builders and disks: one change to a ready
//! world, one finding.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod world;

use configuration::Configuration;
use release_plan::{
    BranchState, FindingKind, Observed, ObservedBuilder, ObservedDisk, ObservedPath,
    ObservedProgram, ObservedSecret, ObservedUnreadableLock, PathState, ProgramState, RemoteState,
    SecretSign, check, check_project, resolve_version,
};

const TEXT: &str = "[package]
indexes = [\"pypi\"]
version-files = [\"src/version.py\"]

[[image]]
repository = \"a/server\"
platforms = [\"linux/amd64\", \"linux/arm64\"]
build-args = { NPM_TOKEN = \"x\" }

[checks]
before-release = [
    \"make env\",
    \"bin/check\",
]

[github]
repository = \"acme/tool\"
";

fn configuration() -> Configuration {
    configuration::parse(TEXT).unwrap()
}

fn findings(change: impl FnOnce(&mut Observed)) -> Vec<(FindingKind, String)> {
    let configuration = configuration();
    let mut observed = world::ready(&configuration, Some("1.0.0"), "minor");
    change(&mut observed);
    let version = resolve_version(&observed);
    let found = check(&observed, &configuration, version.as_ref(), Default::default());
    found.into_iter().map(|finding| (finding.kind, finding.to_string())).collect()
}

#[track_caller]
fn assert_finding(found: &[(FindingKind, String)], kind: FindingKind, text: &str) {
    assert_eq!(found, [(kind, text.to_owned())]);
}

fn program(state: ProgramState, maker: Option<&str>) -> ObservedProgram {
    ObservedProgram {
        subject: "checks".to_owned(),
        key: "checks.before-release[1]".to_owned(),
        program: "bin/check".to_owned(),
        state,
        maker: maker.map(str::to_owned),
        is_optional: false,
    }
}

#[test]
fn an_index_without_addresses_is_a_mistake_with_its_line() {
    let found = findings(|observed| observed.indexes[0].has_addresses = false);
    let text = "tidegate.toml, line 2: index pypi: it is no public index, and the configuration \
                has no addresses of it; correct its name, or add `[index.pypi]` with `upload` and \
                `simple`";
    assert_finding(&found, FindingKind::Configuration, text);
}

#[test]
fn a_program_that_is_missing_blocks_unless_an_earlier_command_may_make_it() {
    use FindingKind::{Configuration, Precondition, Warning};
    let maker = Some("make env");
    for (state, maker, expected) in [
        (ProgramState::Found, None, None),
        (
            ProgramState::NotOnPath,
            None,
            Some((Precondition, "`bin/check` is not on PATH; install it, or correct the command")),
        ),
        (
            ProgramState::NotOnPath,
            maker,
            Some((
                Warning,
                "`bin/check` is not on PATH; unless `make env`, which runs before it, installs it, \
                 install it, or correct the command",
            )),
        ),
        (
            ProgramState::NotExecutable,
            maker,
            Some((
                Precondition,
                "`bin/check` is not executable; run `git update-index --chmod=+x bin/check` and \
                 commit, or name its interpreter",
            )),
        ),
        (
            ProgramState::NoFile(PathState::Missing),
            None,
            Some((
                Configuration,
                "`bin/check` does not exist, and no command before it can make it; correct the path",
            )),
        ),
        (
            ProgramState::NoFile(PathState::Missing),
            maker,
            Some((
                Warning,
                "`bin/check` is not committed; unless `make env`, which runs before it, makes it, \
                 commit it",
            )),
        ),
        (
            ProgramState::NoFile(PathState::Ignored),
            None,
            Some((
                Precondition,
                "`bin/check` is not committed, so the checkout that it runs in lacks it; commit it, \
                 or make it with a command that runs before",
            )),
        ),
        (ProgramState::NoFile(PathState::Ignored), maker, None),
        (ProgramState::NoFile(PathState::IgnoredAndMissing), maker, None),
        (ProgramState::NoFile(PathState::Committed), None, None),
    ] {
        let case = format!("{state:?} {maker:?}");
        let found = findings(|world| world.setup.programs.push(program(state, maker)));
        let expected =
            expected.map(|(kind, text)| (kind, format!("tidegate.toml, line 13: checks: {text}")));
        assert_eq!(found, Vec::from_iter(expected), "{case}");
    }
}

#[test]
fn a_missing_program_of_an_optional_command_only_warns() {
    let missing = ObservedProgram { is_optional: true, ..program(ProgramState::NotOnPath, None) };
    let found = findings(|world| world.setup.programs.push(missing));
    assert_eq!(found[0].0, FindingKind::Warning);
}

fn path(state: PathState) -> ObservedPath {
    ObservedPath {
        subject: "package".to_owned(),
        key: "package.version-files[0]".to_owned(),
        path: "src/version.py".into(),
        state,
        maker: None,
        problem: None,
    }
}

#[test]
fn a_path_that_is_not_part_of_the_release_is_found_with_its_line() {
    use FindingKind::{Configuration, Precondition};
    for (state, kind, text) in [
        (PathState::Missing, Configuration, "src/version.py does not exist; correct the path"),
        (
            PathState::Ignored,
            Configuration,
            "git ignores src/version.py, so it is not part of the release; correct the path, or \
             remove it from .gitignore and commit it",
        ),
        (
            PathState::Uncommitted,
            Precondition,
            "src/version.py is not committed, so it is not part of the release; `git add` and \
             commit it",
        ),
    ] {
        let found = findings(|world| world.setup.paths.push(path(state)));
        assert_finding(&found, kind, &format!("tidegate.toml, line 3: package: {text}"));
        let made = ObservedPath { maker: Some("make".to_owned()), ..path(state) };
        assert_eq!(findings(|world| world.setup.paths.push(made)), []);
    }
    let problem = Some("line 2: the version is an expression".to_owned());
    let broken = ObservedPath { problem, ..path(PathState::Committed) };
    assert_finding(
        &findings(|world| world.setup.paths.push(broken)),
        Configuration,
        "tidegate.toml, line 3: package: src/version.py: line 2: the version is an expression",
    );
}

fn secret(name: &str, line: usize, sign: SecretSign) -> ObservedSecret {
    ObservedSecret { name: name.to_owned(), line, sign }
}

#[test]
fn a_secret_among_the_build_arguments_is_refused_with_its_line() {
    let found = findings(|world| {
        world.images[0].build.secret_arguments = vec![secret("NPM_TOKEN", 0, SecretSign::Name)];
    });
    assert_finding(
        &found,
        FindingKind::Configuration,
        "tidegate.toml, line 8: image server: the build argument `NPM_TOKEN` looks like a secret, \
         and would stay in the image; pass it with `RUN --mount=type=secret`, or rename it if it is \
         none",
    );
}

#[test]
fn a_placeholder_in_a_dockerfile_only_warns_and_a_token_is_refused() {
    let found = |sign| {
        findings(|world| {
            world.images[0].build.dockerfile = "docker/Dockerfile".into();
            world.images[0].build.secrets = vec![secret("API_TOKEN", 4, sign)];
        })
    };
    let text = "docker/Dockerfile, line 4: image server: the value of `API_TOKEN` looks like a \
                secret, and stays in the image; pass it with `RUN --mount=type=secret` instead";
    assert_finding(&found(SecretSign::Name), FindingKind::Warning, text);
    assert_finding(&found(SecretSign::Random), FindingKind::Warning, text);
    assert_finding(&found(SecretSign::Value), FindingKind::Configuration, text);
}

fn builder(is_buildkit: bool, platforms: &[&str], is_complete: bool) -> Option<ObservedBuilder> {
    let name = if is_buildkit { "the builder `default`" } else { "the engine's classic builder" };
    let platforms = platforms.iter().map(|platform| platform.parse().unwrap()).collect();
    let engine_platform = "linux/amd64".parse().unwrap();
    let name = name.to_owned();
    Some(ObservedBuilder { name, is_buildkit, engine_platform, platforms, is_complete })
}

#[test]
fn a_dockerfile_that_needs_buildkit_is_refused_where_it_is_missing() {
    let found = |is_buildkit| {
        findings(|world| {
            world.setup.builder = builder(is_buildkit, &["linux/amd64", "linux/arm64"], true);
            world.images[0].build.dockerfile = "Dockerfile".into();
            world.images[0].build.buildkit_features = vec![(3, "RUN --mount".to_owned())];
        })
    };
    assert_eq!(found(true), []);
    assert_finding(
        &found(false),
        FindingKind::Precondition,
        "Dockerfile, line 3: image server: RUN --mount needs BuildKit, and the engine's classic \
         builder does not have it; install the Docker plugin buildx",
    );
}

#[test]
fn a_copy_that_the_classic_builder_would_take_from_the_wrong_platform_is_refused() {
    let found = |is_buildkit, platforms: &[&str]| {
        findings(|world| {
            world.setup.builder = builder(is_buildkit, &["linux/amd64", "linux/arm64"], true);
            world.images[0].build.dockerfile = "Dockerfile".into();
            let copies = platforms.iter().map(|platform| (platform.parse().unwrap(), 4));
            world.images[0].build.mixed_copies = copies.collect();
        })
    };
    let both = ["linux/amd64", "linux/arm64"];
    assert_eq!(found(true, &both), []);
    assert_eq!(found(false, &both[..1]), []);
    assert_finding(
        &found(false, &both),
        FindingKind::Precondition,
        "Dockerfile, line 4: image server: COPY from an image for linux/arm64, beside stages for \
         another platform, needs BuildKit, and the engine's classic builder does not have it; \
         install the Docker plugin buildx",
    );
}

#[test]
fn a_run_on_a_platform_that_the_builder_cannot_run_is_refused() {
    let found = |builder| {
        findings(|world| {
            world.setup.builder = builder;
            world.images[0].build.dockerfile = "Dockerfile".into();
            let runs = ["linux/amd64", "linux/arm64"].map(|text| (text.parse().unwrap(), 2));
            world.images[0].build.runs = runs.to_vec();
        })
    };
    let advice = "install emulators (`docker run --privileged --rm tonistiigi/binfmt --install \
                  all`), select a builder that has the platform (`docker buildx use`), or remove it \
                  from platforms";
    assert_finding(
        &found(builder(true, &["linux/amd64", "linux/386"], true)),
        FindingKind::Precondition,
        &format!(
            "Dockerfile, line 2: image server: RUN needs programs of linux/arm64, and the builder \
             `default` runs only linux/amd64, linux/386; {advice}"
        ),
    );
    assert_finding(
        &found(builder(false, &["linux/amd64"], false)),
        FindingKind::Warning,
        &format!(
            "Dockerfile, line 2: image server: RUN needs programs of linux/arm64, and the engine's \
             classic builder is only certain to run linux/amd64; {advice}"
        ),
    );
    assert_eq!(found(builder(true, &["linux/amd64", "linux/arm64/v8"], true)), []);
    assert_eq!(found(None), []);
}

#[test]
fn little_free_disk_is_found_with_the_numbers() {
    const MEBIBYTE: u64 = 1 << 20;
    let found = |free: u64, expected: u64| {
        let uses = vec!["the state folder /s".to_owned(), "the temporary folder /t".to_owned()];
        let (free, expected) = (free * MEBIBYTE, expected * MEBIBYTE);
        findings(|world| world.setup.disks.push(ObservedDisk { uses, free, expected }))
    };
    let advice = "make room (`clean-local-images`, `docker builder prune`), or use another folder \
                  (--state-dir, TMPDIR)";
    let uses = "the state folder /s and the temporary folder /t";
    assert_eq!(found(1024, 0), []);
    assert_finding(
        &found(1023, 0),
        FindingKind::Warning,
        &format!("disk: 1023 MiB are free for {uses}; {advice}"),
    );
    assert_finding(
        &found(99, 0),
        FindingKind::Precondition,
        &format!("disk: 99 MiB are free for {uses}; {advice}"),
    );
    assert_eq!(found(5000, 5000), []);
    assert_finding(
        &found(4000, 5000),
        FindingKind::Precondition,
        &format!(
            "disk: 3.9 GiB are free for {uses}; twice the size of the images so far is 4.8 GiB; \
             {advice}"
        ),
    );
}

#[test]
fn a_lock_file_that_cannot_be_read_is_one_finding_with_its_line() {
    let found = |line| {
        findings(|world| {
            let reason = "invalid key".to_owned();
            let lock = ObservedUnreadableLock { path: "uv.lock".into(), line, reason };
            world.package.as_mut().unwrap().unreadable_locks.push(lock);
        })
    };
    let advice = "create it anew and commit it, or set package.lock";
    assert_finding(
        &found(Some(2)),
        FindingKind::Configuration,
        &format!("uv.lock, line 2: package: the lock file cannot be read: invalid key; {advice}"),
    );
    assert_finding(
        &found(None),
        FindingKind::Configuration,
        &format!("package: the lock file uv.lock cannot be read: invalid key; {advice}"),
    );
}

#[test]
fn a_protected_branch_is_refused_with_what_to_do() {
    let found = |branch| findings(|world| world.forge.as_mut().unwrap().branch = branch);
    assert_eq!(found(BranchState::Unchecked), []);
    assert_finding(
        &found(BranchState::Protected(vec!["a pull request (ruleset `main`)".to_owned()])),
        FindingKind::Precondition,
        "github acme/tool: branch `main` is protected and takes no pushed commit: it requires a \
         pull request (ruleset `main`); let the account bypass that in the repository's settings \
         (Rules or Branches), or release from another branch (git.branch) and merge it",
    );
    assert_finding(
        &found(BranchState::Unclear("only administrators may read its settings".to_owned())),
        FindingKind::Warning,
        "github acme/tool: branch `main` is protected, and may refuse the push: only administrators \
         may read its settings; check that the account that git pushes with may bypass that",
    );
    assert_finding(
        &found(BranchState::Unreadable("no response".to_owned())),
        FindingKind::Warning,
        "github acme/tool: whether branch `main` is protected was not checked: no response; make \
         sure that git may push to it; private repositories need a token (GH_TOKEN, GITHUB_TOKEN)",
    );
}

#[test]
fn a_release_that_is_partly_published_goes_on() {
    let found = findings(|world| {
        world.recorded = Some(release_plan::Recorded {
            version: "1.1.0".parse().unwrap(),
            request: "minor".parse().unwrap(),
            base: "1a2b3c4".to_owned(),
            commit: None,
            progress: release_plan::Progress::Public,
        });
        world.setup.programs.push(program(ProgramState::NotOnPath, None));
        world.setup.paths.push(path(PathState::Missing));
        let required = vec!["a pull request".to_owned()];
        world.forge.as_mut().unwrap().branch = BranchState::Protected(required);
    });
    let kinds: Vec<_> = found.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [FindingKind::Warning; 3]);
}

#[test]
fn what_does_not_depend_on_the_version_is_found_without_one() {
    let configuration = configuration();
    let mut observed = world::ready(&configuration, Some("1.0.0"), "1.0.0");
    observed.git.remote = RemoteState::Unchecked;
    observed.indexes[0].versions = vec!["2.0.0".parse().unwrap()];
    observed.changelog.state =
        release_plan::ChangelogState::NothingWritten("nothing under `Unreleased`".to_owned());
    assert_eq!(check_project(&observed, &configuration), []);
    observed.setup.paths.push(path(PathState::Missing));
    observed.package.as_mut().unwrap().unreadable = Some("it is computed".to_owned());
    assert_eq!(check_project(&observed, &configuration).len(), 2);
}
