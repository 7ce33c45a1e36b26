"""What notices to operators say: one sentence each, in the languages that are there."""

LANGUAGES = ("en", "de")

JOBS, STORE, RELEASES = "jobs", "store", "releases"

JOB_FAILS = "job_fails"
WEEKS_MISSING = "weeks_missing"
STORE_NEARLY_FULL = "store_nearly_full"
RELEASE_LATE = "release_late"
RELEASE_OUT = "release_out"

ABOUT = {
    JOB_FAILS: JOBS,
    WEEKS_MISSING: STORE,
    STORE_NEARLY_FULL: STORE,
    RELEASE_LATE: RELEASES,
    RELEASE_OUT: RELEASES,
}
"""The subject of each kind of notice."""

TEXTS: dict[str, dict[str, tuple[str, str]]] = {
    JOB_FAILS: {
        "en": (
            "[{organisation}] A job of Employee DEX fails",
            "The job {job} failed three times in a row and is tried again; dex-server jobs says how.",
        ),
        "de": (
            "[{organisation}] Eine Aufgabe von Employee DEX scheitert",
            "Die Aufgabe {job} ist dreimal nacheinander gescheitert und wird wieder versucht;"
            " Näheres sagt dex-server jobs.",
        ),
    },
    WEEKS_MISSING: {
        "en": (
            "[{organisation}] The store of Employee DEX lacks next week",
            "The store has no place for the data of next week yet; dex-server jobs run make_weeks makes it.",
        ),
        "de": (
            "[{organisation}] Dem Speicher von Employee DEX fehlt die nächste Woche",
            "Der Speicher hat noch keinen Platz für die Daten der nächsten Woche;"
            " dex-server jobs run make_weeks schafft ihn.",
        ),
    },
    STORE_NEARLY_FULL: {
        "en": (
            "[{organisation}] The disk of Employee DEX is nearly full",
            "The disk on which the store lies is nearly full; laptops keep what they cannot deliver,"
            " but only for a month.",
        ),
        "de": (
            "[{organisation}] Der Datenträger von Employee DEX ist fast voll",
            "Der Datenträger des Speichers ist fast voll; Laptops behalten, was sie nicht abliefern können,"
            " aber nur einen Monat lang.",
        ),
    },
    RELEASE_LATE: {
        "en": (
            "[{organisation}] Week {week} could not be released yet",
            "The results of week {week} should be out and are not, because no collector was up long enough"
            " for laptops to deliver, or because the job weekly_release fails.",
        ),
        "de": (
            "[{organisation}] Woche {week} konnte noch nicht veröffentlicht werden",
            "Die Ergebnisse der Woche {week} sollten da sein und sind es nicht: Entweder lief kein Collector"
            " lange genug, damit Laptops abliefern konnten, oder die Aufgabe weekly_release scheitert.",
        ),
    },
    RELEASE_OUT: {
        "en": ("[{organisation}] The results of week {week} are out", "The results of week {week} are out."),
        "de": (
            "[{organisation}] Die Ergebnisse der Woche {week} sind da",
            "Die Ergebnisse der Woche {week} sind da.",
        ),
    },
}
"""Subject and text by kind and language."""
