//! The domain names that a certificate is asked for with; their form is the model's to check (`wire/acm/inputs.rs`).

use super::invalid;
use crate::refusal::Refusal;

/// The most names of a certificate (Certificate Manager user guide, quotas).
const MOST: usize = 100;

/// All names of a request, the first one first, none twice.
pub(super) fn all(domain_name: &str, others: &[String]) -> Result<Vec<String>, Refusal> {
    let mut names: Vec<String> = Vec::new();
    for name in std::iter::once(domain_name).chain(others.iter().map(String::as_str)) {
        let name = name.to_ascii_lowercase();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names.len() <= MOST {
        true => Ok(names),
        false => Err(invalid(
            "too-many-names",
            format!("A certificate can have at most {MOST} names."),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::all;

    #[test]
    fn no_name_stands_twice() {
        let names = all("A.example", &["*.b.example".into(), "a.example".into()]).unwrap();
        assert_eq!(names, ["a.example", "*.b.example"]);
        let many: Vec<String> = (0..101)
            .map(|number| format!("n{number}.example"))
            .collect();
        assert!(all("n0.example", &many).is_err());
        assert!(all("n0.example", &many[..100]).is_ok());
    }
}
