"""What a moderator may do to a comment: take words out, and nothing else. Pure."""

GAP = "[…]"
_GAPS = {GAP, "[...]", "…", "..."}


def with_words_taken_out(said: str, left: str) -> str | None:
    """The comment with a gap where words are missing in what is `left` of it; "" if nothing is.

    None if `left` has a word that was not said there: nobody may put words into anybody's mouth.
    """
    words = said.split()
    keeps = [word for word in left.split() if word not in _GAPS]
    if not keeps:
        return ""
    shown: list[str] = []
    at = 0
    for keep in keeps:
        if keep not in words[at:]:
            return None
        found = words.index(keep, at)
        shown += [GAP, keep] if found > at else [keep]
        at = found + 1
    return " ".join([*shown, GAP] if at < len(words) else shown)
