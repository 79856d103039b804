"""Every bound on what a repository may make us do, as named settings with defaults.

A setting is read from the operator's environment variable `CMP_MAX_<NAME>` at the edge
(`cmp.cli`); cores take a `Limits` value. An error that reports an exceeded bound names the
variable, so that an operator can raise it.
"""

from __future__ import annotations

from cmp.errors import LimitError

# name -> (default, what it bounds)
SETTINGS: dict[str, tuple[int, str]] = {
    "file_bytes": (64 << 20, "size of one file in bytes"),
    "total_bytes": (256 << 20, "bytes read in one render"),
    "archive_bytes": (256 << 20, "size of a repository's archive in bytes (cmp-server)"),
    "unpacked_bytes": (1 << 30, "size of a repository's archive in bytes once unpacked (cmp-server)"),
    "archive_entries": (200_000, "files, directories and links in a repository's archive (cmp-server)"),
    "files": (20_000, "files read in one render"),
    "yaml_depth": (200, "nesting depth of a YAML document"),
    "yaml_nodes": (5_000_000, "YAML nodes in one file after alias expansion"),
    "documents": (50_000, "documents in one file"),
    "objects": (50_000, "objects in one build"),
    "layers": (64, "kustomizations nested in each other"),
    "visits": (5_000, "kustomizations built in one render, a shared base each time"),
    "patch_ops": (10_000, "operations in one JSON patch"),
    "copied_bytes": (
        256 << 20,
        "bytes that patches, replacements, generators, labels, names, namespaces, images, vars and "
        "buildMetadata copy in a render",
    ),
    "patch_index": (100_000, "array index in a JSON patch or replacement"),
    "scrypt_factor": (18, "log2 of the scrypt work factor"),
    "recipients": (1_000, "recipients of one encrypted file"),
    "age_header_bytes": (1 << 20, "size of an age header in bytes"),
    "output_bytes": (128 << 20, "size of the output in bytes"),
    "memory_bytes": (
        4 << 30,
        "memory of one render in bytes; less where the container has less: its limit minus 128 MiB, divided "
        "by CMP_CONCURRENCY, but not less than 268,435,456",
    ),
}


class Limits:
    """A value for each of `SETTINGS`, as attributes."""

    file_bytes: int
    total_bytes: int
    archive_bytes: int
    unpacked_bytes: int
    archive_entries: int
    files: int
    yaml_depth: int
    yaml_nodes: int
    documents: int
    objects: int
    layers: int
    visits: int
    patch_ops: int
    copied_bytes: int
    patch_index: int
    scrypt_factor: int
    recipients: int
    age_header_bytes: int
    output_bytes: int
    memory_bytes: int

    def __init__(self, **overrides: int) -> None:
        unknown = overrides.keys() - SETTINGS.keys()
        if unknown:
            raise TypeError(f"unknown limits: {sorted(unknown)}")
        for name, (default, _) in SETTINGS.items():
            setattr(self, name, overrides.get(name, default))

    def check(self, name: str, value: int) -> None:
        """Raise `LimitError` when `value` is above the setting `name`."""
        bound: int = getattr(self, name)
        if value > bound:
            raise exceeded(name, bound)


def exceeded(name: str, bound: int) -> LimitError:
    """The error for the setting `name` (a key of `SETTINGS`)."""
    return LimitError(
        f"more than {bound} is refused: {SETTINGS[name][1].partition(';')[0]}",
        hint=f"if this input is meant to be that large, the operator can raise CMP_MAX_{name.upper()}",
    )


DEFAULT = Limits()
