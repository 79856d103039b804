"""One peer's connection: frames in, calls of the streams' receivers, frames out. Strict, and all is bounded.

RFC 9113, sections 3.4 to 8. Bounds: streams at once, a frame's and a header block's size, the pieces of a
block, the windows, and for frames that cost their sender nothing (pings, settings, resets, empty data) an
allowance that time and real work fill up again.
"""

from __future__ import annotations

from cmp.server.http2 import frames
from cmp.server.http2.errors import ConnectionFailed
from cmp.server.http2.headers import MAX_LIST, HeaderDecoder, request, trailers
from cmp.server.http2.stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cmp.server.http2.stream import Receiver

MAX_STREAMS = 100
# All streams of a connection may be a first window ahead of us at once, and more: it never holds them up.
CONNECTION_WINDOW = 16 << 20
MAX_CONTINUATIONS = 16
# Frames that ask for nothing: so many at once, and so many more a second.
ALLOWANCE = 1000
ALLOWANCE_A_SECOND = 100
# Of answers, before somebody takes it.
MAX_QUEUED = 1 << 18
# A piece of an answer may be followed by updates of two windows, and by a ping that measures the line.
_PER_PIECE_SENT = 4

_SETTINGS = {frames.MAX_CONCURRENT_STREAMS: MAX_STREAMS, frames.MAX_HEADER_LIST_SIZE: MAX_LIST}


class Connection:
    """opened: makes the receiver of a new stream from its request's fields. clock: seconds, rising.

    `take` says what is to be written. `closed`: nothing is read any more, and when all is written the
    connection ends. `held_back`: the peer does not read; no more of the answers is put out.
    """

    __slots__ = (
        "_allowance",
        "_block",
        "_clock",
        "_decoder",
        "_greeted",
        "_opened",
        "_refilled",
        "_settled",
        "_touched",
        "closed",
        "first_send_window",
        "going_away",
        "held_back",
        "highest",
        "last",
        "out",
        "queued",
        "send_window",
        "sending",
        "streams",
        "window",
    )

    def __init__(
        self, opened: Callable[[Stream, dict[bytes, bytes]], Receiver], clock: Callable[[], float]
    ) -> None:
        self._opened = opened
        self._clock = clock
        self._decoder = HeaderDecoder()
        self._greeted = self._settled = False
        self._block: _Block | None = None
        self._allowance = float(ALLOWANCE)
        self._refilled = clock()
        self._touched: set[Stream] = set()
        self.streams: dict[int, Stream] = {}
        self.sending: dict[int, Stream] = {}
        # The newest stream that is or was served, and the newest that the peer has opened: until it sees our
        # GOAWAY it may open some that we pass over, with all that comes on them (section 6.8).
        self.last = self.highest = 0
        self.window = CONNECTION_WINDOW
        self.send_window = self.first_send_window = frames.FIRST_WINDOW
        self.closed = self.going_away = self.held_back = False
        self.queued = 0
        self.out: list[bytes] = [
            frames.settings(_SETTINGS),
            frames.window_update(0, CONNECTION_WINDOW - frames.FIRST_WINDOW),
        ]

    @property
    def greeted(self) -> bool:
        """Whether the peer has said that it speaks HTTP/2."""
        return self._settled

    @property
    def uploading(self) -> bool:
        """Whether there is a stream that was given a wide window, and has not ended."""
        return any(stream.wide and not stream.half_closed for stream in self.streams.values())

    def feed(self, data: memoryview) -> int:
        """Take the whole frames in `data`: how many bytes that was. The rest is to come again, with more.

        Receivers get parts of `data`, which is theirs until this returns.
        """
        if self.closed:
            return len(data)
        try:
            used = self._frames(data)
            self._settle()
        except ConnectionFailed as failed:
            self.fail(failed)
            return len(data)
        if self.sending:
            self.pump()
        return used

    def lost(self) -> None:
        """The peer has gone."""
        self.closed = True
        streams = list(self.streams.values())
        self.streams.clear()
        self.sending.clear()
        for stream in streams:
            stream.receiver.gone()

    def fail(self, failed: ConnectionFailed) -> None:
        """Say why, and end."""
        self.out.append(frames.goaway(self.last, failed.code, failed.reason))
        self.lost()

    def go_away(self) -> None:
        """Serve the streams that are there, and no more."""
        if not self.going_away and not self.closed:
            self.going_away = True
            self.out.append(frames.goaway(self.last, frames.NO_ERROR))
        self.close_when_idle()

    def close_when_idle(self) -> None:
        """After a GOAWAY the last stream's end is the connection's."""
        if self.going_away and not self.streams:
            self.closed = True

    def pump(self) -> None:
        """Put out as much of the answers as the peer's windows and `MAX_QUEUED` allow."""
        for stream in list(self.sending.values()):
            while not self.held_back and self.queued < MAX_QUEUED and stream.put_out():
                pass

    def put(self, piece: bytes) -> None:
        """A piece of an answer."""
        self.out.append(piece)
        self.queued += len(piece)
        self._allowance = min(self._allowance + _PER_PIECE_SENT, ALLOWANCE)

    def take(self) -> bytes:
        """All that is to be written now. Ask again: there may be more of an answer behind it."""
        out, self.out, self.queued = b"".join(self.out), [], 0
        if self.sending:
            self.pump()
        return out

    def spend(self, frames_of_no_use: int = 1) -> None:
        """Count what asks for nothing; `ConnectionFailed` when it is too much."""
        now = self._clock()
        self._allowance += (now - self._refilled) * ALLOWANCE_A_SECOND
        self._allowance = min(self._allowance, ALLOWANCE) - frames_of_no_use
        self._refilled = now
        if self._allowance < 0:
            raise ConnectionFailed.calm("too many frames that ask for nothing")

    def _frames(self, data: memoryview) -> int:
        at, end = 0, len(data)
        if not self._greeted:
            if data != frames.PREFACE[:end] and data[: len(frames.PREFACE)] != frames.PREFACE:
                raise ConnectionFailed.protocol("the preface is missing")
            if end < len(frames.PREFACE):
                return 0
            self._greeted = True
            at = len(frames.PREFACE)
        head, size, most = frames.HEAD.unpack_from, frames.HEAD_SIZE, frames.MAX_FRAME
        streams = self.streams
        stream: Stream | None = None
        while end - at >= size:
            high, low, kind, flags, number = head(data, at)
            length = high << 8 | low
            if length > most:
                raise ConnectionFailed.size("a frame is larger than SETTINGS_MAX_FRAME_SIZE")
            start = at + size
            stop = start + length
            if stop > end:
                break
            at = stop
            # Nearly all frames are pieces of an upload. One stream at a time is all but always the case.
            if not kind and not flags and length and self._block is None and self._settled:
                if stream is None or stream.number != number:
                    stream = streams.get(number)
                if stream is not None and not stream.half_closed:
                    stream.window -= length
                    self.window -= length
                    if stream.window >= 0 and self.window >= 0:
                        self._touched.add(stream)
                        stream.receive(data[start:stop])
                        continue
                    raise ConnectionFailed.flow("more data than the window allows")
            self._frame(kind, flags, number & frames.STREAM_BITS, data[start:stop])
            stream = None
        return at

    def _frame(self, kind: int, flags: int, number: int, payload: memoryview) -> None:
        if not self._settled and (kind != frames.SETTINGS or flags & frames.ACK):
            raise ConnectionFailed.protocol("the first frame is not SETTINGS")
        if self._block is not None and kind != frames.CONTINUATION:
            raise ConnectionFailed.protocol("a header block is interrupted")
        handle = _HANDLERS.get(kind)
        if handle is None:
            self.spend()
        else:
            handle(self, flags, number, payload)

    def _settle(self) -> None:
        """Let the receivers keep what they were given, and open the windows as far as they kept up."""
        if not self._touched:
            return
        touched, self._touched = self._touched, set()
        for stream in touched:
            stream.receiver.settle()
            stream.credit()
        if self.window * 2 < CONNECTION_WINDOW:
            self.out.append(frames.window_update(0, CONNECTION_WINDOW - self.window))
            self.window = CONNECTION_WINDOW

    def _data(self, flags: int, number: int, payload: memoryview) -> None:
        if not number:
            raise ConnectionFailed.protocol("DATA without a stream")
        self.window -= len(payload)
        if self.window < 0:
            raise ConnectionFailed.flow("more data than the window allows")
        if number > self.highest:
            raise ConnectionFailed.protocol("DATA on a stream that was never opened")
        content = _unpadded(payload) if flags & frames.PADDED else payload
        if not content and not flags & frames.END_STREAM:
            self.spend()
        stream = self.streams.get(number)
        if stream is None:
            # Sent before our end of the stream reached the peer.
            if self.window * 2 < CONNECTION_WINDOW:
                self.out.append(frames.window_update(0, CONNECTION_WINDOW - self.window))
                self.window = CONNECTION_WINDOW
            return
        if stream.half_closed:
            self._break(stream, frames.STREAM_CLOSED)
            return
        stream.window -= len(payload)
        if stream.window < 0:
            raise ConnectionFailed.flow("more data than the window allows")
        self._touched.add(stream)
        if content:
            stream.receive(content)
        if flags & frames.END_STREAM:
            self._half_close(stream)

    def _headers(self, flags: int, number: int, payload: memoryview) -> None:
        if not number & 1:
            raise ConnectionFailed.protocol("a request's stream has an even number")
        content = _unpadded(payload) if flags & frames.PADDED else payload
        if flags & frames.PRIORITIZED:
            if len(content) < 5:
                raise ConnectionFailed.size("HEADERS too short for its priority")
            content = content[5:]
        block = _Block(number, bool(flags & frames.END_STREAM), bytes(content))
        if flags & frames.END_HEADERS:
            self._request(block)
        else:
            self._block = block

    def _continuation(self, flags: int, number: int, payload: memoryview) -> None:
        block = self._block
        if block is None or block.number != number:
            raise ConnectionFailed.protocol("CONTINUATION of no header block")
        block.content += payload
        block.pieces += 1
        if len(block.content) > MAX_LIST or block.pieces > MAX_CONTINUATIONS:
            raise ConnectionFailed.calm("a header block is too large")
        if flags & frames.END_HEADERS:
            self._block = None
            self._request(block)

    def _request(self, block: _Block) -> None:
        fields = self._decoder.decode(block.content)
        known = self.streams.get(block.number)
        if known is not None:
            if known.half_closed or not block.ends or not trailers(fields):
                self._break(known, frames.PROTOCOL_ERROR)
            else:
                self._half_close(known)
            return
        if block.number <= self.highest:
            raise ConnectionFailed(frames.STREAM_CLOSED, "HEADERS on a stream that is closed")
        self.highest = block.number
        if self.going_away:
            return
        self.last = block.number
        found = request(fields)
        if found is None or len(self.streams) >= MAX_STREAMS:
            self.spend()
            code = frames.PROTOCOL_ERROR if found is None else frames.REFUSED_STREAM
            self.out.append(frames.rst_stream(block.number, code))
            return
        stream = self.streams[block.number] = Stream(self, block.number, self.first_send_window)
        stream.half_closed = block.ends
        stream.set_receiver(self._opened(stream, found))
        if block.ends:
            stream.receiver.end()

    def _half_close(self, stream: Stream) -> None:
        stream.half_closed = True
        if stream in self._touched:
            self._touched.discard(stream)
            stream.receiver.settle()
        stream.receiver.end()

    def _break(self, stream: Stream, code: int) -> None:
        """End a stream by whose fault it is: the peer's."""
        self.spend()
        stream.reset(code)
        stream.receiver.gone()

    def _priority(self, _flags: int, number: int, payload: memoryview) -> None:
        """RFC 9113 has done away with priorities."""
        if not number or len(payload) != 5:
            raise ConnectionFailed.size("a PRIORITY frame that is malformed")
        self.spend()

    def _rst_stream(self, _flags: int, number: int, payload: memoryview) -> None:
        if len(payload) != 4:
            raise ConnectionFailed.size("a RST_STREAM frame that is malformed")
        if not number or number > self.highest:
            raise ConnectionFailed.protocol("RST_STREAM of a stream that was never opened")
        self.spend()
        stream = self.streams.get(number)
        if stream is not None:
            stream.forget()
            stream.receiver.gone()

    def _set(self, flags: int, number: int, payload: memoryview) -> None:
        if number or len(payload) % frames.SETTING.size or (flags & frames.ACK and payload):
            raise ConnectionFailed.size("a SETTINGS frame that is malformed")
        self.spend()
        if flags & frames.ACK:
            return
        for name, value in frames.SETTING.iter_unpack(payload):
            self._apply(name, value)
        self._settled = True
        self.out.append(frames.frame(frames.SETTINGS, frames.ACK, 0))
        self.pump()

    def _apply(self, name: int, value: int) -> None:
        if name == frames.INITIAL_WINDOW_SIZE:
            if value > frames.MAX_WINDOW:
                raise ConnectionFailed.flow("SETTINGS_INITIAL_WINDOW_SIZE is out of range")
            change = value - self.first_send_window
            self.first_send_window = value
            for stream in self.streams.values():
                stream.send_window += change
                if stream.send_window > frames.MAX_WINDOW:
                    raise ConnectionFailed.flow("a window is out of range")
        elif name == frames.MAX_FRAME_SIZE:
            if not frames.MAX_FRAME <= value < 1 << 24:
                raise ConnectionFailed.protocol("SETTINGS_MAX_FRAME_SIZE is out of range")
            # Ours stay at what every peer takes: larger ones would let one answer go before all others.
        elif name == frames.ENABLE_PUSH and value > 1:
            raise ConnectionFailed.protocol("SETTINGS_ENABLE_PUSH is out of range")

    def _push_promise(self, _flags: int, _number: int, _payload: memoryview) -> None:
        raise ConnectionFailed.protocol("PUSH_PROMISE from a client")

    def _ping(self, flags: int, number: int, payload: memoryview) -> None:
        if number or len(payload) != 8:
            raise ConnectionFailed.size("a PING frame that is malformed")
        self.spend()
        if not flags & frames.ACK:
            self.out.append(frames.frame(frames.PING, frames.ACK, 0, bytes(payload)))

    def _goaway(self, _flags: int, number: int, payload: memoryview) -> None:
        if number or len(payload) < 8:
            raise ConnectionFailed.size("a GOAWAY frame that is malformed")
        self.spend()
        self.going_away = True
        self.close_when_idle()

    def _window_update(self, _flags: int, number: int, payload: memoryview) -> None:
        if len(payload) != 4:
            raise ConnectionFailed.size("a WINDOW_UPDATE frame that is malformed")
        if number > self.highest:
            raise ConnectionFailed.protocol("WINDOW_UPDATE of a stream that was never opened")
        self.spend()
        increment = frames.WORD.unpack(payload)[0] & frames.STREAM_BITS
        stream = self.streams.get(number)
        if not number:
            if not increment:
                raise ConnectionFailed.protocol("a WINDOW_UPDATE of nothing")
            self.send_window += increment
            if self.send_window > frames.MAX_WINDOW:
                raise ConnectionFailed.flow("a window is out of range")
        elif stream is not None:
            stream.send_window += increment
            if not increment or stream.send_window > frames.MAX_WINDOW:
                self._break(stream, frames.FLOW_CONTROL_ERROR if increment else frames.PROTOCOL_ERROR)


class _Block:
    """A header block that is not complete yet."""

    __slots__ = ("content", "ends", "number", "pieces")

    def __init__(self, number: int, ends: bool, content: bytes) -> None:
        self.number = number
        self.ends = ends
        self.content = content
        self.pieces = 0


def _unpadded(payload: memoryview) -> memoryview:
    if not payload or payload[0] >= len(payload):
        raise ConnectionFailed.protocol("padding that is longer than its frame")
    return payload[1 : len(payload) - payload[0]]


_HANDLERS = {
    frames.DATA: Connection._data,
    frames.HEADERS: Connection._headers,
    frames.PRIORITY: Connection._priority,
    frames.RST_STREAM: Connection._rst_stream,
    frames.SETTINGS: Connection._set,
    frames.PUSH_PROMISE: Connection._push_promise,
    frames.PING: Connection._ping,
    frames.GOAWAY: Connection._goaway,
    frames.WINDOW_UPDATE: Connection._window_update,
    frames.CONTINUATION: Connection._continuation,
}
