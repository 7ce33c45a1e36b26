"""The storage keeps every rule of the library, on both databases."""

import pytest
from scim2_models import ScimProvider
from scim2_server.testing import ScimStorageContract

from server.scim.schemas import PROVIDER


class TestStorage(ScimStorageContract):
    @pytest.fixture
    def provider(self) -> ScimProvider:
        return PROVIDER
