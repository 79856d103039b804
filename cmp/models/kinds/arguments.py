"""Arguments that name the model to load, wherever containers stand in an object: what gates judge of them.

Every one is read. Of an argument that is there twice, a program takes one, and nobody can say which.
"""

from __future__ import annotations

from cmp.models import storage
from cmp.models.kinds.dialects import is_hub_id
from cmp.models.kinds.table import MODEL_ARGUMENTS, REPOSITORY_ARGUMENTS, REVISIONS, SERVE, SERVER
from cmp.models.reference import is_reference
from cmp.paths import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    from cmp.models.kinds.places import Map, Path
    from cmp.yaml.value import Value

    # An item of a command line and its path.
    Word: TypeAlias = tuple[Path, str]

# In the order in which a program gets them.
LISTS = ("command", "args")


def models_in(body: Map) -> Iterator[tuple[str, str]]:
    """(field, string) of each argument that names a model; the bare id of the Hugging Face Hub as its URI.

    A path inside of the container is left out.
    """
    for words in _lines(body):
        for path, flag, text in _given(words):
            if flag not in REPOSITORY_ARGUMENTS and is_hub_id(text):
                revision = _value(words, REVISIONS.get(flag, "--revision"))
                yield dotted(path), f"hf://{text}@{revision}" if revision else f"hf://{text}"
            elif "://" in text or storage.is_unfilled(text) or is_reference(text.strip()):
                yield dotted(path), text


def follows_vllm(words: Sequence[str], position: int) -> bool:
    """Whether the word at `position` is the `serve` of `vllm serve MODEL`."""
    before = words[position - 1] if position else ""
    return words[position] == SERVE and before.rpartition("/")[2] == SERVER


def _lines(body: Map) -> Iterator[list[Word]]:
    """The command line of each mapping that has one."""
    stack: list[tuple[Value, Path]] = [(body, ())]
    while stack:
        value, path = stack.pop()
        if isinstance(value, dict):
            line: list[Word] = []
            for key in LISTS:
                items = value.get(key)
                if isinstance(items, list):
                    line += [
                        ((*path, key, at), item) for at, item in enumerate(items) if isinstance(item, str)
                    ]
            if line:
                yield line
            stack += reversed([(each, (*path, key)) for key, each in value.items()])
        elif isinstance(value, list):
            stack += reversed([(each, (*path, at)) for at, each in enumerate(value)])


def _given(words: list[Word]) -> Iterator[tuple[Path, str, str]]:
    """(path of the item, argument, its value) of those that name a model."""
    texts = [text for _, text in words]
    for position, (path, text) in enumerate(words):
        flag, equals, value = text.partition("=")
        known = flag in MODEL_ARGUMENTS or flag in REPOSITORY_ARGUMENTS
        if known and equals:
            yield path, flag, value
        elif (known or follows_vllm(texts, position)) and position + 1 < len(words):
            yield words[position + 1][0], flag, texts[position + 1]


def _value(words: list[Word], wanted: str) -> str:
    """The value of an argument; empty where it is not there."""
    for position, (_, text) in enumerate(words):
        flag, equals, value = text.partition("=")
        if flag == wanted:
            return value if equals else words[position + 1][1] if position + 1 < len(words) else ""
    return ""
