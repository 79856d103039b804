"""Asking the registries for many models at once, and the tags that a policy requires."""

from __future__ import annotations

import os

from cmp.errors import CmpError
from cmp.models.errors import ModelError, ReferenceSyntaxError, RegistryError
from cmp.models.registry import Registries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cmp.models.config import MaskTest, Model, Policy
    from cmp.models.registry import Resolution

WORKERS = 8


def resolve_all(models: Sequence[Model], is_masked: MaskTest) -> dict[str, Resolution | ModelError]:
    """What each model's reference means now, or the error of it; equal references are resolved once.

    Registries are asked side by side: one that cannot be reached says nothing about another one's models.
    """
    registries = Registries(os.environ)
    texts = list(dict.fromkeys(model.ref_text for model in models))

    def ask(text: str) -> Resolution | ModelError:
        if is_masked(text):
            return RegistryError("the reference is encrypted", hint="give the key in SOPS_AGE_KEY_FILE")
        try:
            return registries.resolve(text)
        except (RegistryError, ReferenceSyntaxError) as error:
            return error

    if len(texts) > 1:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(min(WORKERS, len(texts))) as pool:
            answers = dict(zip(texts, pool.map(ask, texts), strict=True))
    else:
        answers = {text: ask(text) for text in texts}
    return {model.name: answers[model.ref_text] for model in models}


def answered(model: Model, answer: Resolution | ModelError) -> Resolution:
    """The resolution; raises the error, with the model's place."""
    if isinstance(answer, CmpError):
        where = model.node.child("ref", None).where
        raise answer.at(file=where.file, object=where.object, field=where.field)
    return answer


def mapped(uri: str, policy: Policy) -> str:
    """The URI below the first prefix of `policy.mapPrefixes` that fits; unchanged when none does."""
    from cmp.models.prefix import moved

    found = (moved(uri, old, new) for old, new in policy.map_prefixes)
    return next((each for each in found if each is not None), uri)


def check_tags(policy: Policy, model: Model, version: str, tags: Mapping[str, str]) -> None:
    """Raise `ModelError` when a version lacks a tag that the policy requires."""
    for key, value in policy.require_tags.items():
        if tags.get(key) != value:
            found = f"it is {tags[key]!r}" if key in tags else "it has no such tag"
            raise ModelError(
                f"version {version or '?'} of the model {model.name!r} needs the tag {key}={value}: {found}",
                where=policy.node.child("requireTags", None).where,
                hint="set the tag in the registry once the version is approved, then lock again",
            )
