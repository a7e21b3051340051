"""The rules for indicators. They take values and return values and sentences, without Django, database or clock.

- ``figures_in_words`` writes figures with their unit; ``typed_figures`` reads what people type.
- ``rating`` compares a figure with its target, ``movement`` with an earlier figure.
- ``score`` puts both together for a school's latest figure.
- ``rollup`` calculates the trust's figure, and ``privacy`` hides small numbers.

See kpis/README.md.
"""
