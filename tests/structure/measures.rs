//! The measures, their bars, and the table of all figures.

use std::{collections::BTreeMap, fmt};

use crate::{
    finding::Finding,
    functions::all_functions,
    imports::circular_files,
    lengths::{long_files, long_functions, median_function, named_closures, overlong_functions},
    names::{repeated_names, spread_types},
    sources::workspace_sources,
    words::private_words,
};

/// A figure that shows how easy it is to find something in the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Measure {
    RepeatedNames,
    SpreadTypes,
    CircularFiles,
    MedianFunction,
    LongFunctions,
    OverlongFunctions,
    LongFiles,
    NamedClosures,
    PrivateWords,
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::RepeatedNames => "functions whose name 3 files or more define, %",
            Self::SpreadTypes => "types with methods in 3 files or more",
            Self::CircularFiles => "files that import each other in circles",
            Self::MedianFunction => "lines of a function, median",
            Self::LongFunctions => "lines of a function, 90th percentile",
            Self::OverlongFunctions => "functions of more than 60 lines",
            Self::LongFiles => "lines of a file without tests, 90th percentile",
            Self::NamedClosures => "functions with a named closure, %",
            Self::PrivateWords => "private words in identifiers",
        })
    }
}

/// The highest figure that a measure may have.
pub(crate) struct Bar {
    pub(crate) measure: Measure,
    pub(crate) ceiling: f64,
}

/// What each measure found.
pub(crate) type Findings = BTreeMap<Measure, Finding>;

/// Reads the workspace and takes every measure.
pub(crate) fn measure_workspace() -> Findings {
    let sources = workspace_sources();
    let functions = all_functions(&sources);
    BTreeMap::from([
        (Measure::RepeatedNames, repeated_names(&functions)),
        (Measure::SpreadTypes, spread_types(&sources)),
        (Measure::CircularFiles, circular_files(&sources)),
        (Measure::MedianFunction, median_function(&functions)),
        (Measure::LongFunctions, long_functions(&functions)),
        (Measure::OverlongFunctions, overlong_functions(&functions)),
        (Measure::LongFiles, long_files(&sources)),
        (Measure::NamedClosures, named_closures(&functions)),
        (Measure::PrivateWords, private_words(&sources)),
    ])
}

/// The table of all figures.
pub(crate) fn figures_table(bars: &[Bar], findings: &Findings) -> String {
    let head = format!("{:<48} {:>7} {:>7}  basis\n", "measure", "figure", "ceiling");
    let rows = bars.iter().map(|Bar { measure, ceiling }| {
        let Finding { figure, basis, .. } = &findings[measure];
        format!("{measure:<48} {figure:>7.1} {ceiling:>7}  {basis}\n")
    });
    head + &rows.collect::<String>()
}
