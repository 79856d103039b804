"""The ModelConfigs and ModelLocks of a build, found among its resources and paired."""

from __future__ import annotations

from cmp.errors import Where
from cmp.models.config import GROUP, NOT_MASKED, ModelConfig
from cmp.models.errors import DeclarationError
from cmp.models.lock import ModelLock
from cmp.models.match import names_of
from cmp.models.nearest import did_you_mean
from cmp.models.strict import counted

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


def read(resources: Iterable[Resource], is_masked: MaskTest = NOT_MASKED) -> Declarations:
    """The declarations among `resources`, checked; `DeclarationError` with the place of the first mistake."""
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
            raise DeclarationError(
                f"unknown kind {resource.kind!r} of the group {GROUP}",
                where=Where(file=resource.file, object=str(resource)),
                hint=did_you_mean(resource.kind, (CONFIG_KIND, LOCK_KIND)),
            )
    return Declarations(configs, _pair(configs, locks))


def _pair(configs: list[ModelConfig], locks: list[ModelLock]) -> dict[int, ModelLock]:
    """Each lock with the config of the same current or earlier name."""
    paired: dict[int, ModelLock] = {}
    for lock in locks:
        names = names_of(lock.resource)
        found = [config for config in configs if names & names_of(config.resource)]
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
