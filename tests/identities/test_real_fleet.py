"""The table of docs/operate/identities.md: what becomes of a laptop in each case, by the agent's own code."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from real_fleet import Firmware, Fleet, Laptop

from agent.errors import Refused, UsageError
from agent.system import facts
from agent.system.facts import PLACEHOLDERS
from server.access.roles import Grant, Role
from server.devices.inventory import save_owners
from server.devices.owner import owner_on
from server.devices.queries import facts_of, unassigned_devices
from server.devices.store import assign
from server.fleet.queries import counted
from server.ingest.models import device_day
from server.ingest.own_page import days, laptops_of

ANNA, BEN, KIM = "anna@example.org", "ben@example.org", "kim@example.org"


@pytest.fixture
def staffed(fleet: Fleet) -> Fleet:
    """Anna, Ben and Kim, and laptops that are asked for names."""
    fleet.anna, fleet.ben, fleet.kim = (  # type: ignore[attr-defined]
        fleet.person(each, email=email) for each, email in (("A", ANNA), ("B", BEN), ("K", KIM))
    )
    fleet.ask_for_names()
    return fleet


def used_by_anna(fleet: Fleet) -> Laptop:
    laptop = fleet.laptop()
    laptop.enrol()
    laptop.day("1000", ANNA)
    fleet.settle()
    assert laptop.owner.person == fleet.anna  # type: ignore[attr-defined]
    return laptop


SET_UP = ("defaultuser0", "DESKTOP-4F2\\defaultuser100001", "ubuntu", "WDAGUtilityAccount")


def test_accounts_of_the_set_up_are_nobody_and_share_nothing(staffed: Fleet) -> None:
    laptop = staffed.laptop()
    laptop.enrol()
    for number, name in enumerate(SET_UP):
        laptop.is_used_by(f"200{number}", name)
    assert laptop.delivers() == ""
    assert staffed.told(laptop) == [None]
    laptop.day("1001", ANNA)
    staffed.settle()
    assert (laptop.owner.person, laptop.owner.shared) == (staffed.anna, False)


def test_a_rename_and_a_domain_change_nothing_about_whose_it_is(staffed: Fleet) -> None:
    staffed.person("A", "anna", email=ANNA)
    laptop = staffed.laptop()
    laptop.enrol()
    laptop.day("1000", "anna")
    staffed.settle()
    known = laptop.device_id
    staffed.days_pass(1)
    laptop.day("120001000", ANNA)  # the account of the domain is another one than the local account
    staffed.settle()
    assert (laptop.device_id, laptop.owner.person) == (known, staffed.anna)
    assert staffed.devices() == {known}


def test_after_a_reset_it_is_the_same_laptop_and_the_old_token_is_worth_nothing(staffed: Fleet) -> None:
    before = used_by_anna(staffed)
    after = before.reset()
    after.enrol()
    assert after.device_id == before.device_id
    assert before.delivers().startswith("The collector does not know this laptop any more")
    after.day("1000", ANNA)
    staffed.settle()
    assert after.owner.person == staffed.anna


def test_a_new_mainboard_is_the_same_laptop_until_it_is_enrolled_anew(staffed: Fleet) -> None:
    laptop = used_by_anna(staffed)
    known = laptop.device_id
    laptop.firmware = Firmware(serial="9ZZT7K2", uuid="4c4c4544-0051-4a10-8054-ffc04f4b3732")
    staffed.days_pass(1)
    laptop.day("1000", ANNA)
    assert laptop.device_id == known
    with staffed.store.reading() as session:
        assert facts_of(session, staffed.org.org_id, known)["serial"] == "9ZZT7K2"
    anew = laptop.reset()
    anew.enrol()
    assert anew.device_id != known
    anew.day("1000", ANNA)
    staffed.settle()
    assert (anew.owner.person, laptop.owner.person) == (staffed.anna, staffed.anna)


@pytest.mark.parametrize("filler", [*sorted(PLACEHOLDERS), "0000000", "xxxxxxxx", "........", ""])
def test_filler_serials_make_no_two_laptops_one(filler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for firmware in (Firmware(serial=filler.title()), Firmware(uuid=filler), Firmware(filler, filler)):
        monkeypatch.setattr(facts.of_this_system, "identity", firmware.identity)
        assert facts.hardware_id() is None


def test_two_laptops_with_filler_serials_are_two(staffed: Fleet) -> None:
    filler = Firmware(serial="To Be Filled By O.E.M.", uuid="03000200-0400-0500-0006-000700080009")
    both = [staffed.laptop(filler) for _ in range(2)]
    for laptop in both:
        laptop.enrol()
    assert len({laptop.device_id for laptop in both}) == 2
    with staffed.store.reading() as session:
        assert facts_of(session, staffed.org.org_id, both[0].device_id)["serial"] is None


@pytest.mark.parametrize("hardware", ["its own", "copied too"])
def test_copies_of_an_image_become_laptops_of_their_own(staffed: Fleet, hardware: str) -> None:
    image = staffed.laptop()
    image.enrol()
    image.day("1000", ANNA)
    other = Firmware(serial="7AAT7K2") if hardware == "its own" else image.firmware
    copy = image.copied_to(other)
    copy.day("1001", BEN)
    image.day("1000", ANNA)
    assert copy.device_id != image.device_id
    assert len(staffed.devices()) == 2


def test_a_desktop_that_forgets_each_night_is_shared(staffed: Fleet) -> None:
    machine = Firmware(serial="VMware-56 4d 11 22", model="VMware7,1")
    names = {}
    for account, name in (("1000", ANNA), ("1001", BEN), ("1002", KIM)):
        fresh = staffed.laptop(machine)
        fresh.enrol()
        fresh.day(account, name)
        staffed.settle()
        names[fresh.device_id] = fresh.owner
        staffed.days_pass(1)
    (owner,) = names.values()
    assert (owner.person, owner.shared) == (None, True)


def test_a_kiosk_is_nobodys_until_it_is_said_to_be_shared(staffed: Fleet, run) -> None:
    kiosk = staffed.laptop()
    kiosk.enrol()
    kiosk.day("1000", "kiosk")
    staffed.settle()
    org_id = staffed.org.org_id
    with staffed.store.reading() as session:
        assert unassigned_devices(session, org_id, staffed.today) == {kiosk.device_id}
        assert counted(session, org_id, staffed.today).counts.unassigned == 1
    assert str(kiosk.device_id) in run("devices", "list", "--unassigned").stdout
    assert run("devices", "shared", "5QJT7K2").exit_code == 0
    with staffed.store.reading() as session:
        counts = counted(session, org_id, staffed.today).counts
    assert (counts.unassigned, counts.shared) == (0, 1)
    assert run("devices", "list", "--unassigned").stdout == ""
    kiosk.day("1001", ANNA)
    staffed.settle()
    assert kiosk.owner.person is None, "a person's word holds"
    assert run("devices", "by-sign-in", "5QJT7K2").exit_code == 0
    staffed.settle()
    assert kiosk.owner.person == staffed.anna


def test_a_loaner_is_shared_for_two_weeks_or_the_borrowers_at_once_by_hand(staffed: Fleet, run) -> None:
    loaner = used_by_anna(staffed)
    staffed.days_pass(1)
    loaner.day("1001", BEN)
    staffed.settle()
    assert loaner.owner.shared
    assert run("devices", "assign", "5QJT7K2", "B").exit_code == 0
    assert (loaner.owner.person, loaner.owner.shared) == (staffed.ben, False)
    staffed.days_pass(1)
    loaner.day("1000", ANNA)
    staffed.settle()
    assert loaner.owner.person == staffed.ben


def test_the_asset_list_wins_over_names(staffed: Fleet) -> None:
    laptop = used_by_anna(staffed)
    with staffed.store.transaction() as session:
        save_owners(session, staffed.org.org_id, {"5QJT7K2": staffed.kim}, staffed.today)
    staffed.days_pass(1)
    laptop.day("1000", ANNA)
    staffed.settle()
    assert laptop.owner.person == staffed.kim


def test_a_leavers_laptop_begins_empty_for_the_joiner(staffed: Fleet) -> None:
    laptop = staffed.laptop()
    laptop.enrol(person="A")
    for _ in range(3):
        laptop.day("1000", ANNA)
        staffed.days_pass(1)
    assert laptop.kept()["batch"] > 2
    staffed.person("A", email=ANNA, last_day=staffed.today - timedelta(days=1))
    staffed.days_pass(15)
    laptop.accounts = {"1001": BEN}
    laptop.day("1001", BEN)
    staffed.settle()
    assert laptop.owner.person == staffed.ben
    own_since = staffed.today
    laptop.delivers()
    assert set(laptop.kept().values()) == {0}
    laptop.day("1001")
    assert laptop.owner.person == staffed.ben
    query = sa.select(device_day.c.revision).where(
        device_day.c.org_id == staffed.org.org_id, device_day.c.day == own_since
    )
    with staffed.store.reading() as session:
        revision = session.scalars(query).one()
        (own,) = laptops_of(session, Grant(staffed.org.org_id, Role.EMPLOYEE, staffed.ben))
        shown = [row["day"] for row in days(session, own, date.min)]
    assert revision == 2, "the edition of the day that its owner of now has is the newest"
    assert shown == [own_since], "and the only day on the owner's page"
    staffed.settle()
    assert laptop.owner.person == staffed.ben


def test_who_had_it_before_the_leavers_last_day_has_it_from_the_day_after(staffed: Fleet) -> None:
    laptop = staffed.laptop()
    laptop.enrol(person="A")
    laptop.day("1001", BEN)
    last_day = staffed.today + timedelta(days=2)
    staffed.person("A", email=ANNA, last_day=last_day)
    staffed.settle()
    assert laptop.owner.person == staffed.anna
    staffed.days_pass(5)
    staffed.settle()
    with staffed.store.reading() as session:
        owners = [
            owner_on(session, staffed.org.org_id, laptop.device_id, last_day + timedelta(days=n)).person
            for n in (0, 1)
        ]
    assert owners == [staffed.anna, staffed.ben]


def test_the_same_owner_again_loses_nothing(staffed: Fleet) -> None:
    laptop = used_by_anna(staffed)
    laptop.delivers()
    kept = laptop.kept()
    with staffed.store.transaction() as session:
        assign(session, staffed.org.org_id, laptop.device_id, None, staffed.today)
    laptop.delivers()
    with staffed.store.transaction() as session:
        assign(session, staffed.org.org_id, laptop.device_id, staffed.anna, staffed.today)
    laptop.delivers()
    assert laptop.kept()["batch"] >= kept["batch"] > 0


@pytest.mark.parametrize("mark", ["", "private"])
def test_a_private_laptop_stays_out_and_is_told_why(staffed: Fleet, mark: str) -> None:
    private, key = staffed.laptop(ownership=mark), staffed.key(uses=1)
    with pytest.raises((Refused, UsageError)) as refused:
        private.enrol(key)
    assert "private" in str(refused.value).lower()
    assert staffed.devices() == set()
    staffed.laptop().enrol(key)  # the key was not used up


def test_a_laptop_of_the_asset_list_needs_no_mark_and_neither_does_one_that_was_let_in(
    staffed: Fleet,
) -> None:
    with staffed.store.transaction() as session:
        save_owners(session, staffed.org.org_id, {"5QJT7K2": staffed.kim}, staffed.today)
    listed = staffed.laptop(ownership="")
    listed.enrol()
    assert listed.owner.person == staffed.kim
    other = Firmware(serial="8BBT7K2")
    staffed.laptop(other).enrol()
    again = staffed.laptop(other, ownership="")
    again.enrol()
    assert len(staffed.devices()) == 2
