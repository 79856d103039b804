"""What a URI may be here; no message repeats one."""

from __future__ import annotations

import os
from typing import NamedTuple

from cmp.models import reference, storage
from cmp.models.errors import ModelError, ReferenceSyntaxError
from cmp.models.prefix import below_any

SCHEMES = ("s3", "gs", "wasbs", "abfss")


class Rules(NamedTuple):
    """What URIs may be here."""

    production: bool
    prefixes: tuple[str, ...]
    https: bool


def is_production(env: str | None, path: str) -> bool:
    """Whether the option, or a folder of the path, says production."""
    return env == "production" or "production" in os.path.realpath(path).split(os.sep)


def check_uri(uri: str, option: str, rules: Rules, warnings: list[str]) -> None:
    """Everything that can be wrong with a URI; the message never repeats it."""
    try:
        if reference.is_reference(uri):
            reference.parse(uri)
            return
        storage.check(uri)
    except ReferenceSyntaxError as error:
        raise ModelError(f"{option}: {error.message}", hint=error.hint) from error
    scheme = uri.partition(":")[0]
    if scheme not in SCHEMES and not (scheme == "https" and rules.https):
        hint = (
            "add --allow-https" if scheme == "https" else f"use {', '.join(SCHEMES)}, or a models:/ reference"
        )
        raise ModelError(f"{option}: the scheme {scheme!r} is not allowed", hint=hint)
    if storage.is_bare_bucket(uri):
        warnings.append(f"{option} names a bucket and nothing in it: is the path missing?")
    if storage.is_placeholder(uri):
        if rules.production:
            raise ModelError(f"{option}: a placeholder must not reach production", hint="give the real URI")
        warnings.append(f"{option} is a placeholder")
    if rules.prefixes and not below_any(uri, rules.prefixes):
        raise ModelError(f"{option}: the URI is below none of --allow-prefix")
