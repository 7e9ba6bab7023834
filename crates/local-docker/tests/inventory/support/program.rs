use std::{fs, process::Command, sync::OnceLock};

/// A static program for containers. It prints `ready`, and then its first argument
/// decides: `stubborn` ignores SIGTERM (as the first process of a container does by
/// itself), `polite` ends with 0 on SIGTERM, `usr1` ends with 42 on SIGUSR1;
/// `say CODE TEXTS…` prints the texts and ends with the code; `copy CODE` copies its input,
/// prints `copied` on standard error, and ends with the code.
pub(crate) fn program() -> &'static [u8] {
    static PROGRAM: OnceLock<Vec<u8>> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let (source, program) = (folder.path().join("app.c"), folder.path().join("app"));
        fs::write(&source, SOURCE).unwrap();
        let mut compiler = Command::new("gcc");
        let compiled = compiler.args(["-static", "-Os", "-s", "-o"]).arg(&program).arg(&source);
        assert!(compiled.status().expect("gcc is missing: run .ci/setup").success());
        fs::read(program).unwrap()
    })
}

const SOURCE: &str = r#"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void on_term(int signal) { _exit(0); }
static void on_usr1(int signal) { _exit(42); }
int main(int count, char **arguments) {
    const char *mode = count > 1 ? arguments[1] : "stubborn";
    if (!strcmp(mode, "say")) {
        for (int i = 3; i < count; i++) printf("%s\n", arguments[i]);
        return atoi(arguments[2]);
    }
    if (!strcmp(mode, "copy")) {
        static char buffer[4096];
        ssize_t length;
        while ((length = read(0, buffer, sizeof buffer)) > 0)
            if (write(1, buffer, length) != length) return 99;
        fprintf(stderr, "copied\n");
        return atoi(arguments[2]);
    }
    if (!strcmp(mode, "polite")) signal(SIGTERM, on_term);
    if (!strcmp(mode, "usr1")) signal(SIGUSR1, on_usr1);
    puts("ready");
    fflush(stdout);
    for (;;) pause();
}
"#;
