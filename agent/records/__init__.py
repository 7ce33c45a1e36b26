"""Readers of recorded sources: what a system wrote down about its crashes, hangs, boots and updates.

Nothing here depends on the system it runs on: live collectors and `dex-agent parse` feed the same code.
"""
