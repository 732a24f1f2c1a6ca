"""Mistakes of one line that a test must notice: `tests/support/mutants.py` makes them."""

from __future__ import annotations

from typing import NamedTuple


class Mutant(NamedTuple):
    """One mistake.

    Args:
        name: What the mistake does.
        path: The module, below framechain/.
        old: Text that occurs once in the module.
        new: What replaces it.
        tests: Arguments of pytest: a file below tests/, and a choice of its tests.
    """

    name: str
    path: str
    old: str
    new: str
    tests: str


MUTANTS = (
    Mutant(
        "a stream's boxes are not counted",
        "media/stream_guard.py",
        "index.check(self._guard.received)",
        "pass",
        "media/test_stream_guard.py -k refused",
    ),
    Mutant(
        "a box with a long length ends the chain of boxes",
        "media/stream_guard.py",
        'length = int.from_bytes(head[8:], "big")',
        "pass",
        "media/test_stream_guard.py -k long_length",
    ),
    Mutant(
        "a server that ignores ranges is taken for one that can seek",
        "media/raw_stream.py",
        "self._jump(1)",
        "self._jump(0)",
        "media/test_raw_stream.py -k in_order",
    ),
    Mutant(
        "an edit list repeats samples unnoticed",
        "media/containers/sample_tables.py",
        "max(track.samples, int(shown.sum()))",
        "track.samples",
        "media/containers/test_sample_tables.py -k edited",
    ),
    Mutant(
        "a small file may promise as much as a large one",
        "media/containers/index_size.py",
        "max(FREE_SAMPLES, available)",
        "MOST_SAMPLES",
        "media/test_memory.py -k local",
    ),
    Mutant(
        "a video file forgets how long its last frame lasts",
        "sinks/files/video_file.py",
        "video_frame.duration = info.duration",
        "pass",
        "sinks/files/test_video_file.py -k uneven",
    ),
    Mutant(
        "a covered frame keeps the outline that a matte found",
        "run/fail_closed.py",
        "covering.matte_alpha = None",
        "covering.matte_alpha = frame.matte_alpha",
        "objects/test_find_matte.py -k covered_frame",
    ),
    Mutant(
        "the alpha of a covered frame shows the person",
        "objects/matte_object.py",
        "make_read_only(np.zeros(covered.size[::-1], np.uint8))",
        "make_read_only(np.full(covered.size[::-1], 255, np.uint8))",
        "objects/test_find_matte.py -k learns",
    ),
    Mutant(
        "a matte that fills its array again changes an earlier alpha",
        "objects/matte_object.py",
        "alphas[0] = confidence.copy()",
        "alphas[0] = confidence",
        "objects/test_find_matte.py -k fills",
    ),
    Mutant(
        "the old background comes in where the foreground is scaled",
        "compositing/placement.py",
        "cv2.multiply(plane[part], _like(plane, alpha[part]), scale=1 / 255, dst=weighted[part])",
        "weighted[part] = plane[part]",
        "compositing/test_placement.py",
    ),
    Mutant(
        "an effect on the foreground leaves a halo",
        "objects/replacement.py",
        "shows_same = self._background.shows_scene and self._effect is None",
        "shows_same = self._background.shows_scene or self._effect is not None",
        "objects/test_foreground.py -k halo",
    ),
    Mutant(
        "frames for which a matte learns count as empty",
        "objects/matte_object.py",
        "if self.status is None:",
        "if True:",
        "objects/test_foreground_share.py",
    ),
    Mutant(
        "a late start in a file with a wrong index is missed",
        "backgrounds/video.py",
        "if shown is not None and shown.info.time <= target:",
        "if shown is not None:",
        "backgrounds/test_video_start.py",
    ),
    Mutant(
        "a soft region is cut by no edge",
        "contracts/modifiers.py",
        "translate(~mask if outside else mask, None, edges[0])",
        "(~mask if outside else mask)",
        "contracts/test_matte.py -k soft_region",
    ),
    Mutant(
        "joined mattes are cut by one edge",
        "contracts/modifiers.py",
        "translate(resize(confidence, width, height), edge, shared)",
        "resize(confidence, width, height)",
        "contracts/test_matte.py -k matte_join",
    ),
    Mutant(
        "YUV frames are not covered while a matte learns",
        "objects/matte_object.py",
        "if self._is_live and self.status is not None:",
        "if self._is_live and self.status is not None and not frame.is_yuv:",
        "run/test_fail_closed.py -k learning_matte",
    ),
    Mutant(
        "a call has no time limit",
        "threads/worker.py",
        "self._wait(call, what, seconds, idle)",
        "self._wait(call, what, None, idle)",
        "run/test_hangs.py -k late_frame_of_many",
    ),
    Mutant(
        "a late call does not refuse the next one",
        "threads/worker.py",
        "if self.is_busy:\n            raise",
        "if False:\n            raise",
        "threads/test_worker.py",
    ),
    Mutant(
        "a further signal raises while the first unwinds",
        "run/interrupts.py",
        "self._breaks_at = None  # A further",
        "pass  # A further",
        "run/test_second_signal.py -k further_signal",
    ),
    Mutant(
        "an outer run is broken off while an inner one completes its output",
        "run/interrupts.py",
        "= outer._root._breaks_at, None\n",
        "= outer._root._breaks_at, outer._root._breaks_at\n",
        "run/test_second_signal.py -k inner_run_is_finished",
    ),
    Mutant(
        "a subclass that overrides only __call__ is bypassed",
        "adapters.py",
        "if any(name in vars(kind) for name in by):\n            return True",
        "if any(name in vars(kind) for name in by):\n            return False",
        "test_chain.py -k only_call",
    ),
    Mutant(
        "the count of reconnects is not reset after a recovery",
        "sources/camera.py",
        "                    attempts = 0\n",
        "                    pass\n",
        "sources/test_webcam.py -k recovers",
    ),
    Mutant(
        "the output is renamed before it is on the disk",
        "files/atomic_output.py",
        "        os.fsync(file.fileno())",
        "        pass",
        "files/test_atomic_output.py -k on_the_disk",
    ),
    Mutant(
        "a writer's failure is not noticed while the source is silent",
        "run/pipeline.py",
        "lambda: stop() or writing_failed.is_set()",
        "lambda: stop()",
        "run/test_pipeline.py -k writer_fails",
    ),
    Mutant(
        "sinks are not aborted after an error",
        "run/run.py",
        "if sink in unfinished:",
        "if False:",
        "run/test_run.py -k after_an_error",
    ),
    Mutant(
        "sinks that were finished are aborted too",
        "run/run.py",
        "if sink in unfinished:",
        "if True:",
        "run/test_run.py -k after_an_error",
    ),
    Mutant(
        "a lock file that was removed meanwhile counts as locked",
        "files/locks.py",
        "if _is_same_file(path, handle):",
        "if True:",
        "files/test_locks.py -k between_opening_and_locking",
    ),
    Mutant(
        "audio packets whose times do not grow stay so",
        "media/audio.py",
        "packet.pts = packet.dts = last + 1\n            last",
        "pass\n            last",
        "media/test_audio.py -k do_not_grow",
    ),
    Mutant(
        "the audio is cut before the last frame has been shown",
        "sinks/files/video_file.py",
        "(info.duration or self._usual_duration())",
        "0",
        "media/test_audio.py -k as_long_as_the_last_frame",
    ),
    Mutant(
        "the source's key frames are forced on the encoder",
        "sinks/files/video_file.py",
        "video_frame.pict_type = _KEY_FRAME if key_frame else 0",
        "pass",
        "sinks/files/test_video.py -k not_forced",
    ),
    Mutant(
        "times of a broadcast go back",
        "sinks/uplink.py",
        "max(frame.info.pts - self._origin, self._last_pts + 1)",
        "frame.info.pts - self._origin",
        "sinks/test_broadcast.py -k in_order",
    ),
    Mutant(
        "the head of a recording is not restored",
        "sinks/files/recording.py",
        "            file.write(self._head)\n",
        "",
        "sinks/files/test_recording.py -k restore",
    ),
    Mutant(
        "the end of a recording is not restored",
        "sinks/files/recording.py",
        "            file.truncate(self._end)\n",
        "",
        "sinks/files/test_recording.py -k restore",
    ),
    Mutant(
        "noise does not raise the threshold",
        "mattes/scene/difference.py",
        "_NOISE_FACTOR, _NOISE_PERIOD = 1.7, 8",
        "_NOISE_FACTOR, _NOISE_PERIOD = 0, 8",
        "mattes/scene/test_difference.py -k noise_above",
    ),
    Mutant(
        "mixed pixels stay in the outline of a difference",
        "mattes/scene/difference.py",
        "_trim_mixed_pixels(self.clean_up(strong), difference)",
        "self.clean_up(strong)",
        "mattes/scene/test_difference.py -k outline",
    ),
    Mutant(
        "specks that the trimming leaves stay",
        "mattes/scene/difference.py",
        "self.clean_up.filter_by_area(_trim_mixed_pixels(self.clean_up(strong), difference))",
        "_trim_mixed_pixels(self.clean_up(strong), difference)",
        "mattes/scene/test_difference.py -k speck",
    ),
    Mutant(
        "the outline of a difference is not cleaned before it is trimmed",
        "mattes/scene/difference.py",
        "_trim_mixed_pixels(self.clean_up(strong), difference)",
        "_trim_mixed_pixels(strong, difference)",
        "mattes/scene/test_difference.py -k thread",
    ),
    Mutant(
        "a light that has settled restarts the warm-up",
        "mattes/scene/learning.py",
        ".max() > _SETTLED",
        ".max() > -1",
        "mattes/scene/test_running_average.py -k noise",
    ),
    Mutant(
        "a change of light does not restart the warm-up",
        "mattes/scene/learning.py",
        ".max() > _SETTLED",
        ".max() > 99",
        "mattes/scene/test_learning.py -k settles",
    ),
    Mutant(
        "the crop's shape has no hysteresis",
        "mattes/selfie/windows.py",
        "(off if before > more else on)",
        "on",
        "mattes/selfie/test_stream.py -k crop_ratio",
    ),
    Mutant(
        "a second person counts from 30 % of the first one's area",
        "mattes/selfie/people.py",
        "min_component: float = 0.04",
        "min_component: float = 0.3",
        "mattes/selfie/test_people.py",
    ),
    Mutant(
        "a screen that changes its colour is not followed",
        "mattes/chroma.py",
        "_FOLLOW_RATE = 0.2",
        "_FOLLOW_RATE = 0.0",
        "mattes/test_chroma.py -k drifts",
    ),
    Mutant(
        "the old background bleeds into the edge of a transparent frame",
        "backgrounds/transparent.py",
        "weight **= 4",
        "weight **= 1",
        "backgrounds/test_transparent.py",
    ),
    Mutant(
        "a background video does not start over when time goes back",
        "backgrounds/video.py",
        "if self._source is None or played < self._loop_start - self._tolerance:",
        "if self._source is None:",
        "backgrounds/test_video.py",
    ),
    Mutant(
        "1280 pixels are not HD",
        "pixels/colour.py",
        "max(width, height) >= 1280",
        "max(width, height) > 1280",
        "pixels/test_colour.py",
    ),
    Mutant(
        "the objects' late call keeps the others from being closed",
        "run/chain_caller.py",
        "if hung is not None and thing is hanging:",
        "if False:",
        "run/test_hangs.py -k other_objects_are_closed",
    ),
    Mutant(
        "the window is not polled while an object is waited for",
        "threads/worker.py",
        "            if idle is not None:\n                idle()\n",
        "",
        "run/test_hangs.py -k window_is_polled",
    ),
    Mutant(
        "an object draws on the caller's array",
        "run/stream_run.py",
        "original.copy())",
        "original)",
        'run/test_run.py -k "array_of_the_caller or key_of_an_object"',
    ),
    Mutant(
        "failures that are apart add up",
        "run/fail_closed.py",
        "        self._in_a_row = 0\n        self._size",
        "        self._size",
        "run/test_fail_closed.py -k do_not_add_up",
    ),
    Mutant(
        "strict: what is new is shown at once",
        "mattes/leak_guard.py",
        "shown = np.zeros_like(alpha)\n",
        "shown = tight\n",
        'mattes/test_leak_guard.py -k "first_frame or too_fast"',
    ),
    Mutant(
        "strict: a matte that is set while running is not strict",
        "objects/replacement.py",
        "self._caller.matte = adapt_matte(self._make_strict(matte))",
        "self._caller.matte = adapt_matte(matte)",
        "mattes/test_strict.py -k that_is_set",
    ),
    Mutant(
        "a blurred edge shows the room",
        "compositing/alpha_shape.py",
        "cv2.min(feather_edge(alpha, feather), fade_in(confidence, 2 * feather))",
        "feather_edge(alpha, feather)",
        "objects/test_room_is_hidden.py -k any_setting",
    ),
    Mutant(
        "the end of a live run is told twice",
        "live/outputs.py",
        "if self._is_watched or self._works():",
        "if True:",
        "sinks/test_conformance.py -k nobody_watches",
    ),
    Mutant(
        "live: a step up that failed is tried again as soon",
        "live/pace.py",
        "min(2 * self._wait, _LONGEST_WAIT)",
        "_WAIT",
        "live/test_pace.py -k never_oscillates",
    ),
    Mutant(
        "live: frames that come in bursts lower the quality",
        "live/pace.py",
        "if new and seconds > 0.5 / self.rate:",
        "if new:",
        "live/test_pace.py -k bursts",
    ),
    Mutant(
        "live: a change of quality begins a new stream",
        "mattes/selfie/matte.py",
        "self._stream.take_over(*self._last)",
        "pass",
        "mattes/selfie/test_matte.py -k loses_nobody",
    ),
)
