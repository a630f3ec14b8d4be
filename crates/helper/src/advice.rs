//! AWS's error texts say what was refused, not what to do: this adds the usual cause, and the commands that cure it with the
//! names that were asked for filled in. Every command's errors show the cause; `doctor` shows both.
//! Texts: those that are known of AWS, and those of `anyrole server` for what AWS's are not known for.

use anyrole_sdk::{CreateSessionError, Refusal};

use crate::cures::Cures;

/// What helps against a refusal.
struct Cure {
    /// A part of the service's message.
    said: &'static str,
    /// What to look at.
    look: &'static str,
    /// Lines for a shell.
    commands: fn(&Cures<'_>, &Refusal) -> Vec<String>,
}

/// First match wins.
const CURES: [Cure; 19] = [
    Cure {
        said: "Untrusted signing certificate",
        look: "the certificate does not lead to this trust anchor: check --trust-anchor-arn, and give the CA certificates in between with --intermediates",
        commands: |cures, _| cures.compare_with_anchor(),
    },
    Cure {
        said: "Insufficient certificate",
        look: "the certificate must be X.509 v3, not a CA's, and its key usage must include digitalSignature",
        commands: |cures, _| cures.inspect(),
    },
    Cure {
        said: "Certificate revoked",
        look: "have a new certificate issued: a revocation list of the trust anchor names this one, or one above it",
        commands: |cures, _| cures.lists(),
    },
    Cure {
        said: "Certificate revocation list expired",
        look: "the trust anchor's revocation list has ended, and what it does not say is not known: import the present one",
        commands: |cures, _| cures.lists(),
    },
    Cure {
        said: "Certificate expired",
        look: "renew the certificate; if it is valid here, the service's clock is another",
        commands: |cures, _| cures.inspect(),
    },
    Cure {
        said: "Certificate not yet valid",
        look: "wait until it is valid, or set the clock of the authority that issued it right",
        commands: |cures, _| cures.inspect(),
    },
    Cure {
        said: "Invalid certificate",
        look: "the service can't read the certificate, or one of those above it",
        commands: |cures, _| cures.inspect(),
    },
    Cure {
        said: "Too many certificates in chain",
        look: "give the certificate's own intermediates only, at most 5, with --intermediates",
        commands: |cures, _| cures.inspect(),
    },
    Cure {
        said: "Invalid signature",
        look: "check that this machine's clock is right to within 5 minutes; next, whether a proxy in between changes requests, and whether the region is the endpoint's own",
        commands: |_, _| Cures::clock(),
    },
    Cure {
        said: "Not authorized to set roleSessionName",
        look: "leave --role-session-name out, or set acceptRoleSessionName on the profile",
        commands: |cures, _| cures.accept_session_name(),
    },
    Cure {
        said: "Requested Role isn't one of those listed in the Profile",
        look: "add the role to the profile's roleArns, or check --role-arn; update-profile replaces the whole list: name the roles that the first command prints, too",
        commands: |cures, _| cures.list_role(),
    },
    Cure {
        said: "Specified Trust Anchor wasn't found",
        look: "check --trust-anchor-arn, its region and --endpoint",
        commands: |cures, _| cures.anchors(),
    },
    Cure {
        said: "Specified Trust Anchor is disabled",
        look: "enable the trust anchor",
        commands: |cures, _| cures.enable_anchor(),
    },
    Cure {
        said: "Invalid or empty profile provided",
        look: "check --profile-arn, its region and --endpoint; the profile must be of the trust anchor's account and region, and hold a role",
        commands: |cures, _| cures.profiles(),
    },
    Cure {
        said: "Specified Profile is disabled",
        look: "enable the profile",
        commands: |cures, _| cures.enable_profile(),
    },
    Cure {
        said: "exceeds the MaxSessionDuration",
        look: "ask for less with --session-duration (the profile's own duration counts, too), or raise the role's MaxSessionDuration",
        commands: |cures, _| cures.raise_duration(),
    },
    Cure {
        said: "failed to be mapped into session tags",
        look: "the named parts of the certificate hold characters that no session tag may, or too many of them: have it issued with others, or take their mapping off the profile",
        commands: |cures, refusal| cures.unmap(&refusal.message),
    },
    Cure {
        said: "Unable to assume role",
        look: "the role's trust policy must allow rolesanywhere.amazonaws.com to sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity, under conditions that this certificate meets",
        commands: |cures, _| cures.trust(),
    },
    Cure {
        said: "Access Denied",
        look: "a policy in between, such as that of a VPC endpoint, refuses rolesanywhere:CreateSession",
        commands: |_, _| Vec::new(),
    },
];

/// What to look at, and the lines that cure it.
pub(crate) struct Advice {
    pub(crate) look: &'static str,
    pub(crate) commands: Vec<String>,
}

/// What helps against the error, as far as it is known.
pub(crate) fn advise(error: &CreateSessionError, cures: &Cures<'_>) -> Option<Advice> {
    let (look, commands) = match error {
        CreateSessionError::Refused(refusal) => {
            let known = CURES
                .iter()
                .find(|cure| refusal.message.contains(cure.said));
            let (look, mut commands) = match known {
                Some(cure) => (cure.look, (cure.commands)(cures, refusal)),
                None => (by_status(refusal)?, Vec::new()),
            };
            commands.extend(cures.explain(refusal));
            (look, commands)
        }
        CreateSessionError::Transport {
            untrusted_server: true,
            ..
        } => (
            "give the CA of the service's TLS certificate with --ca-bundle FILE (or AWS_CA_BUNDLE)",
            Vec::new(),
        ),
        CreateSessionError::Transport { .. } => {
            ("check --endpoint, --region and the network", cures.reach())
        }
        CreateSessionError::UnreadableAnswer { .. } => (
            "what answers at the endpoint is not the service, or a proxy changes its answers: check --endpoint",
            cures.reach(),
        ),
        _ => return None,
    };
    Some(Advice { look, commands })
}

fn by_status(refusal: &Refusal) -> Option<&'static str> {
    match (refusal.status, &*refusal.code) {
        (429, _) | (_, "ThrottlingException") => Some(
            "the service is asked too often: let calls share a session (`anyrole credential-process` keeps one, `anyrole serve` has one for all)",
        ),
        (400, "ValidationException") => Some(
            "a value has a form that the service does not take: check the ARNs, --session-duration and --role-session-name",
        ),
        (404, _) => Some(
            "the service does not know what is asked for, or the endpoint is not of Roles Anywhere: check the ARNs, --region and --endpoint",
        ),
        (500.., _) => Some("the service itself failed: try again later"),
        _ => None,
    }
}

/// A line to append to the error, or nothing.
pub(crate) fn hint(error: &CreateSessionError) -> String {
    let advice = advise(error, &Cures::default());
    advice.map_or_else(String::new, |advice| format!("\nhint: {}", advice.look))
}

#[cfg(test)]
#[path = "advice_tests.rs"]
mod tests;
