//! A folder's site enters, with so many rows of each kind that the console shows; some of their ids leave.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use anyrole_domain::Change;
use anyrole_domain::enrolment::{JoinToken, NamePolicy};
use anyrole_domain::managed_policies::{CreatePolicy, create_policy};
use anyrole_domain::subjects::Sighting;
use jiff::SignedDuration;

use super::authority::{authority, record};
use super::leaves::{Issuer, Kind};
use super::site::{self, Arns, BenchSite, refused};

/// Changes, sightings and records in one write.
const GROUP: usize = 500;
/// Every so manieth role lets no certificate in: the form of a profile has to look through all roles for a page of them.
const SHUT_EVERY: usize = 250;
/// Private authorities; certificates are the first one's, as many as rows.
const AUTHORITIES: usize = 100;
/// A name that is not taken by copies.
const POLICY: &str = "reads-all";

/// What pages of their own show.
pub struct Filled {
    pub anchor_id: String,
    pub profile_id: String,
    pub role_name: String,
    pub policy_arn: String,
    pub subject_id: String,
    pub authority_id: String,
    /// Hexadecimal digits.
    pub serial: String,
}

/// Fills an account.
pub async fn fill(opened: &BenchSite, data: &Path, rows: usize) -> Result<Filled> {
    let issuer = Issuer::new(Kind::P256)?;
    let arns = site::configure(&opened.site, issuer.pem()?).await?;
    let leaf = issuer.leaf(0, &arns, "localhost")?;
    let role_name = put_copies(opened, &arns, rows).await?;
    let subject_id = record_subjects(opened, &arns, leaf.der(), rows).await?;
    let (authority_id, serial) = put_authorities(opened, data, leaf.der(), rows).await?;
    put_tokens(opened, &authority_id, rows).await?;
    let last = |arn: &str| arn.rsplit('/').next().map(str::to_owned);
    Ok(Filled {
        anchor_id: last(&arns.trust_anchor).context("an id")?,
        profile_id: last(&arns.profile).context("an id")?,
        role_name,
        policy_arn: opened.site.account().policy_arn("/", POLICY),
        subject_id,
        authority_id,
        serial,
    })
}

/// Copies of one trust anchor, profile, role and policy under other ids and names; the name of the role in whose place they are.
async fn put_copies(opened: &BenchSite, arns: &Arns, rows: usize) -> Result<String> {
    let site = &opened.site;
    let policy = CreatePolicy {
        name: POLICY.to_owned(),
        document: site::SESSION_POLICY.to_owned(),
        ..CreatePolicy::default()
    };
    let call = site::root_call(site);
    let made = create_policy(site, &call, policy).await;
    let policy = made.map_err(refused)?.row;
    let snapshot = site.directory.read_full();
    let role = snapshot.role(&arns.role).context("role")?;
    let mut changes = site::copies(site, arns, rows)?;
    for number in 1..rows {
        let mut policy = (*policy).clone();
        policy.id = format!("ANPA{number:017}");
        policy.name = format!("policy-{number}");
        policy.arn = site.account().policy_arn("/", &policy.name);
        changes.push(Change::PutManagedPolicy(Arc::new(policy)));
        let mut role = (*role.row).clone();
        role.id = format!("AROA{number:017}");
        role.name = format!("app-{number}");
        role.arn = site.account().role_arn("/", &role.name);
        if number % SHUT_EVERY == 0 {
            role.assume_role_policy = role
                .assume_role_policy
                .replace("sts:TagSession", "sts:AssumeRoleWithSAML");
        }
        changes.push(Change::PutRole(Arc::new(role)));
    }
    write(opened, changes).await?;
    Ok(role.row.name.clone())
}

/// Writes changes in pieces.
async fn write(opened: &BenchSite, mut changes: Vec<Change>) -> Result<()> {
    while !changes.is_empty() {
        let rest = changes.split_off(changes.len().min(GROUP));
        let group = std::mem::replace(&mut changes, rest);
        let write = opened.site.directory.write(|_| Ok((group, ())));
        write.await.map_err(refused)?;
    }
    Ok(())
}

/// Subjects that were seen with this certificate; the id of one.
async fn record_subjects(
    opened: &BenchSite,
    arns: &Arns,
    certificate: &[u8],
    rows: usize,
) -> Result<String> {
    let now = opened.site.clock.now();
    let id = |number: usize| format!("{number:08x}-0000-5000-8000-000000000000");
    let sightings: Vec<Sighting> = (0..rows)
        .map(|number| {
            let mut sha256 = [0; 32];
            for (byte, digit) in sha256.iter_mut().zip(number.to_be_bytes()) {
                *byte = digit;
            }
            Sighting {
                account: opened.site.account().id.clone(),
                subject_id: id(number),
                x509_subject: format!("CN=host{number},OU=Operations,O=Example"),
                issuer: "CN=Benchmark CA".to_owned(),
                serial: format!("{number:032x}"),
                certificate: certificate.to_vec(),
                certificate_sha256: sha256,
                not_after: now + SignedDuration::from_hours(24),
                trust_anchor_arn: arns.trust_anchor.clone(),
                seen_at: now,
                failed: false,
                properties: Vec::new(),
            }
        })
        .collect();
    for group in sightings.chunks(GROUP) {
        opened.store.record_sightings(group).await?;
    }
    Ok(id(0))
}

/// Authorities, and certificates of one; its id, and a serial number.
async fn put_authorities(
    opened: &BenchSite,
    data: &Path,
    certificate: &[u8],
    rows: usize,
) -> Result<(String, String)> {
    let mut puts = Vec::new();
    let id = |number: usize| format!("{number:08x}-2222-4333-8444-555555555555");
    for number in 0..AUTHORITIES {
        let row = authority(opened, data, &id(number))?;
        puts.push(Change::PutCertificateAuthority(Arc::new(row)));
    }
    write(opened, puts).await?;
    let (account, issuer) = (&opened.site.account().id, id(0));
    let mut records = Vec::new();
    for _ in 0..rows {
        records.push(record(account, &issuer, certificate.into()));
    }
    for group in records.chunks(GROUP) {
        opened.store.record_issued(group).await?;
    }
    let serial = records.first().context("a certificate")?.row.serial;
    Ok((issuer, format!("{:032x}", u128::from_be_bytes(serial))))
}

async fn put_tokens(opened: &BenchSite, authority_id: &str, rows: usize) -> Result<()> {
    let (account, now) = (opened.site.account(), opened.site.clock.now());
    let policy = NamePolicy::parse("CN=web-*,OU=ops", Vec::new()).map_err(refused)?;
    for number in 0..rows {
        let token = JoinToken {
            account: account.id.clone(),
            id: format!("{number:016x}"),
            secret_sha256: [7; 32],
            authority_arn: account.certificate_authority_arn(authority_id),
            policy: policy.clone(),
            certificate_seconds: 86400,
            created_at: now,
            created_by: "arn:aws:iam::000000000000:root".to_owned(),
            expires_at: now + SignedDuration::from_hours(24),
            max_uses: 1,
            uses: 0,
            description: "a machine".to_owned(),
        };
        opened.store.put_join_token(&token, now).await?;
    }
    Ok(())
}
