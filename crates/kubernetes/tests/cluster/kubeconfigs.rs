//! The contexts of a kubeconfig.

use kubernetes::{Cluster, ClusterError, KubeEnvironment, Kubeconfig, Locality};

use crate::support::{CANARY, Home, TIMEOUT, all_forms, kubeconfig};

fn context(name: &str, server: &str) -> String {
    format!(
        "clusters: [{{name: {name}, cluster: {{server: '{server}'}}}}]\n\
         contexts: [{{name: {name}, context: {{cluster: {name}, user: {name}}}}}]\n\
         users: [{{name: {name}, user: {{token: {CANARY}}}}}]\n"
    )
}

fn load(home: &Home, files: &[&str]) -> Result<Kubeconfig, ClusterError> {
    let paths = files.iter().map(|name| home.path().join(name));
    let list = Some(std::env::join_paths(paths).unwrap());
    Kubeconfig::load(KubeEnvironment { kubeconfig: list, ..home.environment() })
}

fn context_names(kubeconfig: &Kubeconfig) -> Vec<&str> {
    kubeconfig.contexts().iter().map(|context| context.name.as_str()).collect()
}

#[test]
fn no_kubeconfig_means_no_contexts() {
    let home = Home::new();
    let kubeconfig = home.kubeconfig();
    assert!(kubeconfig.contexts().is_empty() && kubeconfig.missing_files().is_empty());
    assert_eq!(kubeconfig.current_context().unwrap(), None);
    assert!(Kubeconfig::load(KubeEnvironment::default()).unwrap().contexts().is_empty());
    home.write(".kube/config", "");
    assert!(home.kubeconfig().contexts().is_empty());
}

#[test]
fn a_file_that_is_named_and_missing_is_listed() {
    let home = Home::new();
    home.write("a", &context("a", "https://a"));
    let kubeconfig = load(&home, &["gone", "a"]).unwrap();
    assert_eq!(context_names(&kubeconfig), ["a"]);
    assert_eq!(kubeconfig.missing_files(), [home.path().join("gone")]);
    assert_eq!(kubeconfig.files(), [home.path().join("a")]);
}

#[test]
fn the_first_file_that_names_something_wins() {
    let home = Home::new();
    home.write("a", &format!("current-context: ''\n{}", context("one", "https://first")));
    home.write("b", &format!("current-context: one\n{}", context("one", "https://second")));
    home.write("c", &format!("current-context: two\n{}", context("two", "https://third")));
    let kubeconfig = load(&home, &["a", "b", "c"]).unwrap();
    assert_eq!(context_names(&kubeconfig), ["one", "two"]);
    let current = kubeconfig.current_context().unwrap().unwrap();
    assert_eq!((current.name.as_str(), current.server.as_deref()), ("one", Some("https://first")));
}

#[test]
fn contexts_have_their_server_and_its_locality() {
    let home = Home::new();
    home.write("a", &context("far", &format!("https://me:{CANARY}@api.example.org/k8s")));
    home.write("b", &context("near", "https://192.168.49.2:8443"));
    home.write("c", &context("kind-test", "https://127.0.0.1:40001"));
    home.write("d", "contexts: [{name: empty, context: {cluster: gone, user: ''}}]");
    let minikube = "extensions: [{name: cluster_info, extension: \
                    {provider: minikube.sigs.k8s.io, version: v1.34.0}}]";
    let profile =
        context("shop", "https://203.0.113.1").replace("{server", &format!("{{{minikube}, server"));
    home.write("e", &profile);
    let kubeconfig = load(&home, &["a", "b", "c", "d", "e"]).unwrap();
    let localities: Vec<_> = kubeconfig
        .contexts()
        .iter()
        .map(|context| (context.server.as_deref().unwrap_or("none"), context.locality()))
        .collect();
    assert_eq!(
        localities,
        [
            ("https://api.example.org/k8s", Locality::Elsewhere),
            ("https://192.168.49.2:8443", Locality::Nearby),
            ("https://127.0.0.1:40001", Locality::ThisMachine),
            ("none", Locality::Elsewhere),
            ("https://203.0.113.1", Locality::ThisMachine),
        ]
    );
    assert!(kubeconfig.context("near").unwrap().may_be_on_this_machine());
    assert!(!format!("{kubeconfig:?}").contains(CANARY));
}

#[tokio::test]
async fn a_context_that_does_not_exist_names_those_that_do() {
    let home = Home::new();
    home.write("a", &format!("current-context: old\n{}", context("one", "https://one")));
    let kubeconfig = load(&home, &["a"]).unwrap();
    for error in [
        kubeconfig.current_context().unwrap_err(),
        Cluster::connect(&kubeconfig, "old", TIMEOUT).await.unwrap_err(),
    ] {
        assert_eq!(error.to_string(), "Kubernetes context `old` does not exist; available: one");
    }
    let error = Home::new().kubeconfig().context("x").unwrap_err();
    assert_eq!(
        error.to_string(),
        "Kubernetes context `x` does not exist; the kubeconfig has no contexts"
    );
}

#[tokio::test]
async fn a_context_without_a_usable_cluster_is_an_error_with_its_reason() {
    for (entry, reason) in [
        ("{}", "the kubeconfig names no server for its cluster"),
        ("{server: 'https://ho st'}", "invalid server address `https://ho st`"),
        ("{server: 'https://h', certificate-authority-data: '###'}", "is not valid Base64"),
        (
            "{server: 'https://h', certificate-authority: gone.pem}",
            "No such file or directory (os error 2)",
        ),
        ("{server: 'https://h', proxy-url: 'ftp://me:canary-5c1e9b@p'}", "(http or socks5)"),
    ] {
        let error = Home::with(entry, "{}").connect().await.unwrap_err();
        assert!(matches!(error, ClusterError::UnusableContext { .. }), "{error}");
        assert!(error.to_string().ends_with(reason), "{error}");
        assert!(!all_forms(&error).contains(CANARY));
    }
    let home = Home::new();
    home.write(".kube/config", "contexts: [{name: test, context: {cluster: gone}}]");
    let error = home.connect().await.unwrap_err();
    assert!(error.to_string().ends_with("cluster `gone` is not in the kubeconfig"), "{error}");
}

#[test]
fn a_broken_kubeconfig_is_an_error_with_its_place_and_without_its_secrets() {
    let good = kubeconfig("{server: 'https://h'}", &format!("{{token: {CANARY}}}"));
    let broken = [
        (good.replace("kind: Config", "kind: [Config"), true),
        (format!("{good}  nonsense: \"{CANARY}\n"), true),
        (good.replace("clusters:\n- name: one", &format!("clusters: {CANARY}\nx:\n- y: 1")), true),
        (format!("{CANARY}\n"), true),
        (good.replace(&format!("{{token: {CANARY}}}"), &format!("{{token: [{CANARY}]}}")), true),
        (format!("{good}- name: test\n  context: {{cluster: {CANARY}}}\n"), false),
    ];
    for (text, has_line) in broken {
        let home = Home::new();
        let path = home.write(".kube/config", &text);
        let error = Kubeconfig::load(home.environment()).unwrap_err();
        assert!(!all_forms(&error).contains(CANARY), "{error}");
        let ClusterError::BrokenKubeconfig { file, line, .. } = error else { panic!("{error}") };
        assert_eq!((file, line.is_some()), (path, has_line), "{text}");
    }
}

#[test]
fn the_line_of_an_error_is_the_line_of_the_file() {
    let home = Home::new();
    home.write(".kube/config", "apiVersion: v1\nkind: Config\nusers:\n- name: [a\ncontexts: []\n");
    let error = Kubeconfig::load(home.environment()).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains(".kube/config, line 4:") || text.contains(".kube/config, line 5:"),
        "{text}"
    );
}

#[test]
fn a_kubeconfig_that_is_not_text_or_not_a_file_is_an_error() {
    let home = Home::new();
    std::fs::create_dir_all(home.path().join(".kube/config")).unwrap();
    let error = Kubeconfig::load(home.environment()).unwrap_err();
    assert!(matches!(error, ClusterError::KubeconfigUnreadable { .. }), "{error}");
    let home = Home::new();
    std::fs::write(home.write("bytes", ""), b"\xc3\x28").unwrap();
    let error = load(&home, &["bytes"]).unwrap_err();
    assert!(matches!(error, ClusterError::BrokenKubeconfig { .. }), "{error}");
}
