"""Whose signature a laptop trusts, and where a person reads that a policy was refused."""

from pathlib import Path

import pytest
from countersigner import SOMEBODY_ELSE, edition, fingerprint_of, signed, trust
from offered_policy import COUNCILS_KEY, INTRANET
from recording_collector import RecordingCollector

from agent.__main__ import main
from agent.agreed.agreement import canonical
from agent.agreed.policy import load_policy
from agent.config import Config, load_config
from agent.sending.delivery import deliver
from agent.store.identity import load_identity
from agent.store.local_store import LocalStore, get


def test_the_enrolment_pins_the_key_and_the_configuration_comes_first(
    agent_file: Path, recording: RecordingCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording.policy["agreement"] = signed(edition(1))
    enrol = ["--config", str(agent_file), "enroll", "--key", "dexe_1"]
    assert main(enrol) == 0
    config = load_config(agent_file, {})
    identity = load_identity(config.identity_path)
    assert identity is not None
    assert identity.agreement_key == COUNCILS_KEY
    monkeypatch.setenv("DEX_AGENT_AGREEMENT_KEY", fingerprint_of(SOMEBODY_ELSE))
    recording.policy["agreement"] = signed(edition(1, services=[INTRANET]))
    assert main(enrol) == 0
    store = LocalStore(config.store_path)
    assert "another key" in get(store.db, "policy_refused")
    store.close()


def test_somebody_can_tell_a_laptop_whom_to_trust(
    enrolled_config: Config,
    local_store: LocalStore,
    recording: RecordingCollector,
    capsys: pytest.CaptureFixture[str],
) -> None:
    recording.policy |= {"agreement": signed(edition(1, services=[INTRANET])), "services": [INTRANET]}
    deliver(enrolled_config)
    assert load_policy(local_store.db).services == ()
    command = ["--config", str(enrolled_config.path), "agreement"]
    assert main(command) == 0
    assert COUNCILS_KEY in capsys.readouterr().out
    assert main([*command, "trust", "not a fingerprint"]) == 2
    in_groups = " ".join(COUNCILS_KEY[at : at + 8] for at in range(0, 64, 8)).upper()
    assert main([*command, "trust", in_groups]) == 0
    deliver(enrolled_config)
    asked_anew = [headers for path, headers, _ in recording.requests if path.endswith("/policy")][-1]
    assert "If-None-Match" not in asked_anew  # the answer is the same, the judgement is not
    assert [service.name for service in load_policy(local_store.db).services] == ["Intranet"]
    capsys.readouterr()
    assert main([*command, "--document"]) == 0
    assert capsys.readouterr().out.encode() == canonical(edition(1, services=[INTRANET]))


@pytest.mark.parametrize("command", ["status", "show", "doctor", "agreement"])
def test_a_refusal_is_shown(
    enrolled_config: Config,
    local_store: LocalStore,
    recording: RecordingCollector,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    trust(enrolled_config)
    recording.policy |= {"agreement": signed(edition(1)), "applications": ["diary"]}
    deliver(enrolled_config)
    main(["--config", str(enrolled_config.path), command])
    assert "Not agreed: naming the applications diary." in capsys.readouterr().out
