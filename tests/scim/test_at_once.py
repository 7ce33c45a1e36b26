"""Requests that come at the same time neither double anybody nor undo each other."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from scim_directory import GROUP, PATCH, Directory, People, user

AT_ONCE = 6


def test_a_user_is_made_once(app: Flask, directory: Directory, people: People) -> None:
    def create(_number: int) -> int:
        mine = Directory(app.test_client(), directory.token)
        return mine.ask("POST", "/Users", user(userName="anna@example.org")).status_code

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = sorted(threads.map(create, range(AT_ONCE)))
    assert answers == [201] + [409] * (AT_ONCE - 1)
    assert people.count() == 1


def test_members_that_come_at_once_all_come(app: Flask, directory: Directory) -> None:
    ids = [directory.create(userName=f"{number}@example.org") for number in range(AT_ONCE)]
    group = directory.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "dex-it"}).json["id"]

    def add(member: str) -> int:
        mine = Directory(app.test_client(), directory.token)
        operation = {"op": "add", "path": "members", "value": [{"value": member}]}
        body = {"schemas": [PATCH], "Operations": [operation]}
        return mine.ask("PATCH", f"/Groups/{group}", body).status_code

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert set(threads.map(add, ids)) == {204}
    assert {one["value"] for one in directory.get(f"/Groups/{group}")["members"]} == set(ids)
