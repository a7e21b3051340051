"""Describe the invented schools' units over a year, the decided phases, and what each school can give and needs."""

from dataclasses import dataclass

from demonstration.trust.story import DAYDREAM, FABLE, GLASS, HIGH, ONCE


@dataclass(frozen=True, kw_only=True)
class UnitStory:
    """One unit, with the trust's phase for each of the last four terms, oldest first, and the reason for the latest.

    A phase is empty if nobody visited. ``school`` is the school's own current judgement, or empty.
    """

    name: str
    kind: str
    area: str
    phases: tuple[str, str, str, str]
    reason: str
    school: str = ""


@dataclass(frozen=True)
class DimensionStory:
    """What a school can give and needs in one dimension, each with a level and a text."""

    dimension: str
    has: tuple[str, str]
    needs: tuple[str, str]


INITIALS = {"S": "stabilise", "R": "repair", "I": "improve", "X": "sustain", ".": ""}


def _unit(name: str, area: str, phases: str, reason: str, kind: str = "subject", school: str = ".") -> UnitStory:
    """Make a unit; ``phases`` has an initial for each term, or a dot if nobody visited."""
    first, second, third, now = (INITIALS[initial] for initial in phases)
    return UnitStory(
        name=name, kind=kind, area=area, phases=(first, second, third, now), reason=reason, school=INITIALS[school]
    )


UNITS: dict[int, tuple[UnitStory, ...]] = {
    HIGH: (
        _unit("English", "english", "IIRR", "Results fell while two posts were covered for a year", school="I"),
        _unit("Mathematics", "mathematics", "SSRR", "Support from Looking Glass shows in Year 9, not yet in Year 11"),
        _unit("Science", "science", "RRSS", "No head of science since Easter, and assessment is unreliable"),
        _unit("Humanities", "humanities", "IIXX", "Strong in every class we saw; shares its curriculum with others"),
        _unit("Languages", "languages", "..RI", "Fully staffed for the first time in three years"),
        _unit("Physical education", "pe", ".XXX", "Strong and stable, and a future leader is in training"),
        _unit("Inclusion", "vulnerable", "RRRI", "Pupils' plans are followed in most lessons", kind="department"),
        _unit("Year 7", "", "..II", "Calm, and lessons build on the primary curriculum", kind="year_group"),
        _unit("Year 9", "", "..RS", "Removals from lessons doubled in one term", kind="year_group", school="R"),
    ),
    GLASS: (
        _unit("English", "english", "RIIX", "Trains teachers from two other schools"),
        _unit("Mathematics", "mathematics", "IIXX", "The team leads the trust's work in mathematics"),
        _unit("Science", "science", "SRRI", "Physics posts are filled and practical work has restarted"),
        _unit("Humanities", "humanities", "RRII", "Most classes follow the agreed curriculum"),
        _unit("Languages", "languages", ".SRR", "A new lead started, but two classes still have cover"),
        _unit("Inclusion", "vulnerable", "RIII", "Reviews are on time and change what teachers do", kind="department"),
        _unit("Key stage 3", "", ".RII", "Assessment is moderated across subjects", kind="key_stage"),
    ),
    FABLE: (
        _unit("Reading and writing", "english", "XXXX", "Strong in every class, and leads phonics for the trust"),
        _unit("Mathematics", "mathematics", "IXXX", "The lead supports two other schools for a day a week"),
        _unit("Science", "science", ".III", "Taught well. Assessment is new"),
        _unit("Early years", "early_years", "XXXX", "Other schools visit every half-term", kind="key_stage"),
        _unit("Inclusion", "vulnerable", "IIXX", "Strong for all groups, year after year", kind="department"),
    ),
    ONCE: (
        _unit("Reading and writing", "english", "RRII", "Phonics is secure and writing is improving", school="I"),
        _unit("Mathematics", "mathematics", ".RRI", "The curriculum is agreed and taught in most classes"),
        _unit("Early years", "early_years", "RIII", "Children are ready for Year 1", kind="key_stage"),
        _unit("Year 4", "", "..RR", "One class had three teachers in a year", kind="year_group", school="R"),
        _unit("Year 6", "", ".III", "Steady, with a clear plan for the tests", kind="year_group"),
    ),
    DAYDREAM: (
        _unit("Reading and writing", "english", "SSSR", "A new phonics scheme started in January"),
        _unit("Mathematics", "mathematics", "SSSS", "Two classes are taught by supply teachers"),
        _unit("Early years", "early_years", ".SRR", "A new lead is setting standards, with our help", kind="key_stage"),
        _unit("Year 6", "", "..SS", "Most books show gaps from earlier years", kind="year_group"),
    ),
}  # fmt: skip
CLOSED: dict[int, tuple[UnitStory, str]] = {
    HIGH: (
        _unit("Computing", "", ".RR.", "Lessons were being rewritten", kind="department"),
        "The mathematics and science departments have taught this since September",
    )
}
# The Executive Director's phase decisions, with reasons. An empty phase confirms the proposal. Schools that are not
# listed have no decision yet.
DECIDED: dict[int, tuple[str, str]] = {
    FABLE: ("", ""),
    GLASS: ("", "Agreed with the headteacher after the spring visit"),
    DAYDREAM: (
        "stabilise",
        "Other lines have improved, but two classes still have no permanent teacher",
    ),
}
NOTHING = ("none", "")
DIMENSIONS: dict[int, tuple[DimensionStory, ...]] = {
    HIGH: (
        DimensionStory("people", ("some", "Our head of humanities for one day a fortnight"),
            ("much", "A head of science from September, and a second in English"),
        ),
        DimensionStory("intellectual", NOTHING, ("some", "Help with moderating assessment in science")),
    ),
    GLASS: (
        DimensionStory("people", ("some", "Our mathematics lead for half a day a week"),
            ("some", "A second languages teacher"),
        ),
        DimensionStory("collaboration", ("much", "We work closely with two schools and could include a third"),
            NOTHING,
        ),
    ),
    FABLE: (
        DimensionStory("people", ("much", "Our phonics and mathematics leads, each for a day a week"), NOTHING),
        DimensionStory("time", ("some", "We can open one training day a term to other schools"), NOTHING),
        DimensionStory("intellectual", ("much", "Strong early reading, and two leaders studying for a master's"),
            ("some", "Knowing what secondary schools expect in writing"),
        ),
        DimensionStory("financial", ("some", "Our library and hall, which other schools can use"), NOTHING),
        DimensionStory("collaboration", ("much", "We welcome other schools for a visit every half-term"), NOTHING),
    ),
    DAYDREAM: (
        DimensionStory("people", NOTHING, ("much", "Two class teachers and a mathematics lead")),
        DimensionStory("time", NOTHING, ("some", "Our leaders teach for four days a week")),
        DimensionStory("financial", NOTHING, ("some", "We spent £38,000 more than planned on supply teachers")),
    ),
}  # fmt: skip
