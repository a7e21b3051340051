"""The rules of the indicators: values in, values and sentences out. No Django, no database, no clock.

``terms`` names school years and terms; ``wording`` puts figures into words; ``rating`` holds a figure against
its target; ``validation`` checks what is typed into a return; ``rollup`` makes the trust's figure; ``privacy``
hides small numbers; ``movement`` compares with an earlier figure. See kpis/README.md.
"""
