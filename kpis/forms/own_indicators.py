"""The form for an indicator of the trust's own."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from kpis.actions.own_indicators import OwnIndicatorChange
from kpis.catalogue import Indicator
from kpis.catalogue.kinds import Area, Direction, FigureSubject, FigureUnit, Labelled, PhaseOfEducation, PupilGroup
from kpis.catalogue.own_indicators import (
    FIXED_FIELDS,
    OWN_INDICATOR_UNITS,
    OwnIndicatorWording,
    own_indicator,
    own_indicator_faults,
    wording_of,
)
from kpis.forms.indicator_set import reason_field
from trusts.forms import day_field

TITLE_LENGTH, TEXT_LENGTH, LABEL_LENGTH = 80, 600, 60
SHARES = (FigureUnit.PERCENT, FigureUnit.PER_100_PUPILS)
UNIT_LABELS: dict[Labelled, str] = {
    FigureUnit.PERCENT: "a percentage",
    FigureUnit.COUNT: "a number",
    FigureUnit.POUNDS: "pounds",
}


def text_field(
    label: str, *, asked: str, length: int, help_text: str = "", lines: int = 1, required: bool = True
) -> Any:
    """Return a text field. ``asked`` is the message if it is empty."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=length,
        required=required,
        widget=forms.TextInput() if lines == 1 else forms.Textarea(attrs={"rows": lines}),
        error_messages={"required": asked, "max_length": f"Shorten it to {length} characters"},
    )


def amount_field(label: str, *, help_text: str, required: bool = False) -> forms.DecimalField:
    """Return a field for a number in the indicator's unit."""
    return forms.DecimalField(
        label=label,
        help_text=help_text,
        required=required,
        max_digits=12,
        decimal_places=4,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "govuk-input--width-5"}),
        error_messages={"invalid": "Enter a number, like 2.5"},
    )


def _named(word: Labelled) -> str:
    return UNIT_LABELS.get(word, word.label)


def choice_field(label: str, words: Collection[Any], *, asked: str, help_text: str = "") -> forms.TypedChoiceField:
    """Return a field for one item of a closed list."""
    kind: Any = type(next(iter(words)))
    return forms.TypedChoiceField(
        label=label,
        help_text=help_text,
        choices=[("", "Choose"), *((word.value, _named(word)) for word in words)],
        coerce=kind,
        error_messages={"required": asked, "invalid_choice": asked},
    )


GROUPS = {
    "What it is": ("title", "definition", "why", "area", "phases"),
    "How it is counted": ("unit", "direction", "pupil_group", "numerator", "denominator", "decimals"),
    "What is checked and shown": ("minimum", "maximum", "jump", "tolerance", "headline", "about", "sensitive"),
    "From when, and why": ("from_date", "reason"),
}


class OwnIndicatorForm(forms.Form):
    """Add an indicator of the trust's own, or change it. An existing one has only fields that may change."""

    title = text_field("Name", asked="Enter a name", length=TITLE_LENGTH)
    definition = text_field(
        "Definition",
        asked="Say what schools count, so that every school counts the same",
        length=TEXT_LENGTH,
        lines=3,
        help_text="Say what to count and what to leave out. Schools read this with the line.",
    )
    why = text_field("Why the Board looks at it", asked="Say why the Board looks at it", length=TEXT_LENGTH, lines=2)
    area = choice_field("Area of the Board", list(Area), asked="Choose the area")
    phases = forms.MultipleChoiceField(
        label="Phases of education it applies to",
        widget=forms.CheckboxSelectMultiple,
        choices=[(phase.value, phase.label) for phase in PhaseOfEducation],
        error_messages={"required": "Choose at least one phase of education"},
    )
    unit = choice_field("Unit", list(OWN_INDICATOR_UNITS), asked="Choose the unit")
    direction = choice_field("Which way is better", list(Direction), asked="Choose which way is better")
    pupil_group = choice_field("Group of pupils", list(PupilGroup), asked="Choose the group of pupils")
    numerator = text_field(
        "The part",
        asked="",
        length=LABEL_LENGTH,
        required=False,
        help_text="For a percentage or a figure per 100 pupils: what is counted, like “Pupils who went to a club”.",
    )
    denominator = text_field(
        "The whole", asked="", length=LABEL_LENGTH, required=False, help_text="Out of how many, like “Pupils on roll”."
    )
    decimals = forms.TypedChoiceField(label="Decimals shown", coerce=int, choices=[(n, str(n)) for n in range(3)])
    minimum = amount_field("Lowest possible figure", help_text="Schools cannot enter less. Leave empty for no limit.")
    maximum = amount_field("Highest possible figure", help_text="Schools cannot enter more. Leave empty for no limit.")
    jump = amount_field(
        "A change that needs a comment",
        help_text="In the same unit. Leave empty to accept any change without a comment.",
    )
    tolerance = amount_field(
        "Close to target within", help_text="In the same unit. Enter 0 for no “close to target” band."
    )
    headline = forms.BooleanField(label="Headteachers may compare it across the trust’s schools", required=False)
    about = choice_field(
        "What the figures are about",
        list(FigureSubject),
        asked="Choose what the figures are about",
        help_text="The trust’s rules for small numbers depend on it: who sees a figure about few people.",
    )
    sensitive = forms.BooleanField(
        label="In a group of pupils or staff, a small number counted could identify a person: hide it too",
        required=False,
    )
    from_date = day_field(
        "From",
        asked="Enter the first day",
        help_text="For returns of terms that begin on this date or later. Opened returns do not change.",
    )
    reason = reason_field()

    def __init__(
        self,
        *,
        on: date,
        data: Mapping[str, Any] | None = None,
        now: Indicator | None = None,
        taken: Collection[str] = (),
    ) -> None:
        super().__init__(data, initial=_shown(now))
        self.on, self.now, self.taken = on, now, {title.casefold() for title in taken}
        if now is not None:
            for name in FIXED_FIELDS:
                del self.fields[name]

    @property
    def counted_as(self) -> str:
        """Return the name of the existing indicator's unit."""
        return _named(self.now.unit) if self.now else ""

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields under the headings of the page."""
        return [(head, [self[name] for name in names if name in self.fields]) for head, names in GROUPS.items()]

    def clean_title(self) -> str:
        title: str = self.cleaned_data["title"]
        if title.casefold() in self.taken:
            raise forms.ValidationError("Another indicator has this name")
        return title

    def clean_from_date(self) -> date:
        chosen: date = self.cleaned_data["from_date"]
        if chosen < self.on:
            raise forms.ValidationError("Enter today or a later date: you cannot change earlier returns")
        return chosen

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        unit = self.now.unit if self.now else cleaned.get("unit")
        if unit in SHARES:
            for name, asked in (("numerator", "Enter what is counted"), ("denominator", "Enter out of how many")):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, asked)
        elif unit and (cleaned.get("numerator") or cleaned.get("denominator")):
            self.add_error("numerator", "Leave both parts empty: only a percentage or a figure per 100 pupils has them")
        if not self.errors:
            for field, message in own_indicator_faults(
                own_indicator(self.wording, code="OWN1", owner="-", reviewed=self.on)
            ):
                self.add_error(field if field in self.fields else None, message.capitalize())
            if self.now and self.wording == wording_of(self.now):
                self.add_error(None, "Nothing has changed: change something, or cancel")
        return cleaned

    @property
    def wording(self) -> OwnIndicatorWording:
        """Return the wording of the indicator. The form must be valid."""
        named = {name: self.cleaned_data.get(name) for name in OwnIndicatorWording.__dataclass_fields__}
        if self.now:
            named |= {name: getattr(self.now, name) for name in FIXED_FIELDS}
        is_yes_no = named["unit"] is FigureUnit.YES_NO
        return OwnIndicatorWording(**named | {
            "phases": frozenset(PhaseOfEducation(phase) for phase in self.cleaned_data["phases"]),
            "numerator": named["numerator"] or None,
            "denominator": named["denominator"] or None,
            "decimals": 0 if is_yes_no else named["decimals"],
            "tolerance": Decimal(0) if is_yes_no else named["tolerance"] or Decimal(0),
        })  # fmt: skip

    @property
    def change(self) -> OwnIndicatorChange:
        """Return the change to save. The form must be valid."""
        return OwnIndicatorChange(
            wording=self.wording, from_date=self.cleaned_data["from_date"], reason=self.cleaned_data["reason"]
        )


def _shown(now: Indicator | None) -> dict[str, Any]:
    if now is None:
        return {
            "pupil_group": PupilGroup.ALL.value,
            "about": FigureSubject.PEOPLE.value,
            "minimum": "0",
            "tolerance": "0",
            "decimals": 0,
        }
    shown = {
        name: value.value if isinstance(value, Labelled) else value for name, value in asdict(wording_of(now)).items()
    }
    return shown | {"phases": sorted(now.phases)}
