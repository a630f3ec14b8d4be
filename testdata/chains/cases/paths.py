"""Path lengths, cross-signed CAs, loops, and searches that have to end."""

from authority import *

from .case import case

GREEDY = "openssl goes on with the first issuer that fits and does not turn back"


def make():
    def line(*lengths, top=None):
        made = [root(path_length=top)]
        for number, length in enumerate(lengths):
            made.append(ca(f"CA {number}", made[-1], path_length=length))
        return made

    def row(name, what, expect, made, **given):
        case(f"path-{name}", what, expect, made[0], leaf(made[-1]), made[:0:-1], **given)

    row("root-0-direct", "A root with path length 0 and no intermediate.", "ok", line(top=0))
    row("root-0-exceeded", "A root with path length 0 and an intermediate.", "path-length", line(None, top=0))
    row("root-1", "A root with path length 1 and an intermediate.", "ok", line(None, top=1))
    row("root-1-exceeded", "A root with path length 1 and two.", "path-length", line(None, None, top=1))
    row("intermediate-0", "An intermediate with path length 0 above the leaf.", "ok", line(0))
    row("intermediate-0-exceeded", "An intermediate with path length 0 above a CA.", "path-length", line(0, None))
    row("lower-is-wider", "A lower CA with a greater path length than is left.", "ok", line(1, 5))
    row("lower-is-wider-exceeded", "A lower CA that claims more than is left, and uses it.", "path-length",
        line(1, 5, None))
    row("exact", "Three CAs, each with just what is needed.", "ok", line(2, 1, 0, top=3))

    top = root(path_length=0)
    second = ca("Root", top, path_length=0)
    case("path-self-issued", "A self-issued certificate does not count.", "ok", top, leaf(second), [second])
    third = ca("Third", second)
    case("path-self-issued-exceeded", "The one below it counts.", "path-length", top, leaf(third), [third, second])

    old, new = root("Old root"), root("New root")
    shared = key()
    by_old, by_new = ca("Shared", old, own_key=shared), ca("Shared", new, own_key=shared)
    end = leaf(by_old)
    for anchor, which in ((old, "old"), (new, "new")):
        for chain, order in (([by_old, by_new], "old-first"), ([by_new, by_old], "new-first")):
            case(f"cross-signed-{which}-{order}", f"A CA under two roots, the anchor the {which} one.", "ok", anchor, end, chain,
                 differs="" if order.startswith(which) else GREEDY)
    case("cross-signed-other-only", "A CA under two roots, sent as of the wrong one.", "untrusted", new, end, [by_old])
    ended = ca("Shared", old, own_key=shared, end=at("2030-02-01T00:00:00Z"))
    case("cross-signed-one-expired", "Of two certificates of a CA one has expired.", "ok", old, end, [ended, by_old])
    case("cross-signed-all-expired", "The only certificate of the CA has expired.", "intermediate-expired", old, end, [ended])
    narrow = ca("Shared", old, own_key=shared, more=[name_constraints(permitted=["DNS:example.org"])])
    named = leaf(by_old, more=[alternative_names("DNS:a.example.com")])
    case("cross-signed-one-constrained", "Of two certificates of a CA one does not permit the leaf's name.", "ok", old, named,
         [narrow, by_old], differs=GREEDY)
    case("cross-signed-constrained-only", "The one that does not permit it alone.", "name-constraint", old, named, [narrow])
    bridge = ca("New root", old, own_key=new.key)
    case("cross-signed-root", "The new root, signed by the old one, as an intermediate.", "ok", old, end, [by_new, bridge])

    a_key, b_key = key(), key()
    a_first = root("A", own_key=a_key)
    b_first = ca("B", a_first, own_key=b_key)
    a_loop = ca("A", b_first, own_key=a_key)
    b_loop = ca("B", a_loop, own_key=b_key)
    case("loop-without-anchor", "Two CAs that sign each other, and no way out.", "untrusted", old, leaf(b_loop), [a_loop, b_loop])
    up = ca("A", old, own_key=a_key)
    case("loop-with-a-way-out", "Two CAs that sign each other, one of them signed by the anchor.", "ok", old, leaf(b_loop),
         [a_loop, b_loop, up], differs=GREEDY)

    crowd = [ca("Old root", old, drop=["aki"]) for _ in range(5)]
    case("search-of-namesakes", "Five self-issued CAs of the anchor's name and a leaf that none of them signed.",
         "chain-too-complex", old, leaf(root("Old root"), drop=["aki"]), crowd)
    strangers = [root("Old root", drop=["ski"]) for _ in range(5)]
    case("search-of-strangers", "Five roots of the anchor's name that it never saw.", "chain-signature-invalid", old,
         leaf(root("Old root"), drop=["aki"]), strangers)
