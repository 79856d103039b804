"""Configuration files with the JSON that sigs.k8s.io/yaml makes of them, or whether it refuses them."""

import json
import os

import pytest

from cmp.yaml import YamlError, gojson, load_config

HERE = os.path.dirname(__file__)


def table(name):
    with open(os.path.join(HERE, "data", name), encoding="utf-8") as file:
        entries = json.load(file)
    assert entries
    return [pytest.param(entry, id=entry["name"]) for entry in entries]


@pytest.mark.parametrize("entry", table("config.json"))
def test_decoding(entry):
    data = entry["input"].encode()
    if entry.get("refused"):
        with pytest.raises(YamlError):
            gojson.dumps(load_config(data).value)
    else:
        assert gojson.dumps(load_config(data).value).decode() == entry["json"]


def test_duplicates_name_both_places():
    config = load_config(b"patches:\n- path: a\nresources: [x]\npatches:\n  - path: b\n    path: c\n")
    assert config.value["patches"] == [{"path": "c"}]
    found = [(item.path, item.first, item.second) for item in config.duplicates]
    assert (("patches",), (1, 1), (4, 1)) in found
    assert (("patches", 0, "path"), (5, 5), (6, 5)) in found


def test_positions_are_found_when_asked_for():
    config = load_config(b"resources:\n- a.yaml\n- b.yaml\nimages:\n  - name: x\n    newTag: '1'\n")
    assert config.duplicates == []
    assert config.positions[("resources", 1)] == (3, 3)
    assert config.positions.get(("images", 0, "newTag")) == (6, 5)
    assert config.positions.get(("nothing",)) is None
    assert ("images", 0) in config.positions
    assert len(config.positions) == len(list(config.positions)) == 7
