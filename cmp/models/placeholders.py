"""Texts that show that a template was never filled in: in a URI, and anywhere in a manifest.

A module of its own: a render without models reads it, and nothing else of what reads URIs.
"""

from __future__ import annotations

import re

PLACEHOLDERS = (
    "REPLACE_WITH_",
    "your-mlflow-bucket",
    "your-bucket",
    "<bucket>",
    "CHANGEME",
    "example-bucket",
)
# As whole values in any case, without `-`, `_`, blanks and a final `.` or `!`: what examples of charts,
# images and `.env.example` files have where a password belongs; `changeit` is of Java key stores.
WHOLE = frozenset(
    (
        *("changeme", "changethis", "changeit", "changemenow", "pleasechange", "pleasechangeme"),
        *("replaceme", "replacethis", "tobereplaced", "fillme", "fillmein", "todo", "tbd", "fixme"),
        *("placeholder", "redacted", "yourpassword", "yoursecret", "yourtoken", "yourkey", "yourapikey"),
        *("yoursecretkey", "youraccesskey", "yourpasswordhere", "yoursecrethere", "yourtokenhere"),
    )
)
# `<password>` of READMEs; `$PASSWORD` and `${PASSWORD}`, which envsubst or Docker Compose would have filled.
_FORM = re.compile(r"<[A-Za-z][\w .:/-]*>|\$[A-Z_][A-Z0-9_]*|\$\{\w+\}", re.ASCII)
_LONGEST = 64
_LEFT_OUT = str.maketrans("", "", "-_ ")


def has_mark(text: str) -> bool:
    """Whether one of `PLACEHOLDERS` is anywhere in a text."""
    return any(mark in text for mark in PLACEHOLDERS)


def is_form(text: str) -> bool:
    """Whether a text is `<name>` or a variable, and nothing else."""
    return _FORM.fullmatch(text) is not None


def may_have_form(text: str) -> bool:
    """Whether some part of a text is what `is_form` looks for."""
    # The two characters first: most texts have neither.
    return ("$" in text or "<" in text) and _FORM.search(text) is not None


def is_whole(text: str) -> bool:
    """Whether a text is a common placeholder and nothing else."""
    if len(text) > _LONGEST:
        return False
    whole = text.strip()
    return is_form(whole) or whole.lower().rstrip(".!").translate(_LEFT_OUT) in WHOLE
