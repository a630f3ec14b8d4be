//! What cures each refusal of CreateSession whatever the request: one sentence for each reason code.

/// The sentence for a reason; `None` for one that has none, or whose cure depends on the request alone.
pub(super) fn fixed(reason: &str) -> Option<&'static str> {
    of_certificate(reason)
        .or_else(|| of_signature(reason))
        .or_else(|| of_resources(reason))
}

fn of_certificate(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "certificate-not-base64" | "certificate-malformed" => {
            "Send each certificate as standard base64 of its DER on one line, the others joined by commas, as the helpers do."
        }
        "certificate-too-large" => "Send certificates of at most 16 KiB each.",
        "too-many-certificates" => {
            "Send at most five certificates beside the leaf: its intermediates, without root and strangers."
        }
        "leaf-version" => "Have the certificate issued anew as X.509 version 3 (with extensions).",
        "leaf-is-ca" => {
            "Use an end-entity certificate: this one says CA:TRUE in its basic constraints."
        }
        "no-digital-signature" => {
            "Have the certificate issued anew with key usage digitalSignature (openssl: keyUsage = critical, digitalSignature; `anyrole certificate create` sets it)."
        }
        "leaf-extended-key-usage" => {
            "Have the certificate issued anew with clientAuth among its extended key usages, or without that extension."
        }
        "leaf-weak-signature" | "intermediate-weak-signature" => {
            "Have the certificate issued anew with a signature over SHA-256 or stronger."
        }
        "leaf-unsupported-signature" | "intermediate-unsupported-signature" => {
            "Have the certificate issued anew by a CA that signs with RSA, ECDSA or ML-DSA."
        }
        "leaf-weak-key" | "intermediate-weak-key" => {
            "Have the certificate issued anew for an RSA key of at least 2048 bits, or an EC key."
        }
        "leaf-unsupported-key" | "intermediate-unsupported-key" => {
            "Have the certificate issued anew for an RSA key up to 8192 bits, an EC key on P-256, P-384 or P-521, or an ML-DSA key."
        }
        "leaf-empty-subject" | "intermediate-empty-subject" => {
            "Have the certificate issued anew with a subject, such as CN=name."
        }
        "leaf-serial" | "intermediate-serial" => {
            "Have the certificate issued anew with a positive serial number of at most 20 octets."
        }
        "leaf-unknown-critical-extension" | "intermediate-unknown-critical-extension" => {
            "Have the certificate issued anew without that critical extension, or with the extension not critical."
        }
        "leaf-expired" => "Renew the certificate.",
        "leaf-not-yet-valid" | "intermediate-not-yet-valid" => {
            "Wait until the certificate is valid, or set the clock right: the server's, or the one of the CA that issued it."
        }
        "intermediate-version"
        | "intermediate-not-ca"
        | "intermediate-no-cert-sign"
        | "intermediate-extended-key-usage" => {
            "Have the intermediate issued anew as a CA certificate: version 3, CA:TRUE, keyCertSign; extended key usages, if any, must include clientAuth."
        }
        "intermediate-expired" => "Renew the intermediate certificate and send the new one along.",
        "anchor-expired" => {
            "Renew the CA certificate and give it to the trust anchor with update-trust-anchor."
        }
        "anchor-not-yet-valid" => {
            "Wait until the trust anchor's certificate is valid, or set the server's clock right."
        }
        "leaf-cert-sign" => {
            "Have the certificate issued anew without keyCertSign in its key usage: that is for authorities."
        }
        "leaf-name-constraints" => {
            "Have the certificate issued anew without name constraints: those are for authorities."
        }
        "intermediate-name-constraints" => {
            "Have the intermediate issued anew with name constraints that can be read."
        }
        "key-identifier" => {
            "Send the intermediates whose key the certificate names (its authority key identifier), or ask through the trust anchor of that key."
        }
        "path-length" => {
            "A CA on the path may not have that many CAs below it: have the leaf issued by one further up, or raise the pathLenConstraint."
        }
        "name-constraint" => {
            "A CA on the path may not issue for these names: have the certificate issued for others, or by another CA."
        }
        "chain-too-complex" => {
            "Send the leaf's own intermediates only: without strangers, duplicates and cross-signed variants."
        }
        "untrusted" | "chain-signature-invalid" => {
            "Have the certificate issued by an authority that the trust anchor holds, or ask through the trust anchor of its issuer."
        }
        "certificate-revoked" => {
            "Have a new certificate issued: the authority has revoked this one. If that was a mistake, import a list without it."
        }
        "intermediate-revoked" => {
            "Have a certificate issued by another authority: the one that issued this one, or one above it, is revoked."
        }
        "revocation-list-expired" => {
            "Import the authority's present revocation list (import-crl, update-crl): the one that is there has expired, and what it does not say is not known. The setting --expired-crl warn accepts old lists."
        }
        "revocation-list-missing" => {
            "Wait until the list is fetched. If it stays away: the server must be allowed to ask its host (--crl-dp-hosts) and reach it, and the list must be its issuer's. The setting --crl-dp-missing allow lets certificates pass without."
        }
        _ => return None,
    })
}

fn of_signature(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "signature-invalid" => {
            "Sign with the private key of the very certificate that is sent, and let nothing between client and server change path, query, body or signed headers."
        }
        "signature-algorithm-mismatch" => {
            "Name the algorithm of the certificate's key: AWS4-X509-RSA-SHA256, AWS4-X509-ECDSA-SHA256 or AWS4-X509-MLDSA."
        }
        "serial-mismatch" => {
            "Put the serial number of the certificate that is sent, in decimal, into the Credential: the client has mixed two certificates."
        }
        "unsigned" => {
            "Sign the request with an AWS4-X509 signature (aws_signing_helper, anyrole credential-process)."
        }
        "several-signatures" => {
            "Send one signature: one Authorization header, and none in the query."
        }
        "signature-version-2" | "signature-version-4a" | "unsupported-algorithm" => {
            "Sign with AWS4-X509-RSA-SHA256, AWS4-X509-ECDSA-SHA256 or AWS4-X509-MLDSA."
        }
        "malformed-authorization" | "missing-date" | "malformed-date" => {
            "Send Authorization (Credential, SignedHeaders, Signature in hex) and X-Amz-Date (YYYYMMDDTHHMMSSZ) as the helpers do."
        }
        "host-not-signed" | "header-not-signed" => {
            "Sign host and every x-amz-* header of the request; let no proxy add such a header."
        }
        "signed-header-absent" => "Let no proxy take signed headers away.",
        "wrong-region" | "wrong-service" => {
            "Sign for this server's region and for the service rolesanywhere (helper: --region)."
        }
        "scope-date-mismatch" => {
            "Sign with one clock: the Credential's day must be the one of X-Amz-Date."
        }
        "request-expired" | "request-not-yet-valid" => {
            "Set the clocks right: client and server may be 5 minutes apart."
        }
        "replayed-request" => {
            "Sign each request anew; this one had been answered before. If the client did not send it twice, somebody else did."
        }
        "replay-cache-full" => {
            "Raise --replay-cache, or ask less often: every request of the last minutes is remembered."
        }
        _ => return None,
    })
}

fn of_resources(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "validation" => {
            "Send the members as the API's model asks for; the text says which one breaks which rule."
        }
        "body-too-large" | "incomplete-body" | "bodies-fill-memory" => {
            "Send a small JSON body, whole."
        }
        "not-implemented" => "CreateSession is POST /sessions, signed by a certificate.",
        "unknown-trust-anchor" => "Ask with the ARN of a trust anchor of this account and region.",
        "disabled-trust-anchor" => "Enable it: aws rolesanywhere enable-trust-anchor.",
        "unknown-profile" => "Ask with the ARN of a profile of this account and region.",
        "disabled-profile" => "Enable it: aws rolesanywhere enable-profile.",
        "role-not-in-profile" => {
            "Add the role to the profile with update-profile --role-arns, or ask with a profile that holds it."
        }
        "session-name-not-accepted" => {
            "Leave the session name out, or let the profile accept names: update-profile --accept-role-session-name."
        }
        "unknown-role" => {
            "Make the role, or ask for one that exists: the profile lists a role that is not there."
        }
        "duration-above-role-maximum" => "Ask for a shorter session.",
        "attributes-not-mappable" => {
            "Have the certificate issued with values that tags can hold (letters, digits, spaces, _.:/=+-@, 256 at most), or delete those mappings from the profile with delete-attribute-mapping."
        }
        "too-many-session-tags" => {
            "Map fewer attributes with put-attribute-mapping: a session has at most 50 tags."
        }
        "trust-policy-does-not-allow" => {
            "The role's trust policy must let rolesanywhere.amazonaws.com do sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity."
        }
        "trust-policy-denies" => {
            "A Deny statement of the role's trust policy is met: change it, or ask with a certificate that does not meet it."
        }
        "packed-policy-too-large" => {
            "Map fewer attributes, or give the profile fewer managed policies."
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_that_a_chain_is_refused_for_has_a_cure() {
        for reason in anyrole_x509::Reason::ALL {
            // Those of CreateTrustAnchor are not CreateSession's.
            let code = reason.code();
            let of_anchors = code.starts_with("anchor-")
                && !code.ends_with("expired")
                && !code.ends_with("not-yet-valid");
            assert!(of_anchors || fixed(code).is_some(), "{code}");
        }
    }
}
