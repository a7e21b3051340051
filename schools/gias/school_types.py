"""Give each type of school one name, because the register and the Department's tables use different names."""

# The names in the register's list of academies, in the spine and in the full extract. A type that is not listed keeps
# its name.
SCHOOL_TYPES = {
    "Academy Converter": "Academy converter",
    "Academy - Converter mainstream": "Academy converter",
    "Academy Sponsor Led": "Academy sponsor led",
    "Academy sponsor led mainstream": "Academy sponsor led",
    "Academy Special Converter": "Special academy converter",
    "Academy - Converter special school": "Special academy converter",
    "Academy Special Sponsor Led": "Special academy sponsor led",
    "Academy - Sponsor led special school": "Special academy sponsor led",
    "Academy Alternative Provision Converter": "Alternative provision academy converter",
    "Academy Alternative Provision Sponsor Led": "Alternative provision academy sponsor led",
    "Academy 16-19 Converter": "16 to 19 academy converter",
    "Academy 16-19 converter": "16 to 19 academy converter",
    "Academy 16-19 Sponsor Led": "16 to 19 academy sponsor led",
    "Academy 16-19 sponsor led": "16 to 19 academy sponsor led",
    "Free Schools": "Free school",
    "Free school - Mainstream": "Free school",
    "Free Schools Special": "Special free school",
    "Free school - Special": "Special free school",
    "Free Schools - Alternative Provision": "Alternative provision free school",
    "Free Schools - 16-19": "16 to 19 free school",
    "Free school  16-19": "16 to 19 free school",
    "Studio Schools": "Studio school",
    "University Technical College": "University technical college",
    "Academy special converter": "Special academy converter",
    "Academy special sponsor led": "Special academy sponsor led",
    "Academy alternative provision converter": "Alternative provision academy converter",
    "Academy alternative provision sponsor led": "Alternative provision academy sponsor led",
    "Academy 16 to 19 converter": "16 to 19 academy converter",
    "Academy 16 to 19 sponsor led": "16 to 19 academy sponsor led",
    "Free schools": "Free school",
    "Free schools special": "Special free school",
    "Free schools alternative provision": "Alternative provision free school",
    "Free schools 16 to 19": "16 to 19 free school",
    "Studio schools": "Studio school",
}


def school_type(text: str) -> str:
    """Return the name that Sightline uses for a type of school.

    >>> school_type("Academy - Converter mainstream") == school_type("Academy Converter")
    True
    """
    return SCHOOL_TYPES.get(text, text)
