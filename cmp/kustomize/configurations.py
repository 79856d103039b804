"""Files of further field specs, the `configurations` field (api/internal/plugins/builtinconfig)."""

from __future__ import annotations

from cmp.errors import Where, located
from cmp.kustomize import specs as field_specs
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.kinds import TRANSFORMER_CONFIG
from cmp.kustomize.structs import StructError, decode
from cmp.paths import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.loader import Loader
    from cmp.kustomize.specs import Specs


def load(paths: list[str], loader: Loader) -> Specs:
    """The field specs of all files, merged in order. Unknown fields and repeated keys are errors here."""
    merged = field_specs.EMPTY
    for path in paths:
        with located(file=loader.display(path)):
            merged = merged.merge(read(loader.load(path), loader.display(path), loader))
    return merged


def read(data: bytes, file: str, loader: Loader) -> Specs:
    """The field specs of one file."""
    from cmp.yaml import load_config

    config = load_config(data, loader.options.limits)
    for duplicate in config.duplicates:
        line, column = duplicate.second
        raise KustomizeError(
            f"{dotted(duplicate.path)} is given twice", where=Where(file=file, line=line, column=column)
        )
    try:
        fields = decode(config.value, TRANSFORMER_CONFIG, strict=True) or {}
    except StructError as error:
        line, column = config.positions.get(error.path, (0, 0))
        raise KustomizeError(
            error.message,
            where=Where(file=file, line=line, column=column, field=dotted(error.path)),
            hint=error.hint,
        ) from error
    return field_specs.from_config(fields)
