"""The closed lists of words that describe an indicator. A member is its stored code; ``label`` is for people."""

from enum import StrEnum


class Labelled(StrEnum):
    """A stored code with a label for people."""

    label: str

    def __new__(cls, code: str, label: str = "") -> "Labelled":
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member


class Area(Labelled):
    """One of the Board's areas, in the Board's order."""

    SAFEGUARDING = "safeguarding", "Safeguarding"
    HEALTH_AND_SAFETY = "health_and_safety", "Health and safety"
    OUTCOMES = "outcomes", "Headline outcomes"
    DISADVANTAGED = "disadvantaged", "Disadvantaged pupils"
    ATTENDANCE = "attendance", "Attendance and behaviour"
    FINANCE = "finance", "Finance"
    STAFFING = "staffing", "Staff absence, retention and recruitment"
    WELLBEING = "wellbeing", "Wellbeing"

    @property
    def order(self) -> int:
        """Return the area's place in the Board's order, from 0."""
        return list(Area).index(self)


class PhaseOfEducation(Labelled):
    """A school's phase of education, as in the national register of schools."""

    NURSERY = "nursery", "Nursery"
    PRIMARY = "primary", "Primary"
    SECONDARY = "secondary", "Secondary"
    ALL_THROUGH = "all-through", "All-through"
    SIXTEEN_PLUS = "16 plus", "16 plus"
    SPECIAL = "special", "Special"
    ALTERNATIVE_PROVISION = "alternative provision", "Alternative provision"


class PupilGroup(Labelled):
    """The pupils a figure is about."""

    ALL = "all", "All pupils"
    DISADVANTAGED = "disadvantaged", "Disadvantaged pupils"
    NOT_DISADVANTAGED = "not_disadvantaged", "Other pupils"
    SEND = "send", "Pupils with special educational needs or disabilities"
    GIRLS = "girls", "Girls"
    BOYS = "boys", "Boys"
    EAL = "eal", "Pupils with English as an additional language"


class FigureUnit(Labelled):
    """The unit of a figure."""

    PERCENT = "percent", "%"
    PERCENTAGE_POINTS = "percentage_points", "percentage points"
    PER_100_PUPILS = "per_100_pupils", "per 100 pupils"
    COUNT = "count", "number"
    POINTS = "points", "points"
    SCORE = "score", "score"
    POUNDS = "pounds", "£"
    DAYS = "days", "days"
    YES_NO = "yes_no", "yes or no"
    RATIO = "ratio", "ratio"

    @property
    def multiplier(self) -> int:
        """Return the number that turns numerator over denominator into a figure in this unit.

        >>> FigureUnit.PERCENT.multiplier, FigureUnit.PER_100_PUPILS.multiplier, FigureUnit.DAYS.multiplier
        (100, 100, 1)
        """
        return 100 if self in (FigureUnit.PERCENT, FigureUnit.PER_100_PUPILS) else 1


class FigureKind(Labelled):
    """The kind of number a figure is."""

    RATE = "rate", "Rate"
    COUNT = "count", "Count"
    SCORE = "score", "Score"
    BAND = "band", "Band"
    YES_NO = "yes_no", "Yes or no"
    MONEY = "money", "Money"


class FigureSubject(Labelled):
    """What a figure counts or describes. The rules for small numbers differ by it (kpis/rules/privacy.py)."""

    EVENTS = "events", "Duties and events"
    PEOPLE = "people", "Pupils or staff as a group"
    THINGS = "things", "Money, time and things"


class Direction(Labelled):
    """Which way is better."""

    HIGHER = "higher", "Higher is better"
    LOWER = "lower", "Lower is better"
    RANGE = "range", "Both ends can be wrong"


class Frequency(Labelled):
    """How often a new figure is due."""

    MONTHLY = "monthly", "Monthly"
    HALF_TERMLY = "half_termly", "Half-termly"
    TERMLY = "termly", "Termly"
    ANNUAL = "annual", "Yearly"


class RollUp(Labelled):
    """How a trust's figure is calculated from its schools' figures."""

    RATE = "rate", "From numerators and denominators, or weighted by the number of pupils"
    SUM = "sum", "Added up"
    ALL_YES = "all_yes", "Schools that answered yes"
    NONE = "none", "Not added up"


class TargetRule(Labelled):
    """Where the target comes from until the trust sets its own targets."""

    FIXED = "fixed", "A fixed figure"
    BETWEEN = "between", "Between two figures"
    NATIONAL = "national", "The latest national figure"
    SCHOOL = "school", "Set for each school"
    NONE = "none", "No default target"


class Confidence(Labelled):
    """How well the definition has been checked."""

    CHECKED = "checked", "Read in a published source"
    TO_CHECK = "to_check", "To check against the source"
    OWN = "own", "Our own definition"


class Moderator(Labelled):
    """The role that moderates a line."""

    EXECUTIVE_DIRECTOR = "executive_director", "Executive Director"
    BUSINESS_MANAGER = "business_manager", "Business Manager"
