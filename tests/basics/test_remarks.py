"""Remarks reach the run that calls the code, also from its threads."""

from __future__ import annotations

import contextvars
import threading

from framechain.basics.remarks import collect_remarks, remark


def test_remark_outside_a_run_is_dropped() -> None:
    remark("nobody listens")
    with collect_remarks(wanted=True) as remarks:
        assert remarks.take() == []


def test_remark_reaches_the_innermost_run_once() -> None:
    with collect_remarks(wanted=True) as outer:
        with collect_remarks(wanted=True) as inner:
            remark("slow")
            remark("slow")
            remark("late")
        remark("outer")
    assert (inner.take(), inner.take(), outer.take()) == (["slow", "late"], [], ["outer"])


def test_remark_in_a_run_that_wants_none_does_not_reach_the_outer_one() -> None:
    with collect_remarks(wanted=True) as outer, collect_remarks(wanted=False) as inner:
        remark("slow")
    assert (outer.take(), inner.take()) == ([], [])


def test_remark_about_files_is_dropped_in_a_live_run() -> None:
    with collect_remarks(wanted=True, live=True) as live, collect_remarks(wanted=True) as of_file:
        remark("slow", on_live=False)
        with collect_remarks(wanted=True, live=True) as inner:
            remark("slow", on_live=False)
            remark("late")
    assert (live.take(), of_file.take(), inner.take()) == ([], ["slow"], ["late"])


def test_remark_from_a_thread_with_the_context_arrives() -> None:
    with collect_remarks(wanted=True) as remarks:
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(remark, "from afar"))
        thread.start()
        thread.join()
    assert remarks.take() == ["from afar"]
