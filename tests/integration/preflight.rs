//! What preflight finds before anything is built: each problem with file and line and
//! what to do, and nothing is changed.

use rehearsal::forge::BranchProtection;

use crate::harness::{Scene, World};

/// A world with a mistake of each kind.
fn spoiled() -> Scene {
    World::new()
        .package()
        .image()
        .forge()
        .file("image/Dockerfile", "FROM scratch\nCOPY printer version /\nENV A_TOKEN=none\nRUN --mount=type=cache,target=/c [\"/printer\"]\n")
        .file("demo_tool.py", "def main():\n    pass\n")
        .file("tools/plain", "#!/bin/sh\n")
        .file(".gitignore", "dist/\n")
        .setting("package", "lock = \"no-such-lock\"")
        .setting("image", "before = [\"no-such-program\"]\nbuild-args = { NPM_TOKEN = \"x\" }")
        .setting("github", "assets = [\"dist/notes.txt\"]")
        .setting("", "[checks]\nbefore-release = [\"tools/plain\"]\n")
        .begin()
}

#[test]
fn everything_that_would_fail_later_is_found_at_once_with_its_line() {
    let scene = spoiled();
    let before = scene.state();
    let refused = scene.release("0.2.0").run().exits(2);
    scene.assert_state(&before);
    insta::assert_snapshot!(refused.complaints(), @"
    exit 2
    [WARN] image/Dockerfile, line 3: image server: the value of `A_TOKEN` looks like a secret, and stays in the image; pass it with `RUN --mount=type=secret` instead
    [ERROR] 6 problems block the release; nothing was changed
            - $WORLD/tidegate.toml, line 2: package: demo_tool.py: `__version__` is assigned 0 times in the first column; exactly once is needed
            - $WORLD/tidegate.toml, line 33: checks: `tools/plain` is not executable; run `git update-index --chmod=+x tools/plain` and commit, or name its interpreter
            - $WORLD/tidegate.toml, line 4: package: `no-such-lock` is not on PATH; install it, or correct the command
            - $WORLD/tidegate.toml, line 14: image server: `no-such-program` is not on PATH; install it, or correct the command
            - $WORLD/tidegate.toml, line 15: image server: the build argument `NPM_TOKEN` looks like a secret, and would stay in the image; pass it with `RUN --mount=type=secret`, or rename it if it is none
            - image/Dockerfile, line 4: image server: RUN --mount needs BuildKit, and the engine's classic builder does not have it; install the Docker plugin buildx
    ");
}

/// The configuration names servers that do not run.
#[test]
fn a_check_uses_no_network_and_changes_nothing() {
    let scene = spoiled();
    let before = scene.state();
    let complaints = scene.check(None).run().exits(2).complaints();
    let with_version = scene.check(Some("0.2.0")).run().exits(2).complaints();
    assert_eq!(complaints, with_version);
    assert!(scene.services.requests().is_empty());
    scene.assert_state(&before);
    insta::assert_snapshot!(complaints, @"
    exit 2
    [WARN] image/Dockerfile, line 3: image server: the value of `A_TOKEN` looks like a secret, and stays in the image; pass it with `RUN --mount=type=secret` instead
    [ERROR] 5 problems block the release; nothing was changed
            - $WORLD/tidegate.toml, line 2: package: demo_tool.py: `__version__` is assigned 0 times in the first column; exactly once is needed
            - $WORLD/tidegate.toml, line 33: checks: `tools/plain` is not executable; run `git update-index --chmod=+x tools/plain` and commit, or name its interpreter
            - $WORLD/tidegate.toml, line 4: package: `no-such-lock` is not on PATH; install it, or correct the command
            - $WORLD/tidegate.toml, line 14: image server: `no-such-program` is not on PATH; install it, or correct the command
            - $WORLD/tidegate.toml, line 15: image server: the build argument `NPM_TOKEN` looks like a secret, and would stay in the image; pass it with `RUN --mount=type=secret`, or rename it if it is none
    ");

    let scene = World::new().package().image().forge().begin();
    let ready = scene.check(None).run().exits(0);
    insta::assert_snapshot!(ready.whole(), @"
    exit 0
    --- stdout
    demo-tool: nothing that can be seen without network and Docker Engine blocks a release
    --- stderr
    ");
    let lower = scene.check(Some("0.0.9")).run().exits(4).complaints();
    insta::assert_snapshot!(lower, @"
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - package: the package states 0.1.0, and 0.0.9 is lower; choose a higher version
    ");
    assert!(scene.services.requests().is_empty());
}

#[test]
fn a_branch_that_takes_no_push_is_refused_before_anything_is_built() {
    let rule = BranchProtection::rule("main", "pull_request");
    let scene = World::new().package().forge().protect(rule).begin();
    let before = scene.state();
    let refused = scene.release("0.2.0").run().exits(4);
    scene.assert_state(&before);
    insta::assert_snapshot!(refused.complaints(), @"
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - github demo/tool: branch `main` is protected and takes no pushed commit: it requires a pull request (ruleset `protect main`); let the account bypass that in the repository's settings (Rules or Branches), or release from another branch (git.branch) and merge it
    ");

    let settings = BranchProtection::settings("main", true);
    let scene = World::new().package().forge().protect(settings).begin();
    let warned = scene.release("0.2.0").run().exits(0);
    insta::assert_snapshot!(warned.complaints(), @"
    exit 0
    [WARN] github demo/tool: branch `main` is protected, and may refuse the push: only administrators may read its settings; check that the account that git pushes with may bypass that
    ");
}

#[test]
fn a_dry_run_without_a_token_looks_at_the_protection_that_everyone_may_see() {
    let settings = BranchProtection::settings("main", true);
    let scene = World::new().package().forge().protect(settings).begin();
    let warned = scene.release("0.2.0").anonymous().arg("--dry-run").run().exits(0);
    insta::assert_snapshot!(warned.complaints(), @"
    exit 0
    [WARN] github demo/tool: branch `main` is protected, and may refuse the push: only administrators may read its settings; check that the account that git pushes with may bypass that
    ");
    let scene = World::new().package().forge().private_forge().begin();
    let warned = scene.release("0.2.0").anonymous().arg("--dry-run").run().exits(0);
    insta::assert_snapshot!(warned.complaints(), @"
    exit 0
    [WARN] github demo/tool: whether branch `main` is protected was not checked: cannot read repository demo/tool: not found; check the name and whether the token may see it; make sure that git may push to it; private repositories need a token (GH_TOKEN, GITHUB_TOKEN)
    ");
}
