"""The whole Detention sheet of one issue as blocks, top to bottom."""

from tallystick.made import average_tables, count_tables, fear_tables
from tallystick.made.blocks import Block, Body, Words
from tallystick.made.figures import Figures
from tallystick.made.shapes import Shape


def detention_blocks(figures: Figures, shape: Shape, words: Words) -> tuple[Block, ...]:
    """All blocks of one Detention sheet, in the order of their titles."""
    body = Body(figures, shape, words)
    monthly = shape.exits_by_month
    blocks = [
        count_tables.disposition(body),
        count_tables.criminality(body),
        count_tables.bookins(body),
        count_tables.bookins_by_criminality(body),
        count_tables.exits_by_type(body),
        count_tables.removals(body),
        count_tables.exits_by_month(body) if monthly else count_tables.exits_by_year(body),
        average_tables.adp(body),
        average_tables.alos(body),
        *average_tables.by_type(body),
    ]
    if shape.fear_left:
        blocks += fear_tables.fear(body)
    if shape.tops.parole_requested:
        blocks += fear_tables.parole(body)
    if shape.tops.stateless:
        blocks.append(fear_tables.stateless(body))
    return tuple(blocks)
