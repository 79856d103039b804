"""`cmpctl docs`: the pages of the documentation, offline; those made from the code can't go stale."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

import cmp
from cmp.cli.output import table
from cmp.errors import UsageError
from cmp.nearest import did_you_mean

SCHEMA = "schema"
# What the code itself writes: name -> (module with `render`, its arguments, where it is kept or "").
MADE: dict[str, tuple[str, tuple[str, ...], str]] = {
    "gates": ("cmp.gates.page", (), "docs/gates.md"),
    "limits": ("cmp.cli.limits_page", (), "docs/limits.md"),
    "reference/commands": ("cmp.cli.commands_page", (), "docs/reference/commands.md"),
    "reference/environment": ("cmp.cli.environment_page", (), "docs/reference/environment.md"),
    "plugin": ("cmp.argocd.plugin_config", (), "plugin.yaml"),
    "man-cmp-generate": ("cmp.cli.man_page", ("cmp-generate",), ""),
    "man-cmpctl": ("cmp.cli.man_page", ("cmpctl",), ""),
}
_TITLES = {
    "plugin": "plugin.yaml, from the table of parameters",
    "man-cmp-generate": "Manual page of cmp-generate, in roff",
    "man-cmpctl": "Manual page of cmpctl, in roff",
}


@click.command()
@click.argument("page", required=False)
@click.argument("kind", required=False, type=click.Choice(["ModelConfig", "ModelLock"]))
def command(page: str | None, kind: str | None) -> int:
    """List the pages of the documentation, or print one.

    `schema KIND` prints the JSON Schema of a ModelConfig or ModelLock, for editors and checks.

    \b
    Examples:
      cmpctl docs
      cmpctl docs secrets | less
      cmpctl docs plugin > plugin.yaml
      cmpctl docs schema ModelConfig > .cmp/ModelConfig.schema.json
    """
    if (page == SCHEMA) != (kind is not None):
        hint = "cmpctl docs schema ModelConfig"
        raise UsageError("schema takes a kind, and no other page does", hint=hint)
    click.echo(_contents() if page is None else _page(page, kind), nl=False)
    return 0


def _page(name: str, kind: str | None) -> str:
    if kind is not None:
        from cmp.models.schema import render

        return render(kind)
    name = name.removesuffix(".md").removeprefix("docs/")
    if name in MADE:
        module, arguments, _ = MADE[name]
        text: str = import_module(module).render(*arguments)
        return text
    pages = _pages()
    if name not in pages:
        known = [*pages, *MADE, SCHEMA]
        raise UsageError(
            f"there is no page {name!r}", hint=f"{did_you_mean(name, known)} (cmpctl docs lists all)"
        )
    return pages[name].read_text(encoding="utf-8")


def _contents() -> str:
    """The pages in the order of the index, then those that it does not name: ADRs, what is made on demand."""
    pages = _pages()
    index = pages["index"].read_text(encoding="utf-8")

    def place(name: str) -> tuple[int, str]:
        found = index.find(f"({name}.md)")
        return (-1 if name == "index" else found if found >= 0 else len(index), name)

    titles = {**{name: _title(path) for name, path in pages.items()}, **_TITLES}
    titles[SCHEMA] = "JSON Schema of ModelConfig or ModelLock"
    return table([(name, titles[name]) for name in sorted(titles, key=place)], ("page", "title"))


def _pages() -> dict[str, Path]:
    """By name, such as `migration/ksops`: those in the package, or of the checkout that it runs from."""
    package = Path(cmp.__file__).parent
    shipped = package / "pages"
    folder = shipped if shipped.is_dir() else package.parent / "docs"
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob("*.md"))
    }


def _title(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((line.removeprefix("# ") for line in lines if line.startswith("# ")), path.stem)
