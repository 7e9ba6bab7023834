//! Circles in a directed graph: its strongly connected components.

use std::collections::BTreeSet;

/// Groups of two or more nodes each of which leads to all others of its group.
pub(crate) fn circles(nodes: usize, edges: &BTreeSet<(usize, usize)>) -> Vec<Vec<usize>> {
    let reached: Vec<BTreeSet<usize>> =
        (0..nodes).map(|node| reachable_from(node, edges)).collect();
    let mut grouped = BTreeSet::new();
    let mut circles = Vec::new();
    for node in 0..nodes {
        let leads_back = |other: &&usize| reached[**other].contains(&node);
        let circle: Vec<usize> = reached[node].iter().filter(leads_back).copied().collect();
        if circle.len() > 1 && grouped.insert(circle[0]) {
            circles.push(circle);
        }
    }
    circles
}

/// The nodes that edges lead to from a node, over any number of steps.
fn reachable_from(start: usize, edges: &BTreeSet<(usize, usize)>) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![start];
    while let Some(node) = waiting.pop() {
        let next = edges.range((node, 0)..=(node, usize::MAX)).map(|&(_, next)| next);
        waiting.extend(next.filter(|next| reached.insert(*next)));
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles_in(edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
        circles(8, &edges.iter().copied().collect())
    }

    #[test]
    fn a_graph_without_a_way_back_has_no_circles() {
        assert!(circles_in(&[(0, 1), (1, 2), (0, 2), (3, 2)]).is_empty());
    }

    #[test]
    fn separate_circles_stay_separate() {
        let edges = [(0, 1), (1, 0), (1, 2), (2, 3), (3, 4), (4, 2), (4, 5)];
        assert_eq!(circles_in(&edges), [vec![0, 1], vec![2, 3, 4]]);
    }

    #[test]
    fn circles_that_share_a_node_are_one() {
        assert_eq!(circles_in(&[(0, 1), (1, 0), (1, 2), (2, 1)]), [vec![0, 1, 2]]);
    }

    #[test]
    fn an_edge_to_itself_is_no_circle() {
        assert!(circles_in(&[(6, 6)]).is_empty());
    }
}
