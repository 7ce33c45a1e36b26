"""All tables of the product: importing this module makes `metadata` complete."""

import server.access.audit_models
import server.access.key_models
import server.access.models
import server.agreement.models
import server.devices.models
import server.experiments.models
import server.faults.models
import server.fleet.models
import server.ingest.models
import server.ingest.uptime
import server.jobs.models
import server.lifecycle.models
import server.outbox.models
import server.people.calendar_models
import server.people.history_models
import server.people.models
import server.people.sign_in_models
import server.policy.models
import server.policy.sign_in_key
import server.privacy.alarm_models
import server.privacy.equipment_models
import server.privacy.left_out
import server.privacy.lifecycle_models
import server.privacy.models
import server.pulse.models
import server.rights.models
import server.scim.models
import server.terms  # noqa: F401 (each line brings its tables)
from server.db import Base

metadata = Base.metadata
