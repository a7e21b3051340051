"""Describe the trusts, schools and people of the demonstration. All are invented."""

from dataclasses import dataclass, field
from decimal import Decimal

from kpis.catalogue.kinds import Area, Direction, FigureSubject, FigureUnit, PhaseOfEducation, PupilGroup
from kpis.catalogue.own_indicators import OwnIndicatorWording
from trusts.models import Role

PASSWORD = "a demonstration of sightline"


@dataclass(frozen=True, kw_only=True)
class SchoolStory:
    """One invented school: its results over five years and its termly figures.

    ``percentiles`` has the national percentiles of its headline results, oldest year first. ``lean`` says how its
    termly figures differ from usual, from -2 (far worse) to 2 (far better); ``drift`` is the yearly change in lean.
    """

    urn: int
    name: str
    phase: str
    pupils: int
    disadvantaged: float  # Share of pupils.
    percentiles: tuple[float, ...]
    lean: float
    drift: float
    judged: dict[str, tuple[str, str]] = field(default_factory=dict)  # The trust's phase and reason, by rubric line.
    state: str = "not_started"  # The state of the current term's return.
    corrects: bool = False  # Whether it corrected a figure of last term.
    is_late: bool = False  # Whether its earlier returns were submitted a day late.
    not_asked_for: tuple[str, str] | None = None  # A line that this term's return does not ask for, and why.
    asked_more: tuple[str, str] | None = None  # An indicator with a proposed target, and the reason.


@dataclass(frozen=True, kw_only=True)
class PersonStory:
    """One invented person with their roles and something to try as them."""

    email: str
    name: str
    roles: tuple[tuple[Role, int | None], ...]  # Each role, with a URN if it is in one school.
    tries: str
    months: int | None = None  # For a time-limited role.


@dataclass(frozen=True, kw_only=True)
class OwnIndicatorStory:
    """The trust's own indicator: its wording, why it was added, and the Board's target."""

    wording: OwnIndicatorWording
    reason: str
    target: Decimal


@dataclass(frozen=True, kw_only=True)
class TrustStory:
    uid: int
    name: str
    schools: tuple[SchoolStory, ...]
    people: tuple[PersonStory, ...]
    own: OwnIndicatorStory | None = None
    default_areas: tuple[Area, ...] = ()  # The areas that contributors fill in unless their headteacher chooses others.


HIGH, GLASS, FABLE, ONCE, DAYDREAM = 990001, 990002, 990003, 990004, 990005
TUFFET, SPOON = 990006, 990007

PLACES = OwnIndicatorStory(
    wording=OwnIndicatorWording(
        title="Year 11 students with a place for September",
        definition="Year 11 students who have an offer from a college, sixth form, employer or training provider "
        "for next September, as a percentage of all Year 11 students.",
        why="Every student should have a place to go when they leave us.",
        area=Area.OUTCOMES, unit=FigureUnit.PERCENT, decimals=0, direction=Direction.HIGHER, pupil_group=PupilGroup.ALL,
        phases=frozenset({PhaseOfEducation.SECONDARY}), numerator="Students with an offer",
        denominator="Students in Year 11", minimum=Decimal(0), maximum=Decimal(100), jump=Decimal(20),
        tolerance=Decimal(3), headline=True, about=FigureSubject.PEOPLE, sensitive=False,
    ),
    reason="The Board wants to know about every leaver, and published figures come too late",
    target=Decimal(88),
)  # fmt: skip

STORYBOOK = TrustStory(
    uid=990001,
    name="Storybook Academy Trust",
    own=PLACES,
    default_areas=(Area.FINANCE, Area.STAFFING),
    schools=(
        SchoolStory(
            urn=HIGH, name="Storybook High School", phase="secondary", pupils=1184, disadvantaged=0.24,
            percentiles=(63, 58, 52, 47, 42), lean=-0.5, drift=-0.3, state="submitted",
            asked_more=("AB1", "Absence has risen for three years. This target is halfway to that of similar schools"),
            judged={
                "leadership": ("improve", "The headteacher has been here for six years and the senior team is stable"),
                "governance": ("repair", "The minutes show few questions about falling results"),
                "external_support": ("repair", "Maths support from Looking Glass started last term"),
                "teaching": ("repair", "Strong in humanities, uneven in science. Training is not matched to need"),
                "behaviour": ("repair", "We saw low-level disruption in key stage 3 on most visits"),
            },
        ),
        SchoolStory(
            urn=GLASS, name="Looking Glass Academy", phase="secondary", pupils=932, disadvantaged=0.31,
            percentiles=(37, 43, 48, 54, 60), lean=0.4, drift=0.3, state="sent_back",
            judged={
                "leadership": ("sustain", "Two leaders already support other schools"),
                "governance": ("improve", "Governors challenge leaders and visit every half-term"),
                "external_support": ("improve", "The school now leads its own improvement and we check quality"),
                "teaching": ("improve", "Strong in most subjects, and science is catching up"),
                "behaviour": ("improve", "Positive, and few students are removed from lessons"),
            },
        ),
        SchoolStory(
            urn=FABLE, name="Fable Lane Primary School", phase="primary", pupils=421, disadvantaged=0.14,
            percentiles=(94, 96, 93, 95, 96), lean=1.2, drift=0.05, state="accepted", corrects=True,
            judged={
                "leadership": ("sustain", "Leaders coach two other schools in the trust"),
                "governance": ("sustain", "The next chair has been chosen and is shadowing"),
                "external_support": ("sustain", "It trains staff from our other schools"),
                "teaching": ("sustain", "Strong in every year group, and good training leads to promotions"),
                "behaviour": ("sustain", "Disruption is rare"),
            },
        ),
        SchoolStory(
            urn=ONCE, name="Once Upon Primary School", phase="primary", pupils=318, disadvantaged=0.27,
            percentiles=(18, 40, 64, 61, 56), lean=0.1, drift=0.0, state="in_progress",
            not_asked_for=("WB2", "The staff survey will be in spring, after the building work"),
            judged={
                "leadership": ("improve", "The headteacher is in her fourth year and a deputy joined in September"),
                "governance": ("improve", "Governors challenge leaders regularly and record it"),
                "external_support": ("improve", "Phonics support from Fable Lane is ending"),
                "teaching": ("improve", "Good in most classes. Year 4 needs more work"),
                "behaviour": ("improve", "Calm, with few incidents"),
            },
        ),
        SchoolStory(
            urn=DAYDREAM, name="Daydream Hill Primary School", phase="primary", pupils=209, disadvantaged=0.38,
            percentiles=(7, 5, 8, 4, 6), lean=-1.4, drift=0.1, state="not_started", is_late=True,
            judged={
                "leadership": ("repair", "The headteacher started in January and is setting clear standards"),
                "governance": ("repair", "There is a new chair, and the committee now meets and asks questions"),
                "external_support": ("repair", "Our support started in spring"),
                "teaching": ("stabilise", "Two classes have supply teachers, and training has only just started"),
                "behaviour": ("repair", "Calmer than a year ago, but playtimes are still difficult"),
            },
        ),
    ),
    people=(
        PersonStory(
            email="ed@storybook.example", name="Edda Example", roles=((Role.EXECUTIVE_DIRECTOR, None),),
            tries="See who has submitted; accept or send back a return; prepare and publish a Panel report",
        ),
        PersonStory(
            email="board@storybook.example", name="Beatrix Example", roles=((Role.BOARD_MEMBER, None),),
            tries="See exceptions first, then each school; watch the page update when the ED accepts",
        ),
        PersonStory(
            email="chair@storybook.example", name="Bola Example", roles=((Role.BOARD_MEMBER, None),),
            tries="Decide on what another Board member has proposed",
        ),
        PersonStory(
            email="head@storybook.example", name="Hector Example", roles=((Role.HEADTEACHER, ONCE),),
            tries="Finish Once Upon's return and submit it",
        ),
        PersonStory(
            email="head.high@storybook.example", name="Hattie Example", roles=((Role.HEADTEACHER, HIGH),),
            tries="See a submitted return that the ED has not decided on",
        ),
        PersonStory(
            email="head.glass@storybook.example", name="Halim Example", roles=((Role.HEADTEACHER, GLASS),),
            tries="See why one line was sent back, and submit it again",
        ),
        PersonStory(
            email="head.fable@storybook.example", name="Heidi Example",
            roles=((Role.HEADTEACHER, FABLE), (Role.LOCAL_GOVERNOR, DAYDREAM)),
            tries="Have two roles: headteacher of one school, governor of another",
        ),
        PersonStory(
            email="head.daydream@storybook.example", name="Hugo Example", roles=((Role.HEADTEACHER, DAYDREAM),),
            tries="Start a return",
        ),
        PersonStory(
            email="contributor@storybook.example", name="Cora Example", roles=((Role.SCHOOL_CONTRIBUTOR, ONCE),),
            tries="Fill in Once Upon's finance and staffing lines and sign them off; only the headteacher submits",
        ),
        PersonStory(
            email="governor@storybook.example", name="Gus Example", roles=((Role.LOCAL_GOVERNOR, HIGH),),
            tries="Read about Storybook High only",
        ),
        PersonStory(
            email="teaching@storybook.example", name="Tess Example", roles=((Role.TEACHING_CONSULTANT, None),),
            tries="See standards across the trust",
        ),
        PersonStory(
            email="business@storybook.example", name="Basil Example", roles=((Role.BUSINESS_MANAGER, None),),
            tries="Accept or send back finance and staffing lines",
        ),
        PersonStory(
            email="partner@storybook.example", name="Petra Example", roles=((Role.IMPROVEMENT_PARTNER, None),),
            tries="Read everything that is accepted, for a year; change nothing", months=12,
        ),
        PersonStory(
            email="clerk@storybook.example", name="Clem Example", roles=((Role.GOVERNANCE_PROFESSIONAL, None),),
            tries="Read the published Panel reports",
        ),
        PersonStory(
            email="admin@storybook.example", name="Ada Example", roles=((Role.TRUST_ADMINISTRATOR, None),),
            tries="Manage people, roles and invitations; see no school's figures",
        ),
        PersonStory(
            email="reviewer@storybook.example", name="Rolf Example", roles=((Role.EXTERNAL_REVIEWER, HIGH),),
            tries="Read about one school for three months", months=3,
        ),
    ),
)  # fmt: skip

NURSERY_RHYME = TrustStory(
    uid=990002,
    name="Nursery Rhyme Learning Trust",
    schools=(
        SchoolStory(
            urn=TUFFET, name="Tuffet Primary School", phase="primary", pupils=230, disadvantaged=0.2,
            percentiles=(60, 61, 59, 62, 60), lean=0.2, drift=0.0,
        ),
        SchoolStory(
            urn=SPOON, name="Spoon and Dish School", phase="secondary", pupils=640, disadvantaged=0.28,
            percentiles=(22, 36, 47, 60, 73), lean=0.3, drift=0.3, state="in_progress",
        ),
    ),
    people=(
        PersonStory(
            email="ed@rhyme.example", name="Mona Example", roles=((Role.EXECUTIVE_DIRECTOR, None),),
            tries="See another trust; you see nothing about Storybook",
        ),
        PersonStory(
            email="head@rhyme.example", name="Milo Example", roles=((Role.HEADTEACHER, TUFFET),),
            tries="Be a headteacher in the other trust",
        ),
    ),
)  # fmt: skip

TRUSTS = (STORYBOOK, NURSERY_RHYME)
