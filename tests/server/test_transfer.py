"""A stream of a repository, taken apart in any pieces: the archive, or an error, and nothing left."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protobuf import encode

from cmp.errors import CmpError, LimitError
from cmp.limits import DEFAULT, Limits
from cmp.server import transfer
from cmp.server.calls import MAX_MESSAGE, CallError
from cmp.server.errors import NoRoomError, WireError
from cmp.server.spool import Budget
from cmp.server.transfer import Chunks, FirstMessages, Upload

REQUEST = {
    "metadata": (1, {"appRelPath": (2, "string"), "checksum": (3, "string"), "size": (4, "int")}),
    "file": (2, {"chunk": (1, "bytes"), "offset": (9, "int")}),
}
TRAILER = b"behind"


def framed(message):
    return b"\0" + len(message).to_bytes(4, "big") + message


def chunk(data, **more):
    return framed(encode(REQUEST, {"file": {"chunk": data, **more}}))


def metadata(archive, **other):
    known = {"appRelPath": ".", "checksum": hashlib.sha256(archive).hexdigest(), "size": len(archive)}
    return framed(encode(REQUEST, {"metadata": known | other}))


def spooled(pieces, *, budget=None, limits=DEFAULT, ends=True):
    """The archive that a stream of pieces makes; each piece is one feed of the connection."""

    async def run():
        upload = Upload(FirstMessages())
        taken = asyncio.get_running_loop().create_task(render(upload))
        for piece in pieces:
            buffer = bytearray(piece)
            upload.data(memoryview(buffer))
            upload.settle()
            buffer[:] = bytes(len(buffer))  # as the next read does: nothing may point into it any more
            await asyncio.sleep(0)
        if ends:
            upload.end()
        return await asyncio.wait_for(taken, 10)

    async def render(upload):
        found, _ = await transfer.metadata_of(upload)
        whole = budget or Budget(1 << 30)
        with await whole.take(transfer.room_for(found, len(TRAILER), limits), 1) as share:
            spool = await transfer.receive(upload, found, TRAILER, share, whole, limits)
            try:
                return os.pread(spool.fd, 1 << 24, 0)
            finally:
                spool.close()

    return asyncio.run(run())


def cut(data, places):
    places = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[start:stop] for start, stop in itertools.pairwise(places)]


@given(
    st.lists(st.one_of(st.binary(max_size=40), st.binary(min_size=120, max_size=300)), max_size=8),
    st.lists(st.integers(0, 4000)),
    st.booleans(),
)
def test_any_cut_gives_the_same_archive(chunks, places, newer):
    archive = b"".join(chunks)
    more = {"offset": 7} if newer else {}
    stream = metadata(archive) + b"".join(chunk(each, **more) for each in chunks)
    assert spooled(cut(stream, places)) == archive + TRAILER


@pytest.mark.parametrize("size", [1, 100, 1024, 16373, 65536, MAX_MESSAGE - 20])
def test_whole_messages_of_one_size(size):
    archive = os.urandom(3 * size + size // 2)
    messages = [chunk(archive[at : at + size]) for at in range(0, len(archive), size)]
    assert spooled([metadata(archive), *messages]) == archive + TRAILER
    # In the frames of HTTP/2.
    frames = [part for each in messages for part in cut(each, range(0, len(each), 16384))]
    assert spooled([metadata(archive), *frames]) == archive + TRAILER


def test_messages_that_look_like_the_one_before():
    """The same size and tags, and another content: a chunk that is shorter, and a field behind it."""
    first = chunk(bytes(100))
    odd = framed(
        encode(
            {"file": (2, {"chunk": (1, "bytes"), "x": (3, "bytes")})},
            {"file": {"chunk": bytes(90), "x": bytes(8)}},
        )
    )
    assert len(first) == len(odd)
    archive = bytes(290)
    assert spooled([metadata(archive), first, odd, first]) == archive + TRAILER


def test_chunks_keep_no_more_than_a_message():
    chunks = Chunks()
    message = chunk(bytes(1000), offset=1)
    for at in range(0, len(message), 100):
        chunks.feed(memoryview(message[at : at + 100]))
    assert [len(part) for part in chunks.parts] == [1000]
    assert not chunks.incomplete


@pytest.mark.parametrize(
    ("pieces", "says"),
    [
        ([], "empty"),
        ([chunk(b"x")], "no metadata"),
        ([metadata(b""), metadata(b"")], "no piece"),
        ([metadata(b""), framed(b"")], "no piece"),
        ([metadata(b""), framed(b"\x12\x05\x0a\x09ab")], "cut off"),
        ([metadata(b"a"), chunk(b"x")], "SHA-256"),
        ([metadata(b"a")], "SHA-256"),
        ([metadata(b"", checksum="x")], "SHA-256"),
        ([metadata(b"x")[:-1]], "inside of a message"),
        ([metadata(b"x"), chunk(b"x")[:-1]], "inside of a message"),
        ([metadata(b"x"), chunk(b"x")[:3]], "inside of a message"),
        ([metadata(b"x"), chunk(b"x"), b"\0"], "inside of a message"),
        ([b"\1\0\0\0\0"], "compressed"),
        ([metadata(b"x"), b"\1" + chunk(b"x")[1:]], "compressed"),
        ([b"\0\xff\xff\xff\xff"], "a message of 4294967295 bytes"),
        ([metadata(b"x"), b"\0\x00\x40\x00\x01"], "a message of 4194305 bytes"),
    ],
)
def test_streams_that_are_none(pieces, says):
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises((WireError, CallError)) as caught:
        spooled(pieces)
    assert says in getattr(caught.value, "text", str(caught.value))
    assert len(os.listdir("/proc/self/fd")) == before


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)))
def test_any_bytes_are_an_archive_or_our_error(data, places):
    try:
        found = spooled(cut(metadata(b"") + data, places))
    except (CmpError, CallError):
        return
    assert found == TRAILER


def test_an_archive_that_grows_beyond_what_was_told():
    archive = b"x" * 500
    pieces = [metadata(archive, size=10), *[chunk(b"x" * 100)] * 5]
    budget = Budget(600)
    assert spooled(pieces, budget=budget, limits=Limits(archive_bytes=1000)) == archive + TRAILER
    assert budget.used == 0
    with pytest.raises(LimitError, match="archive"):
        spooled(pieces, budget=budget, limits=Limits(archive_bytes=499))
    with pytest.raises(NoRoomError):
        spooled(pieces, budget=Budget(450))
    assert budget.used == 0


def test_what_comes_too_early_is_held_and_counted():
    async def run():
        upload = Upload(FirstMessages())
        upload.data(memoryview(metadata(b"x" * 10)))
        upload.settle()
        assert (upload.first.done(), upload.held) == (True, 0)
        upload.data(memoryview(chunk(b"x" * 10)))
        upload.settle()
        upload.end()
        assert upload.held == len(chunk(b"x" * 10))
        assert not upload.complete.done()
        found: list[bytes] = []
        upload.into(lambda parts: found.extend(bytes(part) for part in parts))
        assert upload.complete.done()
        assert (b"".join(found), upload.held) == (b"x" * 10, 0)

    asyncio.run(run())


def test_a_sink_that_fails_ends_the_stream():
    async def run():
        upload = Upload(FirstMessages())
        upload.data(memoryview(metadata(b"x") + chunk(b"x")))

        def full(_parts):
            raise OSError(28, "no space")

        upload.into(full)
        upload.data(memoryview(chunk(b"y")))
        upload.settle()
        upload.end()
        with pytest.raises(OSError, match="no space"):
            await upload.complete

    asyncio.run(run())


def test_first_messages_have_a_bound_together():
    """Who waits with large ones is in no budget yet; the next one is refused until some are let go of."""

    async def run():
        firsts = FirstMessages(1000)
        uploads = [Upload(firsts) for _ in range(4)]
        message = framed(bytes(295))
        for upload in uploads[:3]:
            upload.data(memoryview(message[:100]))
            upload.data(memoryview(message[100:]))
            assert await upload.take_first() == bytes(295)
        assert firsts.used == 900
        uploads[3].data(memoryview(message[:10]))
        with pytest.raises(CallError, match="8") as caught:
            await uploads[3].take_first()
        assert caught.value.text == "there is no memory for another request"
        for upload in uploads:
            upload.let_go()
            upload.let_go()
        assert firsts.used == 0

    asyncio.run(run())
