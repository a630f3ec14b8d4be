"""Chains that must be taken: every kind of key and signature, every depth, order and clutter."""

from authority import *

from .case import case


def make():
    base = root()
    for kind in ("p256", "p384", "p521", "rsa2048", "rsa3072", "rsa4096"):
        case(f"leaf-key-{kind}", f"A leaf with a {kind} key under a P-256 root.", "ok", base, leaf(base, own_key=key(kind)))
    for kind in ("p384", "p521", "rsa2048", "rsa4096"):
        top = root(own_key=key(kind))
        case(f"root-key-{kind}", f"A P-256 leaf under a {kind} root.", "ok", top, leaf(top))
    for kind, how in [("rsa2048", "rsa-sha384"), ("rsa2048", "rsa-sha512"), ("rsa2048", "pss-sha256"),
                      ("rsa2048", "pss-sha384"), ("rsa2048", "pss-sha512"), ("p256", "ecdsa-sha384"),
                      ("p256", "ecdsa-sha512"), ("p384", "ecdsa-sha256"), ("p521", "ecdsa-sha256"), ("p521", "ecdsa-sha384")]:
        top = root(own_key=key(kind))
        case(f"signed-with-{kind}-{how}", f"A leaf signed with {how} by a {kind} key.", "ok", top, leaf(top, signature=how))

    line = [root()]
    for depth in range(1, 6):
        line.append(ca(f"Intermediate {depth}", line[-1]))
        case(f"depth-{depth}", f"{depth} intermediates, lowest first.", "ok", line[0], leaf(line[-1]), line[:0:-1])
    one, two, three = line[1:4]
    end = leaf(three)
    case("order-top-first", "The chain begins with what the anchor signed.", "ok", line[0], end, [one, two, three])
    case("order-mixed", "The chain is in no order.", "ok", line[0], end, [two, three, one])
    case("order-root-first", "The root itself stands in the chain, first.", "ok", line[0], end, [line[0], one, two, three])
    case("clutter-leaf-repeated", "The leaf stands in the chain too.", "ok", line[0], end, [end, three, two, one])
    case("clutter-duplicates", "One intermediate three times.", "ok", line[0], end, [three, three, two, one, three])
    stranger = root("Stranger")
    case("clutter-stranger", "A root that has nothing to do with it.", "ok", line[0], end, [stranger, three, two, one])
    case("clutter-namesake", "A CA of an intermediate's name and another key, first.", "ok", line[0], end,
         [ca("Intermediate 3", stranger), three, two, one])
    case("clutter-expired-stranger", "A stranger that has expired.", "ok", line[0], end,
         [root("Old", end=at("2030-02-01T00:00:00Z")), three, two, one])
    case("clutter-other-leaf", "Another leaf of the same CA.", "ok", line[0], end, [leaf(three, "other"), three, two, one])
    odd = seq(octets(b"no certificate"))
    case("clutter-unreadable", "DER that is no certificate among the chain, not needed.", "ok", line[0], end,
         [three, odd, two, one])
    case("chain-of-six", "Six different certificates beside the leaf.", "too-many-certificates", line[0], end,
         [*line[1:], stranger],
         differs="AWS takes five at most, openssl has no such limit")
    case("chain-incomplete", "The middle intermediate is missing.", "untrusted", line[0], end, [one, three])
    case("chain-empty", "No intermediate is sent.", "untrusted", line[0], end)
    case("chain-unreadable-and-incomplete", "An intermediate is missing and something unreadable is there.",
         "certificate-malformed", line[0], end, [three, two, odd])
