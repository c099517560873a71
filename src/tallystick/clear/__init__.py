"""Floor 5: the one gate. Nothing leaves that singles a person out; only this floor makes ClearedCells.

rules       thresholds, floors of place and period, families that may be published
disclosure  the gate itself: cells in, cleared cells and a clearance record out
floors      what may be shown at all: place by period, splits, grids
parts       cells of one population as one family of tables, every range in three parts
names       how cells are called, so that the same count is the same cell in every table
blocks      the tables of a family: what is crossed with what, and what lies in what
axes        the axes of a table: nested places, periods cut at all ends, splits, classes of answers
family      tables published together, and how their cells add up
protect     which cells to hide with the small ones
optimal     the least loss, by an exact program
solver      the solver behind both
intervals   what one can work out who knows all shown cells
rounding    shares, sums and ad-hoc answers that give no count away
published   which columns a published table may have
attacks     the attacks on published tables, run by tests and by `tallystick attack`
"""
