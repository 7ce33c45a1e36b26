"""The texts of an exported page, in the reader's language."""

from dashboards.languages import Language
from dashboards.words import gettext
from server.own_data.export_page import OTHER, Words


def export_words(language: Language) -> Words:
    return Words(
        language.code,
        language.direction,
        title=gettext("What is stored about you"),
        intro=gettext(
            "These are all rows about you, or about your laptops on days on which they were yours. Released "
            "figures are not among them: they were made of many people. Answers to the pulse are not either: "
            "they carry no name, so nobody can find yours. Names of columns are those of the product."
        ),
        rows=gettext("rows"),
        chapters={
            "directory": gettext("You in the company’s directory"),
            "laptops": gettext("Your laptops"),
            "days": gettext("What your laptops told, day by day"),
            "made": gettext("What was made of it about you alone"),
            "access": gettext("Signing in"),
            "rights": gettext("Your rights, and looks of others"),
            OTHER: gettext("Other"),
        },
    )
