//! Subjects on the wire: the domain's rows encoded, certificates as PEM.

use anyrole_domain::subjects as domain;
use anyrole_domain::{Call, Refusal, Site};
use anyrole_wire::rolesanywhere as wire;
use http::StatusCode;

use super::given::Given;
use super::page;
use super::resources::listed;
use super::routes::Answer;
use crate::page_token;

fn summary(site: &Site, row: &domain::Subject) -> wire::SubjectSummary {
    wire::SubjectSummary {
        subject_arn: site.account().rolesanywhere_arn("subject", &row.id),
        subject_id: row.id.clone(),
        enabled: row.enabled,
        x509_subject: row.x509_subject.clone(),
        last_seen_at: row.last_seen_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

fn credential(row: domain::SubjectCredential) -> wire::CredentialSummary {
    wire::CredentialSummary {
        seen_at: row.seen_at,
        x509_certificate_data: pem(&row.certificate),
        serial_number: row.serial,
        issuer: row.issuer,
        enabled: row.enabled,
        failed: row.failed,
    }
}

fn properties(row: domain::SubjectProperties) -> wire::InstanceProperty {
    wire::InstanceProperty {
        seen_at: row.seen_at,
        properties: row.properties,
        failed: row.failed,
    }
}

/// A certificate in PEM, lines of 64 characters (RFC 7468, section 2).
fn pem(der: &[u8]) -> String {
    let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
    // 48 octets are 64 characters.
    for line in der.chunks(48) {
        base64_simd::STANDARD.encode_append(line, &mut pem);
        pem.push('\n');
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

pub(super) async fn read(site: &Site, call: &Call, given: &Given) -> Result<Answer, Refusal> {
    let detail = domain::read_subject(site, call, given.text("subjectId")).await?;
    let credentials = detail.credentials.into_iter();
    let instance_properties = detail.instance_properties.into_iter();
    Answer::with(
        StatusCode::OK,
        "subject",
        wire::SubjectDetail {
            summary: summary(site, &detail.subject),
            credentials: credentials.map(credential).collect(),
            instance_properties: instance_properties.map(properties).collect(),
        },
    )
}

pub(super) async fn list(site: &Site, call: &Call, given: Given) -> Result<Answer, Refusal> {
    let asked = page::request(site, domain::LIST, given.decode()?)?;
    let page = domain::list_subjects(site, call, &asked).await?;
    listed(
        "subjects",
        page.items.iter().map(|row| summary(site, row)).collect(),
        page_token::seal(site, domain::LIST, page.next)?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_lines_have_64_characters() {
        let lines = pem(&[0; 100]);
        let lengths: Vec<usize> = lines.lines().map(str::len).collect();
        assert_eq!(lengths, [27, 64, 64, 8, 25]);
        assert!(lines.ends_with("AAAAAA==\n-----END CERTIFICATE-----\n"));
    }
}
