"""The page in a real browser: its script runs under its own content policy, and the search filters."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape as html_unescape
from pathlib import Path
from typing import Any

import pytest

from cmp.diff import Difference, compare
from cmp.diff.html import Head, Side, page

Body = dict[str, Any]

QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=2000",
    "--dump-dom",
]


def bodies(image: str, weight: int) -> list[dict[str, object]]:
    candidates = [{"name": "a", "weight": weight}, {"name": "b", "weight": 100 - weight}]
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "c", "image": image}]},
        },
        {
            "apiVersion": "mlops.seldon.io/v1alpha1",
            "kind": "Experiment",
            "metadata": {"name": "e"},
            "spec": {"candidates": candidates},
        },
    ]


@pytest.fixture
def browser() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no Chromium on PATH to open the page with")
    return found


def dom(browser: str, folder: Path, address: str, *options: str) -> str:
    """The page as its scripts left it."""
    command = [browser, *QUIET, *options, f"--user-data-dir={folder / 'profile'}", address]
    return subprocess.run(command, capture_output=True, check=True, timeout=120).stdout.decode()


def made(difference: Difference) -> str:
    return page(difference, Head("staging → production"))


@pytest.mark.oracle
def test_a_search_filters_and_a_link_carries_it(browser: str, tmp_path: Path) -> None:
    file = tmp_path / "diff.html"
    file.write_text(made(compare(bodies("x:1", 50), bodies("x:2", 80), b"k" * 32)))

    def groups(search: str) -> list[str]:
        """Of the sections that are shown."""
        seen = dom(browser, tmp_path, f"file://{file}{search}")
        return re.findall(r'<section data-group="([^"]+)" aria-labelledby="[^"]+">', seen)

    assert groups("") == ["traffic split", "traffic", "images"]
    assert groups("#x:2%20pod") == ["images"]
    assert groups("#no%20such%20thing") == []


# What the page says of itself after keys: which element has the focus, the address, how many folds are open,
# how many objects are shown.
STATE = """
const said = [];
const say = () => said.push([document.activeElement.id, decodeURIComponent(location.hash.slice(1)),
  [...document.querySelectorAll('main details')].filter(fold => fold.open).length,
  document.querySelectorAll('section:not([hidden]) li:not([hidden])').length]);
const press = key => document.activeElement.dispatchEvent(
  new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
const type = text => { box.value = text; box.dispatchEvent(new Event('input')); };
"""


def after(keys: str, browser: str, folder: Path, address: str = "") -> list[list[object]]:
    """The states that `say()` noted while the script `keys` ran in the page."""
    many = {f"k{n}": "v" for n in range(20)}
    before, newer = bodies("x:1", 50), bodies("x:2", 80)
    newer.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": many})
    html = made(compare(before, newer, b"k" * 32, manifests=True))
    script = f"{STATE}{keys}\ndocument.body.append('said=' + JSON.stringify(said));"
    file = folder / "diff.html"
    file.write_text(html.replace("</body>", f"<script>{script}</script></body>"))
    seen = dom(browser, folder, f"file://{file}{address}")
    found: list[list[object]] = json.loads(html_unescape(seen.rpartition("said=")[2].partition("<")[0]))
    return found


@pytest.mark.oracle
def test_keys_move_between_objects(browser: str, tmp_path: Path) -> None:
    said = after("for (const key of 'jjkjjjj') { press(key); say(); }", browser, tmp_path)
    order = ["split-experiment-e", "experiment-e", "pod-p", "configmap-c"]
    wanted = [order[at] for at in (0, 1, 0, 1, 2, 3, 3)]
    assert [state[0] for state in said] == wanted
    assert [state[1] for state in said] == wanted, "the address survives a reload"


@pytest.mark.oracle
def test_a_key_opens_the_search_and_another_ends_it_and_folds_are_as_before(
    browser: str, tmp_path: Path
) -> None:
    keys = "say(); press('/'); say(); type('configmap'); say(); press('Escape'); say();"
    said = after(keys, browser, tmp_path)
    assert [state[0] for state in said] == ["", "search", "search", ""]
    assert [state[1] for state in said] == ["", "", "configmap", ""]
    assert [state[2] for state in said] == [4, 4, 5, 4], "the object's own fold opens for the search only"
    assert [state[3] for state in said] == [4, 4, 1, 4]


@pytest.mark.oracle
def test_keys_do_nothing_while_a_person_writes(browser: str, tmp_path: Path) -> None:
    said = after("press('/'); press('j'); press('k'); say();", browser, tmp_path)
    assert said == [["search", "", 4, 4]]


@pytest.mark.oracle
def test_the_link_of_an_object_opens_its_folds(browser: str, tmp_path: Path) -> None:
    said = after("say(); press('Enter'); say();", browser, tmp_path, "#configmap-c")
    assert [state[:3] for state in said] == [
        ["configmap-c", "configmap-c", 4],
        ["configmap-c", "configmap-c", 5],
    ]


@pytest.mark.oracle
def test_every_object_has_a_link(browser: str, tmp_path: Path) -> None:
    keys = "said.push([...document.querySelectorAll('main h3 a')].map(link => link.getAttribute('href')));"
    links = after(keys, browser, tmp_path)[0]
    assert links == ["#split-experiment-e", "#experiment-e", "#pod-p", "#configmap-c"]


@pytest.mark.oracle
def test_ids_are_unique_and_say_what_they_stand_for(browser: str, tmp_path: Path) -> None:
    names = ["a", "A", "a-2", "search", "x.y", "x-y"]

    def objects(value: int) -> list[Body]:
        body: Body = {"apiVersion": "v1", "kind": "Pod", "spec": {"replicas": value, "image": f"i:{value}"}}
        alone: Body = {
            "apiVersion": "v1",
            "kind": "search",
            "metadata": {"name": ""},
            "spec": {"only": value},
        }
        return [
            alone,
            *({**body, "metadata": {"name": name, "labels": {"l": f"v{value}"}}} for name in names),
        ]

    file = tmp_path / "diff.html"
    script = "document.body.append('ids=' + [...document.querySelectorAll('[id]')].map(e => e.id));"
    html = made(compare(objects(1), objects(2), b"k" * 32))
    file.write_text(html.replace("</body>", f"<script>{script}</script></body>"))
    ids = dom(browser, tmp_path, f"file://{file}").rpartition("ids=")[2].partition("<")[0].split(",")
    assert sorted(set(ids)) == sorted(ids)
    assert {"metadata-labels-l", "pod-a", "pod-a-2", "pod-a-3", "pod-x-y", "pod-x-y-2", "search-"} <= set(ids)


@pytest.mark.oracle
def test_a_long_path_may_break_before_its_parts(browser: str, tmp_path: Path) -> None:
    body: Body = {"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}}
    sides = [[{**body, "spec": {"a" * 30: [{"name": "b" * 20, "c": n}], "d": n}}] for n in (1, 2)]
    file = tmp_path / "diff.html"
    file.write_text(made(compare(sides[0], sides[1], b"k" * 32)))
    seen = dom(browser, tmp_path, f"file://{file}")
    assert f"<dt>spec<wbr>.{'a' * 30}<wbr>[{'b' * 20}]<wbr>.c</dt>" in seen
    assert "<dt>spec.d</dt>" in seen


@pytest.mark.oracle
@pytest.mark.parametrize("width", [360, 1200])
def test_nothing_is_wider_than_the_screen(browser: str, tmp_path: Path, width: int) -> None:
    """In a frame of that width, as a headless window is never narrower than 500 pixels."""
    before = bodies("registry.company.com/a-very-long-name/of-an-image:v1.2.3", 50)
    difference = compare(before, bodies("x:2", 95), b"k" * 32)
    (tmp_path / "inner.html").write_text(page(difference, Head("a" * 80, Side("b" * 200), Side("c" * 200))))
    (tmp_path / "outer.html").write_text(
        f'<iframe src="inner.html" style="width:{width}px;height:900px;border:0"></iframe>'
        "<script>addEventListener('load', () => {"
        "const page = document.querySelector('iframe').contentDocument.documentElement;"
        "document.body.append('over=' + (page.scrollWidth - page.clientWidth)) })</script>"
    )
    seen = dom(browser, tmp_path, f"file://{tmp_path}/outer.html", "--allow-file-access-from-files")
    assert re.findall(r">over=(-?\d+)<", seen) == ["0"]
