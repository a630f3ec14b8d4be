//! CRLs on the wire: members decoded into the domain's input, its rows encoded. The list itself is base64 both ways.

use anyrole_domain::crls::{self as domain, Crl};
use anyrole_domain::{Call, Refusal, Site};
use anyrole_wire::rolesanywhere as wire;
use base64_simd::STANDARD;

use super::given::Given;
use super::resources::{OnWire, alias, created, updated};
use super::routes::Answer;
use super::tags::tags;

impl OnWire for Crl {
    const ONE: &'static str = "crl";
    const ID: &'static str = "crlId";
    const MANY: &'static str = "crls";
    type Detail<'a> = wire::CrlDetail<'a>;

    fn detail<'a>(&'a self, previous_alias: Option<&'a str>) -> wire::CrlDetail<'a> {
        let row = &self.resource;
        wire::CrlDetail {
            crl_id: &row.id,
            crl_arn: &row.arn,
            name: &row.name,
            enabled: row.enabled,
            crl_data: STANDARD.encode_to_string(&self.data),
            trust_anchor_arn: &self.trust_anchor_arn,
            created_at: row.created_at,
            updated_at: row.updated_at,
            alias: alias(row, previous_alias),
        }
    }
}

fn bytes(base64: &str) -> Result<Vec<u8>, Refusal> {
    STANDARD
        .decode_to_vec(base64)
        .map_err(|_| Refusal::validation("`crlData` is not base64."))
}

pub(super) async fn import(site: &Site, call: &Call, given: Given) -> Result<Answer, Refusal> {
    let request: wire::ImportCrlRequest = given.decode()?;
    let input = domain::ImportCrl {
        name: request.name,
        data: bytes(&request.crl_data)?,
        trust_anchor_arn: request.trust_anchor_arn,
        enabled: request.enabled,
        alias: request.alias_name,
        tags: tags(request.tags),
    };
    let row = domain::import_crl(site, call, input).await?;
    created(&*row)
}

pub(super) async fn update(site: &Site, call: &Call, given: Given) -> Result<Answer, Refusal> {
    let id = given.id(Crl::ID);
    let request: wire::UpdateCrlRequest = given.decode()?;
    let input = domain::UpdateCrl {
        name: request.name,
        data: request.crl_data.as_deref().map(bytes).transpose()?,
        alias: request.alias_name,
    };
    let row = domain::update_crl(site, call, &id, input).await?;
    updated(&row)
}
