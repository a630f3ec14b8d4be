"""The trust anchor: which certificates may be one, and what it is then."""

from authority import *

from .case import case


def make():
    def row(name, what, expect, *, differs="", **given):
        top = root(**given)
        case(f"anchor-{name}", what, expect, top, leaf(top), differs=differs)

    trusted = "openssl asks nothing of a certificate that it is told to trust; AWS does when the anchor is made"
    row("v1", "X.509 v1: no extensions.", "anchor-version", version=1, differs=trusted)
    row("not-ca", "Basic constraints say no CA.", "anchor-not-ca", drop=["bc"], more=[basic_constraints(ca=False)])
    row("without-basic-constraints", "No basic constraints.", "anchor-not-ca", drop=["bc"], differs=trusted)
    row("basic-constraints-not-critical", "Basic constraints, not critical.", "ok", drop=["bc"],
        more=[basic_constraints(critical=False)])
    row("without-key-usage", "No key usage.", "anchor-no-cert-sign", drop=["ku"], differs=trusted)
    row("crl-sign-only", "Key usage cRLSign alone.", "anchor-no-cert-sign", drop=["ku"], more=[key_usage("cRLSign")])
    row("cert-sign-only", "Key usage keyCertSign alone.", "ok", drop=["ku"], more=[key_usage("keyCertSign")])
    row("server-auth", "Extended key usage serverAuth alone.", "ok", more=[extended_key_usage("serverAuth")],
        differs="RFC 5280 section 6.1 takes name and key from an anchor, openssl its extended key usage too")
    row("signed-with-ecdsa-sha1", "Signed over SHA-1 by itself.", "anchor-weak-signature", signature="ecdsa-sha1",
        differs=trusted)
    row("signed-with-rsa-md5", "Signed over MD5 by itself.", "anchor-weak-signature", signature="rsa-md5",
        own_key=key("rsa2048"), differs=trusted)
    row("key-rsa1024", "An RSA key of 1024 bits.", "anchor-weak-key", own_key=key("rsa1024"))
    row("key-secp256k1", "An EC key on secp256k1.", "anchor-unsupported-key", own_key=key("k256"),
        differs="AWS takes RSA, EC and ML-DSA alone")
    row("ed25519", "Signed with Ed25519 by itself.", "anchor-unsupported-signature", own_key=key("ed25519"),
        differs="AWS takes RSA, EC and ML-DSA alone")
    row("empty-subject", "No subject.", "anchor-empty-subject", subject_der=name(),
        differs=trusted)
    row("unknown-critical", "A critical extension that nobody knows.", "anchor-unknown-critical-extension",
        more=[extension("1.2.3.4.5", True, NULL)])
    row("serial-0", "Serial number 0, as old roots have.", "ok", serial=0)
    row("broken-self-signature", "A self-signature that does not verify, which nobody relies on.", "ok", broken=True)
    row("expired", "notAfter has passed.", "anchor-expired", end=at("2030-06-15T11:59:59Z"))
    row("not-yet-valid", "notBefore lies ahead.", "anchor-not-yet-valid", start=at("2030-06-15T12:00:01Z"))
    row("in-its-last-second", "notAfter is now.", "ok", end=at("2030-06-15T12:00:00Z"),
        differs="RFC 5280 section 4.1.2.5 includes notAfter, openssl ends a second earlier")

    top, other = root(), root("Other")
    one = ca("One", top)
    two = ca("Two", one)
    end = leaf(two)
    case("anchor-intermediate", "An intermediate as the anchor.", "ok", one, end, [two])
    case("anchor-intermediate-and-its-root-sent", "An intermediate as the anchor, its root in the chain.", "ok", one, end,
         [top, two])
    case("anchor-issuing-ca", "The CA that issued the leaf as the anchor, with nothing sent.", "ok", two, end)
    case("anchor-below-expired-root", "An intermediate as the anchor; that its root has expired is nothing to it.", "ok",
         (young := ca("Young", root("Old", end=at("2030-02-01T00:00:00Z")))), leaf(young))
    case("anchor-of-another", "The anchor is another CA.", "untrusted", other, end, [two, one])
    case("anchor-namesake", "The anchor has the issuer's name and another key.", "key-identifier", root(), leaf(top))
    case("anchor-namesake-without-identifiers", "The same without key identifiers.", "chain-signature-invalid", root(),
         leaf(top, drop=["aki"]))
    case("anchors-two-first", "Two certificates in the anchor, the first one issued.", "ok", [top, other], leaf(top))
    case("anchors-two-second", "Two certificates in the anchor, the second one issued.", "ok", [other, top], leaf(top))
    case("anchors-five", "Five certificates in the anchor.", "ok", [root(f"R{n}") for n in range(4)] + [top], end, [two, one])
    shared = key()
    old = root(own_key=shared, end=at("2030-02-01T00:00:00Z"))
    new = root(own_key=shared)
    case("anchors-renewed", "A root that was renewed with its key, the expired one first.", "ok", [old, new], leaf(new))
    case("anchors-renewed-after", "The same, the expired one last.", "ok", [new, old], leaf(new))
    case("anchors-rekeyed", "A root that was renewed with another key, the other one first.", "ok", [root(), top], leaf(top))
    case("anchors-root-and-intermediate", "A root and its intermediate in one anchor.", "ok", [top, one], end, [two])
    case("anchors-one-unfit", "A good root and one that is no CA.", "anchor-not-ca", [top, leaf(top)], leaf(top),
         differs=trusted)
    case("anchor-empty", "Text without a certificate.", "anchor-empty", ["no certificate\n"], leaf(top))
    case("anchor-with-a-key", "A private key beside the certificate.", "anchor-not-a-certificate",
         [top, top.key.path.read_text()], leaf(top), differs="a key in an anchor was pasted by mistake: it must not be stored")
    case("anchor-cut-off", "A certificate without its last octet.", "anchor-malformed",
         [type("Cut", (), {"der": top.der[:-1]})], leaf(top))
