"""Name constraints (RFC 5280 section 4.2.1.10)."""

from authority import *

from .case import case


def make():
    top = root()

    def row(name, what, expect, *, permitted=(), excluded=(), san=(), subject=None, differs="", critical=True, minimum=None):
        constraints = name_constraints(permitted, excluded, critical=critical, minimum=minimum)
        middle = ca("Constrained", top, more=[constraints])
        given = {"subject_der": subject} if subject else {}
        end = leaf(middle, more=[alternative_names(*san)] if san else [], **given)
        case(f"names-{name}", what, expect, top, end, [middle], differs=differs)

    dns = ["DNS:example.com"]
    row("dns-permitted", "A name below the permitted domain.", "ok", permitted=dns, san=["DNS:a.example.com"])
    row("dns-itself", "The permitted domain itself.", "ok", permitted=dns, san=["DNS:EXAMPLE.com"])
    row("dns-not-permitted", "A name elsewhere.", "name-constraint", permitted=dns, san=["DNS:a.example.org"])
    row("dns-suffix-only", "A name that only ends with the same letters.", "name-constraint", permitted=dns,
        san=["DNS:badexample.com"])
    row("dns-one-of-two-names", "Two names, one elsewhere.", "name-constraint", permitted=dns,
        san=["DNS:a.example.com", "DNS:a.example.org"])
    row("dns-one-of-two-domains", "Two permitted domains, the name in the second.", "ok",
        permitted=["DNS:example.org", "DNS:example.com"], san=["DNS:a.example.com"])
    row("dns-excluded", "A name below the excluded domain.", "name-constraint", excluded=dns, san=["DNS:a.example.com"])
    row("dns-not-excluded", "A name outside of the excluded domain.", "ok", excluded=dns, san=["DNS:a.example.org"])
    row("dns-permitted-and-excluded", "A name permitted in the large and excluded in the small.", "name-constraint",
        permitted=dns, excluded=["DNS:a.example.com"], san=["DNS:b.a.example.com"])
    row("dns-leading-dot", "A constraint with a leading dot, a name below.", "ok", permitted=["DNS:.example.com"],
        san=["DNS:a.example.com"])
    row("dns-leading-dot-itself", "A constraint with a leading dot, the domain itself.", "name-constraint",
        permitted=["DNS:.example.com"], san=["DNS:example.com"])
    row("dns-wildcard", "A wildcard below the permitted domain.", "ok", permitted=dns, san=["DNS:*.example.com"])
    row("dns-wildcard-excluded", "A wildcard that could be the excluded name.", "name-constraint",
        excluded=["DNS:a.example.com"], san=["DNS:*.example.com"], differs="openssl compares the wildcard as text")
    row("dns-without-names", "A DNS constraint and a leaf without DNS names.", "ok", permitted=dns)
    row("dns-in-common-name", "A host name elsewhere in the common name alone.", "ok", permitted=dns,
        subject=name("CN=a.example.org"), differs="RFC 5280 knows DNS names as alternative names alone; openssl looks at common names too")
    row("dns-permits-nothing-else", "A DNS constraint says nothing of mail addresses.", "ok", permitted=dns,
        san=["DNS:a.example.com", "email:a@example.org"])

    row("ip4-permitted", "An address in the permitted network.", "ok", permitted=["IP:c0000200ffffff00"], san=["IP:c0000207"])
    row("ip4-not-permitted", "An address in the next network.", "name-constraint", permitted=["IP:c0000200ffffff00"],
        san=["IP:c0000307"])
    row("ip4-excluded", "An address in the excluded network.", "name-constraint", excluded=["IP:c0000200ffffff00"],
        san=["IP:c0000207"])
    six = "20010db8" + "00" * 12
    row("ip6-permitted", "An IPv6 address in the permitted network.", "ok", permitted=[f"IP:{six}ffffffff{'00' * 12}"],
        san=["IP:20010db8" + "00" * 11 + "07"])
    row("ip6-not-permitted", "An IPv6 address where IPv4 is permitted.", "name-constraint",
        permitted=["IP:c0000200ffffff00"], san=["IP:20010db8" + "00" * 12])
    row("ip4-mask-with-gap", "A mask with a gap.", "name-constraint", permitted=["IP:c0000200ff00ff00"],
        san=["IP:c0000200"], differs="RFC 5280 wants masks as of RFC 4632, openssl takes any")

    host = ["email:example.com"]
    row("mail-host", "A mailbox of the permitted host.", "ok", permitted=host, san=["email:a@example.com"])
    row("mail-below-host", "A mailbox of a host below.", "name-constraint", permitted=host, san=["email:a@b.example.com"])
    row("mail-domain", "A mailbox of a host below the permitted domain.", "ok", permitted=["email:.example.com"],
        san=["email:a@b.example.com"])
    row("mail-mailbox", "The permitted mailbox.", "ok", permitted=["email:a@example.com"], san=["email:a@EXAMPLE.com"])
    row("mail-other-mailbox", "Another mailbox of that host.", "name-constraint", permitted=["email:a@example.com"],
        san=["email:b@example.com"])
    row("mail-excluded", "A mailbox of the excluded host.", "name-constraint", excluded=host, san=["email:a@example.com"])
    row("mail-in-subject", "A mail address elsewhere in the subject.", "name-constraint", permitted=host,
        subject=name("CN=leaf", "email=a@example.org"))
    row("mail-in-subject-permitted", "A mail address in the subject, permitted.", "ok", permitted=host,
        subject=name("CN=leaf", "email=a@example.com"))

    uri = ["URI:example.com"]
    row("uri-host", "A URI of the permitted host.", "ok", permitted=uri, san=["URI:spiffe://example.com/web"])
    row("uri-below-host", "A URI of a host below.", "name-constraint", permitted=uri, san=["URI:https://a.example.com/"])
    row("uri-domain", "A URI of a host below the permitted domain.", "ok", permitted=["URI:.example.com"],
        san=["URI:https://u@a.example.com:443/x?y"])
    row("uri-excluded", "A URI of the excluded host.", "name-constraint", excluded=uri, san=["URI:https://example.com/"])
    row("uri-without-host", "A URI without a host.", "name-constraint", permitted=uri, san=["URI:urn:example:web"])
    row("uri-of-an-address", "A URI of an IP address.", "name-constraint", permitted=uri, san=["URI:https://192.0.2.7/"])
    row("uri-host-in-path", "The permitted host behind an at sign in the path.", "name-constraint", permitted=uri,
        san=["URI:https://bad.example/@example.com"])

    org = ("dir", name("O=Example"))
    row("directory-permitted", "A subject that begins with the permitted name.", "ok", permitted=[org],
        subject=name("O=Example", "CN=leaf"))
    row("directory-not-permitted", "A subject elsewhere.", "name-constraint", permitted=[org],
        subject=name("O=Other", "CN=leaf"))
    row("directory-not-at-the-start", "The permitted RDN is not the first.", "name-constraint", permitted=[org],
        subject=name("C=DE", "O=Example", "CN=leaf"))
    row("directory-case-and-string", "The same in another case and string type.", "ok", permitted=[org],
        subject=name("O=EXAMPLE", "CN=leaf", string=printable))
    row("directory-spaces", "The same with runs of spaces.", "ok", permitted=[("dir", name("O=Example Org"))],
        subject=name("O= Example  Org ", "CN=leaf"))
    row("directory-excluded", "A subject that begins with the excluded name.", "name-constraint", excluded=[org],
        subject=name("O=Example", "CN=leaf"))
    row("directory-in-san", "A directory name elsewhere among the alternative names.", "name-constraint", permitted=[org],
        subject=name("O=Example", "CN=leaf"), san=[("dir", name("O=Other"))])
    row("directory-multi-valued", "A multi-valued RDN, its parts in either order.", "ok",
        permitted=[("dir", name(["O=Example", "OU=x"]))], subject=name(["OU=x", "O=Example"], "CN=leaf"))
    row("directory-part-of-rdn", "One attribute of a multi-valued RDN alone.", "name-constraint", permitted=[org],
        subject=name(["O=Example", "OU=x"], "CN=leaf"))

    row("other-name", "An otherName where such are constrained.", "name-constraint", permitted=["other:x"], san=["other:x"])
    row("registered-id", "A registered identifier where such are excluded.", "name-constraint", excluded=["RID:1.2.3"],
        san=["RID:1.2.4"])
    row("registered-id-without-names", "The same and a leaf without one.", "ok", excluded=["RID:1.2.3"], san=["DNS:a.example.com"])
    row("minimum", "A subtree with a minimum.", "intermediate-name-constraints", permitted=dns, minimum=1,
        san=["DNS:a.example.com"])
    row("not-critical", "Constraints that are not critical hold all the same.", "name-constraint", permitted=dns,
        critical=False, san=["DNS:a.example.org"])

    narrow = root("Narrow", more=[name_constraints(permitted=dns)])
    case("names-of-anchor", "The anchor's own constraints, a name elsewhere.", "name-constraint", narrow,
         leaf(narrow, more=[alternative_names("DNS:a.example.org")]))
    case("names-of-anchor-permitted", "The anchor's own constraints, a name within.", "ok", narrow,
         leaf(narrow, more=[alternative_names("DNS:a.example.com")]))
    upper = ca("Upper", top, more=[name_constraints(permitted=dns)])
    lower = ca("Lower", upper, more=[name_constraints(permitted=["DNS:a.example.com"])])
    for host, expect in (("b.a.example.com", "ok"), ("b.example.com", "name-constraint"), ("a.example.org", "name-constraint")):
        case(f"names-of-two-cas-{host.replace('.', '-')}", f"Constraints of two CAs, the leaf's name {host}.", expect, top,
             leaf(lower, more=[alternative_names(f"DNS:{host}")]), [lower, upper])
    widened = ca("Widened", upper, more=[name_constraints(permitted=["DNS:example.org"])])
    case("names-widened-below", "A lower CA permits itself what the upper one does not.", "name-constraint", top,
         leaf(widened, more=[alternative_names("DNS:a.example.org")]), [widened, upper])
    orgs = ca("Orgs", top, more=[name_constraints(permitted=[org])])
    stray = ca("Stray", orgs)
    case("names-of-an-intermediate", "An intermediate whose own subject is elsewhere.", "name-constraint", top,
         leaf(stray, subject_der=name("O=Example", "CN=leaf")), [stray, orgs])
    within = ca("", orgs, subject_der=name("O=Example", "CN=Within"))
    case("names-of-an-intermediate-permitted", "An intermediate whose subject is within.", "ok", top,
         leaf(within, subject_der=name("O=Example", "CN=leaf")), [within, orgs])
    again = ca("Orgs", orgs)
    case("names-of-a-self-issued-ca", "A self-issued intermediate is not asked, the leaf is.", "ok", top,
         leaf(again, subject_der=name("O=Example", "CN=leaf")), [again, orgs])
