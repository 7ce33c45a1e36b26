"""`dex-server policy address`: a fleet's collector gets another address, within the agreement."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from countersigner import COUNCIL, key_of
from cryptography.hazmat.primitives import serialization
from factories import EnrolledDevice
from flask.testing import FlaskClient

from server.db import Store
from server.people.models import Organisation

Run = Callable[..., Result]
NEW = "https://new.example.org"


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


@pytest.fixture
def told(client: FlaskClient, enrolled: EnrolledDevice) -> Callable[[], dict[str, Any]]:
    """What a laptop gets as its policy now."""
    return lambda: dict(client.get("/api/v1/policy", headers=enrolled.headers).get_json())


@pytest.fixture
def council(run: Run, org: Organisation, tmp_path: Path) -> Path:
    """A council's key that has signed an agreement which names no other server."""
    private, public = tmp_path / "council.pem", tmp_path / "public.pem"
    pem, key = serialization.Encoding.PEM, key_of(COUNCIL)
    private.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public.write_bytes(key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
    assert run("agreement", "key", "--public", str(public)).exit_code == 0
    assert run("agreement", "sign", "--key", str(private)).exit_code == 0
    return private


def test_laptops_hear_of_the_new_address_and_of_their_organisation(
    run: Run, org: Organisation, told: Callable[[], dict[str, Any]]
) -> None:
    assert told()["server"] == {}
    assert run("policy", "address", f"{NEW}/", "--from", "2026-12-01").exit_code == 0
    assert told()["server"] == {"address": NEW, "from": "2026-12-01"}
    assert told()["organisation"] == str(org.org_id)
    assert f"{NEW} from 2026-12-01 on" in run("policy", "show").stdout
    assert run("policy", "address", "--stay").exit_code == 0
    assert told()["server"] == {}


def test_a_signed_agreement_has_to_name_the_server(
    run: Run, council: Path, told: Callable[[], dict[str, Any]]
) -> None:
    refused = run("policy", "address", NEW)
    assert refused.exit_code == 2
    assert f"moves to the collector at {NEW}" in refused.stderr
    assert run("policy", "address", NEW, "--propose").exit_code == 0
    assert told()["server"] == {}
    assert f"+ moves to the collector at {NEW}" in run("agreement", "draft").stdout
    assert run("agreement", "sign", "--key", str(council)).exit_code == 0
    assert told()["server"]["address"] == NEW
    assert told()["agreement"]["document"]["servers"] == [NEW]


def test_the_first_signed_agreement_takes_free_moves_back(run: Run, org: Organisation) -> None:
    assert "- ends: moves to whatever server the collector names" in run("agreement", "draft").stdout


def test_other_settings_leave_the_address_alone(
    run: Run, org: Organisation, told: Callable[[], dict[str, Any]]
) -> None:
    run("policy", "address", NEW)
    assert run("policy", "budget", "--cpu", "3").exit_code == 0
    assert json.dumps(told()["server"]) == json.dumps({"address": NEW, "from": ""})


def test_who_sets_an_address_under_which_the_collector_does_not_answer_is_told(
    run: Run, org: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run("policy", "address", NEW)
    assert said.exit_code == 0
    assert "does not answer under new.example.org" in said.stderr
    monkeypatch.setenv("DEX_HOSTS", "other.example.org, New.example.org")
    assert "does not answer" not in run("policy", "address", NEW).stderr
    assert "does not answer" not in run("policy", "address", "https://192.0.2.1:8443").stderr
    assert "does not answer" not in run("policy", "address", "https://[2001:db8::1]").stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("http://new.example.org",),
        ("new.example.org",),
        ("https://",),
        ("https://anna@new.example.org",),
        ("https://new.example.org/?a=1",),
        ("https://new.example.org:port",),
        (),
        (NEW, "--stay"),
        (NEW, "--from", "soon"),
    ],
)
def test_an_address_that_makes_no_sense_is_refused_in_one_sentence(
    run: Run, org: Organisation, arguments: tuple[str, ...]
) -> None:
    refused = run("policy", "address", *arguments)
    assert refused.exit_code == 2
    assert "Traceback" not in refused.stderr
