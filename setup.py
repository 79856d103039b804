"""Puts docs/ into the package, for `cmpctl docs NAME`, and links that hold everywhere into README."""

import re
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
SOURCE = re.search(r'^Source = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)


def readme() -> str:
    """README.md, whose links to files of the repository lead there from everywhere."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    address = SOURCE[1] if SOURCE else ""
    text = re.sub(r"(!\[[^\]]*\]\()(?!https?:)", rf"\1{address}/raw/main/", text)
    return re.sub(r"(?<!\!)(\[[^\]]*\]\()(?!https?:|#)", rf"\1{address}/blob/main/", text)


class WithPages(build_py):
    """Copies docs/**/*.md to cmp/pages in the wheel; an editable install reads docs/ itself."""

    def run(self) -> None:
        """After the modules."""
        super().run()
        if self.editable_mode:
            return
        for page in sorted(ROOT.glob("docs/**/*.md")):
            target = Path(self.build_lib, "cmp", "pages", page.relative_to(ROOT / "docs"))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(page.read_bytes())


setup(
    cmdclass={"build_py": WithPages}, long_description=readme(), long_description_content_type="text/markdown"
)
