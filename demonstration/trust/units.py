"""The invented schools' units, what was seen of them over a year, what was decided, and what each has and needs."""

from dataclasses import dataclass

from demonstration.trust.story import DAYDREAM, FABLE, GLASS, HIGH, ONCE


@dataclass(frozen=True, kw_only=True)
class UnitStory:
    """One unit: its phase as the trust saw it in each of the last four terms, oldest first, and why it is so now.

    A phase is empty where nobody looked. ``school`` is what the school itself judges now, if it has.
    """

    name: str
    kind: str
    area: str
    phases: tuple[str, str, str, str]
    reason: str
    school: str = ""


@dataclass(frozen=True)
class DimensionStory:
    """What a school could give and needs in one dimension: level and words for each."""

    dimension: str
    has: tuple[str, str]
    needs: tuple[str, str]


INITIALS = {"S": "stabilise", "R": "repair", "I": "improve", "X": "sustain", ".": ""}


def _unit(name: str, area: str, phases: str, reason: str, kind: str = "subject", school: str = ".") -> UnitStory:
    """Make a unit of a line of text: ``phases`` are initials, a dot where nobody looked."""
    first, second, third, now = (INITIALS[each] for each in phases)
    return UnitStory(
        name=name, kind=kind, area=area, phases=(first, second, third, now), reason=reason, school=INITIALS[school]
    )


UNITS: dict[int, tuple[UnitStory, ...]] = {
    HIGH: (
        _unit("English", "english", "IIRR", "Outcomes slipped as two posts were covered for a year", school="I"),
        _unit("Mathematics", "mathematics", "SSRR", "Support from Looking Glass shows in year 9, not yet in year 11"),
        _unit("Science", "science", "RRSS", "No head of science since Easter; assessment is not trusted"),
        _unit("Humanities", "humanities", "IIXX", "Strong in every class seen, and the sequence is shared with others"),
        _unit("Languages", "languages", "..RI", "A complete team for the first time in three years"),
        _unit("Physical education", "pe", ".XXX", "Strong, stable, and a successor is in training"),
        _unit("Inclusion", "vulnerable", "RRRI", "Plans are followed in most lessons visited", kind="department"),
        _unit("Year 7", "", "..II", "Calm, and the primary curriculum is built on", kind="year_group"),
        _unit("Year 9", "", "..RS", "Removals from lessons doubled in a term", kind="year_group", school="R"),
    ),
    GLASS: (
        _unit("English", "english", "RIIX", "Trains teachers of two other schools"),
        _unit("Mathematics", "mathematics", "IIXX", "The team leads the trust's work in mathematics"),
        _unit("Science", "science", "SRRI", "Physics posts are filled; practical work is back"),
        _unit("Humanities", "humanities", "RRII", "The sequence is taught in most classes"),
        _unit("Languages", "languages", ".SRR", "A new lead; two classes still have cover"),
        _unit("Inclusion", "vulnerable", "RIII", "Reviews are on time and change what is taught", kind="department"),
        _unit("Key stage 3", "", ".RII", "Assessment is moderated across subjects", kind="key_stage"),
    ),
    FABLE: (
        _unit("Reading and writing", "english", "XXXX", "Every class strong; leads phonics for the trust"),
        _unit("Mathematics", "mathematics", "IXXX", "The lead supports two schools a day a week"),
        _unit("Science", "science", ".III", "Taught well; assessment is new"),
        _unit("Early years", "early_years", "XXXX", "Visited by others each half-term", kind="key_stage"),
        _unit("Inclusion", "vulnerable", "IIXX", "Strong for all groups, year after year", kind="department"),
    ),
    ONCE: (
        _unit("Reading and writing", "english", "RRII", "Phonics is secure; writing follows", school="I"),
        _unit("Mathematics", "mathematics", ".RRI", "The sequence is agreed and taught in most classes"),
        _unit("Early years", "early_years", "RIII", "Children start year 1 ready", kind="key_stage"),
        _unit("Year 4", "", "..RR", "One class had three teachers in a year", kind="year_group", school="R"),
        _unit("Year 6", "", ".III", "Steady, with a clear plan for the tests", kind="year_group"),
    ),
    DAYDREAM: (
        _unit("Reading and writing", "english", "SSSR", "A phonics scheme is in place since January"),
        _unit("Mathematics", "mathematics", "SSSS", "Two classes taught by supply staff"),
        _unit("Early years", "early_years", ".SRR", "A new lead is setting standards, with help", kind="key_stage"),
        _unit("Year 6", "", "..SS", "Gaps from earlier years in most books", kind="year_group"),
    ),
}  # fmt: skip
CLOSED: dict[int, tuple[UnitStory, str]] = {
    HIGH: (
        _unit("Computing", "", ".RR.", "Lessons were being rewritten", kind="department"),
        "Taught by the mathematics and the science departments since September",
    )
}
# The phase decided by the Executive Director, with the reason; an empty one confirms the proposal. The schools left
# out wait on the desk.
DECIDED: dict[int, tuple[str, str]] = {
    FABLE: ("", ""),
    GLASS: ("", "Agreed with the head after the spring visit"),
    DAYDREAM: (
        "stabilise",
        "The lines have moved, but two classes are still without a teacher of their own",
    ),
}
NOTHING = ("none", "")
DIMENSIONS: dict[int, tuple[DimensionStory, ...]] = {
    HIGH: (
        DimensionStory("people", ("some", "A head of humanities, one day a fortnight"),
            ("much", "A head of science from September, and a second in English"),
        ),
        DimensionStory("intellectual", NOTHING, ("some", "How to moderate assessment in science")),
    ),
    GLASS: (
        DimensionStory("people", ("some", "The mathematics lead, half a day a week"),
            ("some", "A second languages teacher"),
        ),
        DimensionStory("collaboration", ("much", "A working partnership with two schools, which could take in a third"),
            NOTHING,
        ),
    ),
    FABLE: (
        DimensionStory("people", ("much", "Leads of phonics and mathematics, a day a week each"), NOTHING),
        DimensionStory("time", ("some", "One training day a term opened to others"), NOTHING),
        DimensionStory("intellectual", ("much", "How to teach early reading; two leaders are studying for a master's"),
            ("some", "What secondary schools expect of writing"),
        ),
        DimensionStory("financial", ("some", "A library and a hall to share"), NOTHING),
        DimensionStory("collaboration", ("much", "A visit for other schools each half-term"), NOTHING),
    ),
    DAYDREAM: (
        DimensionStory("people", NOTHING, ("much", "Two class teachers and a lead for mathematics")),
        DimensionStory("time", NOTHING, ("some", "Leaders teach four days a week")),
        DimensionStory("financial", NOTHING, ("some", "Supply costs £38,000 more than planned")),
    ),
}  # fmt: skip
