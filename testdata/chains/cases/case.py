"""What a case is."""

import dataclasses

NOON = "2030-06-15T12:00:00Z"
MADE = []


@dataclasses.dataclass
class Case:
    name: str
    what: str
    expect: str
    anchor: list
    chain: list
    leaf: object
    crls: list
    at: str = NOON
    rule: str = ""
    options: str = ""
    differs: str = ""


def case(name, what, expect, anchor, leaf, chain=(), crls=(), **given):
    anchor = list(anchor) if isinstance(anchor, (list, tuple)) else [anchor]
    if crls and "options" not in given:
        given["options"] = "-crl_check"
    MADE.append(Case(name, what, expect, anchor, list(chain), leaf, list(crls), **given))
