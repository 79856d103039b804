"""How a connection or a stream ends before its time. A peer's fault, so nothing that a user reads."""

from __future__ import annotations

from cmp.server.http2 import frames


class ConnectionFailed(Exception):  # noqa: N818 - what happened, as HTTP/2 says it
    """The peer broke the protocol: GOAWAY with this code and reason, and the connection ends."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason

    @classmethod
    def protocol(cls, reason: str) -> ConnectionFailed:
        """PROTOCOL_ERROR."""
        return cls(frames.PROTOCOL_ERROR, reason)

    @classmethod
    def size(cls, reason: str) -> ConnectionFailed:
        """FRAME_SIZE_ERROR."""
        return cls(frames.FRAME_SIZE_ERROR, reason)

    @classmethod
    def flow(cls, reason: str) -> ConnectionFailed:
        """FLOW_CONTROL_ERROR."""
        return cls(frames.FLOW_CONTROL_ERROR, reason)

    @classmethod
    def compression(cls) -> ConnectionFailed:
        """COMPRESSION_ERROR."""
        return cls(frames.COMPRESSION_ERROR, "a header block cannot be decoded, or is too large")

    @classmethod
    def calm(cls, reason: str) -> ConnectionFailed:
        """ENHANCE_YOUR_CALM."""
        return cls(frames.ENHANCE_YOUR_CALM, reason)
