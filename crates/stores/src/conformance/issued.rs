//! Records of issued certificates: kept in groups, no serial number twice, and a token that comes again is known.

use anyrole_domain::certificate_authorities::{
    IssuedCertificate, IssuedPlace, Kept, NewCertificate, Repeat,
};
use anyrole_domain::ports::{IssuedStore as _, Store as _};

use super::samples::{self, ACCOUNT, account_id, at};
use super::{Engine, Failure, same};

fn issued(authority: &str, serial: u8, issued_at: i64) -> Result<IssuedCertificate, Failure> {
    Ok(IssuedCertificate {
        account: account_id(ACCOUNT)?,
        authority_id: authority.to_owned(),
        serial: [serial; 16],
        certificate: vec![serial; 700].into(),
        not_after: at(86_400_000_000),
        template: "EndEntityCertificate/V1".to_owned(),
        requested_by: format!("arn:aws:iam::{ACCOUNT}:root"),
        issued_at: at(issued_at),
    })
}

fn new(row: IssuedCertificate) -> NewCertificate {
    NewCertificate { row, token: None }
}

/// With a token that is forgotten after 100 microseconds.
fn repeatable(row: IssuedCertificate, token: u8, request: u8) -> Result<NewCertificate, Failure> {
    let micros = row.issued_at.as_microsecond() - at(0).as_microsecond();
    Ok(NewCertificate {
        token: Some(Repeat {
            token_sha256: [token; 32],
            request_sha256: [request; 32],
            forget_before: at(micros - 100),
        }),
        row,
    })
}

pub(super) async fn keeps_certificates(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &[samples::account(ACCOUNT)?]).await?;
    let group: Vec<NewCertificate> = (0..200)
        .map(|serial| Ok(new(issued("a", serial, i64::from(serial))?)))
        .collect::<Result<_, Failure>>()?;
    let kept = store.record_issued(&group).await?;
    same("kept", &kept, &vec![Kept::New; 200])?;
    same("none", &store.record_issued(&[]).await?, &Vec::new())?;
    drop(store);
    let store = engine.open().await?;
    let account = account_id(ACCOUNT)?;
    for serial in [0, 7, 199] {
        let found = store.read_issued(&account, "a", &[serial; 16]).await?;
        let expected = issued("a", serial, i64::from(serial))?;
        same("certificate", &found, &Some(expected))?;
    }
    let other = account_id("210987654321")?;
    for (account, authority, serial) in [(&account, "a", 200), (&account, "b", 1), (&other, "a", 1)]
    {
        let found = store.read_issued(account, authority, &[serial; 16]).await?;
        same("stranger", &found, &None)?;
    }
    // No decision reads them: the version stays.
    same("version", &store.load().await?.version, &1)
}

pub(super) async fn lists_the_newest_first(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &[samples::account(ACCOUNT)?]).await?;
    // Times run against serial numbers; three certificates of one instant.
    let rows = [
        ("a", 1, 90),
        ("a", 2, 80),
        ("a", 3, 70),
        ("a", 250, 70),
        ("a", 5, 70),
        ("a", 6, 95),
        ("b", 7, 85),
    ];
    let group: Vec<NewCertificate> = rows
        .into_iter()
        .map(|(authority, serial, time)| Ok(new(issued(authority, serial, time)?)))
        .collect::<Result<_, Failure>>()?;
    store.record_issued(&group).await?;
    let account = account_id(ACCOUNT)?;
    for size in [1, 2, 3, 5, 6, 7, 100] {
        let mut found = Vec::new();
        let mut last = None;
        loop {
            let page = store.list_issued(&account, "a", last, size).await?;
            let end = page.last().map(|row| IssuedPlace {
                issued_at: row.issued_at,
                serial: row.serial,
            });
            found.extend(page);
            last = match end {
                Some(_) => end,
                None => break,
            };
        }
        let expected = [(6, 95), (1, 90), (2, 80), (250, 70), (5, 70), (3, 70)];
        let expected: Vec<IssuedCertificate> = expected
            .iter()
            .map(|(serial, time)| issued("a", *serial, *time))
            .collect::<Result<_, Failure>>()?;
        same("pages", &found, &expected)?;
    }
    let other = account_id("210987654321")?;
    for (account, authority) in [(&account, "c"), (&other, "a")] {
        let found = store.list_issued(account, authority, None, 9).await?;
        same("stranger", &found, &Vec::new())?;
    }
    Ok(())
}

pub(super) async fn takes_no_serial_twice(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &[samples::account(ACCOUNT)?]).await?;
    let first = issued("a", 1, 1)?;
    let mut second = issued("a", 1, 2)?;
    second.certificate = vec![9; 9].into();
    let other = issued("b", 1, 3)?;
    let group = [new(first.clone()), new(second.clone()), new(other.clone())];
    let kept = store.record_issued(&group).await?;
    same(
        "in one group",
        &kept,
        &vec![Kept::New, Kept::SerialTaken, Kept::New],
    )?;
    // Its token is free again.
    let kept = store.record_issued(&[repeatable(second, 1, 1)?]).await?;
    same("in another one", &kept, &vec![Kept::SerialTaken])?;
    let kept = store
        .record_issued(&[repeatable(issued("a", 2, 4)?, 1, 1)?])
        .await?;
    same("another try", &kept, &vec![Kept::New])?;
    let account = account_id(ACCOUNT)?;
    let found = store.read_issued(&account, "a", &[1; 16]).await?;
    same("the first", &found, &Some(first))?;
    let found = store.read_issued(&account, "b", &[1; 16]).await?;
    same("another authority's", &found, &Some(other))
}

pub(super) async fn knows_a_token_again(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &[samples::account(ACCOUNT)?]).await?;
    let before = |serial: u8, same_request| Kept::Before {
        serial: [serial; 16],
        same_request,
    };
    // Serial number, time, token, request; what becomes of it.
    for (serial, time, token, request, expected) in [
        (1, 1000, 1, 1, Kept::New),
        (2, 1050, 1, 1, before(1, true)),
        (2, 1050, 1, 2, before(1, false)),
        (2, 1050, 2, 1, Kept::New),
        (3, 1101, 1, 1, Kept::New),
        (4, 1102, 1, 1, before(3, true)),
    ] {
        let record = repeatable(issued("a", serial, time)?, token, request)?;
        let kept = store.record_issued(&[record]).await?;
        same("kept", &kept, &vec![expected])?;
    }
    let kept = store
        .record_issued(&[
            repeatable(issued("b", 1, 1)?, 1, 1)?,
            repeatable(issued("b", 2, 1)?, 1, 1)?,
        ])
        .await?;
    same("in one group", &kept, &vec![Kept::New, before(1, true)])?;
    store.forget_issuing_tokens(at(1051)).await?;
    for (serial, token, expected) in [(5, 2, Kept::New), (6, 1, before(3, true))] {
        let record = repeatable(issued("a", serial, 1103)?, token, 1)?;
        let kept = store.record_issued(&[record]).await?;
        same("forgotten", &kept, &vec![expected])?;
    }
    Ok(())
}
