//! Certificates on the wire: each operation decodes, calls one function of the domain, encodes.

use anyrole_domain::acm as domain;
use anyrole_domain::{Call, Site};
use serde_json::{Value, json};

use super::describe::detail;
use super::inputs::{Export, Import, Request, Tagging};
use crate::given::Given;
use crate::rpc_route::Answer;

/// The member that names the certificate.
const CERTIFICATE: &str = "CertificateArn";

pub(super) async fn request(site: &Site, call: &Call, given: Given) -> Answer {
    let input = given.decode::<Request>()?.into_input()?;
    arn(domain::request_certificate(site, call, input).await?)
}

pub(super) async fn import(site: &Site, call: &Call, given: Given) -> Answer {
    let input = given.decode::<Import>()?.into_input()?;
    arn(domain::import_certificate(site, call, input).await?)
}

pub(super) async fn export(site: &Site, call: &Call, given: Given) -> Answer {
    let given: Export = given.decode()?;
    let (arn, passphrase) = given.into_parts()?;
    let exported = domain::export_certificate(site, call, &arn, passphrase).await?;
    let mut answer = pair(&exported.certificate, exported.chain.as_deref());
    if let Some(answer) = answer.as_object_mut() {
        let key: &str = &exported.private_key;
        answer.insert("PrivateKey".to_owned(), key.into());
    }
    Ok(answer)
}

pub(super) async fn describe(site: &Site, call: &Call, given: Given) -> Answer {
    let entry = domain::describe_certificate(site, call, given.text(CERTIFICATE))?;
    Ok(detail(&site.directory.read(), call, &entry))
}

pub(super) async fn read(site: &Site, call: &Call, given: Given) -> Answer {
    let entry = domain::read_certificate(site, call, given.text(CERTIFICATE))?;
    Ok(pair(&entry.row.certificate, entry.row.chain.as_deref()))
}

pub(super) async fn renew(site: &Site, call: &Call, given: Given) -> Answer {
    domain::renew_certificate(site, call, given.text(CERTIFICATE)).await?;
    Ok(Value::Null)
}

pub(super) async fn delete(site: &Site, call: &Call, given: Given) -> Answer {
    domain::delete_certificate(site, call, given.text(CERTIFICATE)).await?;
    Ok(Value::Null)
}

pub(super) async fn tag(site: &Site, call: &Call, given: Given) -> Answer {
    let (arn, tags) = given.decode::<Tagging>()?.set();
    domain::tag_certificate(site, call, &arn, tags).await?;
    Ok(Value::Null)
}

pub(super) async fn untag(site: &Site, call: &Call, given: Given) -> Answer {
    let (arn, tags) = given.decode::<Tagging>()?.taken();
    domain::untag_certificate(site, call, &arn, tags).await?;
    Ok(Value::Null)
}

pub(super) async fn list_tags(site: &Site, call: &Call, given: Given) -> Answer {
    let tags = domain::list_certificate_tags(site, call, given.text(CERTIFICATE))?;
    let tags = tags
        .iter()
        .map(|tag| json!({"Key": tag.key, "Value": tag.value}));
    Ok(json!({"Tags": tags.collect::<Vec<_>>()}))
}

fn arn(arn: String) -> Answer {
    Ok(json!({ CERTIFICATE: arn }))
}

fn pair(certificate: &str, chain: Option<&str>) -> Value {
    let mut answer = json!({"Certificate": certificate});
    if let (Some(answer), Some(chain)) = (answer.as_object_mut(), chain) {
        answer.insert("CertificateChain".to_owned(), chain.into());
    }
    answer
}
