"""Who and what the demonstration is about. Every trust, school and person is invented."""

from dataclasses import dataclass, field
from decimal import Decimal

from kpis.catalogue.kinds import Area, Direction, PhaseOfEducation, PupilGroup, Unit
from kpis.catalogue.own import Wording
from trusts.models import Role

PASSWORD = "a demonstration of sightline"


@dataclass(frozen=True, kw_only=True)
class SchoolStory:
    """One invented school: how its results went over five years and how its terms look.

    ``percentiles`` are the national percentiles of its headline results, oldest year first. ``lean`` says how its
    termly figures differ from the usual, from -2 (far worse) to 2 (far better); ``drift`` is the change of that a year.
    """

    urn: int
    name: str
    phase: str
    pupils: int
    disadvantaged: float  # Share of pupils.
    percentiles: tuple[float, ...]
    lean: float
    drift: float
    judged: dict[str, tuple[str, str]] = field(default_factory=dict)  # Rubric line: the trust's phase and reason.
    state: str = "not_started"  # Of the current term's return.
    corrects: bool = False  # Whether it corrected a figure of last term.
    is_late: bool = False  # Whether its earlier returns came the day after they were due.
    spared: tuple[str, str] | None = None  # A line that this term's return does not ask, and why.
    asked_more: tuple[str, str] | None = None  # An indicator whose target waits for the Board, and why.


@dataclass(frozen=True, kw_only=True)
class PersonStory:
    """One invented person, what they are, and what is worth trying as them."""

    email: str
    name: str
    roles: tuple[tuple[Role, int | None], ...]  # Role, and the URN for a school role.
    tries: str
    months: int | None = None  # For a time-limited role.


@dataclass(frozen=True, kw_only=True)
class OwnStory:
    """An indicator of the trust's own: what it means, why it was added, and the Board's target."""

    said: Wording
    reason: str
    target: Decimal


@dataclass(frozen=True, kw_only=True)
class TrustStory:
    uid: int
    name: str
    schools: tuple[SchoolStory, ...]
    people: tuple[PersonStory, ...]
    own: OwnStory | None = None
    default_areas: tuple[Area, ...] = ()  # What contributors fill in where their head says nothing.


HIGH, GLASS, FABLE, ONCE, DAYDREAM = 990001, 990002, 990003, 990004, 990005
TUFFET, SPOON = 990006, 990007

PLACES = OwnStory(
    said=Wording(
        title="Year 11 students with a place for September",
        definition="Year 11 students who hold an offer from a college, a sixth form, an employer or a trainer "
        "for the coming September, as a percentage of all Year 11 students.",
        why="Nobody should leave us with nowhere to go.",
        area=Area.OUTCOMES, unit=Unit.PERCENT, decimals=0, direction=Direction.HIGHER, pupil_group=PupilGroup.ALL,
        phases=frozenset({PhaseOfEducation.SECONDARY}), numerator="Students with an offer",
        denominator="Students in Year 11", minimum=Decimal(0), maximum=Decimal(100), jump=Decimal(20),
        tolerance=Decimal(3), headline=True, sensitive=False,
    ),
    reason="The Board asks after every leaver; no published figure comes in time",
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
            asked_more=("AB1", "Absence has grown for three years; this is half way to schools like it"),
            judged={
                "leadership": ("improve", "The same head for six years; the senior team is stable"),
                "governance": ("repair", "Minutes show few questions about falling results"),
                "external_support": ("repair", "Maths support from Looking Glass began last term"),
                "teaching": ("repair", "Strong in humanities, uneven in science; training is not shaped to need"),
                "behaviour": ("repair", "Low-level disruption in key stage 3 on most visits"),
            },
        ),
        SchoolStory(
            urn=GLASS, name="Looking Glass Academy", phase="secondary", pupils=932, disadvantaged=0.31,
            percentiles=(37, 43, 48, 54, 60), lean=0.4, drift=0.3, state="sent_back",
            judged={
                "leadership": ("sustain", "Two leaders already support other schools"),
                "governance": ("improve", "Governors hold leaders to account and visit each half-term"),
                "external_support": ("improve", "Support has moved from delivery to assuring quality"),
                "teaching": ("improve", "Strong in most subjects; science catching up"),
                "behaviour": ("improve", "Positive, with few removals from lessons"),
            },
        ),
        SchoolStory(
            urn=FABLE, name="Fable Lane Primary School", phase="primary", pupils=421, disadvantaged=0.14,
            percentiles=(94, 96, 93, 95, 96), lean=1.2, drift=0.05, state="accepted", corrects=True,
            judged={
                "leadership": ("sustain", "Leaders coach two other schools of the trust"),
                "governance": ("sustain", "Succession of chairs is planned"),
                "external_support": ("sustain", "Gives training to the trust's other schools"),
                "teaching": ("sustain", "Strong in every year group; training feeds promotion"),
                "behaviour": ("sustain", "Disruption is rare"),
            },
        ),
        SchoolStory(
            urn=ONCE, name="Once Upon Primary School", phase="primary", pupils=318, disadvantaged=0.27,
            percentiles=(18, 40, 64, 61, 56), lean=0.1, drift=0.0, state="in_progress",
            spared=("WB2", "The staff survey is moved to the spring, after the building work"),
            judged={
                "leadership": ("improve", "Head in the fourth year; a deputy joined in September"),
                "governance": ("improve", "Challenge is regular and recorded"),
                "external_support": ("improve", "Phonics support from Fable Lane is ending"),
                "teaching": ("improve", "Most classes good; year 4 is a pocket to work on"),
                "behaviour": ("improve", "Calm, with few incidents"),
            },
        ),
        SchoolStory(
            urn=DAYDREAM, name="Daydream Hill Primary School", phase="primary", pupils=209, disadvantaged=0.38,
            percentiles=(7, 5, 8, 4, 6), lean=-1.4, drift=0.1, state="not_started", is_late=True,
            judged={
                "leadership": ("repair", "A new head since January; standards are being set"),
                "governance": ("repair", "A new chair; the committee meets and asks"),
                "external_support": ("repair", "Trust support started in spring"),
                "teaching": ("stabilise", "Two classes taught by supply staff; training only began"),
                "behaviour": ("repair", "Calmer than a year ago; playtimes still difficult"),
            },
        ),
    ),
    people=(
        PersonStory(
            email="ed@storybook.example", name="Edda Example", roles=((Role.EXECUTIVE_DIRECTOR, None),),
            tries="Who has submitted; accept or send back a return; prepare and publish a Panel report",
        ),
        PersonStory(
            email="board@storybook.example", name="Beatrix Example", roles=((Role.BOARD_MEMBER, None),),
            tries="Exceptions first, then each school; the page follows what the ED accepts",
        ),
        PersonStory(
            email="head@storybook.example", name="Hector Example", roles=((Role.HEADTEACHER, ONCE),),
            tries="Finish Once Upon's return and submit it",
        ),
        PersonStory(
            email="head.high@storybook.example", name="Hattie Example", roles=((Role.HEADTEACHER, HIGH),),
            tries="A submitted return, waiting for the ED",
        ),
        PersonStory(
            email="head.glass@storybook.example", name="Halim Example", roles=((Role.HEADTEACHER, GLASS),),
            tries="A return with one line sent back, its reason beside it",
        ),
        PersonStory(
            email="head.fable@storybook.example", name="Heidi Example",
            roles=((Role.HEADTEACHER, FABLE), (Role.LOCAL_GOVERNOR, DAYDREAM)),
            tries="Two roles: head of one school, governor of another",
        ),
        PersonStory(
            email="head.daydream@storybook.example", name="Hugo Example", roles=((Role.HEADTEACHER, DAYDREAM),),
            tries="A return not yet started",
        ),
        PersonStory(
            email="contributor@storybook.example", name="Cora Example", roles=((Role.SCHOOL_CONTRIBUTOR, ONCE),),
            tries="Fill in Once Upon's finance and staffing lines and sign them off; only the head submits",
        ),
        PersonStory(
            email="governor@storybook.example", name="Gus Example", roles=((Role.LOCAL_GOVERNOR, HIGH),),
            tries="Storybook High only, to read",
        ),
        PersonStory(
            email="teaching@storybook.example", name="Tess Example", roles=((Role.TEACHING_CONSULTANT, None),),
            tries="The whole trust's standards",
        ),
        PersonStory(
            email="business@storybook.example", name="Basil Example", roles=((Role.BUSINESS_MANAGER, None),),
            tries="Finance and staffing across the trust: accept or send back those lines",
        ),
        PersonStory(
            email="partner@storybook.example", name="Petra Example", roles=((Role.IMPROVEMENT_PARTNER, None),),
            tries="An independent view: everything accepted, nothing to change, for a year", months=12,
        ),
        PersonStory(
            email="clerk@storybook.example", name="Clem Example", roles=((Role.GOVERNANCE_PROFESSIONAL, None),),
            tries="Panels and their published reports",
        ),
        PersonStory(
            email="admin@storybook.example", name="Ada Example", roles=((Role.TRUST_ADMINISTRATOR, None),),
            tries="People, roles and invitations; no school's figures",
        ),
        PersonStory(
            email="reviewer@storybook.example", name="Rolf Example", roles=((Role.EXTERNAL_REVIEWER, HIGH),),
            tries="One school, for three months", months=3,
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
            tries="Another trust: nothing of Storybook is there",
        ),
        PersonStory(
            email="head@rhyme.example", name="Milo Example", roles=((Role.HEADTEACHER, TUFFET),),
            tries="A head of the other trust",
        ),
    ),
)  # fmt: skip

TRUSTS = (STORYBOOK, NURSERY_RHYME)
