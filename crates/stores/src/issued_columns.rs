//! Columns of issued certificates to the domain's rows and back: the same in both engines.

use anyrole_domain::AccountId;
use anyrole_domain::certificate_authorities::{
    IssuedCertificate, IssuedPlace, Kept, NewCertificate, Repeat,
};
use sqlx::{Database, Encode, QueryBuilder, Type};

use crate::columns::{Table, micros};
use crate::failure::Failure;

const TABLE: Table = Table("issued_certificates");
const TOKENS: Table = Table("issuing_tokens");

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    certificate: Vec<u8>,
    not_after: i64,
    template: String,
    requested_by: String,
    issued_at: i64,
}

/// A row with its serial number.
#[derive(sqlx::FromRow)]
pub(crate) struct ListedRow {
    serial: Vec<u8>,
    #[sqlx(flatten)]
    row: Row,
}

impl ListedRow {
    pub(crate) fn parse(
        self,
        account: &AccountId,
        authority_id: &str,
    ) -> Result<IssuedCertificate, Failure> {
        let serial = self.serial.as_slice().try_into();
        let serial = serial.map_err(|_| TABLE.unknown("serial", "its length"))?;
        self.row.parse(account, authority_id, &serial)
    }
}

/// What the rows of a page are less than: without a page before it, than anything.
pub(crate) fn behind(last: Option<IssuedPlace>) -> (i64, Vec<u8>) {
    match last {
        Some(last) => (micros(last.issued_at), last.serial.to_vec()),
        None => (i64::MAX, Vec::new()),
    }
}

pub(crate) fn kept_before(serial: &[u8], request: &[u8], repeat: &Repeat) -> Result<Kept, Failure> {
    Ok(Kept::Before {
        serial: <[u8; 16]>::try_from(serial).map_err(|_| TOKENS.unknown("serial", "its length"))?,
        same_request: request == repeat.request_sha256,
    })
}

impl Row {
    pub(crate) fn parse(
        self,
        account: &AccountId,
        authority_id: &str,
        serial: &[u8; 16],
    ) -> Result<IssuedCertificate, Failure> {
        Ok(IssuedCertificate {
            account: account.clone(),
            authority_id: authority_id.to_owned(),
            serial: *serial,
            certificate: self.certificate.into(),
            not_after: TABLE.timestamp("not_after", self.not_after)?,
            template: self.template,
            requested_by: self.requested_by,
            issued_at: TABLE.timestamp("issued_at", self.issued_at)?,
        })
    }
}

/// Whether one statement does for a group: a token is looked at row by row.
pub(crate) fn goes_at_once(group: &[NewCertificate]) -> bool {
    !group.is_empty() && group.iter().all(|new| new.token.is_none())
}

/// Has [`inserting`] leave out rows whose serial numbers their authorities have used.
pub(crate) const UNLESS_TAKEN: &str = " ON CONFLICT (authority_id, serial) DO NOTHING";

/// One statement for all rows, which alone is a transaction: each further one is a way to the engine and back.
pub(crate) fn inserting<'r, D>(
    rows: impl IntoIterator<Item = &'r IssuedCertificate>,
    ending: &str,
) -> QueryBuilder<D>
where
    D: Database,
    for<'v> &'v str: Encode<'v, D> + Type<D>,
    for<'v> &'v [u8]: Encode<'v, D> + Type<D>,
    String: for<'v> Encode<'v, D> + Type<D>,
    i64: for<'v> Encode<'v, D> + Type<D>,
{
    let mut query = QueryBuilder::new(
        "INSERT INTO issued_certificates (account, authority_id, serial, certificate, not_after, template, requested_by,
             issued_at) ",
    );
    query.push_values(rows, |mut values, row| {
        values
            .push_bind(row.account.as_str())
            .push_bind(row.authority_id.as_str())
            .push_bind(row.serial.as_slice())
            .push_bind(row.certificate.as_ref())
            .push_bind(micros(row.not_after))
            .push_bind(without_nul(&row.template))
            .push_bind(without_nul(&row.requested_by))
            .push_bind(micros(row.issued_at));
    });
    query.push(ending);
    query
}

/// Whether all rows are in: none is where one has a serial number that its authority has used.
pub(crate) fn are_in<R>(inserted: Result<R, sqlx::Error>) -> Result<bool, Failure> {
    match inserted {
        Ok(_) => Ok(true),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// PostgreSQL keeps no NUL in a text (manual, 8.3).
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
