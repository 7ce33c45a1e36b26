"""`dex-server agreement` and `policy`, and that laptops believe what they make."""

import json
import shutil
import stat
import subprocess
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from conftest import SettableClock
from countersigner import COUNCIL, SOMEBODY_ELSE, edition, key_of
from cryptography.hazmat.primitives import serialization
from factories import EnrolledDevice
from flask.testing import FlaskClient

from agent.agreed import countersign
from agent.agreed.agreement import built_in_document, canonical
from agent.agreed.policy import Policy
from agent.agreed.policy_offer import judge
from server.agreement import keys
from server.agreement.queries import edition_in_force
from server.db import Store
from server.errors import UsageError
from server.people.models import Organisation
from server.people.organisations import create_organisation
from server.policy import entries

Run = Callable[..., Result]
ELEVEN = [{"name": f"S{n}", "host": "s.example.org", "port": n + 1} for n in range(11)]
INTRANET = ("Intranet", "https://intranet.example.org/health")


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """One database is enough here: tests/test_contract.py signs and serves an agreement on both."""
    return sqlite_store


@pytest.fixture
def told(client: FlaskClient, enrolled: EnrolledDevice) -> Callable[[], dict[str, Any]]:
    """What a laptop of the organisation gets as its policy now."""

    def ask() -> dict[str, Any]:
        document: dict[str, Any] = client.get("/api/v1/policy", headers=enrolled.headers).get_json()
        return document

    return ask


def registered_key(run: Run, tmp_path: Path) -> tuple[Path, str]:
    """The council's key in a file of theirs, and the name it was registered under."""
    private, public = tmp_path / "council.pem", tmp_path / "council-public.pem"
    pem, key = serialization.Encoding.PEM, key_of(COUNCIL)
    private.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public.write_bytes(key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
    registered = run("agreement", "key", "--public", str(public))
    assert registered.exit_code == 0, registered.output
    return private, registered.stdout.strip()


def test_a_service_waits_for_a_signature_and_then_laptops_try_it(
    run: Run, org: Organisation, told: Callable[[], dict[str, Any]], tmp_path: Path
) -> None:
    refused = run("policy", "services", "add", *INTRANET)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "Nobody has agreed to this: tries the service Intranet (https://" in refused.stderr
    proposed = run("policy", "services", "add", *INTRANET, "--propose")
    assert (proposed.exit_code, told()["services"]) == (0, [])
    assert "not agreed    tries the service Intranet" in run("policy", "show").stdout
    key, fingerprint = registered_key(run, tmp_path)
    drafted = run("agreement", "draft")
    assert (
        drafted.stdout.splitlines()[0] == "+ tries the service Intranet (https://intranet.example.org/health)"
    )
    assert run("agreement", "sign", "--key", str(key)).exit_code == 0
    assert told()["services"] == [{"name": INTRANET[0], "url": INTRANET[1]}]
    assert countersign.signed_by(told()["agreement"]) == fingerprint
    verdict = judge(Policy(told()), fingerprint, None)
    assert (verdict.taken, verdict.sentences) == (True, ())
    assert run("policy", "services", "remove", "intranet").exit_code == 0
    assert told()["services"] == []
    assert run("policy", "services", "add", *INTRANET).exit_code == 0  # it is agreed


def test_a_key_is_its_owners_alone_and_has_one_name_everywhere(
    run: Run, org: Organisation, tmp_path: Path
) -> None:
    path = tmp_path / "new.pem"
    made = run("agreement", "key", str(path))
    fingerprint = made.stdout.strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    modulus = keys.modulus_of(keys.private_key(path).public_key())
    assert fingerprint == countersign.fingerprint(modulus) == keys.fingerprint(modulus)
    again = run("agreement", "key", str(path))
    assert (again.exit_code, again.stderr) == (
        2,
        f"dex-server: There is a file {path} already; a key is never overwritten.\n",
    )


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl (apt install openssl)")
def test_a_document_can_be_signed_where_the_server_never_sees_the_key(
    run: Run, org: Organisation, told: Callable[[], dict[str, Any]], tmp_path: Path
) -> None:
    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=tmp_path, check=True, capture_output=True)

    private, fingerprint = registered_key(run, tmp_path)
    assert run("policy", "applications", "add", "saplogon2", "--propose").exit_code == 0
    assert run("agreement", "draft", "--out", str(tmp_path / "draft.json")).exit_code == 0
    pss = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:48")
    openssl("dgst", "-sha384", *pss, "-sign", str(private), "-out", "draft.sig", "draft.json")
    files = ("--document", str(tmp_path / "draft.json"), "--signature", str(tmp_path / "draft.sig"))
    signed = run("agreement", "sign", *files)
    assert signed.exit_code == 0, signed.output
    assert "saplogon2" in told()["applications"]
    assert countersign.signed_by(told()["agreement"]) == fingerprint
    shown = run("agreement", "show", "--document").stdout
    assert shown.encode() == (tmp_path / "draft.json").read_bytes()
    assert "edition 1; the next one is 2" in run("agreement", "sign", *files).stderr


def test_what_is_taken_out_of_a_document_is_out(
    run: Run, org: Organisation, told: Callable[[], dict[str, Any]], tmp_path: Path
) -> None:
    key, _ = registered_key(run, tmp_path)
    less = edition(1)
    del less["summary"]["usage_s"]
    less["at_least"]["pause_hours"] = 8
    path = tmp_path / "less.json"
    path.write_text(json.dumps(less))
    shown = run("agreement", "draft", "--document", str(path)).stdout.splitlines()
    assert shown[:2] == [
        "- ends: sends of each day: How long the laptop was in active use (usage_s)",
        "- may be paused for 8 hours at least (before: 0)",
    ]
    assert run("agreement", "sign", "--key", str(key), "--document", str(path)).exit_code == 0
    assert "usage_s" not in told()["agreement"]["document"]["summary"]
    assert told()["pause"] == {"allowed": True, "hours_most": 8}
    refused = run("policy", "pause", "forbid")
    assert refused.exit_code == 2
    assert "may be paused for 0 hours at least (before: 8)" in refused.stderr


@pytest.mark.parametrize("with_key", [True, False])
def test_an_ended_agreement_asks_for_nothing_and_a_new_one_begins_by_signature(
    run: Run, org: Organisation, told: Callable[[], dict[str, Any]], tmp_path: Path, with_key: bool
) -> None:
    key, fingerprint = registered_key(run, tmp_path)
    assert run("agreement", "sign", "--key", str(key)).exit_code == 0
    signed = told()["agreement"]["document"]
    assert run("agreement", "end", *(["--key", str(key)] if with_key else [])).exit_code == 0
    policy = told()
    assert (policy["applications"], policy["services"], policy["pulse"]) == ([], [], {})
    assert judge(Policy(policy), fingerprint, signed).taken
    assert run("agreement", "end").exit_code == 2
    assert run("agreement", "sign", "--key", str(key)).exit_code == 0
    assert judge(Policy(told()), fingerprint, policy["agreement"]["document"]).taken
    assert told()["agreement"]["agreed"]


def test_documents_and_keys_that_do_not_fit_are_refused_in_one_sentence(
    run: Run, org: Organisation, store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "document.json"
    key, _ = registered_key(run, tmp_path)
    other = tmp_path / "other.pem"
    other.write_bytes(
        key_of(SOMEBODY_ELSE).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    assert "another key than the registered" in run("agreement", "sign", "--key", str(other)).stderr
    broken = [
        ("{", "holds no document"),
        ("[]", "holds no document"),
        (json.dumps(edition(2)), "edition 2; the next one is 1"),
        (json.dumps(edition(1, facts=["shoe_size"])), "names facts.shoe_size"),
        (json.dumps(edition(1, services=["x"])), "list of services cannot be read"),
        (json.dumps(edition(1, services=ELEVEN)), "more than 10 services"),
        (json.dumps(edition(1, summary={"boot_s": []})), "cannot do without its number"),
        (json.dumps({"format": built_in_document()["format"], "number": 1, "ended": True}), "agreement end"),
    ]
    for content, words in broken:
        path.write_text(content)
        refused = run("agreement", "sign", "--key", str(key), "--document", str(path))
        assert (refused.exit_code, words in refused.stderr) == (2, True), (content, refused.output)
        assert refused.stderr.count("\n") == 1
    path.write_bytes(b"\x00" * 384)
    draft = tmp_path / "draft.json"
    draft.write_bytes(canonical(edition(1)))
    refused = run("agreement", "sign", "--document", str(draft), "--signature", str(path))
    assert "does not fit this document" in refused.stderr
    with store.reading() as session:
        assert edition_in_force(session, org.org_id).number == 0


@pytest.mark.parametrize(
    ("read", "words"),
    [
        (lambda: entries.service("Wiki", "http://wiki.example.org"), "begins with https://"),
        (lambda: entries.service("Wiki", "https://me:secret@wiki.example.org"), "without a user's name"),
        (lambda: entries.service("Wiki", "https://wiki example.org"), "begins with https://"),
        (lambda: entries.service("Wiki", "https://[wiki"), "cannot be read"),
        (lambda: entries.service("Wiki", "wiki.example.org"), "no host:port"),
        (lambda: entries.service("Wiki", "wiki.example.org:99999"), "no host:port"),
        (lambda: entries.service("Wi\x1bki", "wiki.example.org:443"), "printable"),
        (lambda: entries.service(" ", "wiki.example.org:443"), "printable"),
        (lambda: entries.reference("Office", "-x-:443"), "no name and no address"),
        (lambda: entries.application("/usr/bin/vi"), "executable alone"),
        (lambda: entries.application("Other"), "stands for all"),
        (lambda: entries.within(100, (0.25, 24), "The hours"), "between 0.25 and 24"),
        (lambda: entries.within(float("nan"), (0.5, 60), "--cpu"), "between 0.5 and 60"),
    ],
)
def test_entries_that_make_no_sense_are_refused_in_one_sentence(
    read: Callable[[], object], words: str
) -> None:
    with pytest.raises(UsageError, match=words) as refused:
        read()
    assert "\n" not in str(refused.value)


def test_entries_that_make_sense_are_read() -> None:
    assert entries.service(" Mail  box ", "[2001:db8::1]:993") == {
        "name": "Mail box",
        "host": "2001:db8::1",
        "port": 993,
    }
    assert entries.reference("Office", "Gate.Example.org:443")["host"] == "gate.example.org"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("services", "remove", "Wiki"), "none called “Wiki”"),
        (("applications", "remove", "diary"), "not on the list"),
        (("budget",), "Give --cpu"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_in_one_sentence(
    run: Run, org: Organisation, arguments: tuple[str, ...], words: str
) -> None:
    refused = run("policy", *arguments)
    assert (refused.exit_code, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert words in refused.stderr


def test_there_are_ten_services_at_most_and_no_two_of_one_name(run: Run, org: Organisation) -> None:
    for number in range(10):
        added = run("policy", "services", "add", f"S{number}", f"s.example.org:{number + 1}", "--propose")
        assert added.exit_code == 0
    assert "at most 10 services" in run("policy", "services", "add", "S", "s:1", "--propose").stderr
    assert "called “s1” already" in run("policy", "services", "add", "s1", "s:1", "--propose").stderr


def test_within_the_agreement_changes_apply_at_once(
    run: Run, org: Organisation, told: Callable[[], dict[str, Any]]
) -> None:
    before = told()
    assert run("policy", "references", "add", "Office", "192.0.2.1:443").exit_code == 0
    assert run("policy", "applications", "remove", "firefox").exit_code == 0
    assert run("policy", "pause", "forbid").exit_code == 0
    assert run("policy", "budget", "--cpu", "2.5").exit_code == 0
    after = told()
    assert after["references"] == [{"name": "Office", "host": "192.0.2.1", "port": 443}]
    assert set(before["applications"]) - set(after["applications"]) == {"firefox"}
    assert after["pause"] == {"allowed": False, "hours_most": 0}
    assert after["budget"] == before["budget"] | {"cpu_s_per_hour": 2.5}
    assert after["agreement"] == before["agreement"]
    verdict = judge(Policy(after), "", None)
    assert (verdict.taken, verdict.sentences) == (True, ())
    assert run("policy", "applications", "add", "firefox").exit_code == 0
    assert told()["applications"] == before["applications"]
    assert "uses up to 50 s" in run("policy", "budget", "--cpu", "50").stderr


def test_another_organisation_hears_nothing_of_it(
    run: Run,
    store: Store,
    org: Organisation,
    clock: SettableClock,
    told: Callable[[], dict[str, Any]],
    tmp_path: Path,
) -> None:
    with store.transaction() as session:
        create_organisation(session, "other", "Other", clock().date())
    key, _ = registered_key(run, tmp_path)
    add = run("policy", "applications", "remove", "firefox", "--org", "other")
    assert add.exit_code == 0, add.output
    assert "firefox" in told()["applications"]
    refused = run("agreement", "sign", "--key", str(key), "--org", "other")
    assert "No key may sign yet" in refused.stderr
    assert b64decode(told()["agreement"]["signature"]) == b""


def test_a_key_hands_over_and_laptops_that_were_away_follow(
    run: Run, org: Organisation, told: Callable[[], dict[str, Any]], tmp_path: Path
) -> None:
    private, old = registered_key(run, tmp_path)
    assert run("agreement", "hand-over", str(tmp_path / "n.pem"), "--key", str(private)).exit_code == 2
    assert not (tmp_path / "n.pem").exists()
    assert run("agreement", "sign", "--key", str(private)).exit_code == 0
    handed = run("agreement", "hand-over", str(tmp_path / "next.pem"), "--key", str(private))
    assert handed.exit_code == 0, handed.output
    new = handed.stdout.strip()
    assert countersign.successor(told()["agreement"], old) == new
    assert run("agreement", "sign", "--key", str(private)).exit_code == 2
    assert run("agreement", "sign", "--key", str(tmp_path / "next.pem")).exit_code == 0
    agreement = told()["agreement"]
    assert countersign.signed_by(agreement) == new
    assert countersign.successor(agreement, old) == new
    assert "next_key" not in agreement["document"]
