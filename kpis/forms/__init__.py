"""What a school sends of a return, read line by line. What the texts mean is for kpis.rules to say."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from typing import Any

from django import forms

from kpis.actions.moderating import Verdict
from kpis.actions.returns import Change, Entry
from kpis.catalogue import Indicator
from kpis.catalogue.kinds import Area
from kpis.models import Allowance, LineChange, ReturnLine, Term
from kpis.queries.contributors import Contributor
from kpis.queries.line_row import REASONS, LineRow
from kpis.queries.return_page import ReturnPage
from kpis.rules.explaining import ASKED
from kpis.rules.lines import WORDS, LineState, Typed, check

FIGURE_LENGTH = 40  # Characters; no figure that can be read needs as many.
COMMENT_LENGTH = 4000
EXPLANATION_LENGTH = 1000
TOO_LONG = f"Shorten the comment to {COMMENT_LENGTH:,} characters"


def _short_text(name: str) -> forms.CharField:
    too_long = f"Shorten “{ASKED[name]}” to {EXPLANATION_LENGTH:,} characters"
    return forms.CharField(required=False, max_length=EXPLANATION_LENGTH, error_messages={"max_length": too_long})


class LineForm(forms.Form):
    """One line as it was sent, with the number of saves and the fingerprint that its fields were based on."""

    value = forms.CharField(required=False, max_length=FIGURE_LENGTH)
    numerator = forms.CharField(required=False, max_length=FIGURE_LENGTH)
    denominator = forms.CharField(required=False, max_length=FIGURE_LENGTH)
    status = forms.ChoiceField(required=False, choices=REASONS)
    follows = forms.CharField(required=False, max_length=FIGURE_LENGTH)
    comment = forms.CharField(required=False, max_length=COMMENT_LENGTH, error_messages={"max_length": TOO_LONG})
    what = _short_text("what")
    why = _short_text("why")
    what_next = _short_text("what_next")
    version = forms.IntegerField(min_value=0)
    shown = forms.CharField(max_length=16)

    def __init__(self, data: Mapping[str, Any], row: LineRow) -> None:
        super().__init__(data, prefix=row.code)
        self.row = row

    @cached_property
    def typed(self) -> Typed:
        """Return the texts, also of a form that is not valid."""
        texts = {name: str(self.data.get(self.add_prefix(name), "")) for name in asdict(Typed())}
        if texts["status"] not in dict(REASONS):
            texts["status"] = ""
        return Typed(**texts)

    @property
    def is_changed(self) -> bool:
        """Say whether the person changed the line, to something other than what is stored now."""
        mark = self.typed.fingerprint
        return mark not in (self.cleaned_data["shown"], self.row.stored.fingerprint)

    def confirmation(self) -> Change | None:
        """Return what to save of a proposed figure that was confirmed; None where something was typed instead."""
        proposal = self.row.proposal
        if proposal is None or (self.is_changed and not self.typed.says_nothing):
            return None
        entry = Entry(
            value=proposal.value,
            numerator=proposal.numerator,
            denominator=proposal.denominator,
            **self.typed.words,
            source=LineChange.Source.CONFIRMED,
            file_name=proposal.source,
        )
        return Change(line=self.row.line, entry=entry, version=self.cleaned_data["version"])

    def change(self, over: int | None) -> Change:
        """Return what to save. ``over`` is the version the person chose to overwrite after seeing it."""
        version = self.cleaned_data["version"] if over is None else over
        return Change(line=self.row.line, entry=entry_of(self.row, self.typed), version=version)


class ReturnForm:
    """The lines of a return that were sent together: all of them, or the one that saved itself."""

    def __init__(self, page: ReturnPage, data: Mapping[str, Any]) -> None:
        keep = data.get("keep", "")
        self.lines = [LineForm(data, row) for row in page.rows if f"{row.code}-version" in data and row.code != keep]
        self.confirmed = data.get("confirm", "")  # The code of the line whose proposed figure stands.
        code, _, version = str(data.get("over", "")).partition(":")
        self.over = {code: int(version)} if version.isdecimal() else {}

    def changes(self) -> list[Change]:
        """Return what to save of the lines that could be read and were changed."""
        readable = [form for form in self.lines if form.is_valid()]
        confirmed = {form.row.code: form.confirmation() for form in readable if form.row.code == self.confirmed}
        typed = (
            form.change(self.over.get(form.row.code))
            for form in readable
            if confirmed.get(form.row.code) is None and (form.is_changed or form.row.code in self.over)
        )
        return [*(each for each in confirmed.values() if each is not None), *typed]

    @property
    def unusable(self) -> list[LineForm]:
        return [form for form in self.lines if not form.is_valid()]

    def over_page(self, page: ReturnPage, refused: Sequence[ReturnLine]) -> ReturnPage:
        """Lay what was typed and not saved over the page as it is stored now."""
        refused_lines = {line.pk for line in refused}
        # Who confirmed and typed nothing has nothing to choose between.
        laid = {
            form.row.code: self._laid(form)
            for form in self.lines
            if not form.is_valid()
            or (form.row.line.pk in refused_lines and (form.is_changed or form.row.code != self.confirmed))
        }
        rows = (replace(row, **laid[row.code]) if row.code in laid else row for row in page.rows)
        return replace(page, rows=tuple(rows))

    def _laid(self, form: LineForm) -> dict[str, Any]:
        if form.is_valid():
            # The old version stays in the form, so that nothing is overwritten until the person has chosen.
            version, shown = form.cleaned_data["version"], form.cleaned_data["shown"]
            return {"typed": form.typed, "state": LineState.CONFLICT, "version": version, "shown": shown}
        faults = tuple(str(error) for errors in form.errors.values() for error in errors)
        return {"typed": form.typed, "state": LineState.INVALID, "faults": faults}


def entry_of(row: LineRow, typed: Typed) -> Entry:
    """Return what to save of a line: its figures, or what was typed where it cannot stand as a figure."""
    checked = check(row.indicator, typed, row.history)
    if not typed.says_nothing and checked.is_wrong:
        unread = {name: text for name, text in asdict(typed).items() if name not in WORDS and text.strip()}
        return Entry(**typed.words, unread=unread)
    return Entry(
        value=checked.value,
        numerator=checked.numerator,
        denominator=checked.denominator,
        missing_reason=typed.status,
        follows_on=checked.follows_on,
        **typed.words,
    )


def closed_rows(form: ReturnForm) -> list[LineRow]:
    """Return what was typed into a return that is no longer open, so that it can be shown and copied."""
    return [
        replace(each.row, typed=each.typed, state=LineState.CLOSED)
        for each in form.lines
        if not each.is_valid() or each.is_changed
    ]


class DeclarationForm(forms.Form):
    """The headteacher's word that the return is right."""

    declared = forms.BooleanField(
        label="I have checked this return, and to the best of my knowledge it is right and complete",
        error_messages={"required": "Tick the box to say that you have checked the return"},
    )


class SendBackForm(forms.Form):
    """Why everything that waits goes back to the school."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=COMMENT_LENGTH,
        label="Reason",
        help_text="The headteacher reads this first. Every line that waits is the school’s again.",
        error_messages={
            "required": "Say why you are sending this return back",
            "max_length": f"Shorten the reason to {COMMENT_LENGTH:,} characters",
        },
    )


class VerdictForm(forms.Form):
    """What is decided on one line that waits."""

    CHOICES = [("", "Not yet"), ("accept", "Accept"), ("back", "Send back")]

    verdict = forms.ChoiceField(required=False, choices=CHOICES)
    reason = forms.CharField(
        required=False,
        max_length=COMMENT_LENGTH,
        error_messages={"max_length": f"Shorten the reason to {COMMENT_LENGTH:,} characters"},
    )

    def __init__(self, data: Mapping[str, Any] | None, row: LineRow) -> None:
        super().__init__(data, prefix=row.code)
        self.row = row

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("verdict") == "back" and not said.get("reason"):
            self.add_error("reason", "Say why you are sending this line back")
        if said.get("reason") and said.get("verdict") != "back":
            self.add_error("verdict", "Choose “Send back”, or clear the reason")
        return said

    @property
    def faults(self) -> list[str]:
        """Return what is wrong, in words."""
        return [str(error) for errors in self.errors.values() for error in errors]


class VerdictsForm:
    """The lines of a return as the trust reads them: each with its decision, where it is this person's to take."""

    def __init__(self, page: ReturnPage, areas: Collection[str] | None, data: Mapping[str, Any] | None = None) -> None:
        self.page = page
        theirs = (row for row in page.waiting if areas is None or row.indicator.area in areas)
        self.lines = {row.code: VerdictForm(data, row) for row in theirs}

    @property
    def areas(self) -> list[tuple[Area, list[tuple[LineRow, VerdictForm | None]]]]:
        """Return every line with its form, None where there is nothing for this person to decide."""
        return [(area, [(row, self.lines.get(row.code)) for row in rows]) for area, rows in self.page.areas]

    @property
    def faulty(self) -> list[VerdictForm]:
        return [form for form in self.lines.values() if not form.is_valid()]

    def verdicts(self, *, accept_rest: bool) -> list[Verdict]:
        """Return what was decided; ``accept_rest`` accepts every line that nothing was said of."""
        said = ((code, form.cleaned_data) for code, form in self.lines.items())
        chosen = ((code, each["verdict"] or ("accept" if accept_rest else ""), each["reason"]) for code, each in said)
        return [Verdict(code=code, accepted=how == "accept", reason=why) for code, how, why in chosen if how]


class CorrectionForm(forms.Form):
    """Which lines of an accepted return are corrected, and why."""

    lines = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="Lines to correct",
        error_messages={"required": "Choose the lines to correct"},
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=COMMENT_LENGTH,
        label="Reason",
        help_text="It stays beside the new version for good.",
        error_messages={
            "required": "Say why the figures are corrected",
            "max_length": f"Shorten the reason to {COMMENT_LENGTH:,} characters",
        },
    )

    def __init__(self, page: ReturnPage, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        field = self.fields["lines"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(row.code, f"{row.indicator.title}: {row.answer}") for row in page.rows]


class AssignmentForm(forms.Form):
    """What one contributor fills in: whole areas, and single lines of others."""

    areas = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Every line of these areas"
    )
    codes = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, label="These single lines")

    def __init__(self, person: Contributor, lines: Sequence[Indicator], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"areas": sorted(person.areas), "codes": sorted(person.codes)})
        asked = {line.area for line in lines}
        choices = {
            "areas": [(area.value, area.label) for area in Area if area in asked],
            "codes": [(line.code, f"{line.area.label}: {line.title}") for line in lines],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = offered


class AllowanceForm(forms.Form):
    """What a school is allowed in one term, and why."""

    kind = forms.ChoiceField(
        widget=forms.RadioSelect,
        label="What changes",
        choices=[
            (Allowance.Kind.EXTENDED.value, "The school gets more time"),
            (Allowance.Kind.EXEMPT.value, "The school is exempt: no return is asked for"),
            (Allowance.Kind.ASKED.value, "The return is asked for after all"),
        ],
        error_messages={"required": "Choose what changes"},
    )
    due_date = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        label="New due date",
        help_text="For more time only",
        error_messages={"invalid": "Enter the new due date, like 19 December 2025"},
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=COMMENT_LENGTH,
        label="Reason",
        help_text="It stands beside the return for everybody who sees it.",
        error_messages={"required": "Say why"},
    )

    def __init__(self, term: Term, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.term = term

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("kind") != Allowance.Kind.EXTENDED or "due_date" in self.errors:
            return said
        if said.get("due_date") is None:
            self.add_error("due_date", "Enter the new due date")
        elif said["due_date"] <= self.term.due_date:
            self.add_error("due_date", f"Enter a day after {self.term.due_date:%-d %B %Y}, when it is due anyway")
        return said

    @property
    def said(self) -> str:
        """Return what was changed, in words."""
        kind = self.cleaned_data["kind"]
        if kind == Allowance.Kind.EXTENDED:
            return f"the return is due on {self.cleaned_data['due_date']:%-d %B %Y}"
        return "exempt from the return" if kind == Allowance.Kind.EXEMPT else "the return is asked for again"
