//! The name that was probably meant: a misspelled name and those that there are go in, the nearest one comes out.

/// The nearest name, if it is near enough to be meant; case doesn't count.
pub(super) fn nearest<'n>(
    misspelled: &str,
    names: impl Iterator<Item = &'n str>,
) -> Option<&'n str> {
    let misspelled = misspelled.to_ascii_lowercase();
    let most = (misspelled.len() / 5).clamp(1, 4);
    names
        .map(|name| (distance(&misspelled, &name.to_ascii_lowercase()), name))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Letters put in, left out, changed, or swapped with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let mut least = (at(&last, j) + usize::from(a != b))
                .min(at(&last, j + 1) + 1)
                .min(at(&row, j) + 1);
            let swapped =
                i > 0 && j > 0 && left.get(i - 1) == Some(b) && right.get(j - 1) == Some(a);
            if swapped {
                least = least.min(at(&before_last, j - 1) + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (left, right, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "abc", 0),
            ("abc", "acb", 1),
            ("abc", "ab", 1),
            ("abc", "abd", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(left, right), expected, "{left} {right}");
        }
    }

    #[test]
    fn only_near_names() {
        let names = ["aws:SourceArn", "aws:SourceAccount", "aws:SecureTransport"];
        let near = |text| nearest(text, names.into_iter());
        assert_eq!(near("aws:SourceARM"), Some("aws:SourceArn"));
        assert_eq!(near("asw:SecureTransprot"), Some("aws:SecureTransport"));
        assert_eq!(near("aws:Color"), None);
    }
}
