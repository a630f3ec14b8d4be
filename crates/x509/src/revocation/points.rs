//! A verified path in, where its certificates say that their revocation lists are out (RFC 5280 section 4.2.1.13).
//! CreateSession asks it for anchors that go by distribution points.

use crate::anchors::AnchorCertificates;
use crate::der::{self, DerError, Reader, tag};
use crate::fingerprint::sha256_fingerprint;
use crate::parse::ParsedCertificate;
use crate::presented::PresentedChain;
use crate::verify_chain::VerifiedChain;

/// Where one certificate of a path says that its revocation list is, and who must have signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificatePoints {
    /// `http` and `https` URLs, any one of which will do. Empty where the certificate names only points that we can't
    /// use: of other schemes, for some reasons only, or of lists that another issuer signs.
    pub urls: Vec<String>,
    /// The certificate of the issuer, DER.
    pub issuer_der: Vec<u8>,
}

/// Most URLs that are taken of one certificate.
const MAX_URLS: usize = 4;
/// The longest URL that is taken, in octets.
const MAX_URL_LENGTH: usize = 1024;

impl VerifiedChain {
    /// The distribution points of the leaf and of each intermediate of the path; those that name none are left out.
    /// `presented` and `anchor` are what the chain was verified from.
    #[must_use]
    pub fn distribution_points(
        &self,
        presented: &PresentedChain,
        anchor: &AnchorCertificates,
    ) -> Vec<CertificatePoints> {
        let path = self.path_fingerprints().iter().map(|fingerprint| {
            let others = presented.intermediates().iter().map(|der| &**der);
            let anchors = anchor.certificates().iter().map(|one| one.der.as_slice());
            std::iter::once(presented.leaf_der())
                .chain(others)
                .chain(anchors)
                .find(|der| sha256_fingerprint(der) == *fingerprint)
                .unwrap_or_default()
        });
        let path: Vec<&[u8]> = path.collect();
        path.windows(2)
            .filter_map(|pair| {
                let [certificate, issuer] = pair else {
                    return None;
                };
                let parsed = ParsedCertificate::parse(certificate).ok()?;
                let value = parsed.extensions.crl_distribution_points?;
                Some(CertificatePoints {
                    // What can't be read is nothing that we can use.
                    urls: urls(value).unwrap_or_default(),
                    issuer_der: issuer.to_vec(),
                })
            })
            .collect()
    }
}

fn urls(value: &[u8]) -> Result<Vec<String>, DerError> {
    let mut urls = Vec::new();
    let mut points = Reader::new(der::whole(value, tag::SEQUENCE)?.value);
    while !points.is_empty() {
        let mut point = points.inside(tag::SEQUENCE)?;
        let name = point.optional(tag::constructed(0))?;
        // Further parts: reasons, or an issuer of its own.
        let (Some(name), true) = (name, point.is_empty()) else {
            continue;
        };
        // fullName; the other form is relative to the issuer's name in a directory.
        let Some(names) = Reader::new(name.value).optional(tag::constructed(0))? else {
            continue;
        };
        let mut names = Reader::new(names.value);
        while !names.is_empty() {
            let name = names.element()?;
            let url = std::str::from_utf8(name.value).ok().filter(|url| {
                // It is shown in logs.
                let printable = url.bytes().all(|octet| octet.is_ascii_graphic());
                let scheme = url.split(':').next().unwrap_or_default();
                let over_http =
                    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
                printable && over_http
            });
            if let Some(url) = url
                && name.tag == tag::primitive(6)
                && url.len() <= MAX_URL_LENGTH
                && urls.len() < MAX_URLS
            {
                urls.push(url.to_owned());
            }
        }
    }
    Ok(urls)
}

#[cfg(test)]
mod tests {
    use super::urls;

    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        assert!(content.len() < 128);
        [&[tag, u8::try_from(content.len()).unwrap()], content].concat()
    }

    fn point(names: &[(u8, &str)], further: &[u8]) -> Vec<u8> {
        let names: Vec<u8> = names
            .iter()
            .flat_map(|(tag, text)| element(*tag, text.as_bytes()))
            .collect();
        let name = element(0xa0, &element(0xa0, &names));
        element(0x30, &[&name, further].concat())
    }

    #[test]
    fn urls_are_those_of_whole_lists_over_http() {
        let read = |points: &[Vec<u8>]| urls(&element(0x30, &points.concat())).unwrap();
        let http = (0x86, "http://a/1");
        let rows: [(Vec<Vec<u8>>, &[&str]); 8] = [
            (vec![point(&[http], &[])], &["http://a/1"]),
            (
                vec![point(&[http], &[]), point(&[(0x86, "HTTPS://b")], &[])],
                &["http://a/1", "HTTPS://b"],
            ),
            (
                vec![point(&[(0x86, "ldap://a/cn=x"), http], &[])],
                &["http://a/1"],
            ),
            (vec![point(&[(0x82, "http://a/1")], &[])], &[]),
            // reasons; cRLIssuer
            (vec![point(&[http], &element(0x81, &[1, 0x60]))], &[]),
            (vec![point(&[http], &element(0xa2, &[]))], &[]),
            (vec![point(&[http; 6], &[])], &["http://a/1"; 4]),
            (vec![point(&[(0x86, "http://a/\n1")], &[])], &[]),
        ];
        for (points, expected) in rows {
            assert_eq!(read(&points), expected);
        }
        assert!(urls(&[0x30, 0x05, 0x30]).is_err());
    }
}
