"""A trust's own indicators are dated, work like others in returns and ratings, and are hidden from other trusts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kpis.actions.indicator_set import ChoiceInThePast, choose_indicator
from kpis.actions.own_indicators import (
    ContradictoryWording,
    DifferentIndicator,
    OwnIndicatorChange,
    add_own_indicator,
    change_own_indicator,
)
from kpis.actions.scoring import rescore_school, rescore_trust
from kpis.catalogue import (
    Area,
    Direction,
    FigureSubject,
    FigureUnit,
    PhaseOfEducation,
    PupilGroup,
    catalogue_by_code,
    catalogue_indicators,
)
from kpis.catalogue.own_indicators import OwnIndicatorWording
from kpis.forms.own_indicators import OwnIndicatorForm
from kpis.models import Definition, IndicatorCode, OwnVersion, Recomputation, ScoreLine, Target, TrustFigure
from kpis.queries.catalogue import trust_indicators
from kpis.queries.indicator_set import lines_asked_of, set_rows
from kpis.queries.known_figures import known_figures
from kpis.queries.targets import targets_of
from kpis.rules.typed_targets import read_target
from returns.actions.moderation import accept_return
from returns.actions.returns import LineEntry, open_return, save_line, submit_return
from returns.queries.return_reading import return_page
from schools.models import School
from tests.factories import ObservationFactory, SchoolFactory, TargetFactory, TermFactory, TrustFactory, UserFactory
from trusts.models import Role
from trusts.reasons import ReasonNeeded

ON = date(2025, 9, 1)
AT = datetime(2025, 9, 1, 9, 0, tzinfo=UTC)
SECRET = "Pupils in a breakfast club"
CLUBS = OwnIndicatorWording(
    title=SECRET, definition="Pupils who came at least once a week.", why="A full pupil learns.", area=Area.WELLBEING,
    unit=FigureUnit.PERCENT, decimals=1, direction=Direction.HIGHER, pupil_group=PupilGroup.ALL,
    phases=frozenset({PhaseOfEducation.SECONDARY}), numerator="Pupils who came", denominator="Pupils on roll",
    minimum=Decimal(0), maximum=Decimal(100), jump=Decimal(10), tolerance=Decimal(2), headline=True,
    about=FigureSubject.PEOPLE, sensitive=False,
)  # fmt: skip


def change(wording=CLUBS, *, begins=ON, reason="The Board asked for it"):
    return OwnIndicatorChange(wording=wording, from_date=begins, reason=reason)


@pytest.fixture
def deciding():
    return {"by": UserFactory(name="Invented Administrator"), "at": AT, "on": ON}


@pytest.fixture
def own(trust, in_scope, deciding):
    with in_scope(trust):
        return add_own_indicator(trust=trust, change=change(), **deciding)


@pytest.fixture
def ed(as_role, trust):
    return as_role(Role.EXECUTIVE_DIRECTOR, trust)


def test_own_indicator_is_asked_from_its_first_day_in_its_phases_only(trust, school, own, in_scope):
    with in_scope(trust):
        assert [indicator.code for indicator in lines_asked_of(school, on=ON)][-1] == own == "OWN1"
        assert own not in {indicator.code for indicator in lines_asked_of(school, on=ON - timedelta(days=1))}
        school.phase = "primary"
        assert own not in {indicator.code for indicator in lines_asked_of(school, on=ON)}


def test_targets_can_be_set_before_an_own_indicator_begins(trust, in_scope, own):
    with in_scope(trust):
        assert trust_indicators(on=date(2024, 1, 1))[own].title == SECRET
        assert own not in trust_indicators(on=date(2024, 1, 1), begun=True)
        assert {row.indicator.code: row.begins for row in set_rows(trust, on=date(2025, 8, 1))}[own] == ON


def test_own_indicator_comes_last_in_its_area(trust, in_scope, own):
    with in_scope(trust):
        codes = list(trust_indicators(on=timezone.localdate()))
    area = [code for code in codes if code.startswith("WB")]
    assert codes.index(own) == codes.index(area[-1]) + 1
    assert set(codes) == {*catalogue_by_code(), own}


def test_return_has_the_wording_of_its_terms_first_day_and_keeps_it(trust, school, own, in_scope, deciding):
    with in_scope(trust):
        autumn = TermFactory(trust=trust)
        spring = TermFactory(
            trust=trust, season=2, starts_date=date(2026, 1, 5), ends_date=date(2026, 3, 27), due_date=date(2026, 3, 20)
        )
        open_return(school=school, term=autumn, indicator_codes=[own])
        new = replace(CLUBS, title="Pupils at breakfast", definition="Pupils who came every day.")
        change_own_indicator(trust=trust, code=own, change=change(new, begins=date(2026, 1, 1)), **deciding)
        open_return(school=school, term=spring, indicator_codes=[own])
        late = SchoolFactory(trust=trust)
        open_return(school=late, term=autumn, indicator_codes=[own])

        assert Recomputation.objects.get(school=school).wanted == 1
        assert return_page(late, autumn).row(own).indicator.title == SECRET
        assert return_page(school, autumn).row(own).indicator.definition == "Pupils who came at least once a week."
        assert return_page(school, spring).row(own).indicator.definition == "Pupils who came every day."
        assert [trust_indicators(on=day)[own].title for day in (date(2025, 12, 31), date(2026, 1, 1))] == [
            SECRET,
            "Pupils at breakfast",
        ]


def test_own_indicator_is_accepted_rated_and_rolled_up(trust, school, own, in_scope, deciding):
    by = deciding["by"]
    with in_scope(trust):
        term = TermFactory(trust=trust)
        termly_return = open_return(school=school, term=term, indicator_codes=[own])
        entry = LineEntry(value=Decimal("30"), numerator=Decimal("60"), denominator=Decimal("200"))
        save_line(line=termly_return.lines.get(), entry=entry, version=0, by=by, at=AT)
        submit_return(termly_return=termly_return, by=by, at=AT)
        accept_return(termly_return=termly_return, by=UserFactory(), at=AT)
        Target.objects.create(
            trust=trust, school=school, indicator_id=own, school_year=2026, value=Decimal("31"), tolerance=Decimal("2"),
            provenance="set by the Board, 1 September 2025",
        )  # fmt: skip
        rescore_school(
            trust_id=trust.pk, school=school, figures=known_figures([school.pk])[school.pk], on=timezone.localdate()
        )
        rescore_trust(trust_id=trust.pk, on=timezone.localdate())

        line = ScoreLine.objects.get(indicator=own)
        assert (line.value, line.rating) == (Decimal("30"), "close")
        assert TrustFigure.objects.get(indicator=own).value == Decimal("30")


def test_own_indicator_is_not_rated_without_a_board_target(trust, own, in_scope):
    with in_scope(trust):
        indicator = trust_indicators(on=timezone.localdate())[own]

    assert indicator.target.value is None
    assert read_target(indicator, "40", "", "").tolerance == Decimal(2)


def test_retired_own_indicator_is_not_asked_and_keeps_its_figures(trust, school, own, in_scope, deciding):
    with in_scope(trust):
        term = TermFactory(trust=trust)
        open_return(school=school, term=term, indicator_codes=[own])
        choose_indicator(
            trust_id=trust.pk, code=own, is_asked=False, from_date=date(2026, 1, 1), reason="Every pupil comes now",
            **deciding,
        )  # fmt: skip

        assert own in {indicator.code for indicator in lines_asked_of(school, on=date(2025, 12, 31))}
        assert own not in {indicator.code for indicator in lines_asked_of(school, on=date(2026, 1, 1))}
        assert return_page(school, term).row(own).indicator.title == SECRET


def test_own_indicator_is_refused_without_what_it_needs(trust, own, in_scope, deciding):
    with in_scope(trust):
        with pytest.raises(ReasonNeeded):
            add_own_indicator(trust=trust, change=change(reason=" "), **deciding)
        with pytest.raises(ChoiceInThePast):
            add_own_indicator(trust=trust, change=change(begins=ON - timedelta(days=1)), **deciding)
        with pytest.raises(ContradictoryWording, match="denominator"):
            add_own_indicator(trust=trust, change=change(replace(CLUBS, denominator=None)), **deciding)
        for name, other in (
            ("unit", FigureUnit.COUNT),
            ("direction", Direction.LOWER),
            ("pupil_group", PupilGroup.SEND),
        ):
            with pytest.raises(DifferentIndicator):
                change_own_indicator(trust=trust, code=own, change=change(replace(CLUBS, **{name: other})), **deciding)
        assert OwnVersion.objects.count() == 1
        assert OwnVersion.objects.update(reason="Another") == 0


def test_other_trusts_do_not_see_an_own_indicator(client, as_role, trust, school, own, in_scope, deciding):
    other = TrustFactory()
    SchoolFactory(trust=other)
    with in_scope(other):
        assert OwnVersion.objects.count() == Definition.objects.count() == 0
        assert own not in trust_indicators(on=timezone.localdate())
        # The second trust has a different indicator with the same code, OWN1.
        add_own_indicator(trust=other, change=change(replace(CLUBS, title="Trees planted")), **deciding)
        assert trust_indicators(on=timezone.localdate())[own].title == "Trees planted"
    with in_scope(trust):
        assert trust_indicators(on=timezone.localdate())[own].title == SECRET
    assert "breakfast" not in " ".join(f"{row.title} {row.area}" for row in IndicatorCode.objects.all())
    as_role(Role.EXECUTIVE_DIRECTOR, other)
    for name, args in (
        ("kpis:set_list", []), ("kpis:set_indicator", [own]), ("kpis:own_change", [own]),
        ("kpis:target_list", [2026]), ("kpis:target_grid", [2026, own]), ("dashboards:indicator_across", [own]),
    ):  # fmt: skip
        answer = client.get(reverse(name, args=[other.pk, *args]))
        assert answer.status_code == 200
        assert "breakfast" not in answer.text.lower(), name
        assert "Trees planted" in answer.text, name


def test_figures_stay_with_the_old_trust_when_a_school_moves(trust, school, own, in_scope, deciding):
    with in_scope(trust):
        ObservationFactory(school=school, indicator=None, indicator_id=own, value=Decimal(30))
        TargetFactory(school=school, indicator=None, indicator_id=own, value=Decimal(31))
    other = TrustFactory()
    School.objects.filter(pk=school.pk).update(trust=other)
    school.refresh_from_db()

    with in_scope(other):
        add_own_indicator(trust=other, change=change(replace(CLUBS, title="Trees planted")), **deciding)
        assert own not in known_figures([school.pk]).get(school.pk, {})
        assert targets_of(school) == {}
        ObservationFactory(school=school, indicator=None, indicator_id=own, value=Decimal(7))
        rescore_school(
            trust_id=other.pk, school=school, figures=known_figures([school.pk])[school.pk], on=timezone.localdate()
        )
        line = ScoreLine.objects.get(indicator=own)
        assert (line.value, line.target, line.movement) == (Decimal(7), None, "not_comparable")
    with in_scope(trust):
        assert [figure.value for figure in known_figures([school.pk])[school.pk][own]] == [Decimal(30)]


def typed(**fields):
    return {
        "title": "Visits to the library", "definition": "Every visit with a class.", "why": "They read more.",
        "area": "outcomes", "unit": "count", "decimals": "0", "direction": "higher", "pupil_group": "all",
        "about": "people",
        "phases": ["secondary"], "minimum": "0", "maximum": "", "jump": "", "tolerance": "1", "numerator": "",
        "denominator": "", "from_date": "2099-09-01", "reason": "The Board asked for it",
    } | fields  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, None),
        ({"unit": "percent", "numerator": "Came", "denominator": "All"}, None),
        ({"unit": "yes_no", "decimals": "2", "tolerance": ""}, None),
        ({"direction": "range"}, None),
        ({"unit": "percent"}, "numerator"),
        ({"numerator": "Came", "denominator": "All"}, "numerator"),
        ({"minimum": "5", "maximum": "5"}, "maximum"),
        ({"tolerance": "-1"}, "tolerance"),
        ({"jump": "0"}, "jump"),
        ({"jump": "much"}, "jump"),
        ({"title": "overall ABSENCE"}, "title"),
        ({"title": ""}, "title"),
        ({"phases": []}, "phases"),
        ({"from_date": "2020-09-01"}, "from_date"),
        ({"unit": "furlongs"}, "unit"),
        ({"reason": ""}, "reason"),
    ],
)
def test_form_says_which_field_is_wrong(fields, field):
    form = OwnIndicatorForm(on=ON, data=typed(**fields), taken=["Overall absence"])

    assert form.is_valid() == (field is None), form.errors
    assert field is None or field in form.errors


def test_executive_director_adds_and_changes_an_own_indicator_and_reads_its_versions(
    client, ed, trust, school, in_scope
):
    added = client.post(reverse("kpis:own_add", args=[trust.pk]), typed(pupil_group="eal"))
    assert added.headers["Location"] == reverse("kpis:set_indicator", args=[trust.pk, "OWN1"])
    to_change = client.get(reverse("kpis:own_change", args=[trust.pk, "OWN1"])).text
    assert (
        "This is counted as a number. Higher is better. About: Pupils with English as an additional language."
        in to_change
    )
    again = typed(title="Library visits", from_date="2099-12-31", reason="A shorter name")
    same = client.post(reverse("kpis:own_change", args=[trust.pk, "OWN1"]), typed())
    changed = client.post(reverse("kpis:own_change", args=[trust.pk, "OWN1"]), again)

    assert (same.status_code, changed.status_code) == (422, 302)
    page = client.get(reverse("kpis:set_indicator", args=[trust.pk, "OWN1"])).text
    assert "Version 1, from 1 September 2099: Visits to the library" in page
    assert "Version 2, from 31 December 2099: Library visits" in page
    assert "A shorter name" in page
    listed = client.get(reverse("kpis:set_list", args=[trust.pk]), {"defined_by": "trust"}).text
    assert f"1 of {1 + sum(bool(indicator.in_return) for indicator in catalogue_indicators())} indicators" in listed
    assert "From 1 September 2099" in listed
    assert all(words in listed for words in ("Defined by", "Asked for", "Schools not asked", "format=csv"))
    file = client.get(reverse("kpis:set_list", args=[trust.pk]), {"defined_by": "trust", "format": "csv"}).text
    assert "OWN1,Visits to the library,the trust,no" in file


def test_two_indicators_cannot_have_the_same_name(client, ed, trust, own):
    add, change = reverse("kpis:own_add", args=[trust.pk]), reverse("kpis:own_change", args=[trust.pk, "OWN2"])
    client.post(add, typed())

    for page, taken in ((add, SECRET), (add, "Overall absence"), (change, SECRET.upper())):
        answer = client.post(page, typed(title=taken))
        assert answer.status_code == 422
        assert "Another indicator has this name" in answer.text


def test_only_own_indicators_can_be_changed(client, ed, trust):
    assert client.get(reverse("kpis:own_change", args=[trust.pk, "AB1"])).status_code == 404
    assert client.get(reverse("kpis:own_change", args=[trust.pk, "OWN1"])).status_code == 404


@pytest.mark.parametrize("unit", ["percent", "per_100_pupils", "count", "pounds", "days", "score", "yes_no"])
def test_school_fills_in_an_own_indicator_in_every_unit(client, as_role, trust, school, in_scope, deciding, unit):
    as_role(Role.HEADTEACHER, trust, school)
    parts = unit in ("percent", "per_100_pupils")
    wording = replace(
        CLUBS,
        unit=FigureUnit(unit),
        numerator="Came" if parts else None,
        denominator="All" if parts else None,
        decimals=0,
        tolerance=Decimal(0),
        jump=None,
    )
    with in_scope(trust):
        code = add_own_indicator(trust=trust, change=change(wording), **deciding)
        term = TermFactory(trust=trust)
        open_return(school=school, term=term, indicator_codes=[code])
    fields = {"numerator": "1", "denominator": "1"} if parts else {"value": "yes" if unit == "yes_no" else "1"}
    page = reverse("returns:return_detail", args=[trust.pk, school.pk, term.pk])
    shown = client.get(page)
    with in_scope(trust):
        row = return_page(school, term).row(code)
    assert "breakfast club" in shown.text
    data = {f"{code}-{name}": text for name, text in fields.items()}
    data |= {f"{code}-version": "0", f"{code}-shown": row.shown}
    saved = client.post(reverse("returns:return_save", args=[trust.pk, school.pk, term.pk]), data)
    assert saved.status_code == 302
    with in_scope(trust):
        assert return_page(school, term).row(code).status.may_submit


def test_every_form_field_is_under_a_heading():
    form = OwnIndicatorForm(on=ON)

    assert {field.name for _, fields in form.groups for field in fields} == set(form.fields)


def test_indicator_page_takes_as_many_queries_with_many_versions(client, ed, trust, school, own, in_scope, deciding):
    page = reverse("kpis:set_indicator", args=[trust.pk, own])
    client.get(page)
    with CaptureQueriesContext(connection) as of_one:
        client.get(page)
    with in_scope(trust):
        for number in range(3):
            new = change(replace(CLUBS, title=f"Breakfast {number}"), begins=timezone.localdate() + timedelta(number))
            change_own_indicator(trust=trust, code=own, change=new, **deciding)
    with CaptureQueriesContext(connection) as of_four:
        text = client.get(page).text

    assert "Version 4" in text
    assert len(of_one) == len(of_four)
