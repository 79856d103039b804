"""Parameters as edits of the overlay's own kustomization: a table of before, parameters, after."""

from __future__ import annotations

import pytest

from cmp.render import Parameters, edits
from cmp.render.errors import ParameterError
from cmp.render.parameters import Image

CASES = {
    "nothing": ({"a": 1}, {}, {"a": 1}),
    "texts replace": (
        {"namePrefix": "a-", "namespace": "n"},
        {"name_prefix": "b-", "name_suffix": "-c", "namespace": "m"},
        {"namePrefix": "b-", "nameSuffix": "-c", "namespace": "m"},
    ),
    "an image replaces the entry of its name, sorted as upstream does": (
        {"images": [{"name": "z", "newTag": "1"}, {"name": "a", "newName": "b", "newTag": "1"}]},
        {"images": {"a": Image("a", "", "2", "")}},
        {"images": [{"name": "a", "newTag": "2"}, {"name": "z", "newTag": "1"}]},
    ),
    "a star keeps a part": (
        {"images": [{"name": "a", "newName": "b", "newTag": "1"}]},
        {"images": {"a": Image("a", "*", "2", ""), "n": Image("n", "*", "3", "")}},
        {"images": [{"name": "a", "newName": "b", "newTag": "2"}, {"name": "n", "newTag": "3"}]},
    ),
    "replicas replace by name": (
        {"replicas": [{"name": "a", "count": 1}, {"name": "b", "count": 1}]},
        {"replicas": {"a": 5}},
        {"replicas": [{"name": "b", "count": 1}, {"name": "a", "count": 5}]},
    ),
    "labels go to metadata and templates and win over other pairs": (
        {"labels": [{"pairs": {"a": "1", "b": "1"}}, {"pairs": {"c": "1"}, "includeSelectors": True}]},
        {"common_labels": {"a": "2"}},
        {
            "labels": [
                {"pairs": {"b": "1"}},
                {"pairs": {"c": "1"}, "includeSelectors": True},
                {"pairs": {"a": "2"}, "includeSelectors": False, "includeTemplates": True},
            ]
        },
    ),
    "annotations merge": (
        {"commonAnnotations": {"a": "1", "b": "1"}},
        {"common_annotations": {"a": "2"}},
        {"commonAnnotations": {"a": "2", "b": "1"}},
    ),
}


@pytest.mark.parametrize(("before", "given", "after"), CASES.values(), ids=CASES.keys())
def test_edit(before, given, after):
    import copy

    kept = copy.deepcopy(before)
    parameters = Parameters()
    for name, value in given.items():
        setattr(parameters, name, value)
    assert edits.apply(before, parameters, "kustomization.yaml") == after
    assert before == kept


@pytest.mark.parametrize(
    "before", [{"commonLabels": {"a": "1"}}, {"labels": [{"pairs": {"a": "1"}, "includeSelectors": True}]}]
)
def test_a_label_on_selectors_is_not_changed(before):
    parameters = Parameters()
    parameters.common_labels = {"a": "2"}
    with pytest.raises(ParameterError, match="selectors"):
        edits.apply(before, parameters, "k.yaml")
