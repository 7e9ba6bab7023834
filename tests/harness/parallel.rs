use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Mutex,
};

/// Tries every case, several at a time, and fails with all that failed.
#[track_caller]
pub fn in_parallel<T: Named + Send>(
    threads: usize,
    cases: impl IntoIterator<Item = T>,
    test: impl Fn(&T) + Sync,
) {
    let waiting = Mutex::new(cases.into_iter().collect::<std::collections::VecDeque<_>>());
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = { waiting.lock().unwrap().pop_front() } {
                    if catch_unwind(AssertUnwindSafe(|| test(&case))).is_err() {
                        failed.lock().unwrap().push(case.name());
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} cases failed:\n{}", failed.len(), failed.join("\n"));
}

/// Says which case failed.
pub trait Named {
    /// For the list of those that failed.
    fn name(&self) -> String;
}

impl Named for usize {
    fn name(&self) -> String {
        self.to_string()
    }
}

impl<T> Named for (String, T) {
    fn name(&self) -> String {
        self.0.clone()
    }
}
