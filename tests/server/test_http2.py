"""HTTP/2 without sockets: what a peer may send, what it may not, and no work for nothing."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hpack import Decoder, Encoder
from hypothesis import given
from hypothesis import strategies as st
from tries import examples

from cmp.server.http2 import frames
from cmp.server.http2.connection import ALLOWANCE, CONNECTION_WINDOW, MAX_QUEUED, MAX_STREAMS, Connection
from cmp.server.http2.frames import frame, rst_stream, window_update
from cmp.server.http2.headers import MAX_LIST

REQUEST = [
    (":method", "POST"),
    (":scheme", "http"),
    (":path", "/a.B/C"),
    (":authority", "%2Ftmp%2Fa.sock"),
    ("content-type", "application/grpc"),
    ("te", "trailers"),
]
SETTINGS = frame(frames.SETTINGS, 0, 0)
HELLO = frames.PREFACE + SETTINGS
ENDS, HEADERS_END = frames.END_STREAM, frames.END_HEADERS


def decoded(decoder: Decoder, block: bytes) -> list[Any]:
    """Pairs of strings; hpack's annotations say bytes."""
    return list(decoder.decode(block))


class Body:
    """A receiver that remembers."""

    def __init__(self, stream, fields):
        self.stream = stream
        self.fields = fields
        self.held = 0
        self.content = bytearray()
        self.said = []

    def data(self, piece):
        assert len(piece)
        self.content += piece

    def settle(self):
        self.said.append("settle")

    def end(self):
        self.said.append("end")

    def gone(self):
        self.said.append("gone")


class Peer:
    """A connection, and a client's side of it that only counts."""

    def __init__(self):
        self.now = 0.0
        self.bodies = []
        self.connection = Connection(self.opened, lambda: self.now)
        self.rest = b""
        self.encoder = Encoder()

    def opened(self, stream, fields):
        self.bodies.append(Body(stream, fields))
        return self.bodies[-1]

    def send(self, *data):
        """As reads bring it; the frames that come back."""
        self.rest += b"".join(data)
        buffer = bytearray(self.rest)
        self.rest = bytes(buffer[self.connection.feed(memoryview(buffer)) :])
        buffer[:] = bytes(len(buffer))
        return self.received()

    def received(self):
        data = b""
        while out := self.connection.take():
            data += out
        found = []
        while data:
            high, low, kind, flags, number = frames.HEAD.unpack_from(data)
            size = high << 8 | low
            found.append((kind, flags, number, data[frames.HEAD_SIZE :][:size]))
            data = data[frames.HEAD_SIZE + size :]
        return found

    def block(self, fields=REQUEST):
        return self.encoder.encode(fields)

    def headers(self, number=1, flags=HEADERS_END, fields=REQUEST):
        return frame(frames.HEADERS, flags, number, self.block(fields))


@pytest.fixture
def peer():
    made = Peer()
    found = made.send(HELLO)
    assert [kind for kind, *_ in found] == [frames.SETTINGS, frames.WINDOW_UPDATE, frames.SETTINGS]
    assert found[2][1] == frames.ACK
    return made


def failed(found, code):
    """The connection's end with a code."""
    kind, _, _, payload = found[-1]
    assert kind == frames.GOAWAY
    assert struct.unpack(">I", payload[4:8])[0] == code, payload[8:]
    return True


def data(number, content, flags=0):
    return frame(frames.DATA, flags, number, content)


def test_a_request_and_its_answer(peer):
    assert peer.send(peer.headers(), data(1, b"abc"), data(1, b"def", ENDS)) == []
    [body] = peer.bodies
    assert body.fields[b":path"] == b"/a.B/C"
    assert body.content == b"abcdef"
    assert body.said == ["settle", "end"]
    body.stream.headers([(b"content-type", b"application/grpc")])
    body.stream.send(b"12345")
    body.stream.finish([(b"grpc-status", b"0"), (b"grpc-message", b"x" * 300)])
    first, piece, last = peer.received()
    decoder = Decoder()
    assert decoded(decoder, first[3]) == [(":status", "200"), ("content-type", "application/grpc")]
    assert piece == (frames.DATA, 0, 1, b"12345")
    assert decoded(decoder, last[3]) == [("grpc-status", "0"), ("grpc-message", "x" * 300)]
    assert last[1] == ENDS | HEADERS_END
    assert not peer.connection.streams


def test_an_answer_before_the_end_of_the_request_stops_it(peer):
    peer.send(peer.headers())
    peer.bodies[0].stream.finish([(b"grpc-status", b"2")])
    headers, reset = peer.received()
    assert decoded(Decoder(), headers[3])[0] == (":status", "200")
    assert reset == (frames.RST_STREAM, 0, 1, bytes(4))
    # What was under way already is let go.
    assert peer.send(data(1, b"late"), data(1, b"", ENDS), window_update(1, 5), rst_stream(1, 8)) == []
    assert not peer.connection.closed


def test_large_blocks_go_in_pieces(peer):
    peer.send(peer.headers(flags=HEADERS_END | ENDS))
    peer.bodies[0].stream.finish([(b"grpc-message", b"x" * 40000)])
    found = peer.received()
    assert [kind for kind, *_ in found] == [frames.HEADERS, frames.CONTINUATION, frames.CONTINUATION]
    assert [flags for _, flags, *_ in found] == [ENDS, 0, HEADERS_END]
    decoder = Decoder(max_header_list_size=1 << 20)
    assert decoded(decoder, b"".join(part for *_, part in found))[1] == ("grpc-message", "x" * 40000)


def test_answers_keep_to_the_peers_windows(peer):
    peer.send(peer.headers(1, HEADERS_END | ENDS), peer.headers(3, HEADERS_END | ENDS))
    answer = bytes(range(256)) * 400  # 102,400 bytes
    for body in peer.bodies:
        body.stream.headers([])
        body.stream.send(answer)
        body.stream.finish([(b"grpc-status", b"0")])
    got = {1: b"", 3: b""}

    def collect(found):
        for kind, _, number, payload in found:
            if kind == frames.DATA:
                assert len(payload) <= frames.MAX_FRAME
                got[number] += payload

    collect(peer.received())
    assert len(got[1]) + len(got[3]) == frames.FIRST_WINDOW
    collect(peer.send(window_update(0, 1 << 20)))
    assert {len(part) for part in got.values()} == {frames.FIRST_WINDOW}
    collect(peer.send(window_update(3, 10)))
    assert len(got[3]) == frames.FIRST_WINDOW + 10
    # SETTINGS_INITIAL_WINDOW_SIZE moves the windows of open streams; they may be below nothing then.
    collect(peer.send(frames.settings({frames.INITIAL_WINDOW_SIZE: 0}), window_update(1, 1 << 15)))
    assert len(got[1]) == frames.FIRST_WINDOW
    collect(peer.send(frames.settings({frames.INITIAL_WINDOW_SIZE: 1 << 20})))
    assert got == {1: answer, 3: answer}
    assert not peer.connection.streams


def test_a_large_answer_is_put_out_bit_by_bit(peer):
    peer.send(frames.settings({frames.INITIAL_WINDOW_SIZE: 1 << 24}), window_update(0, 1 << 24))
    peer.send(peer.headers(1, HEADERS_END | ENDS))
    stream = peer.bodies[0].stream
    stream.headers([])
    stream.send(bytes(4 << 20))
    stream.finish([])
    first = peer.connection.take()
    assert MAX_QUEUED <= len(first) <= MAX_QUEUED + 2 * frames.MAX_FRAME
    peer.connection.held_back = True
    peer.connection.take()
    assert peer.connection.take() == b""
    peer.connection.held_back = False
    peer.connection.pump()
    assert len(peer.received()) > 200
    assert not peer.connection.streams


def test_an_upload_beyond_the_first_window(peer):
    """The window opens as data is used, and stays closed by what the receiver holds."""
    peer.send(peer.headers())
    body = peer.bodies[0]
    body.held = frames.FIRST_WINDOW
    for _ in range(3):
        assert peer.send(data(1, bytes(16384))) == []
    body.held = 0
    body.stream.widen(1 << 20)
    [(kind, _, number, increment)] = peer.received()
    assert (kind, number) == (frames.WINDOW_UPDATE, 1)
    left = frames.FIRST_WINDOW - 3 * 16384
    assert struct.unpack(">I", increment)[0] == (1 << 20) - left
    sent, window = 0, 1 << 20
    while sent < 40 << 20:
        window -= 16384
        sent += 16384
        assert window >= 0
        for kind, _, number, increment in peer.send(data(1, bytes(16384))):
            assert kind == frames.WINDOW_UPDATE
            window += struct.unpack(">I", increment)[0] if number else 0
    assert peer.connection.window > CONNECTION_WINDOW // 2


def test_many_frames_in_any_pieces(peer):
    whole = peer.headers() + b"".join(data(1, bytes([n]) * (n + 1)) for n in range(200)) + data(1, b"", ENDS)
    for size in (1, 7, 9, 100, 5000):
        other = Peer()
        stream = HELLO + whole
        for at in range(0, len(stream), size):
            other.send(stream[at : at + size])
        assert other.bodies[0].content == b"".join(bytes([n]) * (n + 1) for n in range(200))
        assert other.bodies[0].said[-1] == "end"


def test_padding_priority_pieces_and_trailers(peer):
    block = peer.block()
    peer.send(
        frame(
            frames.HEADERS,
            frames.PADDED | frames.PRIORITIZED,
            1,
            b"\x03" + bytes(5) + block[:9] + bytes(3),
        ),
        frame(frames.CONTINUATION, 0, 1, block[9:20]),
        frame(frames.CONTINUATION, HEADERS_END, 1, block[20:]),
        frame(frames.DATA, frames.PADDED, 1, b"\x02abc\0\0"),
        frame(frames.DATA, frames.PADDED, 1, b"\x00d"),
        peer.headers(1, HEADERS_END | ENDS, [("x-a", "b")]),
    )
    assert peer.bodies[0].content == b"abcd"
    assert peer.bodies[0].said[-1] == "end"


def test_pings_settings_and_unknown_frames(peer):
    found = peer.send(
        frame(frames.PING, 0, 0, b"12345678"),
        frame(frames.PING, frames.ACK, 0, b"12345678"),
        frame(77, 0xFF, 5, b"newer"),
        frames.settings({77: 7, frames.MAX_FRAME_SIZE: 1 << 20, frames.ENABLE_PUSH: 0}),
        frame(frames.SETTINGS, frames.ACK, 0),
        frame(frames.PRIORITY, 0, 9, bytes(5)),
    )
    assert found == [
        (frames.PING, frames.ACK, 0, b"12345678"),
        (frames.SETTINGS, frames.ACK, 0, b""),
    ]


def test_resets_and_losses(peer):
    peer.send(peer.headers(1), peer.headers(3), rst_stream(1, frames.CANCEL))
    assert peer.bodies[0].said == ["gone"]
    peer.bodies[0].stream.finish([])  # nobody gets it
    assert peer.received() == []
    peer.connection.lost()
    assert peer.bodies[1].said == ["gone"]
    assert peer.send(b"anything") == []


def test_going_away(peer):
    peer.send(peer.headers(1))
    peer.connection.go_away()
    peer.connection.go_away()
    assert [(kind, payload) for kind, _, _, payload in peer.received()] == [
        (frames.GOAWAY, struct.pack(">II", 1, 0))
    ]
    assert peer.send(peer.headers(3)) == []
    assert len(peer.bodies) == 1
    assert not peer.connection.closed
    peer.bodies[0].stream.finish([])
    peer.received()
    assert peer.connection.closed


@pytest.mark.parametrize(
    "behind",
    [data(3, b"abc"), data(3, b"", ENDS), rst_stream(3, frames.CANCEL), window_update(3, 10)],
    ids=["data", "end", "reset", "window"],
)
def test_a_stream_that_crosses_our_going_away_ends_nothing(peer, behind):
    """The peer opened it before it saw the GOAWAY (RFC 9113, section 6.8)."""
    peer.send(peer.headers(1))
    peer.connection.go_away()
    assert peer.send(peer.headers(3), behind)[0][0] == frames.GOAWAY
    assert not peer.connection.closed
    assert len(peer.bodies) == 1
    assert peer.bodies[0].said == []
    peer.send(data(1, b"abc", ENDS))
    assert peer.bodies[0].content == b"abc"
    peer.bodies[0].stream.finish([])
    peer.received()
    assert peer.connection.closed


def test_a_peer_that_goes_away_gets_its_answers(peer):
    peer.send(peer.headers(1, HEADERS_END | ENDS), frame(frames.GOAWAY, 0, 0, bytes(8)))
    assert not peer.connection.closed
    peer.bodies[0].stream.finish([])
    assert peer.received()
    assert peer.connection.closed


@pytest.mark.parametrize("greeting", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", frames.PREFACE[:-1] + b"x"])
def test_what_is_not_http2(greeting):
    peer = Peer()
    failed(peer.send(greeting), frames.PROTOCOL_ERROR)
    assert peer.connection.closed


@pytest.mark.parametrize(
    "first",
    [
        frame(frames.SETTINGS, frames.ACK, 0),
        frame(frames.PING, 0, 0, bytes(8)),
        data(1, b"x"),
        frame(99, 0, 0),
    ],
)
def test_the_first_frame_is_settings(first):
    failed(Peer().send(frames.PREFACE + first), frames.PROTOCOL_ERROR)


P, F, S, C = (
    frames.PROTOCOL_ERROR,
    frames.FLOW_CONTROL_ERROR,
    frames.FRAME_SIZE_ERROR,
    frames.ENHANCE_YOUR_CALM,
)
WRONG = {
    "a frame that is too large": (frames.HEAD.pack(64, 1, 0, 0, 1), S),
    "data without a stream": (data(0, b"x"), P),
    "data on a stream that never was": (data(7, b"x"), P),
    "headers on an even stream": (frame(frames.HEADERS, HEADERS_END, 2, b"\x82"), P),
    "headers without a stream": (frame(frames.HEADERS, HEADERS_END, 0, b"\x82"), P),
    "headers too short for a priority": (frame(frames.HEADERS, frames.PRIORITIZED, 1, b"abc"), S),
    "padding that is too long": (frame(frames.HEADERS, frames.PADDED, 1, b"\x04abc"), P),
    "no padding length": (frame(frames.HEADERS, frames.PADDED, 1), P),
    "a block that cannot be decoded": (
        frame(frames.HEADERS, HEADERS_END, 1, b"\xff\xff\xff\xff\xff\xff"),
        frames.COMPRESSION_ERROR,
    ),
    "an index of no table": (frame(frames.HEADERS, HEADERS_END, 1, b"\xfe"), frames.COMPRESSION_ERROR),
    "a block that is interrupted": (
        frame(frames.HEADERS, 0, 1, b"\x82") + frame(frames.PING, 0, 0, bytes(8)),
        P,
    ),
    "a block that data interrupts": (frame(frames.HEADERS, 0, 1, b"\x82") + data(1, b"x"), P),
    "another stream's continuation": (
        frame(frames.HEADERS, 0, 1, b"\x82") + frame(frames.CONTINUATION, 0, 3, b"\x82"),
        P,
    ),
    "a continuation of nothing": (frame(frames.CONTINUATION, HEADERS_END, 1, b"\x82"), P),
    "a flood of continuations": (
        frame(frames.HEADERS, 0, 1, b"") + frame(frames.CONTINUATION, 0, 1, b"") * 17,
        C,
    ),
    "a block that is too large": (
        frame(frames.HEADERS, 0, 1, bytes(16384)) + frame(frames.CONTINUATION, 0, 1, bytes(16384)) * 2,
        C,
    ),
    "a push": (frame(frames.PUSH_PROMISE, HEADERS_END, 1, bytes(4)), P),
    "settings of a stream": (frame(frames.SETTINGS, 0, 1), S),
    "settings cut off": (frame(frames.SETTINGS, 0, 0, bytes(5)), S),
    "an acknowledgement with settings": (frame(frames.SETTINGS, frames.ACK, 0, bytes(6)), S),
    "a window out of range": (frames.settings({frames.INITIAL_WINDOW_SIZE: 1 << 31}), F),
    "a frame size out of range": (frames.settings({frames.MAX_FRAME_SIZE: 16383}), P),
    "a push setting out of range": (frames.settings({frames.ENABLE_PUSH: 2}), P),
    "a ping of a stream": (frame(frames.PING, 0, 1, bytes(8)), S),
    "a short ping": (frame(frames.PING, 0, 0, bytes(7)), S),
    "a short goaway": (frame(frames.GOAWAY, 0, 0, bytes(7)), S),
    "a short update": (frame(frames.WINDOW_UPDATE, 0, 0, bytes(3)), S),
    "an update of nothing": (window_update(0, 0), P),
    "an update of a stream that never was": (window_update(7, 1), P),
    "an update out of range": (window_update(0, frames.MAX_WINDOW), F),
    "a short reset": (frame(frames.RST_STREAM, 0, 1, bytes(3)), S),
    "a reset of no stream": (rst_stream(0, 8), P),
    "a reset of a stream that never was": (rst_stream(1, 8), P),
    "a short priority": (frame(frames.PRIORITY, 0, 1, bytes(4)), S),
    "a flood of pings": (frame(frames.PING, 0, 0, bytes(8)) * (ALLOWANCE + 1), C),
    "a flood of settings": (SETTINGS * (ALLOWANCE + 1), C),
    "a flood of priorities": (frame(frames.PRIORITY, 0, 1, bytes(5)) * (ALLOWANCE + 1), C),
    "a flood of updates": (window_update(0, 1) * (ALLOWANCE + 1), C),
    "a flood of unknown frames": (frame(99, 0, 0) * (ALLOWANCE + 1), C),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_a_peer_may_not_send(peer, name):
    sent, code = WRONG[name]
    failed(peer.send(sent), code)
    assert peer.connection.closed
    assert peer.send(sent) == []


def test_streams_are_opened_in_order(peer):
    peer.send(peer.headers(5, HEADERS_END | ENDS))
    failed(peer.send(peer.headers(3)), frames.STREAM_CLOSED)
    assert peer.bodies[0].said[-1] == "gone"


def test_more_than_the_window_allows(peer):
    peer.send(peer.headers())
    peer.bodies[0].held = 1 << 20
    sent = [data(1, bytes(16384)) for _ in range(4)]
    failed(peer.send(*sent), F)


def test_windows_of_a_stream_out_of_range(peer):
    peer.send(peer.headers())
    assert peer.send(window_update(1, 0))[-1][:3] == (frames.RST_STREAM, 0, 1)
    peer.send(peer.headers(3))
    found = peer.send(window_update(3, frames.MAX_WINDOW))
    assert found[-1] == (frames.RST_STREAM, 0, 3, struct.pack(">I", F))
    assert [body.said for body in peer.bodies] == [["gone"], ["gone"]]
    peer.send(peer.headers(5), window_update(5, frames.MAX_WINDOW - frames.FIRST_WINDOW))
    failed(peer.send(frames.settings({frames.INITIAL_WINDOW_SIZE: 1 << 17})), F)


def test_data_behind_the_end(peer):
    peer.send(peer.headers(1, HEADERS_END | ENDS))
    found = peer.send(data(1, b"x"))
    assert found == [(frames.RST_STREAM, 0, 1, struct.pack(">I", frames.STREAM_CLOSED))]
    peer.send(peer.headers(3))
    assert peer.send(peer.headers(3))[-1][0] == frames.RST_STREAM  # trailers have to end the stream


@pytest.mark.parametrize(
    "fields",
    [
        [],
        REQUEST[1:],
        [*REQUEST, (":path", "/")],
        [*REQUEST[:4], ("x", "y"), (":authority", "z")],
        [*REQUEST[:3], (":status", "200")],
        [*REQUEST, ("Upper", "x")],
        [*REQUEST, ("connection", "close")],
        [*REQUEST, ("te", "gzip")],
        [*REQUEST, ("x", "a\r\nb")],
        [*REQUEST, ("x", " a")],
        [*REQUEST, ("", "a")],
        [*REQUEST[:2], (":path", "")],
    ],
)
def test_requests_that_are_malformed(peer, fields):
    """A stream's error: the connection stays, and so does the table of its headers."""
    found = peer.send(peer.headers(1, HEADERS_END | ENDS, fields))
    assert found == [(frames.RST_STREAM, 0, 1, struct.pack(">I", P))]
    peer.send(peer.headers(3, HEADERS_END | ENDS))
    assert len(peer.bodies) == 1


def test_header_lists_that_grow_when_decoded(peer):
    """HPACK lets a byte stand for a field of kilobytes."""
    peer.send(peer.headers(1, HEADERS_END, [*REQUEST, ("x-large", "y" * 3000)]))
    bomb = b"\xbe" * (MAX_LIST // 3000 + 1)
    failed(peer.send(frame(frames.HEADERS, HEADERS_END, 3, bomb)), frames.COMPRESSION_ERROR)


def test_no_more_streams_than_allowed(peer):
    for number in range(1, 2 * MAX_STREAMS, 2):
        assert peer.send(peer.headers(number)) == []
    found = peer.send(peer.headers(2 * MAX_STREAMS + 1))
    assert found[-1] == (
        frames.RST_STREAM,
        0,
        2 * MAX_STREAMS + 1,
        struct.pack(">I", frames.REFUSED_STREAM),
    )
    assert len(peer.bodies) == MAX_STREAMS


def test_rapid_resets_end_the_connection(peer):
    found = []
    for number in range(1, 4 * ALLOWANCE, 2):
        found = peer.send(peer.headers(number), rst_stream(number, frames.CANCEL))
        if peer.connection.closed:
            break
    failed(found, C)
    assert len(peer.bodies) <= ALLOWANCE + 2


def test_a_peer_that_makes_us_reset(peer):
    """The same from the other side: errors that the peer provokes."""
    found = []
    for number in range(1, 4 * ALLOWANCE, 2):
        found = peer.send(peer.headers(number), window_update(number, 0))
        if peer.connection.closed:
            break
    failed(found, C)


def test_time_and_answers_fill_the_allowance(peer):
    ping = frame(frames.PING, 0, 0, bytes(8))
    for _ in range(50):
        peer.send(ping * 500)
        assert not peer.connection.closed
        peer.now += 6
    peer.send(frames.settings({frames.INITIAL_WINDOW_SIZE: 1 << 20}))
    number = 1
    for _ in range(3000):  # an answer, and the two updates that it costs
        peer.send(peer.headers(number, HEADERS_END | ENDS))
        peer.bodies[-1].stream.send(b"x")
        peer.bodies[-1].stream.finish([])
        peer.send(window_update(0, 1), window_update(number, 1))
        number += 2
    assert not peer.connection.closed


def test_empty_data_is_no_work(peer):
    peer.send(peer.headers())
    failed(peer.send(data(1, b"") * (ALLOWANCE + 1)), C)


KINDS = st.sampled_from([*range(10), 77])
FRAMES = st.builds(
    frame,
    KINDS,
    st.integers(0, 255),
    st.sampled_from([0, 1, 1, 1, 3, 5, 7, 2, 1 << 31 | 1]),
    st.one_of(st.binary(max_size=12), st.just(b"\x82\x86\x84"), st.just(bytes(8)), st.just(bytes(4))),
)


@examples(300)
@given(st.lists(st.one_of(FRAMES, st.just("request"), st.binary(max_size=5)), max_size=30), st.booleans())
def test_any_frames_are_served_or_refused(sent, greeted):
    """No exception but our end of the connection; every stream that ends has told its receiver."""
    peer = Peer()
    if greeted:
        peer.send(HELLO)
    number = 1
    for each in sent:
        peer.send(peer.headers(number, HEADERS_END) if each == "request" else each)
        number += 2 * (each == "request")
        for body in peer.bodies[::2]:
            body.stream.finish([(b"grpc-status", b"0")])
    peer.connection.lost()
    for body in peer.bodies[1::2]:
        assert body.said[-1] in ("gone", "end") or "end" in body.said
    assert not peer.connection.streams
