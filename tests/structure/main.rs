//! Measures how the code is laid out: names, imports, lengths and words.
//!
//! `cargo test -p integration-tests --test structure -- --nocapture` prints every figure and the
//! places behind it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod architecture;
mod circles;
mod crates;
mod definitions;
mod documents;
mod finding;
mod functions;
mod imports;
mod lengths;
mod measures;
mod mentions;
mod modules;
mod names;
mod sources;
mod tokens;
mod uses;
mod words;

use std::sync::LazyLock;

use measures::{Bar, Findings, Measure, figures_table, measure_workspace};

/// The bars. A figure above `today` fails its test.
///
/// To lower a ceiling: improve the code, run the tests with `--nocapture`, and set `today` to the
/// figure that the table shows, rounded up. No ceiling rises. A measure is done when `today`
/// equals `goal`.
const BARS: [Bar; 9] = [
    Bar { measure: Measure::RepeatedNames, goal: 24.0, today: 37.0 },
    Bar { measure: Measure::SpreadTypes, goal: 0.0, today: 19.0 },
    Bar { measure: Measure::CircularFiles, goal: 0.0, today: 90.0 },
    Bar { measure: Measure::MedianFunction, goal: 8.0, today: 8.0 },
    Bar { measure: Measure::LongFunctions, goal: 20.0, today: 20.0 },
    Bar { measure: Measure::OverlongFunctions, goal: 0.0, today: 0.0 },
    Bar { measure: Measure::LongFiles, goal: 200.0, today: 200.0 },
    Bar { measure: Measure::NamedClosures, goal: 4.0, today: 10.0 },
    Bar { measure: Measure::PrivateWords, goal: 0.0, today: 421.0 },
];

/// Places that a failed test lists.
const LISTED: usize = 40;

static FINDINGS: LazyLock<Findings> = LazyLock::new(measure_workspace);

fn assert_within_ceiling(measure: Measure) {
    let bar = BARS.iter().find(|bar| bar.measure == measure).unwrap();
    let finding = &FINDINGS[&measure];
    assert!(
        finding.figure <= bar.today,
        "{measure}: {:.1}, where {} is the ceiling and {} the goal ({}). Look at:\n{}",
        finding.figure,
        bar.today,
        bar.goal,
        finding.basis,
        finding.list_offenders(LISTED)
    );
}

#[test]
fn few_functions_share_a_name_across_files() {
    assert_within_ceiling(Measure::RepeatedNames);
}

#[test]
fn the_methods_of_a_type_are_in_one_or_two_files() {
    assert_within_ceiling(Measure::SpreadTypes);
}

#[test]
fn files_do_not_import_each_other_in_circles() {
    assert_within_ceiling(Measure::CircularFiles);
}

#[test]
fn functions_are_short_and_none_is_overlong() {
    assert_within_ceiling(Measure::MedianFunction);
    assert_within_ceiling(Measure::LongFunctions);
    assert_within_ceiling(Measure::OverlongFunctions);
}

#[test]
fn files_are_short() {
    assert_within_ceiling(Measure::LongFiles);
}

#[test]
fn few_closures_have_names() {
    assert_within_ceiling(Measure::NamedClosures);
}

#[test]
fn identifiers_contain_no_private_words() {
    assert_within_ceiling(Measure::PrivateWords);
}

#[test]
fn the_ceilings_are_not_below_the_goals() {
    let below: Vec<String> =
        BARS.iter().filter(|bar| bar.today < bar.goal).map(|bar| bar.measure.to_string()).collect();
    assert_eq!(below, Vec::<String>::new());
}

#[test]
fn the_figures_are_printed() {
    println!("{}", figures_table(&BARS, &FINDINGS));
    for (measure, finding) in FINDINGS.iter() {
        println!("{measure}:\n{}", finding.list_offenders(usize::MAX));
    }
}
