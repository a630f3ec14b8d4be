//! The cases of subjects: what sightings leave behind, and how it is read.

use anyrole_domain::ports::Store;
use anyrole_domain::subjects::{
    MAX_PROPERTIES_KEPT, Sighting, Subject, SubjectCredential, SubjectDetail, SubjectProperties,
};

use super::samples::{self, ACCOUNT};
use super::{Engine, Failure, same};

pub(super) async fn records_sightings(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &[samples::account(ACCOUNT)?]).await?;
    store.record_sightings(&[]).await?;
    let mut refused = samples::sighting(1, 2, 30)?;
    refused.failed = true;
    refused.properties = vec![
        samples::properties(1, 30, true),
        samples::properties(2, 25, false),
    ];
    store
        .record_sightings(&[
            samples::sighting(1, 1, 10)?,
            refused,
            samples::sighting(2, 3, 20)?,
        ])
        .await?;
    // Certificates that were seen again: later, at the same time, and (in a group that came late) earlier.
    let mut later = samples::sighting(1, 1, 40)?;
    later.failed = true;
    later.properties = vec![
        samples::properties(2, 40, true),
        samples::properties(1, 5, false),
    ];
    let mut earlier = samples::sighting(2, 3, 5)?;
    earlier.failed = true;
    store
        .record_sightings(&[later, samples::sighting(1, 2, 30)?, earlier])
        .await?;
    let first = SubjectDetail {
        subject: subject(1, 10, 40)?,
        credentials: vec![credential(1, 1, 40, true)?, credential(1, 2, 30, false)?],
        instance_properties: vec![properties(2, 40, true), properties(1, 30, true)],
    };
    let second = SubjectDetail {
        subject: subject(2, 20, 20)?,
        credentials: vec![credential(2, 3, 20, false)?],
        instance_properties: Vec::new(),
    };
    expect(&store, 1, 10, Some(&first)).await?;
    expect(&store, 2, 10, Some(&second)).await?;
    expect(&store, 3, 10, None).await?;
    let mut cut = first.clone();
    cut.credentials.truncate(1);
    cut.instance_properties.truncate(1);
    expect(&store, 1, 1, Some(&cut)).await?;
    same("version", &store.load().await?.version, &1)?;
    drop(store);
    let store = engine.open().await?;
    expect(&store, 1, 10, Some(&first)).await
}

/// A group is written whole or not at all.
pub(super) async fn records_many(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &[samples::account(ACCOUNT)?]).await?;
    let mut many = Vec::new();
    for certificate in 0..1200_u32 {
        let mut sighting = samples::sighting(3, 0, i64::from(certificate))?;
        sighting.certificate_sha256 = samples::numbered(certificate);
        many.push(sighting);
    }
    let stranger = Sighting {
        account: samples::account_id("999999999999")?,
        ..samples::sighting(4, 4, 4)?
    };
    let with_stranger: Vec<Sighting> = many.iter().cloned().chain([stranger]).collect();
    if store.record_sightings(&with_stranger).await.is_ok() {
        return Err(Failure("a sighting of no account was kept".to_owned()));
    }
    expect(&store, 3, 2000, None).await?;
    store.record_sightings(&many).await?;
    drop(store);
    let store = engine.open().await?;
    let account = samples::account_id(ACCOUNT)?;
    for (limit, expected) in [(2000, 1200), (200, 200)] {
        let detail = store
            .read_subject(&account, &samples::subject_id(3), limit)
            .await?
            .ok_or_else(|| Failure("the subject is gone".to_owned()))?;
        same("certificates", &detail.credentials.len(), &expected)?;
        let last = detail.credentials.first().map(|seen| seen.seen_at);
        same("the last one seen", &last, &Some(samples::at(1199)))?;
    }
    Ok(())
}

/// Clients choose properties freely: of each subject, those that were seen last are kept.
pub(super) async fn bounds_properties(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &[samples::account(ACCOUNT)?]).await?;
    let mut other = samples::sighting(2, 2, 0)?;
    other.properties = vec![samples::properties(0, 0, false)];
    store.record_sightings(&[other]).await?;
    let most = u16::try_from(MAX_PROPERTIES_KEPT).unwrap_or(u16::MAX);
    for start in [0, most / 2, most] {
        let mut sighting = samples::sighting(1, 1, i64::from(start))?;
        sighting.properties = (start..start + most / 2)
            .map(|number| samples::properties(number, i64::from(number), false))
            .collect();
        store.record_sightings(&[sighting]).await?;
    }
    let account = samples::account_id(ACCOUNT)?;
    for (subject, newest, oldest) in [(1, most + most / 2 - 1, most / 2), (2, 0, 0)] {
        let detail = store
            .read_subject(
                &account,
                &samples::subject_id(subject),
                usize::from(most) * 2,
            )
            .await?
            .ok_or_else(|| Failure("the subject is gone".to_owned()))?;
        let expected: Vec<SubjectProperties> = (oldest..=newest)
            .rev()
            .map(|number| properties(number, i64::from(number), false))
            .collect();
        same("properties", &detail.instance_properties, &expected)?;
    }
    Ok(())
}

pub(super) async fn lists_pages(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &[samples::account(ACCOUNT)?]).await?;
    let mut sightings = Vec::new();
    let mut expected = Vec::new();
    for number in 0..25 {
        sightings.push(samples::sighting(number, number, i64::from(number))?);
        expected.push(subject(number, i64::from(number), i64::from(number))?);
    }
    sightings.reverse();
    store.record_sightings(&sightings).await?;
    let account = samples::account_id(ACCOUNT)?;
    let mut found: Vec<Subject> = Vec::new();
    for size in [10, 10, 5, 0] {
        let after = found.last().map_or("", |subject| &subject.id).to_owned();
        let page = store.list_subjects(&account, &after, 10).await?;
        same("size of a page", &page.len(), &size)?;
        found.extend(page);
    }
    same("subjects", &found, &expected)?;
    let other = samples::account_id("999999999999")?;
    let others = store.list_subjects(&other, "", 10).await?;
    same("another account's", &others, &Vec::new())
}

async fn expect(
    store: &impl Store,
    subject: u8,
    limit: usize,
    expected: Option<&SubjectDetail>,
) -> Result<(), Failure> {
    let account = samples::account_id(ACCOUNT)?;
    let id = samples::subject_id(subject);
    let found = store.read_subject(&account, &id, limit).await?;
    same("subject", &found.as_ref(), &expected)
}

fn subject(number: u8, first: i64, last: i64) -> Result<Subject, Failure> {
    let sample = samples::sighting(number, 0, 0)?;
    Ok(Subject {
        id: sample.subject_id,
        x509_subject: sample.x509_subject,
        enabled: true,
        created_at: samples::at(first),
        updated_at: samples::at(last),
        last_seen_at: samples::at(last),
    })
}

fn credential(
    subject: u8,
    certificate: u8,
    seen_at: i64,
    failed: bool,
) -> Result<SubjectCredential, Failure> {
    let sample = samples::sighting(subject, certificate, seen_at)?;
    Ok(SubjectCredential {
        issuer: sample.issuer,
        serial: sample.serial,
        certificate: sample.certificate,
        enabled: true,
        failed,
        seen_at: sample.seen_at,
    })
}

fn properties(number: u16, seen_at: i64, failed: bool) -> SubjectProperties {
    SubjectProperties {
        properties: samples::property_map(number),
        failed,
        seen_at: samples::at(seen_at),
    }
}
