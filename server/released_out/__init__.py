"""Released figures for what an IT department already runs: to be scraped by Prometheus, or pushed by OTLP.

Nothing leaves unless `DEX_RELEASED_AS` names the role whose results leave.
"""
