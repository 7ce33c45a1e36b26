"""A company that does not exist, brought in through the same doors as a real one (docs/demo.md)."""
