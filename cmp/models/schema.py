"""JSON Schema (draft 7) of ModelConfig and ModelLock, made from the tables that the strict reader reads by.

It describes files, not merged objects: a patch may give any part, and a null removes what a base gives. What
needs the whole declaration (one of ref and uri, weights that sum to 100, digests) is left to the render.
"""

from __future__ import annotations

from cmp.models import config, lock
from cmp.models.kinds.dialects import CHOICES
from cmp.models.kinds.table import ROWS, TRAFFIC_KINDS, model_options, traffic_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    # A JSON Schema.
    Schema = dict[str, Any]


def _text(about: str, **more: Any) -> Schema:
    return {"type": ["string", "null"], "minLength": 1, "description": about, **more}


def _fields(known: Iterable[str], schemas: Schema, **more: Any) -> Schema:
    """A mapping with the fields of the reader's table; a field without a schema is a `KeyError`."""
    return {
        "type": ["object", "null"],
        "properties": {field: schemas[field] for field in known},
        "additionalProperties": False,
        **more,
    }


def _map(values: Schema, about: str, **more: Any) -> Schema:
    return {
        "type": ["object", "null"],
        "additionalProperties": values,
        "description": about,
        **more,
    }


def _list(items: Schema, about: str) -> Schema:
    return {"type": ["array", "null"], "items": items, "minItems": 1, "description": about}


def _top(kind: str, spec: Schema) -> Schema:
    known = (*config.TOP_FIELDS, "sops")
    schemas: Schema = {
        "apiVersion": {"const": config.API_VERSION},
        "kind": {"const": kind},
        "metadata": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        "spec": spec,
        "sops": {"type": "object", "description": "Of an encrypted file; written by cmpctl and sops."},
    }
    whole = _fields(known, schemas)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": kind,
        **whole,
        "type": "object",
        "required": ["apiVersion", "kind", "metadata"],
    }


# -- ModelConfig

_NAMES = {"propertyNames": {"pattern": config.NAME_PATTERN}}


def _target(kinds: Iterable[str], options: Callable[[str], tuple[str, ...]], own: tuple[str, ...]) -> Schema:
    """A target: which options it may have depends on its kind."""
    kinds = sorted(kinds)
    alike: dict[tuple[str, ...], list[str]] = {}
    for kind in kinds:
        alike.setdefault(tuple(dict.fromkeys(options(kind))), []).append(kind)
    known = dict.fromkeys(option for each in alike for option in each)
    schemas: Schema = {
        "group": _text("The group of the object; needed where two groups have the kind."),
        "kind": _text("The kind of the object.", examples=kinds),
        "name": _text("Its current or an earlier name."),
        "namespace": _text("Its namespace."),
        "replaces": {"enum": ["any", None], "description": "Any value there may be replaced."},
        "dialect": {"enum": [*CHOICES, None], "description": "How the place reads a URI."},
        **{option: {"type": ["string", "boolean", "null"]} for option in known},
        **{field: _map(_text("The place."), "By the name of a model.") for field in config.TARGET_MAPS},
    }
    return _fields(
        (*config.TARGET_FIELDS, *own, *known),
        schemas,
        allOf=[
            {
                "if": {"properties": {"kind": {"enum": each}}, "required": ["kind"]},
                "then": {"propertyNames": {"enum": [*config.TARGET_FIELDS, *own, *allowed]}},
            }
            for allowed, each in alike.items()
        ],
    )


def _model_config() -> Schema:
    every = {row.kind for row in ROWS}
    models: Schema = {
        "ref": _text(
            "What is served, such as models:/NAME@ALIAS, oci://HOST/REPOSITORY:TAG or "
            "hf://ORGANISATION/MODEL@REVISION. The lock says where it is."
        ),
        "uri": _text("Where it is; instead of ref."),
        "targets": _map(
            _target(every, model_options, config.CHOICE_FIELDS), "The places that get the URI, by a free key."
        ),
    }
    low, high = config.WEIGHT_BOUNDS
    weight = {"type": ["integer", "null"], "minimum": low, "maximum": high}
    traffic: Schema = {
        "weights": _map(weight, "Percent by the name of a model; they sum to 100.", **_NAMES),
        "targets": _map(
            _target(TRAFFIC_KINDS | every, traffic_options, ()), "The objects that split traffic."
        ),
    }
    prefix = _text("A prefix of URIs, compared by whole segments.")
    policy: Schema = {
        "allowedPrefixes": _list(prefix, "A URI must lie below one of them."),
        "mapPrefixes": _list(
            _fields(config.MAPPING_FIELDS, dict.fromkeys(config.MAPPING_FIELDS, prefix),
                    required=list(config.MAPPING_FIELDS)),
            "What promote exchanges.",
        ),
        "requireLock": {"type": ["boolean", "null"], "description": "Literal URIs are refused."},
        "requireTags": _map(_text("The value."), "Tags that a version must carry."),
        "schemes": _list(_text("A scheme."), "URI schemes that the cluster's storage containers add."),
    }  # fmt: skip
    spec: Schema = {
        "models": _map(_fields(config.MODEL_FIELDS, models), "The models, by name.", **_NAMES),
        "traffic": _fields(config.TRAFFIC_FIELDS, traffic),
        "policy": _fields(config.POLICY_FIELDS, policy),
    }
    return _top("ModelConfig", _fields(config.SPEC_FIELDS, spec))


# -- ModelLock


def _model_lock() -> Schema:
    known = lock.DIGEST_FIELDS + lock.OTHER_FIELDS
    texts = {field: {"type": "string", "minLength": 1} for field in known}
    tags = {"type": "object", "additionalProperties": {"type": "string"}}
    entry = _fields(known, {**texts, "tags": tags}, required=list(lock.REQUIRED_FIELDS), type="object")
    entries = _map(entry, "What each reference meant when it was locked; written by cmpctl.", **_NAMES)
    return _top("ModelLock", _fields(lock.SPEC_FIELDS, {"entries": entries}))


_MADE: dict[str, Callable[[], Schema]] = {"ModelConfig": _model_config, "ModelLock": _model_lock}
KINDS = tuple(_MADE)


def schema(kind: str) -> Schema:
    """The JSON Schema of one of `KINDS`."""
    return _MADE[kind]()


def render(kind: str) -> str:
    """As the text of a file."""
    return _printed(schema(kind), "") + "\n"


def _printed(value: Any, pad: str) -> str:
    """JSON with what is short on one line."""
    import json

    line = json.dumps(value)
    if len(pad) + len(line) <= 100 or not isinstance(value, (dict, list)):
        return line
    inner = pad + "  "
    if isinstance(value, dict):
        items = [f"{inner}{json.dumps(key)}: {_printed(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{pad}}}"
    return "[\n" + ",\n".join(inner + _printed(item, inner) for item in value) + f"\n{pad}]"
