"""Pages of the site that are not in docs/: hooks that mkdocs calls (mkdocs.yml).

SECURITY.md, CONTRIBUTING.md and CHANGELOG.md stand where people look for them, and become pages. A link to
any other file of the repository leads to that file in the repository.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
PAGES = {"SECURITY.md": "security.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
_LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the repository's top folder."""
    for name, page in PAGES.items():
        made = File.generated(config, page, content=(ROOT / name).read_text(encoding="utf-8"))
        files.append(made)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links as they are right on the site."""
    source = page.file.src_uri
    from_top = next((name for name, made in PAGES.items() if made == source), "")
    here = posixpath.dirname(from_top or f"docs/{source}")

    def link(found: re.Match[str]) -> str:
        target, anchor = found[1], found[2] or ""
        if "://" in target or target.startswith("mailto:"):
            return found[0]
        path = posixpath.normpath(posixpath.join(here, target))
        if path in PAGES:
            inside = PAGES[path]
        elif path.startswith("docs/"):
            inside = path.removeprefix("docs/")
        else:
            return f"]({config.repo_url}/blob/main/{path}{anchor})"
        return f"]({posixpath.relpath(inside, posixpath.dirname(source) or '.')}{anchor})"

    return _LINK.sub(link, markdown)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """The theme's search dialog has no name, which a screen reader needs."""
    return output.replace('role="dialog">', 'role="dialog" aria-label="Search">')
