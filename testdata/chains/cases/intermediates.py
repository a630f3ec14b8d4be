"""Rules for a CA between leaf and anchor (RFC 5280 section 6.1.4)."""

from authority import *

from .case import case


def make():
    base = root()

    def row(name, what, expect, *, differs="", **given):
        middle = ca("Intermediate", base, **given)
        case(f"intermediate-{name}", what, expect, base, leaf(middle), [middle], differs=differs)

    row("sound", "A CA as it should be.", "ok")
    row("v1", "X.509 v1: no extensions.", "intermediate-version", version=1)
    row("not-ca", "Basic constraints say no CA.", "intermediate-not-ca", drop=["bc"],
        more=[basic_constraints(ca=False)])
    row("without-basic-constraints", "No basic constraints.", "intermediate-not-ca", drop=["bc"])
    row("basic-constraints-not-critical", "Basic constraints, not critical.", "ok", drop=["bc"],
        more=[basic_constraints(critical=False)])
    row("without-key-usage", "No key usage.", "ok", drop=["ku"])
    row("crl-sign-only", "Key usage cRLSign alone.", "intermediate-no-cert-sign", drop=["ku"], more=[key_usage("cRLSign")])
    row("client-auth", "Extended key usage clientAuth.", "ok", more=[extended_key_usage("clientAuth")])
    row("any-extended-key-usage", "anyExtendedKeyUsage alone.", "ok", more=[extended_key_usage("any")],
        differs="openssl wants clientAuth itself")
    row("server-auth", "Extended key usage serverAuth alone.", "intermediate-extended-key-usage",
        more=[extended_key_usage("serverAuth")])
    row("signed-with-ecdsa-sha1", "Signed over SHA-1.", "intermediate-weak-signature", signature="ecdsa-sha1")
    row("key-rsa1024", "An RSA key of 1024 bits.", "intermediate-weak-key", own_key=key("rsa1024"))
    row("key-secp256k1", "An EC key on secp256k1.", "intermediate-unsupported-key", own_key=key("k256"),
        differs="AWS takes RSA, EC and ML-DSA alone")
    row("empty-subject", "No subject.", "intermediate-empty-subject", subject_der=name(),
        differs="RFC 5280 section 4.1.2.6 forbids it, openssl asks under -x509_strict only")
    unasked = "openssl does not ask about serial numbers"
    row("serial-0", "Serial number 0.", "intermediate-serial", serial=0, differs=unasked)
    row("serial-negative", "Serial number -5.", "intermediate-serial", serial=-5, differs=unasked)
    row("serial-21-octets", "A serial number of 21 octets.", "intermediate-serial", serial=2**160, differs=unasked)
    row("unknown-critical", "A critical extension that nobody knows.", "intermediate-unknown-critical-extension",
        more=[extension("1.2.3.4.5", True, NULL)])
    row("extension-twice", "Basic constraints twice.", "certificate-malformed", more=[basic_constraints()])
    row("expired", "notAfter has passed.", "intermediate-expired", end=at("2030-06-15T11:59:59Z"))
    row("not-yet-valid", "notBefore lies ahead.", "intermediate-not-yet-valid", start=at("2030-06-15T12:00:01Z"))
    row("broken-signature", "The last bit of the signature is another.", "chain-signature-invalid", broken=True)
    row("two-algorithms", "One algorithm inside, another one beside the signature.", "certificate-malformed",
        inner="ecdsa-sha384")

    edwards = ca("Ed25519", base, own_key=key("ed25519"))
    below = ca("Below", edwards)
    case("intermediate-signed-by-ed25519", "A CA signed with Ed25519.", "intermediate-unsupported-signature", base, leaf(below),
         [below, edwards], differs="AWS takes RSA, EC and ML-DSA alone")
    person = leaf(base, "person")
    case("intermediate-is-a-leaf", "A leaf that signed a leaf.", "intermediate-not-ca", base, leaf(person), [person])
    broken = ca("Broken", base)
    case("intermediate-not-der", "Octets that are no DER in the chain.", "certificate-malformed", base, leaf(broken),
         [b"nothing of the kind"])
