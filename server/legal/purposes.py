"""For which purposes personal data are processed, and on which basis in law each may rest, as a draft.

Articles are those of the GDPR (Regulation (EU) 2016/679) unless another law is named.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from agent import signals


class Purpose(StrEnum):
    EQUIPMENT = "equipment"
    EXPERIENCE = "experience"
    ASKING = "asking"
    PEOPLE = "people"
    SUPPORT = "support"
    ACCESS = "access"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Ground:
    """`says`: the purpose in one sentence. `basis`: where it may rest in law. `weighs`: why that may hold,
    and what speaks against it."""

    says: str
    basis: str
    weighs: str


GROUNDS: Mapping[Purpose, Ground] = {
    Purpose.EQUIPMENT: Ground(
        "Run and mend the company's laptops: see faults, wear, missing updates and failing services.",
        "Art. 6(1)(f); for security also Art. 6(1)(c) with Art. 32; in a collective agreement Art. 88",
        "The company owns the equipment and answers for its security. What is read says how a machine is "
        "doing. Faults are listed by asset tag, so their owner can be found by whoever keeps the inventory; "
        "the owner sees the same list, and each look is in the audit log.",
    ),
    Purpose.EXPERIENCE: Ground(
        "Find out for groups how much working time technology takes, and whether a change helped.",
        "Art. 6(1)(f); in a collective agreement Art. 88",
        "Only sums of groups above the threshold leave the server. A person's day is summed up on the laptop "
        "and kept for a limited time, because the groups of a week are known only after it. Monitoring of "
        "employees is a high risk by itself, which is why an assessment (Art. 35) is drafted here.",
    ),
    Purpose.ASKING: Ground(
        "Ask people what they think of technology at work; answering is free.",
        "None for the answers, which are anonymous (recital 26); Art. 6(1)(f) for handing out the tokens",
        "Answers carry no identity and the server cannot link them. Who was given tokens is kept until the "
        "period closes. Nobody learns who answered.",
    ),
    Purpose.PEOPLE: Ground(
        "Know who works in which team and stage of working life, so that days count for the right group and "
        "laptops and accounts are ready on the first day and closed after the last.",
        "Art. 6(1)(b) or (f); in a collective agreement Art. 88",
        "The data come from the company's own directory. A notice or a last day is used only from the day "
        "on which the person knows it.",
    ),
    Purpose.SUPPORT: Ground(
        "Let IT look at one laptop for a stated reason, for 24 hours.",
        "Art. 6(1)(f); with the setting “ask”, the person's consent, Art. 6(1)(a)",
        "The person reads who looked, when and why. Consent counts only where it is free (recital 43): "
        "refusing has no consequence, and the setting “inform” does not rest on it.",
    ),
    Purpose.ACCESS: Ground(
        "Let the right people, laptops and programs in, and nobody else.",
        "Art. 6(1)(f) and Art. 32",
        "Of secrets only hashes are kept; sign-ins are kept by day.",
    ),
    Purpose.ACCOUNT: Ground(
        "Answer for all of this: what was agreed, who looked and changed what, and people's rights.",
        "Art. 6(1)(c) with Art. 5(2), 12 to 22 and 24",
        "The log says that somebody looked, never what was seen.",
    ),
}

BASES: Mapping[str, str] = {signals.LEGAL_BASIS: "running the company's own work equipment"}
"""Keys of bases that the vocabulary gives to its fields, in words."""

FIELD_PURPOSES: Mapping[str, Purpose] = {
    "Shows how much working time technology takes": Purpose.EXPERIENCE,
    "Shows how reliable applications and the system are": Purpose.EXPERIENCE,
    "Shows whether the laptop keeps up with the work": Purpose.EXPERIENCE,
    "Shows whether the network keeps up with the work": Purpose.EXPERIENCE,
    "Shows which laptops need repair, room or updates": Purpose.EQUIPMENT,
    "Shows what the agent could not see, so that nothing unknown is taken for good": Purpose.EXPERIENCE,
    "Shows what the agent itself costs": Purpose.EQUIPMENT,
    "Shows whose laptop it is, so that its days count for the right team and a shared one for nobody": (
        Purpose.PEOPLE
    ),
    "Shows what people think of technology at work, without whose answer it is": Purpose.ASKING,
}
"""Sentences of the vocabulary that say why a field is sent."""
