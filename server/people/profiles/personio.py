"""Personio: the list of employees as CSV, in English or German.

Its supervisor is a name and not a number, and so is not read; a column `manager` with numbers is.
"""

from server.people.profile import Profile

PERSONIO = Profile(
    name="personio",
    says="Personio, the list of employees in English or German.",
    columns={
        "employee_id": ("Employee ID", "Personnel number", "Personalnummer", "Mitarbeiter-ID", "ID"),
        "email": ("Email", "E-Mail", "Email address", "E-Mail-Adresse"),
        "unit": ("Department", "Abteilung"),
        "team": ("Team",),
        "site": ("Office", "Workplace", "Standort", "Arbeitsort"),
        "hire": ("Hire date", "Anstelldatum", "Einstellungsdatum"),
        "last_day": (
            "Last working day",
            "Last day of work",
            "Letzter Arbeitstag",
            "End of employment",
            "Ende des Arbeitsverhältnisses",
            "Termination date",
            "Kündigungsdatum",
        ),
    },
    joined={"name": (("First name", "Last name"), ("Vorname", "Nachname"))},
)
