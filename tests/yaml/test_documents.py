"""Named documents with what kustomize v5.8.1 prints for them, or where it fails."""

import json
import os

import pytest

from cmp.limits import DEFAULT
from cmp.yaml import YamlError, dump, load_all
from cmp.yaml.documents import decode, split
from cmp.yaml.fast import NOT_MINE, load
from cmp.yaml.reader import load_slow

HERE = os.path.dirname(__file__)


def table(name):
    with open(os.path.join(HERE, "data", name), encoding="utf-8") as file:
        entries = json.load(file)
    assert entries
    return [pytest.param(entry, id=entry["name"]) for entry in entries]


def source(entry):
    return bytes.fromhex(entry["bytes"]) if "bytes" in entry else entry["input"].encode()


@pytest.mark.parametrize("entry", table("documents.json"))
def test_reading_and_printing(entry):
    data = source(entry)
    if entry.get("refused") == "reading":
        with pytest.raises(YamlError):
            load_all(data)
        return
    documents = load_all(data)
    if entry.get("refused") == "printing":
        with pytest.raises(YamlError):
            [dump(document) for document in documents]
        return
    assert [dump(document) for document in documents] == entry["output"]


@pytest.mark.parametrize("entry", [p for p in table("documents.json") if "output" in p.values[0]])
def test_quick_way_is_exact_or_gives_up(entry):
    for piece, line in split(source(entry)):
        text = decode(piece, line)
        quick = load(text, DEFAULT)
        if quick is not NOT_MINE:
            assert quick == load_slow(text)


@pytest.mark.parametrize("entry", [p for p in table("documents.json") if "output" in p.values[0]])
def test_output_reads_back_to_itself(entry):
    for text in entry["output"]:
        assert [dump(document) for document in load_all(text.encode())] == [text]
