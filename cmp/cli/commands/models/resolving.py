"""Asking the registry for many models at once, and the tags that a policy requires."""

from __future__ import annotations

import os

from cmp.errors import CmpError
from cmp.models.errors import PolicyError, RegistryError
from cmp.models.registry import connect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cmp.models.config import Model, Policy
    from cmp.models.registry import Resolution

WORKERS = 8


def resolve_all(models: Sequence[Model]) -> dict[str, Resolution | RegistryError]:
    """What each model's reference means now, or why that cannot be told; equal references are asked once."""
    registry = connect(os.environ)
    texts = list(dict.fromkeys(model.ref_text for model in models))
    refs = {model.ref_text: model.ref for model in models}

    def ask(text: str) -> Resolution | RegistryError:
        ref = refs[text]
        assert ref is not None  # noqa: S101 - the caller chose models with a reference
        try:
            return registry.resolve(ref)
        except RegistryError as error:
            return error

    if len(texts) > 1:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(min(WORKERS, len(texts))) as pool:
            answers = dict(zip(texts, pool.map(ask, texts), strict=True))
    else:
        answers = {text: ask(text) for text in texts}
    return {model.name: answers[model.ref_text] for model in models}


def answered(model: Model, answer: Resolution | RegistryError) -> Resolution:
    """The resolution; raises the error, with the model's place."""
    if isinstance(answer, CmpError):
        where = model.node.child("ref", None).where
        raise answer.at(file=where.file, object=where.object, field=where.field)
    return answer


def check_tags(policy: Policy, model: Model, version: str, tags: dict[str, str]) -> None:
    """Raise `PolicyError` when a version lacks a tag that the policy requires."""
    for key, value in policy.require_tags.items():
        if tags.get(key) != value:
            found = f"it is {tags[key]!r}" if key in tags else "it has no such tag"
            raise PolicyError(
                f"version {version or '?'} of the model {model.name!r} needs the tag {key}={value}: {found}",
                where=policy.node.child("requireTags", None).where,
                hint="set the tag in the registry once the version is approved, then lock again",
            )
