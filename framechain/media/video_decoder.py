"""Decodes one video stream of a file or URL: in order, deinterlaced, and past damaged packets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator

from ..errors import MediaError
from ..pixels.pyav import av
from .containers.timestamps import TimestampRepair
from .deinterlacing import deinterlace
from .frame_table import FrameTable, make_frame_table
from .open_input import (
    close_input,
    describe_decoding_error,
    describe_ffmpeg_error,
    make_no_size_error,
    open_input,
    prepare_decoder,
    read_packets,
)


class VideoDecoder:
    """The decoded images of the video stream that players would show.

    Attributes:
        container: The open container.
        stream: The video stream.
        first: The first image; `read` returns it first.
        damaged: How many packets could not be decoded.
        failure: Why decoding ended early, in a few words; None while all is well.
        begun_at: The time, in ticks of the stream, of the packet at which decoding began, after `skip_to` again; None
            if it has none.
    """

    def __init__(self, path: str, name: str, report: Callable[[str], object]) -> None:
        """Open the input and decode its first image.

        Args:
            path: A local path or a stream's URL.
            name: Its name in errors.
            report: Called with what is done differently from what the file says, as the rest of a sentence.

        Raises:
            MediaError: If it is no video, has no video stream, not one image can be decoded, or its images exceed the
                pixel limit.
        """
        self._path, self._name, self._report = path, name, report
        self._reading = threading.Lock()
        self.damaged = 0
        self.failure: str | None = None
        self.begun_at: int | None = None
        self.container = open_input(path, name)
        try:
            self.stream = self._choose_stream()
            prepare_decoder(self.stream, name)
            self._images = self._decode()
            first = next(self._images, None)
            if first is None:
                if not self.stream.width:
                    raise make_no_size_error(name)
                detail = self.failure or f"{self.damaged} damaged packets"
                raise MediaError(f"cannot read {name}: not one frame could be decoded ({detail})")
        except BaseException:
            close_input(self.container)
            raise
        self.first = first
        self._index = self.stream.index
        self._is_first_read = False

    def _choose_stream(self) -> av.video.stream.VideoStream:
        streams = self.container.streams
        # A song's cover is a video stream, too.
        videos = [stream for stream in streams.video if not stream.disposition & av.stream.Disposition.attached_pic]
        if not videos:
            kinds: list[str] = sorted({stream.type for stream in streams}) or ["nothing"]
            raise MediaError(f"cannot read {self._name}: it holds no video stream, only {' and '.join(kinds)}")
        best = streams.best("video")
        return best if best in videos else videos[0]

    def _decode(self) -> Generator[av.VideoFrame, None, None]:
        codec = self.stream.codec_context.codec.canonical_name
        try:
            yield from deinterlace(self._decode_packets(), codec, self._report)
        except av.FFmpegError as error:
            self.failure = describe_ffmpeg_error(error)

    def _decode_packets(self) -> Iterator[av.VideoFrame]:
        repair = TimestampRepair(self.stream, self.container.format.name)
        is_first = True
        try:
            for packet in read_packets(self.container, self.stream):
                repair.note(packet)
                if is_first:
                    self.begun_at, is_first = packet.pts, False
                try:
                    yield from map(repair.repair, packet.decode())
                except av.error.InvalidDataError:
                    self.damaged += 1
        except av.FFmpegError as error:
            self.failure = describe_decoding_error(error)

    def read(self) -> av.VideoFrame | None:
        """Return the next image; None at the end, where the input is closed."""
        with self._reading:
            if not self._is_first_read:
                self._is_first_read = True
                return self.first
            image = next(self._images, None)
            if image is None:
                self._release()
            return image

    def skip_to(self, pts: int) -> None:
        """Go on at the last key frame at or before a time.

        Args:
            pts: The time in ticks of the stream.

        Raises:
            av.FFmpegError: If the input cannot be searched; nothing can be read from it any more.
        """
        with self._reading:
            self._images.close()
            self.container.seek(pts, stream=self.stream)
            self._images, self._is_first_read = self._decode(), True

    def count_packets(self) -> int:
        """Return how many images there are, counted packet by packet in a container of its own."""
        with open_input(self._path, self._name) as container:
            stream = container.streams[self._index]
            return sum(1 for packet in read_packets(container, stream) if packet.size and not packet.is_discard)

    def list_frames(self) -> FrameTable | None:
        """Return when each image is shown, read packet by packet in a container of its own; None if they do not say."""
        if TimestampRepair(self.stream, self.container.format.name).is_needed:
            return None
        with open_input(self._path, self._name) as container:
            packets = read_packets(container, container.streams[self._index])
            return make_frame_table(
                (packet.pts, packet.is_keyframe) for packet in packets if packet.size and not packet.is_discard
            )

    def close(self) -> None:
        """Close the input, unless another thread hangs in a read; may be called twice."""
        if self._reading.acquire(blocking=False):
            self._is_first_read = True
            self._release()
            self._reading.release()

    def _release(self) -> None:
        self._images.close()
        close_input(self.container)
