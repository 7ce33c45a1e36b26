"""Counters of this process for `/metrics`: counts and durations only, never a device or a person."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("dex_requests", "Requests answered", ["route", "method", "status"])
SECONDS = Histogram(
    "dex_request_seconds",
    "Time to answer",
    ["route"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
JOB_LATE = Gauge("dex_job_late_seconds", "How long a periodic job has been due", ["job"])
JOB_FAILED = Gauge("dex_job_failed", "1 if the last run of a periodic job failed", ["job"])
BATCHES = Counter("dex_batches", "Batches answered", ["outcome"])
DROPPED = Counter("dex_dropped_fields", "Fields of batches that were left out")
