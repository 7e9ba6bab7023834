//! Secrets stay where they belong: planted ones are in no output, file or
//! argument, and not in the environment of project code. Every search here
//! also proves that it would have found them.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use base64::Engine as _;
use rehearsal::{
    Fault, FaultPlan,
    oci::{Access, Account, RegistryOptions},
};
use rustix::process::Signal;

use crate::harness::{BACKEND, Ended, ProjectFile, Run, Scene, Secrets, World, in_parallel};

fn everything() -> World {
    World::new().package().image().forge()
}

/// All texts that would give a secret away: as it is, and as it is sent.
fn spellings() -> Vec<String> {
    let logins = [("__token__", Secrets::INDEX), (Secrets::ACCOUNT, Secrets::REGISTRY)];
    let encode = |text: String| base64::engine::general_purpose::STANDARD.encode(text);
    let sent = logins.map(|(user, secret)| encode(format!("{user}:{secret}")));
    [Secrets::INDEX, Secrets::FORGE, Secrets::REGISTRY]
        .map(str::to_owned)
        .into_iter()
        .chain(sent)
        .collect()
}

/// Whether a text gives a secret away.
fn tells(text: &[u8]) -> bool {
    let contains = |word: &str| text.windows(word.len()).any(|part| part == word.as_bytes());
    contains(Secrets::MARK) || spellings().iter().any(|word| contains(word))
}

/// Files below a folder, without what links lead to.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => folders.push(entry.path()),
                kind if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found
}

/// Files that give a secret away.
fn telling_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = files_below(folder);
    files.retain(|path| tells(&std::fs::read(path).unwrap()));
    files
}

/// Neither what was printed nor any file of the whole scene tells.
#[track_caller]
fn assert_nothing_tells(scene: &Scene, ended: &Ended) {
    assert!(!tells(ended.stdout.as_bytes()) && !tells(ended.stderr.as_bytes()), "{ended}");
    assert!(!files_below(&scene.state_folder()).is_empty(), "nothing was written: {ended}");
    assert_eq!(telling_files(scene.folder()), Vec::<PathBuf>::new(), "{ended}");
}

/// Every service was asked with credentials.
#[track_caller]
fn assert_secrets_were_used(scene: &Scene) {
    let requests = scene.services.requests();
    let sent = requests.iter().filter(|(_, request)| request.headers.contains_key("authorization"));
    let names: BTreeSet<&str> = sent.map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["forge", "pypi", "registry"].into());
}

#[test]
fn the_search_of_files_finds_a_secret_however_it_is_written() {
    for spelling in spellings() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/below/journal.jsonl");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("\x00{{\"done\": \"{spelling}\"}}\n")).unwrap();
        assert_eq!(telling_files(folder.path()), [path]);
    }
}

#[test]
fn no_output_and_no_file_tells_a_secret_that_the_release_used() {
    let ways: [&[&str]; 6] = [
        &[],
        &["-v"],
        &["-vv"],
        &["-v", "--format", "json"],
        &["--format", "markdown"],
        &["-v", "--color", "always"],
    ];
    let ways = ways.map(|way| (way.join(" "), way));
    in_parallel(2, ways, |(_, way)| {
        let scene = everything().begin();
        let with_way = |run: Run<'_>| way.iter().fold(run, |run, word| run.arg(*word)).run();
        let planned = with_way(scene.release("0.2.0").arg("--dry-run")).exits(0);
        assert!(!tells(format!("{planned}").as_bytes()), "{planned}");
        let ended = with_way(scene.release("0.2.0")).exits(0);
        assert_secrets_were_used(&scene);
        assert_nothing_tells(&scene, &ended);
    });
}

#[test]
fn variables_of_other_tools_are_used_and_not_told() {
    let scene = everything().begin();
    let run = scene.release("0.2.0").arg("-v");
    let run = run.without_env("TIDEGATE_INDEX_PYPI_TOKEN").without_env("GITHUB_TOKEN");
    let run = run.env("TWINE_USERNAME", "__token__").env("TWINE_PASSWORD", Secrets::INDEX);
    let ended = run.env("GH_TOKEN", Secrets::FORGE).run().exits(0);
    assert_secrets_were_used(&scene);
    assert_nothing_tells(&scene, &ended);
}

#[test]
fn a_release_that_fails_or_is_killed_leaves_no_file_that_tells() {
    let kills = [2, 6, 10, 14, 18, 22].map(|records| (format!("killed after {records}"), records));
    in_parallel(2, kills, |&(_, records)| {
        let scene = everything().begin();
        let killed = scene.release("0.2.0").arg("-v").kill_after(records).run().was_killed();
        assert_nothing_tells(&scene, &killed);
        assert_nothing_tells(&scene, &scene.release("0.2.0").run().exits(0));
        assert_secrets_were_used(&scene);
    });
}

/// In the middle of the request that carries the secret.
#[test]
fn a_release_killed_while_it_sends_a_secret_leaves_no_file_that_tells() {
    type Server = fn(&Scene) -> &FaultPlan;
    let index: Server = |scene| scene.index("pypi").faults();
    let registry: Server = |scene| scene.registry().faults();
    let forge: Server = |scene| scene.forge().faults();
    let requests = [
        (index, "POST", "/legacy", 2),
        (registry, "PUT", "/manifests/0.2.0", 0),
        (forge, "POST", "/releases", 0),
    ];
    let requests = requests.map(|request| (request.2.to_owned(), request));
    in_parallel(2, requests, |&(_, (faults, method, path, skip))| {
        let scene = everything().begin();
        let slow = Fault::delay(Duration::from_secs(5)).method(method).path_contains(path);
        let slow = faults(&scene).inject(slow.skip(skip));
        let mut running = scene.release("0.2.0").arg("-v").start();
        running.until("the request", |_| faults(&scene).triggered(&slow) == 1);
        running.signal(Signal::KILL);
        let killed = running.wait().was_killed();
        assert_nothing_tells(&scene, &killed);
    });
}

/// Command lines of a process and all that it started, as long as they run.
#[derive(Default)]
struct Arguments(BTreeSet<String>);

impl Arguments {
    fn sample(&mut self, root: u32) {
        let parents = parents();
        let is_ours = |mut id: u32| {
            while id != root {
                match parents.get(&id) {
                    Some(parent) => id = *parent,
                    None => return false,
                }
            }
            true
        };
        let ours = parents.keys().filter(|id| is_ours(**id));
        let lines = ours.filter_map(|id| std::fs::read(format!("/proc/{id}/cmdline")).ok());
        let text = |line: Vec<u8>| String::from_utf8_lossy(&line).replace('\0', " ");
        self.0.extend(lines.map(text));
    }

    fn contain(&self, word: &str) -> bool {
        self.0.iter().any(|line| line.contains(word))
    }
}

/// Every process with the one that started it.
fn parents() -> BTreeMap<u32, u32> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let parent = |id: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name, in parentheses, may contain anything.
        stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
    };
    ids.filter_map(|id| Some((id, parent(&id)?))).collect()
}

#[test]
fn the_search_of_arguments_finds_a_secret() {
    let mut child = std::process::Command::new("sh")
        .args(["-c", "sleep 5; :", Secrets::INDEX])
        .spawn()
        .unwrap();
    let mut arguments = Arguments::default();
    arguments.sample(std::process::id());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(arguments.contain(Secrets::INDEX), "{:?}", arguments.0);
}

/// A program in front of git that writes its arguments down: sampling may miss
/// a short run.
fn write_down_arguments_of_git(scene: &Scene) -> PathBuf {
    let (git, list) = (scene.folder().join("bin/git"), scene.folder().join("git-arguments"));
    let real = std::fs::read_link(&git).unwrap();
    std::fs::remove_file(&git).unwrap();
    let (real, shown) = (real.display(), list.display());
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$*\" >>{shown}\nexec {real} \"$@\"\n");
    let script = ProjectFile::new("git", script);
    ProjectFile { executable: true, ..script }.write_to(&scene.folder().join("bin"));
    list
}

#[test]
fn no_process_that_a_release_starts_has_a_secret_among_its_arguments() {
    let scene = everything().begin();
    let run = scene.release("0.2.0");
    let of_git = write_down_arguments_of_git(&scene);
    let (mut arguments, mut running) = (Arguments::default(), run.start());
    while running.is_running() {
        arguments.sample(running.id());
        std::thread::sleep(Duration::from_millis(1));
    }
    let ended = running.wait().exits(0);
    assert_secrets_were_used(&scene);
    for known in ["full-release", "git", "venv", "pip"] {
        assert!(arguments.contain(known), "{known} was not seen: {:?}", arguments.0);
    }
    let told: Vec<_> = arguments.0.iter().filter(|line| tells(line.as_bytes())).collect();
    assert!(told.is_empty(), "{told:?}");
    assert!(std::fs::read_to_string(of_git).unwrap().contains("push"));
    assert_nothing_tells(&scene, &ended);
}

/// Where project code writes its environment to.
const DUMPS: &str = "DUMPS";

/// Project code everywhere it may be, each writing its environment down.
fn curious_project() -> World {
    let stamp = "#!/bin/sh\nset -eu\nenv >\"$DUMPS/hook\"\n\
                 printf '%s\\n' \"$TIDEGATE_VERSION\" >image/version\n";
    let dump = "import os, pathlib\npathlib.Path(os.environ['DUMPS'], 'WHO').write_text(\n    \
                ''.join(f'{name}={value}\\n' for name, value in os.environ.items()))\n";
    let backend = format!("{BACKEND}\n\n{}", dump.replace("WHO", "backend"));
    let module = dump.replace("WHO", "package");
    let module =
        format!("__version__ = \"0.1.0\"\n\n{module}\n\ndef main():\n    print(__version__)\n");
    everything()
        .file("image/stamp", stamp)
        .file("backend.py", backend)
        .file("demo_tool.py", module)
        .setting("package", r#"lock = ["sh", "-c", "env >\"$DUMPS/lock\""]"#)
        .setting("", "[checks]\nbefore-release = [[\"sh\", \"-c\", \"env >\\\"$DUMPS/check\\\"\"]]")
}

#[test]
fn project_code_does_not_get_secrets_in_its_environment() {
    let scene = curious_project().begin();
    let dumps = scene.folder().join("dumps");
    std::fs::create_dir(&dumps).unwrap();
    let run = scene.release("0.2.0").env(DUMPS, &dumps);
    let others = [
        ("GH_TOKEN", Secrets::FORGE),
        ("TWINE_PASSWORD", Secrets::INDEX),
        ("UV_PUBLISH_TOKEN", Secrets::INDEX),
        ("UV_PUBLISH_PASSWORD", Secrets::INDEX),
        ("HATCH_INDEX_AUTH", Secrets::INDEX),
        ("FLIT_PASSWORD", Secrets::INDEX),
        ("POETRY_PYPI_TOKEN_PYPI", Secrets::INDEX),
        ("POETRY_HTTP_BASIC_PYPI_PASSWORD", Secrets::INDEX),
        // Not for publishing: checks may need it.
        ("DATABASE_PASSWORD", "of-the-tests"),
    ];
    let run = others.iter().fold(run, |run, (name, value)| run.env(name, value));
    let ended = run.run().exits(0);
    assert_secrets_were_used(&scene);
    for who in ["backend", "check", "hook", "lock", "package"] {
        let environment = std::fs::read_to_string(dumps.join(who)).unwrap();
        assert!(environment.contains("DATABASE_PASSWORD=of-the-tests"), "{who}: {environment}");
        assert!(!tells(environment.as_bytes()), "{who}: {environment}");
    }
    assert_nothing_tells(&scene, &ended);
}

/// A request with credentials, to a service that answers with what it was sent.
struct Echo {
    plan: fn(&Scene) -> &FaultPlan,
    method: &'static str,
    path: &'static str,
    skip: u32,
}

impl Echo {
    /// The smallest one in which the service gets its secret.
    fn world(&self) -> World {
        match self.path {
            "/legacy/" => World::new().package(),
            "/token" => World::new().image(),
            "/blobs/uploads/" | "/manifests/0.2.0" => with_password_in_every_request(),
            _ => World::new().image().forge(),
        }
    }
}

const WORDS: &str = "the service is talkative";

/// The registry gets the password itself with each request, not once for a token.
fn with_password_in_every_request() -> World {
    let account = Account::new(Secrets::ACCOUNT, Secrets::REGISTRY).grant_all();
    let access = Access::by_password().account(account).anonymous_pull();
    World::new().image_at(RegistryOptions::default().access(access))
}

/// What all three kinds of services say: text, and the two forms of JSON.
fn talkative(path: &str) -> String {
    let encode = |text: String| base64::engine::general_purpose::STANDARD.encode(text);
    let login = |user: &str, secret: &str| {
        format!("Basic {} or {secret}", encode(format!("{user}:{secret}")))
    };
    let secrets = match path {
        path if path.contains("legacy") => login("__token__", Secrets::INDEX),
        path if path.contains("repos") => format!("Bearer {}", Secrets::FORGE),
        _ => login(Secrets::ACCOUNT, Secrets::REGISTRY),
    };
    let sent = format!("{WORDS}: you sent Authorization: {secrets}");
    match path {
        path if path.contains("legacy") => sent,
        path if path.contains("repos") => serde_json::json!({ "message": sent }).to_string(),
        _ => {
            let error = serde_json::json!({ "code": "DENIED", "message": sent, "detail": sent });
            serde_json::json!({ "errors": [error], "details": sent }).to_string()
        }
    }
}

#[test]
fn what_a_service_says_is_shown_without_the_secrets_in_it() {
    static REQUESTS: [Echo; 7] = [
        Echo { plan: |s| s.index("pypi").faults(), method: "POST", path: "/legacy/", skip: 0 },
        Echo { plan: |s| s.index("pypi").faults(), method: "POST", path: "/legacy/", skip: 2 },
        Echo { plan: |s| s.registry().faults(), method: "GET", path: "/token", skip: 0 },
        Echo { plan: |s| s.registry().faults(), method: "POST", path: "/blobs/uploads/", skip: 0 },
        Echo { plan: |s| s.registry().faults(), method: "PUT", path: "/manifests/0.2.0", skip: 0 },
        Echo { plan: |s| s.forge().faults(), method: "GET", path: "/repos/demo/tool", skip: 0 },
        Echo {
            plan: |s| s.forge().faults(),
            method: "POST",
            path: "/repos/demo/tool/releases",
            skip: 0,
        },
    ];
    let case = |echo: &'static Echo| {
        [401, 403, 422, 500]
            .map(|code| (format!("{} {} {code}", echo.method, echo.path), (echo, code)))
    };
    let shown = Mutex::new(BTreeSet::new());
    in_parallel(2, REQUESTS.iter().flat_map(case), |(name, (echo, code))| {
        let world = echo.world();
        let scene = world.begin();
        let fault = Fault::status(*code).with_body(talkative(echo.path)).forever();
        let fault = fault.method(echo.method).path_contains(echo.path).skip(echo.skip);
        let fault = (echo.plan)(&scene).inject(fault);
        let ended = scene.release("0.2.0").arg("-vv").run();
        assert!((echo.plan)(&scene).triggered(&fault) > 0, "{ended}");
        assert_ne!(ended.status.code(), Some(0), "{ended}");
        assert_nothing_tells(&scene, &ended);
        if format!("{ended}").contains(WORDS) {
            shown.lock().unwrap().insert(name.clone());
        }
    });
    // Otherwise this test would prove nothing.
    let shown = shown.into_inner().unwrap();
    for service in ["/legacy/", "/blobs/", "/repos/"] {
        assert!(shown.iter().any(|name| name.contains(service)), "{shown:?}");
    }
}

/// An address of git with a password, where nobody answers.
fn address_with_password() -> (u16, String) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    (port, format!("http://ada:{}@127.0.0.1:{port}/demo/tool.git", Secrets::REGISTRY))
}

/// Git keeps the address in the user's own repository, and gives it to helpers
/// of its own; nobody else may tell it.
#[track_caller]
fn assert_address_is_not_told(setting: &str) {
    let scene = World::new().package().begin();
    let (port, address) = address_with_password();
    scene.git().run(&["config", setting, &address]);
    let config = scene.root().join(".git/config");
    assert_eq!(telling_files(scene.folder()), std::slice::from_ref(&config));

    let run = scene.release("0.2.0").arg("-vv").env("GIT_TERMINAL_PROMPT", "0");
    let of_git = write_down_arguments_of_git(&scene);
    let ended = run.run().exits(1);
    assert!(format!("{ended}").contains(&format!("127.0.0.1:{port}")), "{ended}");
    assert!(!tells(ended.stdout.as_bytes()) && !tells(ended.stderr.as_bytes()), "{ended}");
    assert!(of_git.is_file(), "{ended}");
    assert_eq!(telling_files(scene.folder()), [config], "{ended}");
}

#[test]
fn the_password_in_the_address_of_the_remote_is_not_told() {
    assert_address_is_not_told("remote.origin.url");
}

/// Reading works, so that the release gets as far as the push.
#[test]
fn the_password_in_the_address_that_is_pushed_to_is_not_told() {
    assert_address_is_not_told("remote.origin.pushurl");
}
