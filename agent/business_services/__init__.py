"""Business services that the company listed: whether they answer from this laptop.

Nothing is observed of what anybody does with them.
"""
