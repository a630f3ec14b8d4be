//! One private CA: its status, certificate, chain and request, how it says what it has revoked, and what can be done to it now.

use anyrole_domain::certificate_authorities::{
    AuthorityEntry, AuthorityKind, AuthorityStatus, describe_authority, list_authority_tags,
    read_csr,
};
use anyrole_domain::{PageRequest, Refusal, Tag};
use anyrole_x509::Certificate;
use askama::Template;
use jiff::Timestamp;

use super::install::template_of;
use super::list::state;
use super::{
    TypedValidity, arn_of, layout, name_of, path_of, shown_name, signing_algorithm, template_arn,
};
use crate::choices::{self, Choices, Pick};
use crate::resources::Shown;
use crate::trust_anchors::CertificateView;
use crate::{Command, Layout, Outcome, Reply, Visit};

/// More tags than an authority has.
const MOST_TAGS: usize = 100;

#[derive(Template)]
#[template(path = "authorities/detail.html")]
struct DetailPage {
    layout: Layout,
    problem: Option<Refusal>,
    arn: String,
    id: String,
    of_page: String,
    subject: String,
    kind: &'static str,
    state: (&'static str, &'static str),
    is_root: bool,
    status: AuthorityStatus,
    key: String,
    signs: String,
    usage_mode: &'static str,
    created_at: Timestamp,
    restorable_until: Option<Timestamp>,
    certificate: Option<CertificateView>,
    pem: Option<String>,
    chain: Option<String>,
    csr: Option<String>,
    crl: String,
    ocsp: String,
    /// Of a subordinate that waits for its certificate.
    issuers: Option<Shown<Choices>>,
    issuer: Pick,
    tags: Shown<Vec<Tag>>,
    tag_key: String,
    tag_value: String,
    validity: TypedValidity,
    typed_certificate: String,
    typed_chain: String,
}

impl DetailPage {
    fn waits(&self) -> bool {
        self.status == AuthorityStatus::PendingCertificate
    }

    fn is_active(&self) -> bool {
        self.status == AuthorityStatus::Active
    }

    fn is_disabled(&self) -> bool {
        self.status == AuthorityStatus::Disabled
    }

    fn is_deleted(&self) -> bool {
        self.status == AuthorityStatus::Deleted
    }
}

pub(super) fn serve(visit: &Visit<'_>, id: &str) -> Outcome {
    Reply::page(page(visit, id, None)?)
}

/// The page with what was refused.
pub(super) fn refused(visit: &Visit<'_>, id: &str, refusal: Refusal) -> Outcome {
    match page(visit, id, Some(refusal.clone())) {
        Ok(page) => Reply::refused_form(page, refusal),
        Err(_) => Err(refusal),
    }
}

fn page(visit: &Visit<'_>, id: &str, problem: Option<Refusal>) -> Result<DetailPage, Refusal> {
    let arn = arn_of(visit, id);
    let entry = describe_authority(visit.site, visit.call, &arn)?;
    let row = &entry.row;
    let own = entry.certificate.as_ref();
    let status = entry.status(visit.now());
    let waits = status == AuthorityStatus::PendingCertificate;
    let is_root = row.kind == AuthorityKind::Root;
    let issuer = Pick::read(&visit.form, "issuer");
    Ok(DetailPage {
        layout: layout(visit, name_of(&entry)).same_by_all(commands(visit, &entry)),
        problem,
        id: row.id.clone(),
        of_page: path_of(&row.id),
        subject: shown_name(&row.configuration.subject),
        kind: row.kind.as_str(),
        state: state(status),
        is_root,
        status,
        key: format!("{:?}", row.configuration.key_algorithm),
        signs: format!("{:?}", row.configuration.signing_algorithm),
        usage_mode: row.usage_mode.as_str(),
        created_at: row.created_at,
        restorable_until: row.restorable_until,
        certificate: own.map(|own| CertificateView::of_any(own, visit.now())),
        pem: own.map(Certificate::render_pem),
        chain: row.certificate_chain.clone(),
        // Who may see the authority and not its request sees the rest.
        csr: read_csr(visit.site, visit.call, &arn).ok(),
        crl: crl(visit, &entry),
        ocsp: ocsp(visit, &entry),
        issuers: (waits && !is_root).then(|| choices::issuing_authorities(visit, &issuer)),
        issuer,
        tags: list_authority_tags(visit.site, visit.call, &arn, &first(MOST_TAGS))
            .map(|page| page.items),
        tag_key: visit.form.text("tag-key").to_owned(),
        tag_value: visit.form.text("tag-value").to_owned(),
        validity: TypedValidity::of(&visit.form, ("10", "YEARS")),
        typed_certificate: visit.form.text("certificate").to_owned(),
        typed_chain: visit.form.text("chain").to_owned(),
        arn,
    })
}

/// The commands of the page: it is read, and what can be done to the authority now is done.
fn commands(visit: &Visit<'_>, entry: &AuthorityEntry) -> Vec<Command> {
    let arn = &entry.row.arn;
    let of = |operation| {
        let command = Command::aws(visit, "acm-pca", operation);
        command.flag("--certificate-authority-arn", arn)
    };
    let mut commands = vec![of("describe-certificate-authority")];
    let set = |status| of("update-certificate-authority").flag("--status", status);
    match entry.status(visit.now()) {
        AuthorityStatus::Active => commands.push(set("DISABLED")),
        AuthorityStatus::Disabled => commands.push(set("ACTIVE")),
        AuthorityStatus::Expired => {}
        AuthorityStatus::Deleted => {
            commands.push(of("restore-certificate-authority"));
            return commands;
        }
        AuthorityStatus::PendingCertificate => {
            let signs_itself = entry.row.kind == AuthorityKind::Root;
            let algorithm = signing_algorithm(entry);
            let issuer = if signs_itself { arn } else { "ISSUER_ARN" };
            let issue = Command::aws(visit, "acm-pca", "issue-certificate")
                .flag("--certificate-authority-arn", issuer)
                .binary_file("--csr", "request.csr")
                .flag("--signing-algorithm", format!("{algorithm:?}"))
                .flag("--template-arn", template_arn(visit, template_of(entry)))
                .flag("--validity", "Value=10,Type=YEARS");
            let import = of("import-certificate-authority-certificate")
                .binary_file("--certificate", "certificate.pem");
            commands.extend([
                of("get-certificate-authority-csr").flag("--output", "text"),
                issue,
                match signs_itself {
                    true => import,
                    false => import.binary_file("--certificate-chain", "chain.pem"),
                },
            ]);
        }
    }
    commands.push(of("tag-certificate-authority").flag("--tags", "Key=KEY,Value=VALUE"));
    commands.push(of("untag-certificate-authority").flag("--tags", "Key=KEY"));
    commands
}

fn first(size: usize) -> PageRequest {
    PageRequest {
        after: String::new(),
        size,
    }
}

/// Where the list is, in words.
fn crl(visit: &Visit<'_>, entry: &AuthorityEntry) -> String {
    let lists = entry.row.revocation.crl_configuration.as_ref();
    let Some(lists) = lists.filter(|lists| lists.enabled) else {
        return "Certificates name no list".to_owned();
    };
    let path = format!("/-/crl/{}.crl", entry.row.id);
    match (&lists.custom_cname, visit.site.public_url()) {
        (Some(host), _) => format!("{host}{path}"),
        (None, Some(url)) => format!("{url}{path}"),
        (None, None) => {
            format!(
                "{path}; certificates do not name it, since the server does not know its own URL"
            )
        }
    }
}

/// Where the responder is, in words.
fn ocsp(visit: &Visit<'_>, entry: &AuthorityEntry) -> String {
    let responder = entry.row.revocation.ocsp_configuration.as_ref();
    let Some(responder) = responder.filter(|responder| responder.enabled) else {
        return "Certificates name no responder".to_owned();
    };
    let path = format!("/-/ocsp/{}", entry.row.id);
    match (&responder.ocsp_custom_cname, visit.site.public_url()) {
        (Some(host), _) => format!("{host}{path}"),
        (None, Some(url)) => format!("{url}{path}"),
        (None, None) => {
            format!(
                "{path}; certificates do not name it, since the server does not know its own URL"
            )
        }
    }
}
