//! Hosts: the words of `hosts` and `-hostname` enter, alternative names leave, in the order in which cfssl writes them: DNS names,
//! mailboxes, addresses, URIs.

use anyrole_ca::AlternativeName;

use crate::CfsslError;
use crate::error::Fault;

/// Hosts of a flag: `a,b,c`. `None` where there are none.
pub fn split_hosts(list: &str) -> Option<Vec<String>> {
    (!list.is_empty()).then(|| list.split(',').map(str::to_owned).collect())
}

/// The names of hosts; an empty one, as in many a printed example, is passed over.
pub(crate) fn alternative_names(hosts: &[String]) -> Result<Vec<AlternativeName>, CfsslError> {
    let hosts = hosts.iter().map(|host| host.trim());
    let names = hosts.filter(|host| !host.is_empty()).map(|host| {
        AlternativeName::parse(mailbox(host).unwrap_or(host))
            .map_err(|error| Fault::CsrBad.because(error))
    });
    let mut names: Vec<AlternativeName> = names.collect::<Result<_, _>>()?;
    sort(&mut names);
    Ok(names)
}

/// `Somebody <somebody@example.org>` is a mailbox, too.
fn mailbox(host: &str) -> Option<&str> {
    let (_, address) = host.strip_suffix('>')?.split_once('<')?;
    address.contains('@').then_some(address)
}

/// Into cfssl's order, each kind in its own.
pub(crate) fn sort(names: &mut [AlternativeName]) {
    names.sort_by_key(|name| match name {
        AlternativeName::Dns(_) => 0,
        AlternativeName::Email(_) => 1,
        AlternativeName::Ip(_) => 2,
        AlternativeName::Uri(_) => 3,
        // Kinds that no host can be.
        _ => 4,
    });
}

#[cfg(test)]
mod tests {
    use anyrole_ca::AlternativeName::{Dns, Email, Ip, Uri};

    use super::{alternative_names, split_hosts};

    #[test]
    fn hosts_are_sorted_by_kind() {
        let hosts =
            "spiffe://a/b,10.0.0.1,www.example.net, ,me@example.net,Me <a@b.c>,*.example.net,::1";
        let names = alternative_names(&split_hosts(hosts).unwrap()).unwrap();
        assert_eq!(
            names,
            [
                Dns("www.example.net".into()),
                Dns("*.example.net".into()),
                Email("me@example.net".into()),
                Email("a@b.c".into()),
                Ip([10, 0, 0, 1].into()),
                Ip([0, 0, 0, 0, 0, 0, 0, 1_u16].into()),
                Uri("spiffe://a/b".into()),
            ]
        );
        assert_eq!(split_hosts(""), None);
        for host in ["two words", "host:8443", "münchen.de"] {
            let error = alternative_names(&[host.to_owned()])
                .unwrap_err()
                .to_string();
            assert!(error.contains("9300") && error.contains(host), "{error}");
        }
    }
}
