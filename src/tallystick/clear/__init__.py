"""Floor 5: the one gate. Nothing leaves that singles a person out; only this floor makes ClearedCells.

rules       thresholds, floors of place and period, families that may be published
disclosure  the gate itself: cells in, cleared cells and a clearance record out
floors      what may be shown at all: place by period, splits, grids
parts       cells of a measure as one family of tables, every range in three parts
family      tables published together, and how their cells add up
protect     which cells to hide with the small ones
optimal     the least loss, by an exact program
solver      the solver behind both
intervals   what one can work out who knows all shown cells
rounding    shares, sums and ad-hoc answers that give no count away
attacks     the attacks on published tables, run by tests and by `tallystick attack`
"""
