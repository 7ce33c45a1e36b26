"""Laptops that do not exist speak to a real collector: is all that it acknowledged kept, and nothing else?

`plan` says what is wanted, `trouble` what goes wrong, `fleet` who they are, `day` and `batches` what they
say, `door` and `rounds` how they say it, `schedule` when, `tally` what came of it, and `verify` holds the
store against all that was acknowledged.
"""
