"""Where the objects of an Application end: cluster, namespace, and the key by which a cluster knows them."""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from cmp.fleet.fleet import IN_CLUSTER
from cmp.fleet.permission import is_cluster_scoped
from cmp.manifest import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.fleet.fleet import Application, Fleet


# Names of other Applications in a message.
_SHOWN = 10


class Place(NamedTuple):
    """namespace: empty for cluster-scoped objects. cluster: server URL or name."""

    cluster: str
    group: str
    kind: str
    namespace: str
    name: str
    body: dict[str, Any]

    @property
    def key(self) -> tuple[str, ...]:
        """What two Applications must not share."""
        return self[:5]

    @property
    def title(self) -> str:
        """`Kind namespace/name`."""
        return f"{self.kind} {f'{self.namespace}/' if self.namespace else ''}{self.name}"


def cluster(application: Application) -> str:
    """The cluster that an Application deploys to; the local one by each of its two names."""
    found = application.destination
    name = str(found.get("name") or found.get("server") or "")
    return IN_CLUSTER if name == "in-cluster" else name


def users_of_namespaces(fleet: Fleet) -> dict[tuple[str, str], dict[str, None]]:
    """(cluster, namespace) -> the names of the Applications that deploy into it, in order."""
    users: dict[tuple[str, str], dict[str, None]] = {}
    for application in fleet.applications:
        spaces = {place.namespace for place in placed(fleet, application)}
        spaces.add(str(application.destination.get("namespace") or ""))
        for space in sorted(spaces - {""}):
            users.setdefault((cluster(application), space), {})[application.name] = None
    return users


def others(names: dict[str, None], own: str) -> str:
    """The names but one's own, for a message; of many the first ones and how many there are."""
    count = len(names) - (own in names)
    shown = ", ".join(islice((name for name in names if name != own), _SHOWN))
    return shown + (f" and {count - _SHOWN} more" if count > _SHOWN else "")


def placed(fleet: Fleet, application: Application) -> Iterator[Place]:
    """Every object of what an Application renders."""
    where = cluster(application)
    default = str(application.destination.get("namespace") or "")
    for body in fleet.content(application).objects:
        group, kind = str(body.get("apiVersion", "")).rpartition("/")[0], str(body.get("kind", ""))
        metadata = mapping(body.get("metadata"))
        space = "" if is_cluster_scoped(group, kind) else str(metadata.get("namespace") or default)
        yield Place(where, group, kind, space, str(metadata.get("name", "")), body)
