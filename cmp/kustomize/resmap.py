"""The resources of a build in order, with lookups that do not scan (api/resmap/reswrangler.go)."""

from __future__ import annotations

from cmp.kustomize.errors import KustomizeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cmp.kustomize.resid import ResId
    from cmp.kustomize.resource import Resource


class ResMap:
    """Resources in build order, found by current id, by any id, by any name or by kind, without a scan.

    The indexes are made on first use and kept by `append`. Whoever changes a resource's apiVersion, kind,
    name, namespace or history calls `touch()` once afterwards; the next lookup then makes them anew. Lookups
    return resources in build order.
    """

    __slots__ = (
        "_any",
        "_any_kinds",
        "_current",
        "_items",
        "_kinds",
        "_labels",
        "_names",
        "_places",
        "_sorted",
        "_twins",
    )

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self._items: list[Resource] = list(resources)
        self._current: dict[ResId, list[Resource]] | None = None
        # The first resources found to share a current id, known once `_current` is.
        self._twins: list[Resource] | None = None
        self._any: dict[ResId, list[Resource]] | None = None
        self._names: dict[str, list[Resource]] | None = None
        self._kinds: dict[str, list[Resource]] | None = None
        self._any_kinds: dict[str, list[Resource]] | None = None
        # By label and value; may hold resources that have lost the label, never misses one that has it.
        self._labels: dict[tuple[str, str], dict[int, Resource]] | None = None
        # The keys of `_names` in order, and where each resource stands.
        self._sorted: list[str] | None = None
        self._places: dict[int, int] | None = None

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> Resource:
        return self._items[index]

    def resources(self) -> list[Resource]:
        """A new list of the resources, for loops that change the map."""
        return list(self._items)

    def touch(self) -> None:
        """Forget the indexes, after ids or history changed."""
        self._current = self._any = self._names = self._kinds = self._any_kinds = None
        self._labels = self._sorted = self._places = None

    def touch_labels(self) -> None:
        """Forget who has which label, after a step that changes labels and does not call `relabel`."""
        self._labels = None

    def relabel(self, resource: Resource) -> None:
        """Take note of the labels of a resource, after a change to it alone."""
        if self._labels is not None:
            self._index_labels(self._labels, resource, self._place(resource))

    # -- lookups

    def by_current_id(self, wanted: ResId) -> list[Resource]:
        """Those whose current id is `wanted`, by effective namespace."""
        return self._by_current().get(wanted.key, [])

    def by_any_id(self, wanted: ResId) -> list[Resource]:
        """Those whose current or an earlier id is `wanted`, by effective namespace."""
        index = self._any
        if index is None:
            index = self._any = {}
            for resource in self._items:
                self._index_any(index, resource)
        return index.get(wanted.key, [])

    def by_any_name(self, name: str) -> list[Resource]:
        """Those whose current or an earlier name is `name`."""
        index = self._names
        if index is None:
            index = self._names = {}
            for resource in self._items:
                self._index_names(index, resource)
        return index.get(name, [])

    def by_kind(self, kind: str) -> list[Resource]:
        """Those whose current kind is `kind`."""
        index = self._kinds
        if index is None:
            index = self._kinds = {}
            for resource in self._items:
                index.setdefault(resource.gvk.kind, []).append(resource)
        return index.get(kind, [])

    def by_any_kind(self, kind: str) -> list[Resource]:
        """Those whose current or an earlier kind is `kind`."""
        index = self._any_kinds
        if index is None:
            index = self._any_kinds = {}
            for resource in self._items:
                for each in resource.kinds():
                    index.setdefault(each, []).append(resource)
        return index.get(kind, [])

    def by_label(self, key: str, values: Iterable[str]) -> list[Resource]:
        """Those that have a label with one of these values, and perhaps some that had it (see `relabel`)."""
        index = self._labels
        if index is None:
            index = self._labels = {}
            for place, resource in enumerate(self._items):
                self._index_labels(index, resource, place)
        found: dict[int, Resource] = {}
        for value in values:
            found.update(index.get((key, value), {}))
        return [found[place] for place in sorted(found)]

    def by_name_prefix(self, prefix: str) -> list[Resource]:
        """Those of which a name, current or earlier, begins with `prefix`."""
        from bisect import bisect_left

        self.by_any_name(prefix)
        names = self._names or {}
        if self._sorted is None:
            self._sorted = sorted(names)
        found: dict[int, Resource] = {}
        for at in range(bisect_left(self._sorted, prefix), len(self._sorted)):
            name = self._sorted[at]
            if not name.startswith(prefix):
                break
            for resource in names[name]:
                found[self._place(resource)] = resource
        return [found[place] for place in sorted(found)]

    def _place(self, resource: Resource) -> int:
        if self._places is None:
            self._places = {id(each): place for place, each in enumerate(self._items)}
        return self._places[id(resource)]

    def one_by_any_id(self, wanted: ResId) -> Resource:
        """The one whose current or an earlier id is `wanted`; `KustomizeError` for none or several."""
        found = self.by_any_id(wanted)
        if len(found) == 1:
            return found[0]
        if not found:
            raise KustomizeError(f"no resource has the id {wanted}")
        raise KustomizeError(f"{len(found)} resources have the id {wanted}")

    # -- changes

    def append(self, resource: Resource) -> None:
        """Add at the end; `KustomizeError` when its current id is taken."""
        current = self._by_current()
        key = resource.key
        twins = current.get(key)
        if twins:
            raise duplicate(resource, twins[0])
        self._items.append(resource)
        current[key] = [resource]
        if self._any is not None:
            self._index_any(self._any, resource)
        if self._names is not None:
            self._index_names(self._names, resource)
        if self._kinds is not None:
            self._kinds.setdefault(resource.gvk.kind, []).append(resource)
        self._any_kinds = self._labels = self._sorted = self._places = None

    def append_all(self, resources: Iterable[Resource]) -> None:
        """`append` each."""
        for resource in resources:
            self.append(resource)

    def reset(self, resources: Iterable[Resource]) -> None:
        """Take these resources instead, in this order; no id check."""
        self._items = list(resources)
        self.touch()

    def keep(self, wanted: Callable[[Resource], bool]) -> None:
        """Drop those for which `wanted` is false."""
        kept = [resource for resource in self._items if wanted(resource)]
        if len(kept) != len(self._items):
            self.reset(kept)

    def remove(self, resource: Resource) -> None:
        """Drop one resource."""
        self.keep(lambda other: other is not resource)

    def drop_empties(self) -> None:
        """Drop resources whose body a patch emptied."""
        if not all(resource.body for resource in self._items):
            self.reset([resource for resource in self._items if resource.body])

    def check_ids(self) -> None:
        """`KustomizeError` when two resources share a current id, after a step that may rename."""
        self._by_current()
        if self._twins is not None:
            raise duplicate(self._twins[1], self._twins[0])

    # -- indexes

    def _by_current(self) -> dict[ResId, list[Resource]]:
        index = self._current
        if index is None:
            index = self._current = {}
            self._twins = None
            for resource in self._items:
                same = index.setdefault(resource.key, [])
                same.append(resource)
                if len(same) > 1 and self._twins is None:
                    self._twins = same
        return index

    @staticmethod
    def _index_any(index: dict[ResId, list[Resource]], resource: Resource) -> None:
        if not resource.body:
            return
        for key in {resource.key, *(each.key for each in resource.prev_ids())}:
            index.setdefault(key, []).append(resource)

    @staticmethod
    def _index_labels(
        index: dict[tuple[str, str], dict[int, Resource]], resource: Resource, place: int
    ) -> None:
        for pair in resource.text_map("metadata", "labels").items():
            index.setdefault(pair, {})[place] = resource

    @staticmethod
    def _index_names(index: dict[str, list[Resource]], resource: Resource) -> None:
        for name in resource.names():
            index.setdefault(name, []).append(resource)


class KnownId:
    """The ids of a resource before a step that may change them, so that indexes stay when it does not."""

    __slots__ = ("_key", "_previous", "resource")

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self._key = resource.key
        self._previous = list(resource.previous)

    def settle(self, resmap: ResMap) -> None:
        """After the step: forget the indexes of `resmap` if an id or a name came or went.

        The current id may have become an earlier one: the indexes hold it in either case.
        """
        resource = self.resource
        length = len(self._previous)
        if resource.body and resource.key == self._key and resource.previous[:length] == self._previous:
            return
        resmap.touch()


def duplicate(resource: Resource, first: Resource) -> KustomizeError:
    """The error for two resources of one id."""
    there = f" (the first is in {first.file})" if first.file and first.file != resource.file else ""
    namespace = f" in namespace {resource.namespace}" if resource.namespace else ""
    error = KustomizeError(
        f"an object of this kind and name exists already{namespace}{there}",
        hint="list it once, or give one of them another name or namespace",
    )
    error.document = resource.index
    error.at(file=resource.file, object=str(resource))
    return error
