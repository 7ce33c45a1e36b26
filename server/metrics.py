"""Counters of this process for `/metrics`: counts and durations only, never a device or a person."""

from prometheus_client import Counter, Histogram

REQUESTS = Counter("dex_requests", "Requests answered", ["route", "method", "status"])
SECONDS = Histogram(
    "dex_request_seconds",
    "Time to answer",
    ["route"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
JOBS = Counter("dex_job_runs", "Runs of periodic jobs", ["job", "result"])
BATCHES = Counter("dex_batches", "Batches answered", ["outcome"])
DROPPED = Counter("dex_dropped_fields", "Fields of batches that were left out")
