"""Key identifiers (RFC 5280 sections 4.2.1.1 and 4.2.1.2)."""

from authority import *

from .case import case


def make():
    top = root()
    middle = ca("Intermediate", top)

    def row(name, what, expect, end, chain=(), anchor=top, **given):
        case(f"key-identifier-{name}", what, expect, anchor, end, chain, **given)

    row("absent-in-leaf", "The leaf names no key.", "ok", leaf(top, drop=["aki"]))
    bare = root("Bare", drop=["ski"])
    row("absent-in-root", "The root has no identifier.", "ok", leaf(bare), anchor=bare)
    simple = ca("Simple", top, drop=["ski", "aki"])
    row("absent-in-intermediate", "Neither identifier in the intermediate.", "ok", leaf(simple), [simple])
    row("of-another-key", "The leaf names another key than its issuer's, which signed it.", "key-identifier",
        leaf(top, drop=["aki"], more=[authority_key_id(b"\1" * 20)]))
    row("of-another-key-in-intermediate", "The intermediate names another key.", "key-identifier",
        leaf(wrong := ca("Wrong", top, drop=["aki"], more=[authority_key_id(b"\1" * 20)])), [wrong])
    row("short", "Identifiers of four octets.", "ok",
        leaf(short := root("Short", drop=["ski"], more=[subject_key_id(b"abcd")]), drop=["aki"], more=[authority_key_id(b"abcd")]),
        anchor=short)
    row("critical-authority", "A critical authority key identifier.", "leaf-unknown-critical-extension",
        leaf(top, drop=["aki"], more=[authority_key_id(top.identifier, critical=True)]))
    row("critical-subject", "A critical subject key identifier in the intermediate.", "intermediate-unknown-critical-extension",
        leaf(odd := ca("Odd", top, drop=["ski"], more=[subject_key_id(b"\2" * 20, critical=True)]), drop=["aki"]), [odd])
    serial_only = extension("2.5.29.35", False, seq(explicit(1, explicit(4, top.subject)), implicit(2, integer(top.serial)[2:])))
    row("issuer-and-serial", "The authority is named by issuer and serial number.", "ok", leaf(top, drop=["aki"], more=[serial_only]))
    other_serial = extension("2.5.29.35", False, seq(explicit(1, explicit(4, top.subject)), implicit(2, b"\x7f")))
    row("issuer-and-other-serial", "Issuer and serial number of another certificate of that CA.", "ok",
        leaf(top, drop=["aki"], more=[other_serial]),
        differs="a renewed CA certificate has another serial number, so they are not compared")
    row("malformed", "An authority key identifier that is none.", "certificate-malformed",
        leaf(top, drop=["aki"], more=[extension("2.5.29.35", False, NULL)]))
    namesake = ca("Intermediate", top)
    row("tells-namesakes-apart", "Two intermediates of one name, both signed by the anchor.", "ok", leaf(middle),
        [namesake, middle])
