"""What decides a render besides the tree, and what a render gives back: Settings, Rendered."""

from __future__ import annotations

from cmp.limits import DEFAULT
from cmp.render.parameters import Parameters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize import Options, ResMap
    from cmp.limits import Limits
    from cmp.sops.keys import KeySource


class Settings:
    """How to render.

    keys: opens encrypted files; None when there is no source of keys. plain: the engine alone. masked: no
    key is used, a token stands for each encrypted value. strict: silent no-ops are errors. options: the
    engine's. destination: the namespace that Argo CD gives to objects without one. waivers: the ids of the
    gates that an object may waive; None for all. explain: whether somebody reads where values came from.
    """

    __slots__ = (
        "destination",
        "explain",
        "keys",
        "limits",
        "masked",
        "options",
        "parameters",
        "plain",
        "strict",
        "waivers",
    )

    def __init__(
        self,
        *,
        parameters: Parameters | None = None,
        keys: KeySource | None = None,
        plain: bool = False,
        masked: bool = False,
        strict: bool = False,
        options: Options | None = None,
        limits: Limits = DEFAULT,
        destination: str = "",
        waivers: frozenset[str] | None = None,
        explain: bool = False,
    ) -> None:
        self.parameters = parameters or Parameters()
        self.keys = keys
        self.plain = plain
        self.masked = masked
        self.strict = strict or self.parameters.strict
        self.options = options
        self.limits = limits
        self.destination = destination
        self.waivers = waivers
        self.explain = explain


class Rendered:
    """text: the manifests. warnings: each prints as one line. explain: where values came from, if asked for.

    resmap: the objects behind the text, for callers that look further.
    """

    __slots__ = ("explain", "resmap", "text", "warnings")

    def __init__(self, text: str, warnings: list[str], explain: list[str], resmap: ResMap) -> None:
        self.text = text
        self.warnings = warnings
        self.explain = explain
        self.resmap = resmap
