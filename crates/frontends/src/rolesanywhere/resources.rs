//! What every noun answers alike: one of them, a page of them, by the detail that its own file makes of a row.

use anyrole_domain::resources::{self, Noun, Resource, Updated};
use anyrole_domain::{Call, Refusal, Site};
use anyrole_wire::rolesanywhere::AliasDetail;
use http::StatusCode;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::given::Given;
use super::page;
use super::routes::Answer;
use crate::page_token;

/// A noun with its shape on the wire.
pub(super) trait OnWire: Noun {
    /// The member that holds one.
    const ONE: &'static str;
    /// The member that names one in requests.
    const ID: &'static str;
    /// The member that holds a list.
    const MANY: &'static str;
    /// The shape.
    type Detail<'a>: Serialize;

    /// The row as it is answered.
    fn detail<'a>(&'a self, previous_alias: Option<&'a str>) -> Self::Detail<'a>;
}

/// The alias of a row as it is answered.
pub(super) fn alias<'a>(row: &'a Resource, previous: Option<&'a str>) -> AliasDetail<'a> {
    AliasDetail {
        alias_name: row.alias.as_deref(),
        alias_arn: row.alias_arn(),
        previous_alias_name: previous,
    }
}

/// 200 with one row and the alias that it has lost.
pub(super) fn updated<N: OnWire>(updated: &Updated<N>) -> Result<Answer, Refusal> {
    let detail = updated.row.detail(updated.previous_alias.as_deref());
    Answer::with(StatusCode::OK, N::ONE, detail)
}

/// 200 with one row.
pub(super) fn ok<N: OnWire>(row: &N) -> Result<Answer, Refusal> {
    Answer::with(StatusCode::OK, N::ONE, row.detail(None))
}

/// 201 with one row.
pub(super) fn created<N: OnWire>(row: &N) -> Result<Answer, Refusal> {
    Answer::with(StatusCode::CREATED, N::ONE, row.detail(None))
}

pub(super) fn read<N: OnWire>(site: &Site, call: &Call, given: &Given) -> Result<Answer, Refusal> {
    ok(&*resources::read::<N>(site, call, &given.id(N::ID))?)
}

pub(super) fn list<N: OnWire>(site: &Site, call: &Call, given: Given) -> Result<Answer, Refusal> {
    let page = resources::list::<N>(
        site,
        call,
        &page::request(site, N::ACTIONS.list, given.decode()?)?,
    )?;
    listed(
        N::MANY,
        page.items.iter().map(|row| row.detail(None)).collect(),
        page_token::seal(site, N::ACTIONS.list, page.next)?,
    )
}

/// 200 with a page.
pub(super) fn listed<D: Serialize>(
    member: &'static str,
    details: Vec<D>,
    next_token: Option<String>,
) -> Result<Answer, Refusal> {
    let list = List {
        member,
        details,
        next_token,
    };
    Answer::whole(StatusCode::OK, &list)
}

/// A page; the name of its list is the noun's.
struct List<D> {
    member: &'static str,
    details: Vec<D>,
    next_token: Option<String>,
}

impl<D: Serialize> Serialize for List<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(self.member, &self.details)?;
        if let Some(token) = &self.next_token {
            map.serialize_entry("nextToken", token)?;
        }
        map.end()
    }
}

pub(super) async fn set_enabled<N: OnWire>(
    site: &Site,
    call: &Call,
    given: &Given,
    enabled: bool,
) -> Result<Answer, Refusal> {
    ok(&*resources::set_enabled::<N>(site, call, &given.id(N::ID), enabled).await?)
}

pub(super) async fn delete<N: OnWire>(
    site: &Site,
    call: &Call,
    given: &Given,
) -> Result<Answer, Refusal> {
    ok(&*resources::delete::<N>(site, call, &given.id(N::ID)).await?)
}
