"""The storage keeps every rule of the library, on both databases."""

import pytest
from conftest import SettableClock
from scim2_models import ScimProvider
from scim2_server.testing import ScimStorageContract

from server.db import Store
from server.people.models import Organisation
from server.scim.schemas import PROVIDER
from server.scim.storage import Caller, DirectoryStorage


class TestStorage(ScimStorageContract):
    @pytest.fixture
    def provider(self) -> ScimProvider:
        return PROVIDER

    @pytest.fixture
    def storage(self, store: Store, org: Organisation, clock: SettableClock) -> DirectoryStorage:
        return DirectoryStorage(store, lambda: Caller(org.org_id, reads=False), clock)
