"""The rules of the indicators: values in, values and sentences out. No Django, no database, no clock.

- ``terms`` names school years and terms, and ``wording`` puts figures into words.
- ``rating`` holds a figure against its target; ``movement`` compares it with an earlier one.
- ``validation`` checks what is typed into a return, with ``typed`` and ``history``.
- ``rollup`` makes the trust's figure, and ``privacy`` hides small numbers.

See kpis/README.md.
"""
