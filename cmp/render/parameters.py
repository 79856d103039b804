"""What an Application may change about a render: a plain value, read elsewhere, applied in `edits`."""

from __future__ import annotations

from cmp.lighttyping import NamedTuple


class Image(NamedTuple):
    """One entry of `images`: `*` keeps what the overlay says, an empty text says nothing."""

    name: str
    new_name: str
    new_tag: str
    digest: str


class Parameters:
    """An Application's parameters, each empty when not given.

    model_uris: model name to storage URI. traffic: model name to percentage. images: by image name.
    replicas: workload name to count. strict: whether silent no-ops are errors.
    """

    __slots__ = (
        "common_annotations",
        "common_labels",
        "images",
        "model_uris",
        "name_prefix",
        "name_suffix",
        "namespace",
        "replicas",
        "strict",
        "traffic",
    )

    def __init__(self) -> None:
        self.model_uris: dict[str, str] = {}
        self.traffic: dict[str, int] = {}
        self.images: dict[str, Image] = {}
        self.name_prefix = ""
        self.name_suffix = ""
        self.namespace = ""
        self.replicas: dict[str, int] = {}
        self.common_labels: dict[str, str] = {}
        self.common_annotations: dict[str, str] = {}
        self.strict = False
