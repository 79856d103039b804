"""All that Argo CD would be given, as one thing that rules look at."""

from __future__ import annotations

import os
from functools import cached_property
from typing import NamedTuple

from cmp.errors import CmpError
from cmp.fleet import globs
from cmp.fleet.environment import production_sign, sources
from cmp.fleet.errors import ExpansionError
from cmp.fleet.expand import Expansion, Made, expand
from cmp.fleet.shape import shaped
from cmp.fleet.templating import Budget
from cmp.fleet.yamlio import documents
from cmp.kustomize.kustomization import FILE_NAMES
from cmp.manifest import mapping, title

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Body = dict[str, Any]

GROUP = "argoproj.io"
KINDS = ("Application", "ApplicationSet", "AppProject")
PLUGIN = "ConfigManagementPlugin"
IN_CLUSTER = "https://kubernetes.default.svc"
_MOST = 5000


class Surroundings(NamedTuple):
    """root: the repository on disk, "" for none. plugins: plugin configurations and their files.

    render: the objects of a folder below the root, without keys; raises `CmpError`.
    """

    root: str = ""
    plugins: tuple[tuple[Body, str], ...] = ()
    render: Callable[[str], list[Body]] | None = None


class Subject(NamedTuple):
    """What a finding is about; `owner` is the ApplicationSet that makes it."""

    body: Body
    file: str = ""
    owner: Body | None = None

    @property
    def name(self) -> str:
        """metadata.name."""
        return str(mapping(self.body.get("metadata")).get("name", ""))

    @property
    def namespace(self) -> str:
        """metadata.namespace, empty without one."""
        return str(mapping(self.body.get("metadata")).get("namespace") or "")

    @property
    def spec(self) -> Body:
        """The spec, empty when it is not a mapping."""
        return mapping(self.body.get("spec"))

    @property
    def title(self) -> str:
        """`Kind namespace/name`, with the set that makes it."""
        return title(self.body) + (f" (of {title(self.owner)})" if self.owner else "")


class Application(Subject):
    """An Application, written or made by a set."""

    __slots__ = ()

    @property
    def production(self) -> str:
        """Why it is production, empty when it is not."""
        return production_sign(self.body)

    @property
    def project(self) -> str:
        """spec.project."""
        return str(self.spec.get("project") or "")

    @property
    def sources(self) -> list[tuple[str, Body]]:
        """(field, source) of each."""
        return sources(self.spec)

    @property
    def destination(self) -> Body:
        """spec.destination."""
        return mapping(self.spec.get("destination"))


class Set(NamedTuple):
    """An ApplicationSet and what it makes."""

    subject: Subject
    expansion: Expansion

    @property
    def applications(self) -> list[tuple[Application, Made]]:
        """What it makes."""
        return [
            (Application(shaped(made.body), self.subject.file, self.subject.body), made)
            for made in self.expansion.made
        ]


class Content(NamedTuple):
    """What an Application deploys as far as it is known; `unknown` says of what it is not, and why."""

    objects: tuple[Body, ...]
    unknown: tuple[str, ...]


class Fleet:
    """applications, sets, projects, plugins."""

    def __init__(
        self, objects: list[Body], file_of: Callable[[Body], str], surroundings: Surroundings
    ) -> None:
        self._surroundings = surroundings
        self._folders: dict[tuple[str, str], Content] = {}
        self._budget = Budget()
        # By the identity of the set, which `_folders` keeps: many Applications may deploy it.
        self._adopted: dict[int, list[Application]] = {}
        self.applications: list[Application] = []
        self.sets: list[Set] = []
        self.projects: list[Subject] = []
        self._by_name: dict[str, Subject] = {}
        self.plugins: list[Subject] = []
        for body in filter(concerns, objects):
            self._add(Subject(shaped(body), file_of(body)))
        files = {each.file for each in self.plugins}
        # One without a file is a default.
        self.plugins += [
            Subject(shaped(body), file)
            for body, file in surroundings.plugins
            if body.get("kind") == PLUGIN and (file not in files if file else not self.plugins)
        ]
        self._add_adopted()

    def _add(self, subject: Subject) -> None:
        kind = subject.body["kind"]
        if kind == "Application":
            self.applications.append(Application(*subject))
        elif kind == "ApplicationSet":
            made = Set(subject, expand(subject.body, self._surroundings.root, self._budget))
            self.sets.append(made)
            self.applications += [application for application, _ in made.applications]
        elif kind == "AppProject":
            self.projects.append(subject)
            self._by_name.setdefault(subject.name, subject)
        else:
            self.plugins.append(subject)

    def _add_adopted(self) -> None:
        """What apps of apps bring in besides: no other way may lead where a written one may not."""
        known: dict[tuple[str, str, str], list[Body]] = {}
        for each in (*self.applications, *self.projects, *(made.subject for made in self.sets)):
            known.setdefault(_key(each), []).append(each.body)
        # The list grows while it is walked: children may have children.
        for parent in self.applications:
            for body in filter(concerns, self.content(parent).objects):
                subject = Subject(_placed(body, parent), f"what {parent.name} deploys")
                same = known.setdefault(_key(subject), [])
                # The same name with another content is another owner.
                if subject.body not in same and len(known) < _MOST:
                    same.append(subject.body)
                    self._add(subject)

    def project(self, name: str) -> Subject | None:
        """An AppProject by name; the first of several."""
        return self._by_name.get(name)

    @cached_property
    def production(self) -> dict[str, list[Application]]:
        """Production's Applications by their project."""
        found: dict[str, list[Application]] = {}
        for each in self.applications:
            if each.production:
                found.setdefault(each.project, []).append(each)
        return found

    @cached_property
    def plugin_names(self) -> frozenset[str]:
        """The names by which Applications call the plugins."""
        names = set()
        for each in self.plugins:
            version = each.spec.get("version")
            names.add(f"{each.name}-{version}" if version else each.name)
        return frozenset(names)

    def content(self, application: Application) -> Content:
        """The objects of all its sources."""
        objects: list[Body] = []
        unknown: list[str] = []
        for _, source in application.sources:
            if source.get("ref") and not source.get("path") and not source.get("chart"):
                continue
            found = self._source(source)
            objects += found.objects
            unknown += found.unknown
        return Content(tuple(objects), tuple(unknown))

    def adopted(self, application: Application) -> Iterator[Application]:
        """The Applications among what an Application deploys, those of ApplicationSets too."""
        for body in self.content(application).objects:
            if not concerns(body):
                continue
            if body["kind"] == "Application":
                yield Application(shaped(body))
            elif body["kind"] == "ApplicationSet":
                if id(body) not in self._adopted:
                    made = expand(shaped(body), self._surroundings.root, self._budget).made
                    self._adopted[id(body)] = [Application(shaped(each.body), "", body) for each in made]
                yield from self._adopted[id(body)]

    def _source(self, source: Body) -> Content:
        root, path = self._surroundings.root, str(source.get("path") or "")
        if source.get("chart") or source.get("helm"):
            return Content((), ("a Helm chart is not rendered here",))
        folder = os.path.realpath(os.path.join(root, path)) if root else ""
        inside = folder == root or folder.startswith(root.rstrip("/") + "/")
        if not root or not inside or not os.path.isdir(folder):
            return Content((), (f"the path {path or '(none)'} is not in this repository",))
        directory = mapping(source.get("directory"))
        key = (folder, repr(sorted(directory.items())) if directory else "")
        if key not in self._folders:
            self._folders[key] = self._folder(source, folder, directory)
        return self._folders[key]

    def _folder(self, source: Body, folder: str, directory: Body) -> Content:
        overlay = any(os.path.isfile(os.path.join(folder, name)) for name in FILE_NAMES)
        if not overlay and os.path.isfile(os.path.join(folder, "Chart.yaml")):
            return Content((), ("a Helm chart is not rendered here",))
        if directory or (not overlay and "plugin" not in source):
            return _files(folder, directory)
        plugin = mapping(source.get("plugin")).get("name")
        if plugin and self.plugin_names and plugin not in self.plugin_names:
            return Content((), (f"the plugin {plugin} is not ours",))
        if self._surroundings.render is None:
            return Content((), ("nothing renders here",))
        try:
            return Content(tuple(self._surroundings.render(folder)), ())
        except CmpError as err:
            return Content((), (f"the render fails: {err}",))


def concerns(body: Body) -> bool:
    """Whether an object is one of those that this package is about."""
    group = str(body.get("apiVersion", "")).rpartition("/")[0]
    kind = body.get("kind")
    return kind == PLUGIN or (group == GROUP and kind in KINDS)


def _key(subject: Subject) -> tuple[str, str, str]:
    return str(subject.body["kind"]), subject.namespace, subject.name


def _placed(body: Body, parent: Application) -> Body:
    """With the namespace that Argo CD gives to an object without one."""
    body = shaped(body)
    metadata = mapping(body.get("metadata"))
    space = metadata.get("namespace") or parent.destination.get("namespace")
    return {**body, "metadata": {**metadata, "namespace": space}}


def _files(folder: str, directory: Body) -> Content:
    """The manifests of a source of type directory."""
    objects: list[Body] = []
    unknown: list[str] = []
    include, exclude = str(directory.get("include") or ""), str(directory.get("exclude") or "")
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(folders) if directory.get("recurse") else []
        for name in sorted(names):
            path = os.path.relpath(os.path.join(where, name), folder)
            if not name.endswith((".yaml", ".yml", ".json")):
                continue
            if (include and not globs.matches(include, path)) or (exclude and globs.matches(exclude, path)):
                continue
            try:
                with open(os.path.join(where, name), "rb") as file:
                    found = documents(file.read(), path)
            except (OSError, ExpansionError):
                unknown.append(f"{path} cannot be read")
                continue
            objects += [body for body in found if isinstance(body, dict)]
    return Content(tuple(objects), tuple(unknown))
