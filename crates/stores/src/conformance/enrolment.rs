//! Join tokens, and claims that are counted once however many servers ask.

use anyrole_domain::enrolment::{
    CertificateLine, Claim, DecidedNames, Decision, EnrolledCertificate, EnrolmentStore as _,
    FinishedClaim, JoinToken, NamePolicy, Right,
};
use anyrole_domain::ports::Store as _;

use jiff::Timestamp;

use super::samples::{self, ACCOUNT};
use super::{Engine, Failure, same};

const NEVER: i64 = 1_000_000;

/// Seconds after a day in 2023.
fn at(seconds: i64) -> Timestamp {
    samples::at(seconds * 1_000_000)
}

fn token(id: &str, max_uses: u32) -> Result<JoinToken, Failure> {
    let policy = NamePolicy::parse("CN=web-*,OU=ops", vec!["*.example.org".to_owned()]);
    Ok(JoinToken {
        account: samples::account_id(ACCOUNT)?,
        id: id.to_owned(),
        secret_sha256: [7; 32],
        authority_arn: "arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/1".to_owned(),
        policy: policy.map_err(|refusal| Failure(refusal.to_string()))?,
        certificate_seconds: 86_400,
        created_at: at(10),
        created_by: "arn:aws:iam::000000000000:root".to_owned(),
        expires_at: at(100),
        max_uses,
        uses: 0,
        description: "for the tests".to_owned(),
    })
}

fn claim(right: &Right, key: u8, proved_at: i64, now: i64) -> Result<Claim, Failure> {
    Ok(Claim {
        account: samples::account_id(ACCOUNT)?,
        right: right.clone(),
        key_sha256: [key; 32],
        proved_at: at(proved_at),
        now: at(now),
    })
}

fn issued(number: u8) -> EnrolledCertificate {
    EnrolledCertificate {
        line: CertificateLine {
            authority_arn: "arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/1"
                .to_owned(),
            names: DecidedNames {
                attributes: vec![("CN".to_owned(), format!("web-{number}"))],
                names: Vec::new(),
            },
            certificate_seconds: 86_400,
            token_id: "one".to_owned(),
        },
        der: vec![number; 100],
    }
}

fn finished(claim: &Claim, number: u8, forget_at: i64) -> FinishedClaim {
    FinishedClaim {
        claim: claim.clone(),
        issued: issued(number),
        certificate_sha256: [number; 32],
        forget_at: at(forget_at),
    }
}

pub(super) async fn keeps_tokens(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &samples::rows()?).await?;
    let account = samples::account_id(ACCOUNT)?;
    let (one, two) = (token("one", 1)?, token("two", 2)?);
    for token in [&two, &one] {
        store.put_join_token(token, at(0)).await?;
    }
    let read = store.read_join_token(&account, "one").await?;
    same("read", &read, &Some(one.clone()))?;
    let all = store.list_join_tokens(&account, "", 10).await?;
    same("in order of ids", &all, &vec![one.clone(), two.clone()])?;
    let page = store.list_join_tokens(&account, "one", 1).await?;
    same("after", &page, &vec![two.clone()])?;
    let deleted = store.delete_join_token(&account, "one").await?;
    let again = store.delete_join_token(&account, "one").await?;
    same("deleted once", &(deleted, again), &(true, false))?;
    let mut later = token("late", 1)?;
    later.expires_at = at(300);
    store.put_join_token(&later, at(200)).await?;
    let left = store.list_join_tokens(&account, "", 10).await?;
    same("those that ended are forgotten", &left, &vec![later])?;
    // No decision reads them: no version.
    same("version", &store.load().await?.version, &1)
}

pub(super) async fn counts_uses(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &samples::rows()?).await?;
    let account = samples::account_id(ACCOUNT)?;
    let right = Right::Token("one".to_owned());
    let first = claim(&right, 1, 20, 20)?;
    same(
        "no token",
        &store.claim_enrolment(&first).await?,
        &Decision::Gone,
    )?;
    store.put_join_token(&token("one", 2)?, at(0)).await?;
    same(
        "the first key",
        &store.claim_enrolment(&first).await?,
        &Decision::Begin,
    )?;
    same(
        "again",
        &store.claim_enrolment(&first).await?,
        &Decision::Replayed,
    )?;
    let retry = claim(&right, 1, 21, 21)?;
    same(
        "at once",
        &store.claim_enrolment(&retry).await?,
        &Decision::Busy,
    )?;
    let second = claim(&right, 2, 20, 20)?;
    same(
        "another key",
        &store.claim_enrolment(&second).await?,
        &Decision::Begin,
    )?;
    let third = claim(&right, 3, 20, 20)?;
    same(
        "a third key",
        &store.claim_enrolment(&third).await?,
        &Decision::UsedUp,
    )?;
    store.release_enrolment(&second).await?;
    store.release_enrolment(&second).await?;
    same(
        "given back",
        &store.claim_enrolment(&third).await?,
        &Decision::Begin,
    )?;
    store.finish_enrolment(&finished(&first, 1, NEVER)).await?;
    store.finish_enrolment(&finished(&third, 3, NEVER)).await?;
    // Nothing of what is finished is given back.
    store.release_enrolment(&third).await?;
    let uses = store.read_join_token(&account, "one").await?;
    same("uses", &uses.map(|token| token.uses), &Some(2))?;
    let lost = claim(&right, 1, 22, 22)?;
    let again = Decision::Again(Box::new(issued(1)));
    same(
        "a lost answer",
        &store.claim_enrolment(&lost).await?,
        &again,
    )?;
    same(
        "replayed",
        &store.claim_enrolment(&lost).await?,
        &Decision::Replayed,
    )?;
    let found = store.read_enrolled(&account, &[3; 32]).await?;
    same("by its hash", &found, &Some(issued(3)))?;
    let none = store.read_enrolled(&account, &[4; 32]).await?;
    same("none", &none, &None)
}

pub(super) async fn renews_once(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &samples::rows()?).await?;
    let account = samples::account_id(ACCOUNT)?;
    store.put_join_token(&token("one", 1)?, at(0)).await?;
    let first = claim(&Right::Token("one".to_owned()), 1, 20, 20)?;
    store.claim_enrolment(&first).await?;
    store.finish_enrolment(&finished(&first, 1, 400)).await?;
    let right = Right::Certificate([1; 32]);
    let unknown = claim(&Right::Certificate([9; 32]), 1, 30, 30)?;
    same(
        "unknown",
        &store.claim_enrolment(&unknown).await?,
        &Decision::Gone,
    )?;
    let renewal = claim(&right, 1, 30, 30)?;
    same(
        "once",
        &store.claim_enrolment(&renewal).await?,
        &Decision::Begin,
    )?;
    let other = claim(&right, 2, 31, 31)?;
    same(
        "by another key",
        &store.claim_enrolment(&other).await?,
        &Decision::UsedUp,
    )?;
    let resumed = claim(&right, 1, 70, 70)?;
    same(
        "who began is gone",
        &store.claim_enrolment(&resumed).await?,
        &Decision::Resume,
    )?;
    // Who began comes back: the claim is another's.
    store
        .finish_enrolment(&finished(&renewal, 5, NEVER))
        .await?;
    store.release_enrolment(&renewal).await?;
    let none = store.read_enrolled(&account, &[5; 32]).await?;
    same("too late", &none, &None)?;
    store
        .finish_enrolment(&finished(&resumed, 6, NEVER))
        .await?;
    let found = store.read_enrolled(&account, &[6; 32]).await?;
    same("the next one", &found, &Some(issued(6)))?;
    // Its time is over, as the next one that is kept says.
    let next = claim(&Right::Certificate([6; 32]), 1, 500, 500)?;
    store.claim_enrolment(&next).await?;
    store.finish_enrolment(&finished(&next, 7, NEVER)).await?;
    let forgotten = store.read_enrolled(&account, &[1; 32]).await?;
    same("forgotten", &forgotten, &None)
}

/// Of four keys that ask at once for a token of one use, one may begin.
pub(super) async fn races(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &samples::rows()?).await?;
    store.put_join_token(&token("one", 1)?, at(0)).await?;
    let right = Right::Token("one".to_owned());
    let claim = |key| claim(&right, key, 20, 20);
    let (one, two, three, four) = (claim(1)?, claim(2)?, claim(3)?, claim(4)?);
    let (one, two, three, four) = tokio::join!(
        store.claim_enrolment(&one),
        store.claim_enrolment(&two),
        store.claim_enrolment(&three),
        store.claim_enrolment(&four),
    );
    let decisions = [one?, two?, three?, four?];
    let of = |wanted: &Decision| decisions.iter().filter(|found| *found == wanted).count();
    same(
        "begun",
        &(of(&Decision::Begin), of(&Decision::UsedUp)),
        &(1, 3),
    )
}
