"""The explanation of a score for everybody: every term, rounded so far that no head count comes out.

From a mean, its interval, and the variance of one person one could work out how many people there are. So
variances are told as whole points, and the pull in tenths; `explain.py` has the exact ones, for the host's
command line and the privacy officer.
"""

from math import sqrt

from server.privacy.plan import COMPANY
from server.privacy.results import GaugeTerm, RateTerm, Terms
from server.privacy.rounding import one, two_digits
from server.privacy.windows import Block, Window
from server.scoring.parameters import RATES
from server.scoring.rates import COMPANY_PRIOR
from server.scoring.technology import SignalScore


def terms_of(window: Window, block: Block) -> Terms | None:
    """None for a group that is not scored."""
    technology, dex = block.technology, block.dex
    if technology is None or dex is None:
        return None
    spread = window.shared.spread
    signals = technology.signals.values()
    _, gauge_share, _ = technology.components[0]
    return Terms(
        pull=one(technology.pull.b),
        within_sd=float(round(sqrt(spread.within))),
        between_sd=float(round(sqrt(spread.between))),
        teams=spread.groups,
        gauges=[_gauge(signal) for signal in signals if signal.rate is None],
        rates=[_rate(window, block, signal) for signal in signals if signal.rate is not None],
        gauge_share_pct=one(100 * gauge_share),
        gauge_sd=one(technology.gauge_sd),
        technology_sd=one(technology.sd),
        sentiment_sd=one(sqrt(block.sentiment.variance)) if block.sentiment else None,
        score_sd=one(dex.sd),
        hours_class=window.release.hours_class.get(block.group),
    )


def _gauge(signal: SignalScore) -> GaugeTerm:
    return GaugeTerm(signal.signal, float(round(signal.raw)), one(signal.company), one(signal.score))


def _rate(window: Window, block: Block, signal: SignalScore) -> RateTerm:
    name = signal.signal
    prior = COMPANY_PRIOR if block.group == COMPANY else window.shared.priors[name]
    return RateTerm(
        name=name,
        unit=RATES[name].unit,
        own=two_digits(signal.raw),
        company=two_digits(signal.company),
        shrunk=two_digits(signal.rate or 0.0),
        dispersion=one(window.shared.phi[name]),
        prior_shape=two_digits(prior.shape),
        prior_hours=two_digits(prior.hours),
        score=one(signal.score),
        sd=one(signal.sd or 0.0),
    )
