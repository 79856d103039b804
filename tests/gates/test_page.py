"""docs/gates.md says what the code does."""

from __future__ import annotations

from pathlib import Path

from cmp.gates import page
from cmp.gates.registry import GATES, STRICT_NOTICE_RULES, STRICT_OBJECT_RULES, check, sort_notices
from cmp.kustomize import Notice

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_current():
    assert (DOCS / "gates.md").read_text() == page.render(), "run: cmpctl docs gates > docs/gates.md"


def test_every_rule_explains_itself():
    rules = [*GATES, *STRICT_OBJECT_RULES, *STRICT_NOTICE_RULES]
    assert len({rule.ID for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.TITLE
        assert rule.WHY.endswith(".")
        assert rule.CURE.endswith(".")


def test_notices_are_warnings_or_refusals():
    notices = [Notice("unused-image", "a"), Notice("deprecated-field", "b")]
    assert sort_notices(notices, strict=False) == ([], ["a", "b"])
    refused, warnings = sort_notices(notices, strict=True)
    assert [str(notice) for notice in refused] == ["a"]
    assert warnings == ["b"]
    assert check is not None


def test_every_notice_that_a_strict_rule_lists_is_one_the_engine_makes():
    """A renamed notice would silently stop being an error in strict mode."""
    import re

    import cmp.kustomize

    source = "".join(path.read_text() for path in Path(cmp.kustomize.__file__).parent.rglob("*.py"))
    made = set(re.findall(r'(?:notice|Notice|EnvFlaw)\(\s*"([a-z-]+)"', source))
    listed = {notice for rule in STRICT_NOTICE_RULES for notice in rule.NOTICES}
    from cmp.models.injection import REPLACED

    assert listed <= made | {REPLACED}
    assert made - listed <= {"deprecated-field", "unused-var"}, "decide: strict or warning?"


def test_short_cuts_know_what_models_know():
    """Gates skip the import of `cmp.models` by these; they must not fall behind."""
    from cmp.gates.rules import unresolved_reference
    from cmp.models.reference import is_reference

    for text in ("models:/a/1", "Models:/a@b", "runs:/x/y", "mlflow-artifacts:/x", "s3://a/b"):
        assert is_reference(text) == any(mark in text.lower() for mark in unresolved_reference.MARKS)
