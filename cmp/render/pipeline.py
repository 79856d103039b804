"""The order of a render: edit, build (decrypt on read, inject before references), verify, gate, print."""

from __future__ import annotations

from cmp.errors import CmpError
from cmp.kustomize import Options, build, emit
from cmp.kustomize.options import Collecting
from cmp.render.settings import Rendered, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from cmp.kustomize import ResMap
    from cmp.render.cleartext import Cleartext
    from cmp.render.decrypting import DecryptingTree
    from cmp.render.hooks import RenderHooks
    from cmp.render.masking import Masks
    from cmp.tree.protocol import Tree


def render(tree: Tree, path: str, settings: Settings) -> Rendered:
    """Render the kustomization in the directory `path` of `tree`; a `CmpError` when it must not leave."""
    return _plain(tree, path, settings) if settings.plain else _full(tree, path, settings)


def _plain(tree: Tree, path: str, settings: Settings) -> Rendered:
    """The engine alone, as `kustomize build`."""
    hooks = Collecting()
    try:
        resmap = build(tree, path, settings.options or Options(limits=settings.limits), hooks)
        text = emit(resmap, settings.limits)
    except CmpError as err:
        _point(err, tree, (), settings)
        raise
    return Rendered(text, [str(notice) for notice in hooks.notices], [], resmap)


def _point(err: CmpError, tree: Tree, encrypted: Collection[str], settings: Settings) -> None:
    """Add positions and source lines; not where files of other repositories could have the same names."""
    if settings.options is None or not settings.options.remote_allow:
        from cmp.render.authors import Authors
        from cmp.render.pointing import point

        point(err, Authors(tree.reads, encrypted))


def _full(tree: Tree, path: str, settings: Settings) -> Rendered:
    from cmp.render.cleartext import Cleartext
    from cmp.render.decrypting import DecryptingTree
    from cmp.render.hooks import RenderHooks
    from cmp.render.masking import Masks

    cleartext = Cleartext()
    masks = Masks(settings.masked)
    passes = settings.waivers is None or "undecrypted" in settings.waivers
    opened = DecryptingTree(tree, settings.keys, cleartext, settings.limits, settings.masked, passes)
    hooks = RenderHooks(opened, settings, masks)
    try:
        return _stages(opened, path, settings, cleartext, masks, hooks)
    except CmpError as err:
        _point(err, tree, opened.encrypted, settings)
        cleartext.redact_error(err, opened.encrypted)
        raise


def _stages(
    opened: DecryptingTree,
    path: str,
    settings: Settings,
    cleartext: Cleartext,
    masks: Masks,
    hooks: RenderHooks,
) -> Rendered:
    resmap = build(opened, path, settings.options or Options(limits=settings.limits), hooks)
    if hooks.record is not None:
        hooks.record.verify(resmap)
        cleartext.exempt(hooks.record.uris.values())
    cleartext.exempt(_parameter_texts(settings))
    text = emit(resmap, settings.limits)
    warnings = _gate(resmap, text, hooks, settings, cleartext, masks, opened)
    shown = [cleartext.redact(line) for line in warnings + opened.left_out]
    explained = _explain(hooks, opened, settings) if settings.explain else ()
    explain = [cleartext.redact(line) for line in explained]
    return Rendered(text, shown, explain, resmap)


def _gate(
    resmap: ResMap,
    text: str,
    hooks: RenderHooks,
    settings: Settings,
    cleartext: Cleartext,
    masks: Masks,
    opened: DecryptingTree,
) -> list[str]:
    """Raise `GateError` for what may not leave; returns the warnings."""
    from cmp.gates import EVERY, Context, check, sort_notices

    context = Context(
        resmap,
        text=text,
        strict=settings.strict,
        is_masked=masks,
        record=hooks.record,
        declarations=hooks.declarations,
        leaks=cleartext.leaks,
        destination=settings.destination,
        waivers=EVERY if settings.waivers is None else settings.waivers,
        stored=opened.stored,
    )
    refused, warnings = sort_notices(hooks.notices, settings.strict)
    findings = check(context)
    serious = [finding for finding in findings if finding.severity == "error"]
    if refused or serious:
        from cmp.render.authors import Authors
        from cmp.render.refusal import refusal

        raise refusal([*serious, *refused], Authors(opened.reads, opened.encrypted))
    return warnings + [str(finding) for finding in findings]


def _parameter_texts(settings: Settings) -> list[str]:
    """What an Application says in clear cannot be a secret."""
    given = settings.parameters
    texts = [given.namespace, given.name_prefix, given.name_suffix, *given.model_uris.values()]
    texts += [*given.common_labels.values(), *given.common_annotations.values(), *given.replicas]
    texts += [part for image in given.images.values() for part in image]
    return [text for text in texts if text]


def _explain(hooks: RenderHooks, opened: DecryptingTree, settings: Settings) -> list[str]:
    lines = [f"decrypted: {file}" for file in opened.encrypted]
    lines += [f"left encrypted: {file}" for file in opened.stored]
    given = settings.parameters
    for name in given.__slots__:
        value = getattr(given, name)
        if value and name not in ("model_uris", "traffic"):
            shown = ", ".join(value) if isinstance(value, dict) else str(value)
            lines.append(f"parameter {name.replace('_', '-')}: {shown}")
    if hooks.record is None:
        return lines
    return lines + hooks.record.lines(placed=hooks.authors.placed)
