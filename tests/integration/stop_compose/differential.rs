//! The same project taken down by the real `docker-compose down`, by
//! `stop-compose`, and by `stop-compose --native`: containers, networks, volumes
//! and exit code are the same afterwards.

use super::{
    cases::{CASES, Case},
    stack::{Stack, State},
};
use crate::harness::{self, in_parallel};

/// What is left of a project, and the complaint if it could not be taken down.
struct End {
    state: State,
    complaint: Option<String>,
}

impl Case {
    fn try_with(&self, take_down: impl Fn(&Stack) -> Result<(), String>) -> End {
        let stack = Stack::new(self.files);
        (self.begin)(&stack);
        let complaint = take_down(&stack).err();
        End { state: stack.state(), complaint }
    }

    fn by_compose(&self) -> End {
        self.try_with(|stack| {
            let name = ["-p", stack.name.as_str()];
            let name: &[&str] = if self.by_name { &name } else { &[] };
            let arguments = [name, self.before, &["down"], self.behind].concat();
            let output = stack.compose(&arguments, self.env);
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            output.status.success().then_some(()).ok_or(stderr)
        })
    }

    fn by_ours(&self, flags: &[&str]) -> End {
        self.try_with(|stack| {
            let stop = stack.stop().args(self.before).args(self.behind).args(flags);
            let stop = self.env.iter().fold(stop, |stop, (name, value)| stop.env(name, *value));
            let ended = stop.run();
            (ended.code == Some(0)).then_some(()).ok_or_else(|| ended.to_string())
        })
    }
}

/// Names of threads do not tell which case it is.
struct Named(&'static Case);

impl harness::Named for Named {
    fn name(&self) -> String {
        self.0.name.to_owned()
    }
}

#[test]
fn what_is_left_is_what_compose_leaves() {
    in_parallel(2, CASES.iter().map(Named), |Named(case)| {
        let expected = case.by_compose();
        assert_eq!(expected.complaint, None, "{}", case.name);
        for flags in [&["--native"][..], &[]] {
            let ours = case.by_ours(flags);
            assert_eq!(ours.complaint, None, "{} with {flags:?}", case.name);
            assert_eq!(ours.state, expected.state, "{} with {flags:?}", case.name);
        }
    });
}
