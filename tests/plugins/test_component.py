from __future__ import annotations

import functools
import pickle
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from support.plugins import CODE, install

from framechain.errors import FramechainError
from framechain.objects.replacement import BackgroundReplacement
from framechain.plugins.component import Builder, split_text
from framechain.plugins.describe import describe
from framechain.plugins.registry import find_entry


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(sys, "path", list(sys.path))
    return install(tmp_path / "site", monkeypatch)


def make(text: object, group: str = "objects") -> object:
    builder = Builder("--object")
    return builder.make(builder.describe(group, text))


def test_split_text_keeps_colons_and_commas_of_values() -> None:
    assert split_text("a:b=0:03:c=1,2") == ("a", {"b": "0:03", "c": "1,2"})
    assert split_text("pkg.mod:Class:x=C:\\y") == ("pkg.mod:Class", {"x": "C:\\y"})


def test_describe_reads_signature_and_docstring() -> None:
    found = describe(find_entry("objects", "glow").load())
    assert found.line == "Makes a frame brighter."
    shown = [(str(one), one.text) for one in found.parameters]
    assert shown == [
        ("radius: int = 3", "How far."),
        ("mode: soft|hard = soft", "How hard, or soft."),
        ("tint: int,int,int = 0,0,0", ""),
    ]


def test_describe_follows_more_arguments_to_the_base_class() -> None:
    names = [one.name for one in describe(find_entry("mattes", "reference").load()).parameters]
    assert names[:3] == ["reference", "threshold", "shadow_threshold"]
    assert "working_size" in names


def test_split_text_takes_a_dot_only_after_the_name_of_a_component() -> None:
    assert split_text("mask:effect=glow:effect.radius=9,matte=a:matte.b=c")[1] == {
        "effect": "glow",
        "effect.radius": "9",
        "matte": "a",
        "matte.b": "c",
    }
    assert split_text("video:path=http://h/x:y.z=1") == ("video", {"path": "http://h/x:y.z=1"})


def test_builder_gives_arguments_to_what_is_within() -> None:
    found = make("background-replacement:matte=half:background=stripes:background.level=7:softness=0")
    assert found(np.full((4, 4, 3), 90, np.uint8))[0, :, 0].tolist() == [90, 90, 7, 7]  # type: ignore[operator]
    found = make("mask:effect=mask:effect.effect=glow:effect.effect.radius=9:effect.matte=half:matte=half")
    assert found(np.full((4, 4, 3), 90, np.uint8))[0, :, 0].tolist() == [99, 99, 90, 90]
    frame = np.full((4, 16, 3), 90, np.uint8)
    text = "background-replacement:matte=half:background=samples/portrait.jpg"
    whole, cut = (make(f"{text}:background.fit={fit}")(frame) for fit in ("contain", "cover"))  # type: ignore[operator]
    assert not np.array_equal(whole, cut)


def test_builder_parameter_of_a_components_name_that_takes_text_is_text() -> None:
    assert make("otsu:foreground=dark", "mattes").foreground == "dark"  # type: ignore[attr-defined]
    shown = [str(one) for one in describe(find_entry("mattes", "otsu").load()).parameters]
    assert "foreground: str = auto" in shown


def test_builder_makes_a_class_with_its_arguments() -> None:
    glow = make("glow:radius=9:mode=hard")
    assert (glow.radius, glow.mode) == (9, "hard")  # type: ignore[attr-defined]


def test_builder_function_is_the_object_itself(module: str) -> None:
    frame = np.full((2, 2, 3), 200, np.uint8)
    assert make("darken") is sys.modules[module].darken
    with_amount = make("darken:amount=0.25")
    assert isinstance(with_amount, functools.partial)
    assert with_amount(frame).max() == 150


def test_builder_reference_to_a_module_and_to_a_file(module: str, tmp_path: Path) -> None:
    path = tmp_path / "my_effect.py"
    path.write_text(CODE)
    assert make(f"{module}:Glow:radius=9").radius == 9  # type: ignore[attr-defined]
    first, second = make(f"{path}:Glow:radius=8"), make(f"{path}:Glow")
    assert type(first) is type(second)
    assert pickle.loads(pickle.dumps(first)).radius == 8


def test_builder_reference_to_a_name_that_a_module_makes_when_asked() -> None:
    assert make("framechain.effects:Gamma:gamma=2").gamma == 2  # type: ignore[attr-defined]


def test_builder_module_that_is_a_file_beside_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("beside_effect.py").write_text(CODE)
    for place in ("beside_effect", "./beside_effect"):
        with pytest.raises(FramechainError, match=rf"there is a file {place}.py: write {place}.py:Glow"):
            make(f"{place}:Glow")


def test_describe_spells_a_default_colour_as_it_is_given() -> None:
    shown = [str(one) for one in describe(find_entry("objects", "fps").load()).parameters]
    assert "color: #RRGGBB = #00ff64" in shown


def test_builder_file_that_was_changed_is_run_again(tmp_path: Path) -> None:
    path = tmp_path / "changing.py"
    path.write_text("def effect(frame):\n    return 1\n")
    assert make(f"{path}:effect")(None) == 1  # type: ignore[operator]
    path.write_text("def effect(frame):\n    return 12\n")
    assert make(f"{path}:effect")(None) == 12  # type: ignore[operator]


def test_builder_makes_what_is_within() -> None:
    found = make({"name": "background-replacement", "matte": "half", "background": {"name": "stripes", "level": 7}})
    assert isinstance(found, BackgroundReplacement)
    assert found(np.full((4, 4, 3), 90, np.uint8))[0, :, 0].tolist() == [90, 90, 7, 7]
    found = make("background-replacement:matte=half:background=#0000ff")
    assert found(np.zeros((4, 4, 3), np.uint8))[0, 3].tolist() == [255, 0, 0]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("glov", "--object glov: there is no object 'glov': did you mean glow?"),
        ("glow:radios=3", "--object glow:radios=3: glow has no argument 'radios': did you mean radius?"),
        ("glow:radius=big", "--object glow:radius=big: radius must be a whole number, got 'big'"),
        ("fps:range_average=0", "--object fps: range_average must be a whole number of at least 1, got 0"),
        ("fails", "--object fails cannot be made: OSError: no such device"),
        ("broken", "--object broken: broken of the package framechain-glow cannot be loaded"),
        ("find-matte", "--object find-matte: find-matte needs matte: add matte=VALUE"),
        ("find-matte:matte=halv", "--object halv: there is no matte 'halv': did you mean half?"),
        ("glow:3", "there is no object 'glow:3': arguments have names, write glow:ARG=VALUE"),
        ("glow radius=3", "there is no object 'glow radius=3': arguments have names, write glow:ARG=VALUE"),
        ("half", "there is no object 'half': it is a matte"),
        ("./own.py", "of a file of Python name what is in it, ./own.py:NAME"),
        ("glow_effects:made", "glow_effects:made is an object already: name its class, Glow"),
        ("framechain.effects:Gama", "framechain.effects has no 'Gama': did you mean Gamma?"),
        ("glow:tint=3", "tint must be int,int,int with commas, got '3'"),
        (
            "background-replacement:matte=mog2:background=blur:history=9",
            "background-replacement has no argument 'history': that of its matte is matte.history",
        ),
        ("find-matte:matte.history=9", "matte.history is an argument of a matte, and none is named: add matte=NAME"),
        ("find-matte:matte=mog2:matte.histroy=9", "mog2 has no argument 'histroy': did you mean history?"),
        ("nowhere:Glow", "--object nowhere:Glow: nowhere cannot be imported: ModuleNotFoundError"),
        ("nowhere.py:Glow", "--object nowhere.py:Glow: there is no file nowhere.py"),
        ("glow_effects:Glov", "--object glow_effects:Glov: glow_effects has no 'Glov': did you mean Glow?"),
        (
            "glow_effects:NoObject",
            "glow_effects:NoObject must be a class whose objects are called",
        ),
        (
            "subprocess:Popen:args=ls",
            "ls: subprocess:Popen must be a class whose objects are called",
        ),
        ("background-replacement:matte=half:background=s3:x", "--object s3:x: s3 cannot be imported"),
        ({"nam": "fps"}, "a component is a text, or a table with a name"),
    ],
)
def test_builder_mistake_is_one_sentence(text: object, message: str) -> None:
    with pytest.raises(FramechainError) as caught:
        make(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("group", "text", "message"),
    [
        ("sinks", "vidio", "there is no sink 'vidio': did you mean video?"),
        ("sinks", "glow_effects:Glow", "glow_effects:Glow must be a class that inherits framechain.Sink"),
        ("sinks", "glow_effects:half", "glow_effects:half must be a class that inherits framechain.Sink"),
        ("sources", "subprocess:Popen", "subprocess:Popen must be a class that inherits framechain.Source"),
    ],
)
def test_builder_of_sources_and_sinks_makes_nothing_else(group: str, text: str, message: str) -> None:
    with pytest.raises(FramechainError, match=re.escape(message)):
        make(text, group)
