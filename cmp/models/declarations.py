"""The ModelConfigs and ModelLocks of a build, found among its resources and paired."""

from __future__ import annotations

from cmp.errors import Where
from cmp.models.config import GROUP, NOT_MASKED, ModelConfig
from cmp.models.errors import ModelError
from cmp.models.lock import ModelLock
from cmp.models.reference import BOTH, PLACES, scheme_of
from cmp.nearest import did_you_mean
from cmp.yaml.strict import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cmp.kustomize.resource import Resource
    from cmp.models.config import MaskTest

CONFIG_KIND, LOCK_KIND = "ModelConfig", "ModelLock"


class Declarations:
    """The ModelConfigs and ModelLocks of a build, each config with its lock or None."""

    __slots__ = ("configs", "locks")

    def __init__(self, configs: list[ModelConfig], locks: dict[int, ModelLock]) -> None:
        self.configs = configs
        self.locks = locks

    def lock_of(self, config: ModelConfig) -> ModelLock | None:
        """The lock of a config."""
        return self.locks.get(id(config))

    def reference_schemes(self, is_masked: MaskTest = NOT_MASKED) -> frozenset[str]:
        """The schemes of locked references that name no place, in lower case, as far as the locks tell.

        A build does not know which registries there are. A scheme that a locked URI has, too, names places.
        """
        entries = [
            entry
            for lock in self.locks.values()
            for entry in lock.entries.values()
            if not is_masked(entry.uri) and not is_masked(entry.ref)
        ]
        places = PLACES | BOTH | {scheme_of(entry.uri) for entry in entries}
        return frozenset(scheme_of(entry.ref) for entry in entries) - places - {""}


def read(resources: Iterable[Resource], is_masked: MaskTest = NOT_MASKED) -> Declarations:
    """The declarations among `resources`, checked; `ModelError` with the place of the first mistake."""
    configs: list[ModelConfig] = []
    locks: list[ModelLock] = []
    for resource in resources:
        if resource.gvk.group != GROUP:
            continue
        if resource.kind == CONFIG_KIND:
            configs.append(ModelConfig(resource, is_masked))
        elif resource.kind == LOCK_KIND:
            locks.append(ModelLock(resource, is_masked))
        else:
            raise ModelError(
                f"unknown kind {resource.kind!r} of the group {GROUP}",
                where=Where(file=resource.file, object=str(resource)),
                hint=did_you_mean(resource.kind, (CONFIG_KIND, LOCK_KIND)),
            )
    return Declarations(configs, _pair(configs, locks))


def _pair(configs: list[ModelConfig], locks: list[ModelLock]) -> dict[int, ModelLock]:
    """Each lock with the config of the same current or earlier name."""
    paired: dict[int, ModelLock] = {}
    for lock in locks:
        names = lock.resource.names()
        found = [config for config in configs if names & config.resource.names()]
        # A base used twice has two pairs of the same original name: the current name and namespace decide.
        if len(found) > 1:
            exact = [config for config in found if config.name == lock.name]
            near = [
                config for config in exact or found if config.resource.namespace == lock.resource.namespace
            ]
            found = near or exact or found
        if len(found) != 1:
            known = [config.name for config in configs]
            raise lock.node.error(
                f"{counted(len(found), 'ModelConfig')} of this lock's name",
                hint=did_you_mean(lock.name, known, "the build has"),
            )
        if id(found[0]) in paired:
            raise lock.node.error(f"a second ModelLock for the ModelConfig {found[0].name}")
        paired[id(found[0])] = lock
    return paired
