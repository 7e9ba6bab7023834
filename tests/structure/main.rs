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

/// A figure above its ceiling fails its test. No ceiling rises.
const BARS: [Bar; 9] = [
    Bar { measure: Measure::RepeatedNames, ceiling: 24.0 },
    Bar { measure: Measure::SpreadTypes, ceiling: 0.0 },
    Bar { measure: Measure::CircularFiles, ceiling: 0.0 },
    Bar { measure: Measure::MedianFunction, ceiling: 8.0 },
    Bar { measure: Measure::LongFunctions, ceiling: 20.0 },
    Bar { measure: Measure::OverlongFunctions, ceiling: 0.0 },
    Bar { measure: Measure::LongFiles, ceiling: 200.0 },
    Bar { measure: Measure::NamedClosures, ceiling: 4.0 },
    Bar { measure: Measure::PrivateWords, ceiling: 0.0 },
];

/// Places that a failed test lists.
const LISTED: usize = 40;

static FINDINGS: LazyLock<Findings> = LazyLock::new(measure_workspace);

fn assert_within_ceiling(measure: Measure) {
    let bar = BARS.iter().find(|bar| bar.measure == measure).unwrap();
    let finding = &FINDINGS[&measure];
    assert!(
        finding.figure <= bar.ceiling,
        "{measure}: {:.1}, where {} is the ceiling ({}). Look at:\n{}",
        finding.figure,
        bar.ceiling,
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
fn the_figures_are_printed() {
    println!("{}", figures_table(&BARS, &FINDINGS));
    for (measure, finding) in FINDINGS.iter() {
        println!("{measure}:\n{}", finding.list_offenders(usize::MAX));
    }
}
