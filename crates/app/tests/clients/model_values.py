"""Values at, under and over each limit of botocore's model: `probes` walks an operation's input and gives for each member
what to send and which constraint it breaks, if any. Made from the model alone; `limits.py` sends them."""

import functools
import re

try:
    from re import _parser as sre
except ImportError:  # before Python 3.11
    import sre_parse as sre

CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/:. "


@functools.cache
def text_of(pattern, length):
    """A text of exactly `length` characters that the pattern matches, or None where there is none."""
    if pattern is None:
        return "x" * length
    for branch in range(4):
        spare = [0]
        least = sample(sre.parse(pattern), branch, spare)
        spare = [length - len(least)]
        text = sample(sre.parse(pattern), branch, spare)
        if len(text) == length and re.fullmatch(pattern, text):
            return text
    return None


def sample(tree, branch, spare):
    """One text of a parsed pattern; `spare` characters go into the first repetition that takes them."""
    text = ""
    for kind, value in tree:
        kind = str(kind)
        if kind == "LITERAL":
            text += chr(value)
        elif kind == "ANY":
            text += "a"
        elif kind == "IN":
            text += next(c for c in CHARACTERS if is_in(c, value))
        elif kind == "SUBPATTERN":
            text += sample(value[-1], branch, spare)
        elif kind == "BRANCH":
            text += sample(value[1][min(branch, len(value[1]) - 1)], branch, spare)
        elif kind == "MAX_REPEAT":
            least, most, inner = value
            once = sample(inner, branch, [0])
            wanted = 1 if least == 0 and most == 1 and spare[0] > 0 else least
            if len(once) == 1 and spare[0] > 0:
                more = min(spare[0], int(most) - wanted)
                spare[0] -= more
                text += once * (wanted + more)
            elif len(once) == 1:
                text += once * wanted
            else:
                if wanted > least:
                    spare[0] -= len(sample(inner, branch, [0]))
                text += "".join(sample(inner, branch, spare) for _ in range(wanted))
        # Assertions take no characters; the whole is matched in the end.
    return text


def is_in(character, choices):
    found, wanted = False, True
    for kind, value in choices:
        kind = str(kind)
        if kind == "NEGATE":
            wanted = False
        elif kind == "RANGE":
            found = found or value[0] <= ord(character) <= value[1]
        else:
            found = found or ord(character) == value
    return found is wanted


def length_limits(shape):
    return shape.metadata.get("min", 0), shape.metadata.get("max")


def valid(shape, number=0):
    """A value within the limits; different numbers give different texts where the pattern allows it."""
    kind = shape.type_name
    if kind == "string":
        if shape.enum:
            return shape.enum[0]
        least, most = length_limits(shape)
        pattern = shape.metadata.get("pattern")
        for length in range(max(least, 1), (most or 300) + 1):
            text = text_of(pattern, length)
            if text is None:
                continue
            told_apart = text[:-4] + f"{number:04}"
            return told_apart if number and (not pattern or re.fullmatch(pattern, told_apart)) else text
    if kind == "integer":
        return shape.metadata.get("min", 1)
    if kind == "boolean":
        return True
    if kind == "blob":
        return b"x" * max(shape.metadata.get("min", 1), 1)
    if kind == "list":
        return [valid(shape.member, 1)]
    return {name: valid(member, number) for name, member in shape.members.items() if name in shape.required_members}


def broken_pattern(pattern, least, most):
    """A text of a legal length that the pattern doesn't match."""
    for character in "!é\n~":
        for length in (max(least, 1), most or 300):
            if not re.fullmatch(pattern, character * length):
                return character * length
    raise AssertionError(pattern)


def values(shape):
    """Pairs of a value and the constraint that it breaks, as AWS words it; None where it breaks none."""
    kind = shape.type_name
    least, most = length_limits(shape)
    if kind == "string" and shape.enum:
        yield from ((value, None) for value in shape.enum)
        yield "NONE_OF_THEM", "Member must satisfy enum value set: "
        yield shape.enum[0].swapcase(), "Member must satisfy enum value set: "
    elif kind == "string":
        pattern = shape.metadata.get("pattern")
        yield from ((text, None) for text in (text_of(pattern, least), most and text_of(pattern, most)) if text is not None)
        if least:
            yield "x" * (least - 1), f"Member must have length greater than or equal to {least}"
        if most:
            over = text_of(pattern, most + 1) or "x" * (most + 1)
            yield over, f"Member must have length less than or equal to {most}"
            # Lengths are in characters, not in bytes.
            if not pattern:
                yield "é" * most, None
        if pattern:
            yield broken_pattern(pattern, least, most), f"Member must satisfy regular expression pattern: {pattern}"
    elif kind == "integer" and most is not None:
        yield from ((least, None), (most, None))
        yield least - 1, f"Member must have value greater than or equal to {least}"
        yield most + 1, f"Member must have value less than or equal to {most}"
        yield 10 ** 12, f"Member must have value less than or equal to {most}"
    elif kind == "blob":
        if least:
            yield b"", f"Member must have length greater than or equal to {least}"
        if most:
            yield b"x" * most, None
            yield b"x" * (most + 1), f"Member must have length less than or equal to {most}"
    elif kind == "list":
        yield [], None
        if most:
            yield [valid(shape.member, number) for number in range(1, most + 1)], None
            yield [valid(shape.member, number) for number in range(1, most + 2)], (
                f"Member must have length less than or equal to {most}")
    elif kind == "boolean":
        yield from ((True, None), (False, None))


class Probe:
    """One value for one member. `place` leads to it from the input: names, and 0 for a list's first member."""

    def __init__(self, place, value, breaks, at):
        self.place, self.value, self.breaks, self.at = place, value, breaks, at


ABSENT = object()


def probes(shape, place=(), at=""):
    """All probes of a structure's members."""
    for name, member in shape.members.items():
        here, path = place + (name,), f"{at}{name}"
        if name in shape.required_members:
            yield Probe(here, ABSENT, "Member must not be null", path)
            yield Probe(here, None, "Member must not be null", path)
        yield from probes_of(member, here, path)


def probes_of(shape, place, path):
    for value, breaks in values(shape):
        yield Probe(place, value, breaks, path)
    if shape.type_name == "structure":
        yield from probes(shape, place, f"{path}.")
    elif shape.type_name == "list" and shape.member.type_name == "structure":
        yield from probes(shape.member, place + (0,), f"{path}.1.member.")
    elif shape.type_name == "list":
        # What a list's plain members break is said of the list.
        for value, breaks in values(shape.member):
            yield Probe(place + (0,), value, breaks, path)
