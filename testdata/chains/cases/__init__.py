"""The cases, a file for each subject. A case is written where it is made: name, what it is, what must come out."""

from . import accepted, anchors, identifiers, intermediates, leaves, names, paths, revocation
from .case import MADE


def every():
    for part in (accepted, leaves, intermediates, anchors, paths, identifiers, names, revocation):
        part.make()
    return MADE
