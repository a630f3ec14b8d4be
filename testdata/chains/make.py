#!/usr/bin/env python3
"""Writes the chain corpus beside it: one file a case (*.txt), with what is in it, what must come out, and what openssl says.

Needs python3 and openssl, nothing else: `python3 testdata/chains/make.py`, or with the names of the cases that are to be
written anew. Keys are made anew each time. What must come out is
written here by hand; crates/x509/tests/corpus.rs holds the library to it, and openssl to what it said.
"""

import base64
import pathlib
import re
import subprocess
import sys
import textwrap

import cases
from authority import FOLDER
from der import at

HERE = pathlib.Path(__file__).parent


def pem(label, der):
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----\n"])


def ask_openssl(case, sections):
    """The verdict of `openssl verify` on the same question: `ok`, or the first error. Security level 2 refuses what
    AWS refuses too: RSA under 2048 bits and SHA-1."""
    moment = int((at(case.at) - at("1970-01-01T00:00:00Z")).total_seconds())
    command = ["openssl", "verify", "-no-CAfile", "-no-CApath", "-no-CAstore", "-partial_chain", "-auth_level", "2",
               "-purpose", "sslclient", "-attime", str(moment), *case.options.split()]
    for option, part in (("-trusted", "anchor"), ("-untrusted", "chain"), ("-CRLfile", "crl")):
        if sections[part]:
            (FOLDER / part).write_text("".join(sections[part]))
            command += [option, part]
    (FOLDER / "leaf").write_text("".join(sections["leaf"]))
    done = subprocess.run([*command, "leaf"], capture_output=True, text=True, cwd=FOLDER)
    if done.returncode == 0:
        return "ok"
    said = done.stdout + done.stderr
    found = re.search(r"error (\d+) at (\d+) depth lookup: (.*)", said)
    if found:
        return "error {} at {}: {}".format(*found.groups())
    return "unreadable"


def write(case):
    sections = {
        "anchor": [one if isinstance(one, str) else pem("CERTIFICATE", one.der) for one in case.anchor],
        "chain": [pem("CERTIFICATE", getattr(one, "der", one)) for one in case.chain],
        "leaf": [pem("CERTIFICATE", getattr(case.leaf, "der", case.leaf))],
        "crl": [pem("X509 CRL", one.der) for one in case.crls],
    }
    said = ask_openssl(case, sections)
    if bool(case.differs) != ((said == "ok") != (case.expect == "ok")):
        return f"{case.name}: openssl says `{said}`, we say `{case.expect}`, and why they differ: `{case.differs}`"
    lines = [f"name: {case.name}", f"what: {case.what}", f"at: {case.at}", f"expect: {case.expect}"]
    lines += [f"expired-lists: {case.rule}"] if case.rule else []
    lines += [f"openssl-options: {case.options}"] if case.options else []
    lines += [f"openssl: {said}"]
    lines += [f"differs: {case.differs}"] if case.differs else []
    text = "\n".join(lines) + "\n"
    for part, blocks in sections.items():
        if blocks:
            text += f"\n{part}:\n" + "".join(blocks)
    (HERE / f"{case.name}.txt").write_text(text)
    return None


def main():
    made = cases.every()
    names = [case.name for case in made]
    assert len(set(names)) == len(names), [name for name in names if names.count(name) > 1]
    wanted = sys.argv[1:]
    if wanted:
        made = [case for case in made if case.name in wanted]
    else:
        for old in HERE.glob("*.txt"):
            old.unlink()
    wrong = [problem for problem in map(write, made) if problem]
    print(len(made), "cases")
    if wrong:
        raise SystemExit("\n".join(wrong))


if __name__ == "__main__":
    main()
