//! Lengths of functions and files, and functions with named closures.

use std::{cmp::Reverse, collections::BTreeMap};

use crate::{
    finding::{Finding, percentage},
    functions::Function,
    sources::Source,
};

/// Half of the functions should have no more lines than this.
const USUAL_FUNCTION: usize = 8;
/// Nine of ten functions should have no more lines than this.
const LONG_FUNCTION: usize = 20;
/// A function of more lines is always too long.
const LONGEST_FUNCTION: usize = 60;
/// Nine of ten files should have no more lines than this.
const LONG_FILE: usize = 200;

/// The median of the functions' lengths; lists the files whose own median is above the usual.
pub(crate) fn median_function(functions: &[Function]) -> Finding {
    let mut by_file: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for function in functions {
        by_file.entry(&function.file).or_default().push(function.lines);
    }
    let medians = by_file.into_iter().map(|(file, lines)| (percentile(lines, 50), file));
    let mut above: Vec<_> = medians.filter(|(median, _)| *median > USUAL_FUNCTION).collect();
    above.sort_by_key(|(median, _)| Reverse(*median));
    Finding {
        figure: percentile(lines_of(functions), 50) as f64,
        basis: format!("{} functions", functions.len()),
        offenders: above.iter().map(|(median, file)| format!("median {median}: {file}")).collect(),
    }
}

/// The length that nine of ten functions do not exceed; lists the long functions.
pub(crate) fn long_functions(functions: &[Function]) -> Finding {
    let offenders = functions_longer_than(functions, LONG_FUNCTION);
    Finding {
        figure: percentile(lines_of(functions), 90) as f64,
        basis: format!("{} functions of more than {LONG_FUNCTION} lines", offenders.len()),
        offenders,
    }
}

/// How many functions are too long whatever the others are like.
pub(crate) fn overlong_functions(functions: &[Function]) -> Finding {
    let longest = lines_of(functions).into_iter().max().unwrap_or(0);
    let offenders = functions_longer_than(functions, LONGEST_FUNCTION);
    Finding {
        figure: offenders.len() as f64,
        basis: format!("the longest has {longest} lines"),
        offenders,
    }
}

/// The length that nine of ten files do not exceed; lists the long files.
pub(crate) fn long_files(sources: &[Source]) -> Finding {
    let mut long: Vec<&Source> = sources.iter().filter(|source| source.lines > LONG_FILE).collect();
    long.sort_by_key(|source| Reverse(source.lines));
    let offenders = long.iter().map(|source| format!("{} lines: {}", source.lines, source.path));
    Finding {
        figure: percentile(sources.iter().map(|source| source.lines).collect(), 90) as f64,
        basis: format!("{} of {} files above {LONG_FILE} lines", long.len(), sources.len()),
        offenders: offenders.collect(),
    }
}

/// The share of functions that give a name to a closure.
pub(crate) fn named_closures(functions: &[Function]) -> Finding {
    let mut naming: Vec<&Function> =
        functions.iter().filter(|function| !function.named_closures.is_empty()).collect();
    naming.sort_by_key(|function| Reverse(function.named_closures.len()));
    let offenders = naming.iter().map(|function| {
        format!("{} at {}: {}", function.name, function.place(), function.named_closures.join(", "))
    });
    Finding {
        figure: percentage(naming.len(), functions.len()),
        basis: format!("{} of {} functions", naming.len(), functions.len()),
        offenders: offenders.collect(),
    }
}

fn lines_of(functions: &[Function]) -> Vec<usize> {
    functions.iter().map(|function| function.lines).collect()
}

fn functions_longer_than(functions: &[Function], lines: usize) -> Vec<String> {
    let mut longer: Vec<&Function> =
        functions.iter().filter(|function| function.lines > lines).collect();
    longer.sort_by_key(|function| Reverse(function.lines));
    let described = longer.iter().map(|function| {
        format!("{} lines: {} at {}", function.lines, function.name, function.place())
    });
    described.collect()
}

/// The smallest value that at least `percent` of the values do not exceed.
fn percentile(mut values: Vec<usize>, percent: usize) -> usize {
    values.sort_unstable();
    let rank = (values.len() * percent).div_ceil(100);
    values.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        assert_eq!(percentile((1..=10).collect(), 50), 5);
        assert_eq!(percentile((1..=10).rev().collect(), 90), 9);
        assert_eq!(percentile((1..=11).collect(), 90), 10);
        assert_eq!(percentile(vec![7], 90), 7);
        assert_eq!(percentile(Vec::new(), 90), 0);
    }
}
