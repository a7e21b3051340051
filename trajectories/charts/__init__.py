"""Charts of trajectories as values: plotly figure, static SVG, sentence and table. Pure."""
