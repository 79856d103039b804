"""What Argo CD's UI is told about an application's parameters, by whichever way it asks. No key is used."""

from __future__ import annotations

from cmp.errors import CmpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cmp.cli.request import Request


def announce(read: Callable[[], Request]) -> list[dict[str, Any]]:
    """The announcement; never fails: the UI must not lose the tab to a broken overlay.

    read: gives the masked request of an overlay.
    """
    from cmp.argocd import announce as announcements

    try:
        return _current(read())
    except (CmpError, OSError, RecursionError, ValueError):
        return announcements.static()


def _current(wanted: Request) -> list[dict[str, Any]]:
    from cmp.argocd.announce import current
    from cmp.kustomize import build
    from cmp.render.announcing import Announcing

    hooks = Announcing(wanted.tree, wanted.settings)
    build(hooks.tree, wanted.directory, wanted.settings.options, hooks)
    return current(hooks.kustomization, hooks.declarations)
