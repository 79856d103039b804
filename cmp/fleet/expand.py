"""An ApplicationSet to the Applications it makes (applicationset/controllers/template)."""

from __future__ import annotations

from typing import NamedTuple

from cmp.errors import CmpError
from cmp.fleet.errors import ExpansionError, TemplateError, UnknownFunctionError
from cmp.fleet.generators import parameters
from cmp.fleet.patching import filled, patched
from cmp.fleet.templating import Budget, Engine
from cmp.fleet.yamlio import one_document
from cmp.manifest import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Body = dict[str, Any]

_NO_PATCH: Any = object()


class Made(NamedTuple):
    """An Application, and the patch that its templatePatch came to (None for an empty or null text)."""

    body: Body
    patch: object = _NO_PATCH

    @property
    def has_patch(self) -> bool:
        """Whether a templatePatch was evaluated."""
        return self.patch is not _NO_PATCH


class Expansion(NamedTuple):
    """made: in the generators' order. unknown: why some are not known. broken: why Argo CD makes none."""

    made: tuple[Made, ...] = ()
    unknown: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()


def expand(body: Body, root: str, budget: Budget | None = None) -> Expansion:
    """Never raises for what the ApplicationSet says.

    root: the repository on disk. budget: what all sets may take, a new one if it is None.
    """
    spec = mapping(body.get("spec"))
    engine = Engine(spec, budget)
    made: list[Made] = []
    unknown: list[str] = []
    broken: list[str] = []
    generators = spec.get("generators")
    for generator in generators if isinstance(generators, list) else []:
        if not isinstance(generator, dict):
            continue
        try:
            for given in parameters(generator, root, engine):
                _one(body, spec, generator, given, engine, made, unknown, broken)
        except ExpansionError as err:
            unknown.append(err.message)
        except TemplateError as err:
            broken.append(err.message)
    return Expansion(tuple(made), tuple(dict.fromkeys(unknown)), tuple(dict.fromkeys(broken)))


def _one(
    body: Body,
    spec: Body,
    generator: Body,
    given: Body,
    engine: Engine,
    made: list[Made],
    unknown: list[str],
    broken: list[str],
) -> None:
    try:
        engine.budget.add()
        made.append(_application(body, spec, generator, given, engine))
    except (UnknownFunctionError, ExpansionError) as err:
        unknown.append(err.message)
    except CmpError as err:
        broken.append(err.message)


def _application(body: Body, spec: Body, generator: Body, given: Body, engine: Engine) -> Made:
    template = spec.get("template")
    kinds = (value for key, value in generator.items() if isinstance(value, dict) and key != "selector")
    own = next(kinds, {}).get("template")
    if own:
        template = filled(own, template)
    if not isinstance(template, dict):
        raise ExpansionError("there is no template")
    content = engine.fill(template, given)
    content.setdefault("metadata", {})
    patch: object = _NO_PATCH
    text = spec.get("templatePatch")
    if isinstance(text, str) and text.strip() and engine.go:
        patch = one_document(engine.text(text, given), "templatePatch")
        if isinstance(patch, dict):
            content = patched(content, patch)
        elif patch is not None:
            raise ExpansionError("templatePatch does not come to a mapping")
    metadata = content.get("metadata")
    metadata = dict(metadata) if isinstance(metadata, dict) else {}
    own_metadata = body.get("metadata")
    # An Application lies where its set lies, whatever the template says.
    space = own_metadata.get("namespace") if isinstance(own_metadata, dict) else None
    metadata.pop("namespace", None)
    if space:
        metadata["namespace"] = space
    application = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        **content,
        "metadata": metadata,
    }
    return Made(application, patch)
