//! Matching finds (spans, boxes) of several people: clusters of at most one find per person.

/// A find and whose it is, as the place of the person among the task's answers.
#[derive(Clone, Copy)]
pub(super) struct Member<T> {
    pub(super) place: usize,
    pub(super) value: T,
}

/// Average-linkage clusters: the most similar are merged first, never two finds of one person, as
/// long as the mean similarity between the merged is at least `least`.
///
/// `pairs` are the candidates, with their similarity; others are never the first to be merged.
pub(super) fn cluster<T>(
    members: &[Member<T>],
    mut pairs: Vec<(f64, u32, u32)>,
    similarity: impl Fn(&T, &T) -> f64,
    least: f64,
) -> Vec<Vec<usize>> {
    pairs.retain(|p| p.0 >= least);
    pairs.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut of: Vec<usize> = (0..members.len()).collect();
    let mut clusters: Vec<Vec<usize>> = (0..members.len()).map(|i| vec![i]).collect();
    for (_, i, j) in pairs {
        let (a, b) = (of[i as usize], of[j as usize]);
        if a == b {
            continue;
        }
        let shared = |&x: &usize| clusters[b].iter().any(|&y| members[x].place == members[y].place);
        if clusters[a].iter().any(shared) {
            continue;
        }
        let sum: f64 = clusters[a]
            .iter()
            .flat_map(|&x| clusters[b].iter().map(move |&y| (x, y)))
            .map(|(x, y)| similarity(&members[x].value, &members[y].value))
            .sum();
        if sum >= least * (clusters[a].len() * clusters[b].len()) as f64 {
            let moved = std::mem::take(&mut clusters[b]);
            for &x in &moved {
                of[x] = a;
            }
            clusters[a].extend(moved);
        }
    }
    clusters.retain(|c| !c.is_empty());
    clusters
}

/// How decisively clusters were kept or dropped: the mean of the larger side. 1 without clusters.
pub(super) fn decisiveness(supports: impl Iterator<Item = (f64, bool)>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for (support, kept) in supports {
        sum += if kept { support } else { 1.0 - support };
        n += 1.0;
    }
    if n == 0.0 { 1.0 } else { sum / n }
}
