"""Parameters of the map matcher, with their units and where they come from."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """The numbers of the hidden Markov model. The defaults suit trucks with a fix every 1-60 s.

    Costs are negative natural logarithms of probabilities: 3 more means 20 times less likely.

    Raises
    ------
    ValueError
        If a number is not positive.
    """

    sigma_m: float = 8.0
    """Standard deviation of a fix's error across the street where it reports no accuracy."""
    accuracy_sigmas: float = 1.2
    """How many standard deviations across the street a reported accuracy stands for: makers mean
    one (68 % of fixes within it, per axis) to one and a half (within a circle)."""
    white_m: float = 2.0
    """Standard deviation of what is new at every fix: noise, and where on the road one drives."""
    tail: float = 8.0
    """Degrees of freedom of the error's changes: the fewer, the more leaps are forgiven."""
    sigma_min_m: float = 4.0
    """A reported accuracy is not believed below this."""
    sigma_max_m: float = 30.0
    """Nor above this."""
    radius_sigmas: float = 5.0
    """Search radius in standard deviations."""
    radius_min_m: float = 50.0
    """Least search radius: half a wide avenue and its frontage."""
    radius_max_m: float = 120.0
    """Largest search radius."""
    prune_cost: float = 11.0
    """Candidates whose emission costs this much more than the best of their fix are dropped."""
    heading_min_speed_mps: float = 2.0
    """Below this speed a reported heading says nothing."""
    heading_concentration: float = 3.0
    """Von Mises kappa of reported headings."""
    beta_base_m: float = 6.0
    """Scale of the difference between route and straight line for an instant step."""
    beta_per_s: float = 0.9
    """What each second between two fixes adds to that scale, in metres."""
    slack_sigmas: float = 2.0
    """How far, in standard deviations, noise may move a fix back on its arc."""
    wrong_way_cost: float = 10.0
    """Price of each fix that a truck drives against a one-way street."""
    u_turn_cost: float = 1.5
    """Price of turning round at a junction where the road goes on: trucks that collect do it often.
    At a dead end it is free."""
    back_cost: float = 6.0
    """Price of turning round between two junctions, which the noise of fixes feigns. Recorded
    trucks show 5.5 to 7.3 for a step of 10 s (`benchmarks.matching.turning`)."""
    max_speed_mps: float = 28.0
    """A route that needs more than this is no route."""
    detour_per_s: float = 12.0
    """A route may be twice the straight line and this many metres a second longer."""
    beam: float = 11.0
    """Chains that cost this much more than the cheapest are given up."""
    credit_margin: float = 0.25
    """A truck was on a street if every explanation without it costs at least this much more."""
    denial_margin: float = 4.0
    """It was not on another if every explanation with that one costs at least this much more."""
    bridge_s: float = 30.0
    """Fixes off the network are passed over if the next one on it comes within this time."""

    def __post_init__(self) -> None:
        for setting in fields(self):
            value = getattr(self, setting.name)
            if not value > 0:
                raise ValueError(f"{setting.name} must be above 0, not {value}")
