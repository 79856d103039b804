"""Every operation that gives a value of a tainted one gives a tainted one; containers and files likewise."""

from __future__ import annotations

import pytest

from cmp.yaml import load_all
from cmp.yaml.config import load_config
from cmp.yaml.taint import (
    Marks,
    Origin,
    Tainted,
    TaintedBytes,
    TaintedStr,
    carry,
    carry_all,
    joined,
    origins_of,
    taint,
    untaint,
)
from cmp.yaml.value import Folded, Loose, Quoted, QuotedScalar, Scalar

ORIGIN = (Origin("e.yaml", 0, ("a",)),)
OTHER = (Origin("f.yaml", 1, ("b", 0)),)
TEXT = "ab cd"


def dirty(value, origins=ORIGIN):
    return taint(value, origins)


# method -> its arguments on TEXT; each result is, or holds, a string that is not empty
METHODS = {
    "__add__": ("x",),
    "__getitem__": (slice(0, 2),),
    "__mod__": ((),),
    "__mul__": (2,),
    "capitalize": (),
    "casefold": (),
    "center": (9,),
    "expandtabs": (),
    "format": (),
    "join": (["x", "y"],),
    "ljust": (9,),
    "lower": (),
    "lstrip": (),
    "partition": (" ",),
    "removeprefix": ("a",),
    "removesuffix": ("d",),
    "replace": ("a", "x"),
    "rjust": (9,),
    "rpartition": (" ",),
    "rsplit": (),
    "rstrip": (),
    "split": (" ",),
    "splitlines": (),
    "strip": (),
    "swapcase": (),
    "title": (),
    "translate": ({97: "x"},),
    "upper": (),
    "zfill": (9,),
}
# Those that give no text, or none that says anything of the value.
SAYS_NOTHING = {
    *(
        "__class__",
        "__contains__",
        "__delattr__",
        "__dir__",
        "__doc__",
        "__eq__",
        "__ge__",
        "__getattribute__",
    ),
    *("__getnewargs__", "__getstate__", "__gt__", "__hash__", "__init__", "__init_subclass__", "__le__"),
    *("__len__", "__lt__", "__ne__", "__new__", "__reduce__", "__reduce_ex__", "__repr__", "__setattr__"),
    *("__sizeof__", "__subclasshook__", "count", "endswith", "find", "index", "isalnum", "isalpha"),
    *("isascii", "isdecimal", "isdigit", "isidentifier", "islower", "isnumeric", "isprintable", "isspace"),
    *("istitle", "isupper", "maketrans", "rfind", "rindex", "startswith", "format_map"),
}
# Python takes these for plain text whatever the class says: code that uses them calls `carry`.
BY_HAND = {"__format__", "__iter__", "__rmod__", "__rmul__"}


@pytest.mark.parametrize("name", sorted(METHODS))
def test_what_a_method_of_a_tainted_string_gives_is_tainted(name):
    given = getattr(dirty(TEXT), name)(*METHODS[name])
    assert given == getattr(TEXT, name)(*METHODS[name])
    for each in given if isinstance(given, (list, tuple)) else [given]:
        assert origins_of(each) == ORIGIN


def test_a_template_and_what_is_put_into_it():
    assert origins_of(dirty("a %s") % "x") == ORIGIN
    assert origins_of(dirty("a {} {}").format("x", "y")) == ORIGIN
    assert origins_of(dirty("a %s") % dirty("x", OTHER)) == (*ORIGIN, *OTHER)
    assert origins_of(dirty("a {}").format(dirty("x", OTHER))) == (*ORIGIN, *OTHER)


def test_no_method_of_a_string_is_forgotten():
    """A new Python may add one: decide whether it gives text."""
    assert set(dir(str)) <= {*METHODS, *SAYS_NOTHING, *BY_HAND, "__str__", "encode"}


def test_the_other_operand_may_be_the_tainted_one():
    assert origins_of("x" + dirty(TEXT)) == ORIGIN
    assert origins_of(dirty(TEXT) + dirty("x", OTHER)) == (*ORIGIN, *OTHER)
    assert origins_of("-".join(["x"]) + dirty(TEXT)) == ORIGIN
    assert origins_of(dirty("a b").replace("a", dirty("x", OTHER))) == (*ORIGIN, *OTHER)
    assert origins_of(dirty("-").join([dirty("x", OTHER), "y"])) == (*ORIGIN, *OTHER)


@pytest.mark.parametrize(
    "value",
    [
        TEXT,
        Quoted(TEXT),
        Loose(TEXT),
        Folded("a b", "a\nb"),
        QuotedScalar("7", "!!int"),
        Scalar("!!float", "0.5"),
        Scalar("!!int", "0x10"),
        7,
        0,
        2**70,
        0.5,
    ],
    ids=repr,
)
def test_a_twin_is_equal_in_every_respect_but_its_origins(value):
    twin = dirty(value)
    assert isinstance(twin, (Tainted, type(value)))
    assert isinstance(twin, type(value))
    assert twin == value
    assert hash(twin) == hash(value)
    assert origins_of(twin) == ORIGIN
    assert origins_of(getattr(twin, "text", twin)) == ORIGIN
    assert origins_of(str(twin) if isinstance(value, (str, int)) else twin) == ORIGIN
    assert str(value) not in repr(twin)
    plain = untaint(twin)
    assert (type(plain), plain, origins_of(plain)) == (type(value), value, ())


@pytest.mark.parametrize("value", [True, False, None, "", Scalar("!!bool", "true"), [], {}])
def test_what_says_too_little_is_not_followed(value):
    assert taint(value, ORIGIN) is value
    assert origins_of(taint(value, ORIGIN)) == ()


def test_carry():
    assert origins_of(carry("x", "y", 7)) == ()
    assert origins_of(carry("x", "y", dirty(7))) == ORIGIN
    assert origins_of(carry(dirty("x", OTHER), dirty(7))) == (*ORIGIN, *OTHER)
    assert [origins_of(each) for each in carry(["x", ""], dirty(TEXT))] == [ORIGIN, ()]
    assert origins_of(carry("x", TaintedBytes(b"x", Marks(ORIGIN)))) == ORIGIN
    assert origins_of(carry_all("x", {"k": [{dirty("key"): 1}, dirty(7, OTHER)]})) == (*ORIGIN, *OTHER)
    assert origins_of(carry_all("x", {"k": [1]})) == ()
    assert joined([TaintedBytes(b"x", Marks(ORIGIN)), (dirty(7, OTHER),)]) == (*ORIGIN, *OTHER)


def test_text_and_bytes_of_a_file_know_its_leaves():
    marks = Marks(ORIGIN, frozenset({("a",)}))
    data = TaintedBytes(b"a: secret\nb: open\n", marks)
    assert b"secret" not in repr(data).encode()
    text = data.decode()
    assert origins_of(text) == ORIGIN
    again = text.encode()
    assert isinstance(again, TaintedBytes)
    assert again.marks is marks
    for read in (load_all(data)[0], load_all(again)[0], load_config(data).value, load_config(again).value):
        assert isinstance(read, dict)
        assert {key: bool(origins_of(item)) for key, item in read.items()} == {"a": True, "b": False}
    assert isinstance(dirty(TEXT), TaintedStr)
    assert dirty(TEXT).encode().marks.origins == ORIGIN


@pytest.mark.parametrize(
    ("paths", "tainted"),
    [
        (None, {"top", "s", "item", "deep", "twice", "again"}),
        ({("s",)}, {"s"}),
        ({("list",)}, {"item", "deep"}),
        ({("list", "m")}, {"deep"}),
        ({("r",)}, {"twice", "again"}),
        (set(), set()),
    ],
)
def test_encrypted_leaves_are_found_by_their_path(paths, tainted):
    text = b"top: top\ns: s\nlist: [item, {m: deep}]\nr: twice\nr: again\n"
    marks = Marks(ORIGIN, None if paths is None else frozenset(paths))
    found = set()
    (document,) = load_all(TaintedBytes(text, marks))
    stack = [document, getattr(document, "repeats", None)]
    while stack:
        value = stack.pop()
        if isinstance(value, (dict, list)):
            stack += value.values() if isinstance(value, dict) else value
        elif origins_of(value):
            found.add(str.__str__(value))
    assert found == tainted


def test_the_entries_of_an_env_file():
    marks = Marks(ORIGIN, frozenset({("A",)}), by_line=True)
    known = marks.entry("A")
    assert known is not None
    assert known.origins == (Origin("e.yaml", 0, ("A",)),)
    assert marks.entry("B") is None
    whole = Marks(ORIGIN)
    assert whole.entry("A") is whole
