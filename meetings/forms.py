"""Check what people type about a Panel."""

from datetime import date
from typing import Any

from django import forms

from schools.queries import newest_half_term
from schools.rules.terms import HALF_TERMS, school_year_label, term_of

LONGEST_NOTE = 1200


class NoteForm(forms.Form):
    """The Executive Director's note on one school, short enough for the school's page."""

    text = forms.CharField(
        label="Note for the Panel",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": LONGEST_NOTE}),
        help_text=f"At most {LONGEST_NOTE:,} characters. The note is printed on the school's page.",
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def clean_text(self) -> str:
        """Count a line break as one character, as the browser does, although it sends two."""
        text: str = self.cleaned_data["text"].replace("\r\n", "\n")
        if len(text) > LONGEST_NOTE:
            over = len(text) - LONGEST_NOTE
            raise forms.ValidationError(f"The note is {over:,} characters too long. The limit is {LONGEST_NOTE:,}")
        return text


class PanelForm(forms.Form):
    """A new Panel: its title, date and half-term."""

    title = forms.CharField(
        label="Title",
        max_length=120,
        initial="Trust Executive Panel",
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20"}),
        error_messages={"required": "Enter a title"},
    )
    held_date = forms.DateField(
        label="Date of the meeting",
        widget=forms.DateInput(
            format="%Y-%m-%d", attrs={"type": "date"}
        ),  # The format that browsers use for this field.
        error_messages={"required": "Enter the date of the meeting", "invalid": "Enter a date, like 20/11/2025"},
    )
    half_term = forms.TypedChoiceField(
        label="Half-term it reports on",
        help_text="The newest one that has started by the day of the meeting. In September you can choose summer’s.",
        coerce=int,
        choices=[
            (number, f"{number}: {term_of(number)}, {'first' if number % 2 else 'second'} half")
            for number in HALF_TERMS
        ],
        error_messages={"required": "Choose a half-term", "invalid_choice": "Choose one of the six half-terms"},
    )

    def clean(self) -> dict[str, Any]:
        """Add the school year: that of the newest such half-term which has started by the day of the meeting."""
        cleaned = super().clean() or {}
        held: date | None = cleaned.get("held_date")
        half_term: int | None = cleaned.get("half_term")
        if held and half_term:
            cleaned["school_year"] = newest_half_term(half_term, held).school_year
        return cleaned

    def refuse_half_term(self, title: str) -> None:
        """Add the error that the half-term already has a Panel."""
        year = school_year_label(self.cleaned_data["school_year"])
        self.add_error("half_term", f"This half-term of {year} already has a Panel: {title}")
