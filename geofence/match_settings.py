"""Parameters of the map matcher, with their units and where they come from."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """The numbers of the hidden Markov model. The defaults suit trucks with a fix every 1-60 s.

    Raises
    ------
    ValueError
        If a number is not positive.
    """

    sigma_m: float = 8.0
    """Standard deviation of a fix's error across the street where it reports no accuracy."""
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
    prune_cost: float = 20.0
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
    u_turn_cost: float = 6.0
    """Price of turning back where the road goes on."""
    max_speed_mps: float = 28.0
    """A route that needs more than this is no route."""
    detour_per_s: float = 12.0
    """A route may be twice the straight line and this many metres a second longer."""
    bridge_s: float = 30.0
    """Fixes off the network are passed over if the next one on it comes within this time."""

    def __post_init__(self) -> None:
        for setting in fields(self):
            value = getattr(self, setting.name)
            if not value > 0:
                raise ValueError(f"{setting.name} must be above 0, not {value}")
