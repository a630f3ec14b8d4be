"""DER written by hand, byte by byte, so that a certificate can be wrong in any way. make.py builds with it."""

import datetime


def tlv(tag, *parts):
    """One element: tag, length, content."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        header = bytes([tag, size])
    else:
        octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
        header = bytes([tag, 0x80 | len(octets)]) + octets
    return header + content


def seq(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *parts)


def integer(value):
    if isinstance(value, bytes):
        return tlv(0x02, value)
    size = max(1, (value.bit_length() + 8) // 8)
    return tlv(0x02, value.to_bytes(size, "big", signed=True))


def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    octets = b""
    for arc in [first * 40 + second, *rest]:
        group = [arc & 0x7F]
        while arc := arc >> 7:
            group.append(0x80 | arc & 0x7F)
        octets += bytes(reversed(group))
    return tlv(0x06, octets)


def boolean(value):
    return tlv(0x01, b"\xff" if value else b"\x00")


def bits(octets, unused=0):
    return tlv(0x03, bytes([unused]), octets)


def octets(value):
    return tlv(0x04, value)


NULL = b"\x05\x00"


def utf8(text):
    return tlv(0x0C, text.encode())


def printable(text):
    return tlv(0x13, text.encode())


def ia5(text):
    return tlv(0x16, text.encode())


def explicit(number, *parts):
    return tlv(0xA0 | number, *parts)


def implicit(number, value):
    return tlv(0x80 | number, value)


def time(moment):
    """A datetime as UTCTime or GeneralizedTime (RFC 5280 section 4.1.2.5); bytes as they are."""
    if isinstance(moment, bytes):
        return moment
    if moment.year < 2050:
        return tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode())


def at(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


ATTRIBUTES = {
    "CN": "2.5.4.3",
    "C": "2.5.4.6",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "email": "1.2.840.113549.1.9.1",
}


def name(*rdns, string=utf8):
    """Each RDN is `TYPE=value`, or a list of them."""
    encoded = []
    for rdn in rdns:
        parts = [rdn] if isinstance(rdn, str) else rdn
        attributes = []
        for part in parts:
            kind, value = part.split("=", 1)
            text = ia5(value) if kind == "email" else string(value)
            attributes.append(seq(oid(ATTRIBUTES[kind]), text))
        encoded.append(set_of(*sorted(attributes)))
    return seq(*encoded)


# Extensions: identifier, critical, value.


def extension(dotted, critical, value):
    return seq(oid(dotted), boolean(True) if critical else b"", octets(value))


def basic_constraints(ca=True, path_length=None, critical=True):
    flag = boolean(True) if ca else b""
    length = b"" if path_length is None else integer(path_length)
    return extension("2.5.29.19", critical, seq(flag, length))


USAGES = ["digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
          "keyCertSign", "cRLSign"]


def key_usage(*usages, critical=True):
    number = sum(0x80 >> USAGES.index(usage) for usage in usages)
    unused = (number & -number).bit_length() - 1 if number else 0
    return extension("2.5.29.15", critical, bits(bytes([number]), unused))


PURPOSES = {"clientAuth": "1.3.6.1.5.5.7.3.2", "serverAuth": "1.3.6.1.5.5.7.3.1", "any": "2.5.29.37.0"}


def extended_key_usage(*purposes, critical=False):
    return extension("2.5.29.37", critical, seq(*[oid(PURPOSES[purpose]) for purpose in purposes]))


def subject_key_id(value, critical=False):
    return extension("2.5.29.14", critical, octets(value))


def authority_key_id(value, critical=False):
    return extension("2.5.29.35", critical, seq(implicit(0, value)))


def general_name(text):
    """`DNS:x`, `email:x`, `URI:x`, `IP:hex`, `dir:` and a Name, `other:hex` (an otherName), `RID:dotted`."""
    if isinstance(text, tuple):
        return explicit(4, text[1])
    kind, value = text.split(":", 1)
    if kind == "IP":
        return implicit(7, bytes.fromhex(value))
    if kind == "other":
        return tlv(0xA0, oid("1.2.3.4"), explicit(0, utf8(value)))
    if kind == "RID":
        return implicit(8, oid(value)[2:])
    return implicit({"email": 1, "DNS": 2, "URI": 6}[kind], value.encode())


def alternative_names(*names, critical=False):
    return extension("2.5.29.17", critical, seq(*[general_name(one) for one in names]))


def name_constraints(permitted=(), excluded=(), critical=True, minimum=None):
    extra = b"" if minimum is None else implicit(0, bytes([minimum]))
    lists = [
        explicit(number, *[seq(general_name(one), extra) for one in names])
        for number, names in ((0, permitted), (1, excluded))
        if names
    ]
    return extension("2.5.29.30", critical, seq(*lists))
