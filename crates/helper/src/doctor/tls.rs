//! The service's TLS: who it says that it is, until when, and whether it is believed, which is what the client itself said.

use anyrole_sdk::{CreateSessionError, Route, ShownTls, TlsRoots};
use anyrole_x509::Certificate;
use jiff::SignedDuration;

use super::Doctor;
use super::finding::{Finding, Group, Of};
use crate::span::span;

const OF: Of = Of(Group::Network);
const CHECK: &str = "tls";
/// What is left then is little for somebody who renews by hand.
const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

pub(super) fn examine(
    doctor: &Doctor<'_>,
    route: &Route,
    shown: Result<ShownTls, String>,
    refused: Option<&CreateSessionError>,
) -> Finding {
    let leaf = shown.as_ref().ok().and_then(read_leaf);
    let said = match &shown {
        Ok(shown) => describe(doctor, shown.version, leaf.as_ref()),
        Err(why) => format!("what the service presents can't be looked at: {why}"),
    };
    let untrusted = refused.filter(|error| {
        matches!(
            error,
            CreateSessionError::Transport {
                untrusted_server: true,
                ..
            }
        )
    });
    if let Some(error) = untrusted {
        return untrusted_server(route, error, &said);
    }
    let roots = match &doctor.settings.tls_roots {
        TlsRoots::System => "the system's roots".to_owned(),
        TlsRoots::Bundle(path) => format!("the roots in `{}`", path.display()),
        TlsRoots::Unverified => {
            return OF
                .warning(CHECK, format!("{said}; it is not checked (--no-verify-ssl)"))
                .look("whoever sits in between can take the credentials: leave --no-verify-ssl out, and give --ca-bundle FILE");
        }
    };
    match (&shown, refused) {
        (Err(_), _) => OF.skipped(CHECK, said),
        (Ok(_), Some(_)) => OF.skipped(CHECK, format!("{said}; the service did not answer")),
        (Ok(_), None) => {
            let said = format!("{said}; trusted by {roots}");
            match leaf.as_ref().map(|leaf| left(doctor, leaf) < SOON) {
                Some(true) => OF
                    .warning(CHECK, said)
                    .look("the service's certificate ends soon: its owner must renew it"),
                _ => OF.ok(CHECK, said),
            }
        }
    }
}

fn left(doctor: &Doctor<'_>, leaf: &Certificate) -> SignedDuration {
    leaf.summary()
        .not_after
        .duration_since(doctor.surroundings.now())
}

fn read_leaf(shown: &ShownTls) -> Option<Certificate> {
    let der = shown.unverified_certificates.first()?;
    Certificate::parse_der(der.clone()).ok()
}

fn describe(doctor: &Doctor<'_>, version: &str, leaf: Option<&Certificate>) -> String {
    let Some(leaf) = leaf else {
        return format!("{version}, with a certificate that can't be read");
    };
    let summary = leaf.summary();
    let plain = |text: String| text.replace(char::is_control, "\u{fffd}");
    let names: Vec<String> = summary
        .subject_alt_names
        .iter()
        .map(|name| plain(name.value.clone()))
        .collect();
    let left = left(doctor, leaf);
    let end = match left.is_negative() {
        true => format!("ended {} ago", span(-left)),
        false => format!("ends in {}", span(left)),
    };
    format!(
        "{version}, with a certificate for {} by `{}` that {end}",
        names.join(", "),
        plain(summary.issuer.to_string())
    )
}

fn untrusted_server(route: &Route, error: &CreateSessionError, said: &str) -> Finding {
    let message = error.to_string();
    let why = message
        .rsplit("invalid peer certificate: ")
        .next()
        .unwrap_or(&message);
    let look = if why.contains("Expired") {
        "the service's certificate has ended, or this machine's clock is wrong"
    } else if why.contains("NotValidForName") {
        "the certificate is of other names: check --endpoint, and whether something answers in the service's place"
    } else {
        "the authority behind the certificate is not among the roots: give its certificate with --ca-bundle FILE (or AWS_CA_BUNDLE), \
         after you have made sure that it is the one"
    };
    let address = format!("{}:{}", route.host, route.port);
    OF.failure(
        CHECK,
        format!("the service's TLS certificate is not trusted: {why}; {said}"),
    )
    .look(look)
    .command([
        "openssl",
        "s_client",
        "-showcerts",
        "-servername",
        &route.host,
        "-connect",
        &address,
    ])
}
