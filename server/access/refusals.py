"""Why nobody was signed in by a provider. In each case nothing was begun or written."""

from server.errors import Problem


class ProviderAway(Problem):
    status, slug, title = 503, "provider-away", "The sign-in provider does not answer as it should"


class SignInRefused(Problem):
    status, slug, title = 403, "sign-in-refused", "This sign-in was not accepted"


class NotAdmitted(Problem):
    status, slug, title = 403, "not-admitted", "Nobody here knows whom the provider sent"
