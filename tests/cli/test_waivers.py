"""The operator's CMP_WAIVERS, and that nothing an Application sets lets an object past a gate."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from cmp.cli.commands import doctor

PLACEHOLDER = "cmp.mlops/allow-placeholder"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {k: CHANGEME}\n"
WAIVED = SECRET.replace("{name: s}", f"{{name: s, annotations: {{{PLACEHOLDER}: the chart wants it}}}}")


@pytest.fixture
def generate(tmp_path):
    def run(text, environ=None):
        (tmp_path / "kustomization.yaml").write_text("resources: [s.yaml]\n")
        (tmp_path / "s.yaml").write_text(text)
        done = subprocess.run(
            [sys.executable, "-m", "cmp.cli.generate"],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "CMP_STATE_DIR": str(tmp_path / "state"), **(environ or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("placehold", "did you mean 'placeholder'?"),
        ("cleartext,no-objects", "CMP_WAIVERS names 'no-objects'"),
        ("cleartext,", "CMP_WAIVERS names ''"),
        ("none,cleartext", "CMP_WAIVERS names 'none'"),
        ("All", "CMP_WAIVERS names 'All'"),
    ],
)
def test_an_unknown_id_fails_at_start(generate, value, said):
    code, out, err = generate(SECRET, {"CMP_WAIVERS": value})
    assert (code, out) == (2, "")
    assert said in err
    assert [check.level for check in doctor.settings({"CMP_WAIVERS": value})] == ["error"]


@pytest.mark.parametrize("value", [None, "", "all", "placeholder", " cleartext , placeholder "])
def test_what_the_operator_allows_may_be_waived(generate, value):
    code, out, _ = generate(WAIVED, {} if value is None else {"CMP_WAIVERS": value})
    assert code == 0
    assert "kind: Secret" in out


@pytest.mark.parametrize(
    ("value", "shown"),
    [("none", "it allows none"), ("cleartext,undecrypted", "it allows cleartext, undecrypted")],
)
def test_a_refusal_shows_what_the_operator_allows(generate, value, shown):
    code, out, err = generate(WAIVED, {"CMP_WAIVERS": value})
    assert (code, out) == (1, "")
    assert f"CMP_WAIVERS does not allow placeholder; {shown}" in err


@pytest.mark.parametrize(
    ("environ", "finding"),
    [
        ({}, "all: "),
        ({"CMP_WAIVERS": "all"}, "all: "),
        ({"CMP_WAIVERS": "none"}, "none: "),
        ({"CMP_WAIVERS": "placeholder,cleartext"}, "cleartext, placeholder"),
    ],
)
def test_doctor_shows_the_setting(environ, finding):
    (check,) = doctor.settings(environ)
    assert (check.level, check.subject) == ("ok", "CMP_WAIVERS")
    assert check.finding.startswith(finding)


def parameters(**values):
    return {
        "ARGOCD_APP_PARAMETERS": json.dumps(
            [{"name": name.replace("_", "-"), "map": value} for name, value in values.items()]
        )
    }


@pytest.mark.parametrize(
    "environ",
    [
        parameters(common_annotations={PLACEHOLDER: "because"}),
        parameters(common_labels={"a": "b"}, common_annotations={PLACEHOLDER: "because", "x": "y"}),
        {"ARGOCD_ENV_COMMON_ANNOTATIONS": json.dumps({PLACEHOLDER: "because"})},
        {
            **parameters(common_annotations={}),
            "ARGOCD_ENV_COMMON_ANNOTATIONS": json.dumps({PLACEHOLDER: "because"}),
        },
        {"ARGOCD_ENV_CMP_WAIVERS": "all", "CMP_WAIVERS": "none"},
    ],
)
def test_nothing_that_an_application_sets_waives_a_gate(generate, environ):
    text = WAIVED if "CMP_WAIVERS" in environ else SECRET
    code, out, err = generate(text, {"ARGOCD_APP_NAME": "x", **environ})
    assert (code, out) == (1, "")
    assert "never filled in" in err
