//! Whether two wildcard patterns have a text in common: the ARNs of a kind of resource and the pattern of a policy.

/// One step of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Byte(u8),
    One,
    Any,
    /// Anything without a slash.
    Name,
}

/// The ARNs of a kind of resource in `data/actions.txt`, part by part.
#[derive(Debug)]
pub(super) struct Kind(Vec<Vec<Step>>);

impl Kind {
    pub fn parse(arn: &str) -> Self {
        Self(arn.splitn(PARTS, ':').map(of_kind).collect())
    }

    /// Whether a Resource element matches some resource of the kind.
    pub fn may_match(&self, resource: &str) -> bool {
        let parts: Vec<&str> = resource.splitn(PARTS, ':').collect();
        match parts.last() {
            // The last part's star stands for the others, too.
            Some(last) if parts.len() < PARTS => last.ends_with('*') && self.start_matches(&parts),
            _ => self.start_matches(&parts),
        }
    }

    fn start_matches(&self, parts: &[&str]) -> bool {
        let mut pairs = self.0.iter().zip(parts);
        pairs.all(|(kind, part)| meet(kind, &of_policy(part)))
    }
}

/// As many as an ARN has.
const PARTS: usize = 6;

/// A kind of resource in `data/actions.txt`: `*` is anything without a slash, `**` anything.
fn of_kind(text: &str) -> Vec<Step> {
    let mut steps = Vec::with_capacity(text.len());
    for byte in text.bytes() {
        match (byte, steps.last()) {
            (b'*', Some(Step::Name)) => {
                steps.pop();
                steps.push(Step::Any);
            }
            (b'*', _) => steps.push(Step::Name),
            (byte, _) => steps.push(Step::Byte(byte)),
        }
    }
    steps
}

/// A Resource element: a variable may be anything.
fn of_policy(text: &str) -> Vec<Step> {
    let mut steps = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        steps.extend(before.bytes().map(step));
        match after.split_once('}') {
            Some(("*" | "?" | "$", behind)) => {
                steps.push(Step::One);
                rest = behind;
            }
            Some((_, behind)) => {
                steps.push(Step::Any);
                rest = behind;
            }
            None => rest = "",
        }
    }
    steps.extend(rest.bytes().map(step));
    steps
}

fn step(byte: u8) -> Step {
    match byte {
        b'*' => Step::Any,
        b'?' => Step::One,
        other => Step::Byte(other),
    }
}

/// Whether some text matches both.
fn meet(left: &[Step], right: &[Step]) -> bool {
    // reached[j]: the first i steps of `left` and the first j of `right` have matched the same text.
    let mut reached = vec![false; right.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    skip(&mut reached, right);
    for a in left {
        let mut next = vec![false; right.len() + 1];
        if is_star(*a) {
            next.clone_from(&reached);
        }
        for (j, b) in right.iter().enumerate() {
            let here = reached.get(j).copied().unwrap_or_default();
            let behind_star = next.get(j).copied().unwrap_or_default();
            let consumed = match (is_star(*a), is_star(*b)) {
                // One character of both.
                (false, false) => here && takes(*a, *b),
                // A star of `left` takes what `right` says, and stays.
                (true, false) => behind_star && takes(*a, *b),
                (_, true) => behind_star,
            };
            // A star of `right` takes what `left` says, and stays.
            let stays = is_star(*b) && !is_star(*a) && here && takes(*b, *a);
            if let (true, Some(place)) = (stays, next.get_mut(j)) {
                *place = true;
            }
            if let (true, Some(place)) = (consumed || stays, next.get_mut(j + 1)) {
                *place = true;
            }
        }
        skip(&mut next, right);
        reached = next;
    }
    reached.last().copied().unwrap_or_default()
}

/// Stars may stand for nothing.
fn skip(reached: &mut [bool], right: &[Step]) {
    for (j, step) in right.iter().enumerate() {
        let here = reached.get(j).copied().unwrap_or_default();
        if let (true, true, Some(next)) = (here, is_star(*step), reached.get_mut(j + 1)) {
            *next = true;
        }
    }
}

fn is_star(step: Step) -> bool {
    matches!(step, Step::Any | Step::Name)
}

/// Whether a step can stand for a character of another.
fn takes(step: Step, other: Step) -> bool {
    match (step, other) {
        (Step::Byte(one), Step::Byte(another)) => one == another,
        (Step::Name, Step::Byte(b'/')) | (Step::Byte(b'/'), Step::Name) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_parts() {
        for (kind, policy, expected) in [
            ("", "*", true),
            ("", "?", false),
            ("a", "", false),
            ("*b", "a*", true),
            ("*", "a/b", false),
            ("**", "a/b", true),
            ("a*c", "?b?", true),
        ] {
            assert_eq!(
                meet(&of_kind(kind), &of_policy(policy)),
                expected,
                "{kind} {policy}"
            );
        }
    }

    #[test]
    fn meeting() {
        for (kind, policy, expected) in [
            ("arn:*:s3:::*", "arn:aws:s3:::b", true),
            ("arn:*:s3:::*", "arn:aws:s3:::b*", true),
            ("arn:*:s3:::*", "arn:aws:s3:::b/*", false),
            ("arn:*:s3:::*", "*", true),
            ("arn:*:s3:::*/**", "arn:aws:s3:::b/*", true),
            ("arn:*:s3:::*/**", "arn:aws:s3:::b/a/c", true),
            ("arn:*:s3:::*/**", "arn:aws:s3:::b", false),
            ("arn:*:s3:::*/**", "arn:aws:s3:::b*", true),
            ("arn:*:s3:::*/**", "arn:aws:s3:::${aws:username}", true),
            ("arn:*:s3:::*/**", "arn:aws:iam::000000000000:role/a", false),
            ("arn:*:iam::*:role/**", "arn:aws:iam::*:role/a", true),
            ("arn:*:iam::*:role/**", "arn:aws:iam::*:user/a", false),
            ("arn:*:iam::*:role/**", "arn:aws:iam::??:*", true),
            ("arn:*:iam::*:role/**", "arn:aws:iam::*", true),
            ("arn:*:iam::*:role/**", "arn:aws:s3*", false),
        ] {
            assert_eq!(
                Kind::parse(kind).may_match(policy),
                expected,
                "{kind} {policy}"
            );
        }
    }
}
