"""What notices to operators say: one sentence each, in the languages that are there."""

LANGUAGES = ("en", "de")

JOBS, STORE, RELEASES, ALARMS, REQUESTS = "jobs", "store", "releases", "alarms", "requests"

JOB_FAILS = "job_fails"
WEEKS_MISSING = "weeks_missing"
STORE_NEARLY_FULL = "store_nearly_full"
RELEASE_LATE = "release_late"
RELEASE_OUT = "release_out"
PEOPLE_FILE = "people_file"
PEOPLE_FOLDER = "people_folder"
ALARM = "alarm"
ALARM_OF = "alarm_of"
REQUEST_WAITS = "request_waits"

ABOUT = {
    JOB_FAILS: JOBS,
    WEEKS_MISSING: STORE,
    STORE_NEARLY_FULL: STORE,
    RELEASE_LATE: RELEASES,
    RELEASE_OUT: RELEASES,
    PEOPLE_FILE: JOBS,
    PEOPLE_FOLDER: JOBS,
    ALARM: ALARMS,
    ALARM_OF: ALARMS,
    REQUEST_WAITS: REQUESTS,
}
"""The subject of each kind of notice."""

TEXTS: dict[str, dict[str, tuple[str, str]]] = {
    JOB_FAILS: {
        "en": (
            "[{organisation}] A job of Employee DEX fails",
            "The job {job} failed three times in a row and is tried again; dex-server jobs list says how.",
        ),
        "de": (
            "[{organisation}] Eine Aufgabe von Employee DEX scheitert",
            "Die Aufgabe {job} ist dreimal nacheinander gescheitert und wird wieder versucht;"
            " Näheres sagt dex-server jobs list.",
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
    PEOPLE_FILE: {
        "en": (
            "[{organisation}] A file of people was refused",
            "A file of the source {source} was not imported; it lies in the folder failed with a report.",
        ),
        "de": (
            "[{organisation}] Eine Personaldatei wurde abgelehnt",
            "Eine Datei der Quelle {source} wurde nicht eingelesen; sie liegt mit einem Bericht im Ordner"
            " failed.",
        ),
    },
    PEOPLE_FOLDER: {
        "en": (
            "[{organisation}] A folder of people cannot be used",
            "The folder of the source {source} is not there, or files in it cannot be moved;"
            " dex-server people folder names it.",
        ),
        "de": (
            "[{organisation}] Ein Ordner mit Personaldateien ist nicht benutzbar",
            "Der Ordner der Quelle {source} fehlt, oder Dateien darin lassen sich nicht verschieben;"
            " dex-server people folder nennt ihn.",
        ),
    },
    ALARM: {
        "en": (
            "[{organisation}] Worse than usual: {signal}",
            "Since {since} there is more of this than usual: {signal}. It is so on {laptops} laptops.",
        ),
        "de": (
            "[{organisation}] Schlechter als sonst: {signal}",
            "Seit {since} gibt es davon mehr als sonst: {signal}. Es geht um {laptops} Laptops.",
        ),
    },
    ALARM_OF: {
        "en": (
            "[{organisation}] Worse than usual: {signal}, {about}",
            "Since {since} there is more of this than usual: {signal}, with {about}."
            " It is so on {laptops} laptops.",
        ),
        "de": (
            "[{organisation}] Schlechter als sonst: {signal}, {about}",
            "Seit {since} gibt es davon mehr als sonst: {signal}, bei {about}. Es geht um {laptops} Laptops.",
        ),
    },
    REQUEST_WAITS: {
        "en": (
            "[{organisation}] Somebody asks for a right over their own data",
            "A request for erasure or restriction waits on the page Requests. The time to answer is a month.",
        ),
        "de": (
            "[{organisation}] Jemand verlangt ein Recht an den eigenen Daten",
            "Ein Antrag auf Löschung oder Einschränkung wartet auf der Seite Anträge."
            " Zum Antworten ist ein Monat Zeit.",
        ),
    },
}
"""Subject and text by kind and language."""

SIGNALS: dict[str, dict[str, str]] = {
    "en": {
        "boot": "slow starts",
        "signin": "slow sign-ins",
        "crash": "crashes of applications",
        "hang": "applications that stop answering",
        "oscrash": "stops of the whole system",
        "cpu": "waiting for the processor",
        "memory": "shortage of memory",
        "disk": "waiting for the disk",
        "latency": "slow answers of the network",
        "loss": "lost answers of the network",
        "battery": "worn batteries",
        "space": "full disks",
        "patch": "missing security updates",
    },
    "de": {
        "boot": "langsame Starts",
        "signin": "langsame Anmeldungen",
        "crash": "Abstürze von Anwendungen",
        "hang": "Anwendungen, die nicht mehr antworten",
        "oscrash": "Ausfälle des ganzen Systems",
        "cpu": "Warten auf den Prozessor",
        "memory": "knapper Arbeitsspeicher",
        "disk": "Warten auf den Datenträger",
        "latency": "langsame Antworten des Netzes",
        "loss": "verlorene Antworten des Netzes",
        "battery": "verbrauchte Akkus",
        "space": "volle Datenträger",
        "patch": "fehlende Sicherheitsupdates",
    },
}
"""What a signal is called when it got worse; a webhook gets its short name."""
