"""Revocation lists: which are taken, and what they revoke (RFC 5280 sections 5 and 6.3)."""

from authority import *

from .case import case

CRL = RevocationList


def make():
    top = root()
    end = leaf(top, serial=0x5555)

    def row(name, what, expect, *lists, leaf=end, chain=(), **given):
        case(f"crl-{name}", what, expect, given.pop("anchor", top), leaf, chain, lists, **given)

    row("empty", "A list that revokes nothing.", "ok", CRL(top))
    row("others", "A list of other certificates.", "ok", CRL(top, [entry(1), entry(2, 1), entry(0x555555)]))
    row("revoked", "The leaf is on the list.", "certificate-revoked", CRL(top, [entry(1), entry(end), entry(2)]))
    for code, word in ((1, "key-compromise"), (4, "superseded"), (6, "hold")):
        row(f"revoked-{word}", f"The leaf is on the list with the reason {code}.", "certificate-revoked",
            CRL(top, [entry(end, code)]))
    row("revoked-second-list", "Two lists of the CA, the leaf on the second.", "certificate-revoked", CRL(top),
        CRL(top, [entry(end)], number=2), differs="openssl asks one list of each CA, the first of equal age")
    row("revoked-in-the-future", "The date of the entry lies ahead.", "certificate-revoked",
        CRL(top, [entry(end, when=at("2030-12-01T00:00:00Z"))]))
    row("invalidity-date", "An entry with an invalidity date.", "certificate-revoked",
        CRL(top, [entry(end, 1, more=[extension("2.5.29.24", False, tlv(0x18, b"20300401000000Z"))])]))

    middle = ca("Intermediate", top, serial=0x7777)
    below = leaf(middle, serial=0x5555)
    all_of_them = {"leaf": below, "chain": [middle], "options": "-crl_check_all"}
    row("intermediate-revoked", "The intermediate is on the root's list.", "intermediate-revoked",
        CRL(top, [entry(middle)]), CRL(middle), **all_of_them)
    row("intermediate-not-revoked", "Lists of both CAs, nothing of ours on them.", "ok", CRL(top, [entry(9)]), CRL(middle, [entry(9)]),
        **all_of_them)
    row("of-intermediate", "The leaf is on the intermediate's list.", "certificate-revoked", CRL(middle, [entry(below)]),
        leaf=below, chain=[middle])
    row("same-number-other-issuer", "The root's list has the leaf's number, the intermediate issued the leaf.", "ok",
        CRL(top, [entry(below)]), CRL(middle), **all_of_them)
    row("of-root-only", "The root's list alone; the intermediate has none.", "ok", CRL(top, [entry(9)]), leaf=below, chain=[middle],
        options="-crl_check_all", differs="openssl wants a list of every CA, here lists are optional")
    renewed = ca("Intermediate", top, own_key=middle.key, serial=0x8888)
    row("way-around", "One of two certificates of the CA is revoked.", "ok", CRL(top, [entry(middle)]), CRL(middle),
        leaf=below, chain=[middle, renewed], options="-crl_check_all",
        differs="openssl asks about revocation after it has chosen a path, and looks for no other")

    late = "2030-07-02T00:00:00Z"
    row("expired-refuse", "The list has expired, the rule is to refuse.", "revocation-list-expired", CRL(top), at=late,
        rule="refuse")
    row("expired-warn", "The list has expired, the rule is to warn.", "ok", CRL(top), at=late, rule="warn",
        differs="openssl has no such rule")
    row("expired-warn-revoked", "The list has expired and revokes the leaf, the rule is to warn.", "certificate-revoked",
        CRL(top, [entry(end)]), at=late, rule="warn")
    row("expired-and-current", "An expired list and a current one.", "ok", CRL(top),
        CRL(top, number=2, start=at("2030-07-01T00:00:00Z"), end=at("2030-08-01T00:00:00Z")), at=late)
    row("last-second", "The list's last second.", "ok", CRL(top), at="2030-07-01T00:00:00Z",
        differs="its second counts to its end, openssl ends a second earlier")
    row("ahead", "thisUpdate lies ahead.", "ok", CRL(top, start=at("2030-06-20T00:00:00Z")),
        differs="RFC 5280 section 6.3.3 asks about nextUpdate alone")

    stranger, namesake = root("Stranger"), root()
    row("of-a-stranger", "A list of another CA.", "crl-unknown-issuer", CRL(stranger))
    row("of-a-namesake", "A list under the anchor's name by another key.", "crl-signature-invalid",
        CRL(namesake, drop=["aki"]))
    row("broken-signature", "The last bit of the signature is another.", "crl-signature-invalid", CRL(top, broken=True))
    row("signed-with-ecdsa-sha1", "A list signed over SHA-1.", "crl-unsupported-signature", CRL(top, signature="ecdsa-sha1"),
        differs="openssl's levels are not asked about lists")
    plain = root("Plain", drop=["ku"], more=[key_usage("keyCertSign")])
    row("issuer-without-crl-sign", "The anchor may not sign lists.", "crl-issuer-no-crl-sign", CRL(plain), anchor=plain,
        leaf=leaf(plain))
    conforms = "RFC 5280 section 5 asks for it, openssl does without"
    row("without-number", "No CRL number.", "crl-no-number", CRL(top, number=None), differs=conforms)
    row("v1", "A list of version 1.", "crl-version", CRL(top, version=1), differs=conforms)
    row("without-next-update", "No nextUpdate.", "crl-no-next-update", CRL(top, end=None), differs=conforms)
    row("number-negative", "A negative CRL number.", "crl-malformed", CRL(top, number=-1), differs=conforms)
    row("delta", "A delta list.", "crl-delta", CRL(top, number=2, more=[extension("2.5.29.27", True, integer(1))]))
    point = explicit(0, explicit(0, implicit(6, b"http://crl.example/1")))
    row("partitioned", "A list for one distribution point.", "crl-partitioned",
        CRL(top, more=[extension("2.5.29.28", True, seq(point))]))
    row("users-only", "A list of end entities alone.", "crl-partitioned",
        CRL(top, more=[extension("2.5.29.28", True, seq(implicit(1, b"\xff")))]),
        differs="openssl processes the scope of a list, here a partial one is refused")
    row("indirect", "An indirect list.", "crl-indirect", CRL(top, more=[extension("2.5.29.28", True, seq(implicit(4, b"\xff")))]))
    row("unknown-critical", "A critical extension that nobody knows.", "crl-unknown-critical-extension",
        CRL(top, more=[extension("1.2.3.4.5", True, NULL)]))
    row("unknown-critical-in-entry", "A critical extension that nobody knows, in an entry.", "crl-unknown-critical-extension",
        CRL(top, [entry(9, more=[extension("1.2.3.4.5", True, NULL)])]))
    row("unknown", "An extension that nobody knows, not critical.", "ok", CRL(top, more=[extension("1.2.3.4.5", False, NULL)]))
    row("without-authority-key-id", "No authority key identifier.", "ok", CRL(top, drop=["aki"]))
    rsa = root("RSA root", own_key=key("rsa2048"))
    gone = leaf(rsa)
    row("of-an-rsa-root", "A list of an RSA root.", "certificate-revoked", CRL(rsa, [entry(gone)]), anchor=rsa, leaf=gone)
    shared = key()
    old, new = root(own_key=shared, end=at("2030-02-01T00:00:00Z")), root(own_key=shared)
    again = leaf(new)
    row("of-a-renewed-root", "A list of a root that was renewed with its key.", "certificate-revoked", CRL(new, [entry(again)]),
        anchor=[old, new], leaf=again)
