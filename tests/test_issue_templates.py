"""The forms for issues: what a forge asks of them, and that they ask for the doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")
FOLDER = Path(__file__).resolve().parents[1] / ".github" / "ISSUE_TEMPLATE"


def load(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["bug_report.yml", "feature_request.yml"])
def test_issue_form_has_what_a_forge_asks_for(name: str) -> None:
    form = load(name)
    assert set(form) == {"name", "description", "labels", "body"}
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert {field["type"] for field in fields} == {"textarea"}
    assert all(set(field) <= {"type", "id", "attributes", "validations"} for field in fields)
    ids = [field["id"] for field in fields]
    assert len(ids) == len(set(ids))
    for field in fields:
        assert {"label", "description"} <= set(field["attributes"]) <= {"label", "description", "render"}
        assert field["attributes"]["label"]


@pytest.mark.parametrize(("name", "is_required"), [("bug_report.yml", True), ("feature_request.yml", False)])
def test_issue_form_asks_for_the_doctor(name: str, is_required: bool) -> None:
    (field,) = [field for field in load(name)["body"] if field.get("id") == "doctor"]
    assert "`framechain doctor --json`" in field["attributes"]["description"]
    assert bool(field.get("validations", {}).get("required")) is is_required


def test_issue_chooser_offers_the_forms_alone() -> None:
    assert load("config.yml") == {"blank_issues_enabled": False}
