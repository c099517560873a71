"""Conditions of measures as expressions: true, false or unknown of each unit.

They are built as a syntax tree from definitions, over a source whose columns are called ``alias.column``, with
``alias.column__why`` beside each. Nothing from a definition becomes SQL text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tallystick.measures.unit_measure import Condition, Variant

if TYPE_CHECKING:
    from sqlglot import exp

DAY = 86400  # seconds


@dataclass(frozen=True)
class Source:
    """What conditions may ask of a laid source.

    Attributes:
        is_yes_no: whether a column holds yes or no.
        has_why: whether a column has its reason beside it.
        closes_at: the end of the closing date, in seconds.
        facts: fact -> the column that says whether it holds.
    """

    is_yes_no: Callable[[str], bool]
    has_why: Callable[[str], bool]
    closes_at: int
    facts: Mapping[str, str]


def code_column(column: str, test: str) -> str:
    """The column in which a test of offense codes is answered."""
    return f"{column}|{test}"


def code_test(condition: Condition) -> str:
    """The name of a test of offense codes; '' where a condition is none."""
    if condition.rung_from:
        return f"rung {condition.rung_from}"
    if condition.reading:
        return f"reading {condition.reading}"
    return "family " + " ".join(condition.family) if condition.family else ""


def all_of(conditions: Sequence[Condition], source: Source) -> exp.Expr:
    """Whether all conditions hold; true where there are none."""
    from sqlglot import exp

    return exp.and_(*(asked(condition, source) for condition in conditions)) if conditions else exp.true()


def holds(variant: Variant, source: Source) -> exp.Expr:
    """Whether a variant counts a unit."""
    from sqlglot import exp

    parts = [all_of(variant.all, source)] if variant.all else []
    if variant.any:
        parts.append(exp.or_(*(asked(condition, source) for condition in variant.any)))
    return exp.and_(*parts) if parts else exp.true()


def asked(condition: Condition, source: Source) -> exp.Expr:
    """One condition."""
    from sqlglot import exp

    if condition.fact:
        return exp.column(source.facts[condition.fact])
    if condition.followed_days is not None:
        until = exp.Add(this=exp.column("moment"), expression=exp.Literal.number(condition.followed_days * DAY))
        return exp.LTE(this=until, expression=exp.Literal.number(source.closes_at))
    if condition.link:
        return _linked(condition, source)
    if condition.outcome or condition.still:
        return _ended(condition, source)
    if code_test(condition):
        answer = exp.column(code_column(condition.column, code_test(condition)), quoted=True)
        return _otherwise([(_recorded(condition.column, source), answer)], condition, source)
    return _plain(condition, source)


def _plain(condition: Condition, source: Source) -> exp.Expr:
    from sqlglot import exp

    column, recorded = _column(condition.column), _recorded(condition.column, source)
    if condition.differs_from:
        both = exp.and_(recorded, _recorded(condition.differs_from, source))
        return _case([(both, exp.NEQ(this=column, expression=_column(condition.differs_from)))])
    if condition.by_event:
        day = exp.cast(column, "date")
        before: exp.Expr = exp.LTE(this=day, expression=exp.column("event"))
        return _otherwise([(exp.and_(recorded, _known("event")), before)], condition, source)
    if condition.age_under is not None or condition.age_from is not None:
        return _age(condition, column, exp.and_(recorded, _known("event")))
    if condition.at_least is not None:
        answer = exp.GTE(this=column, expression=exp.Literal.number(condition.at_least))
        return _otherwise([(recorded, answer)], condition, source)
    return _otherwise(_words(condition, column, recorded, source), condition, source)


def _age(condition: Condition, year: exp.Expr, known: exp.Expr) -> exp.Expr:
    """On the day of the event somebody born in a year is one of two ages: the year's difference, or one less."""
    from sqlglot import exp

    older = exp.Paren(
        this=exp.Sub(this=exp.Extract(this=exp.var("year"), expression=exp.column("event")), expression=year)
    )
    is_under = condition.age_under is not None
    limit = exp.Literal.number(condition.age_under if is_under else condition.age_from)
    below = exp.and_(known, exp.LT(this=older, expression=limit))
    above = exp.and_(known.copy(), exp.GT(this=older.copy(), expression=limit.copy()))
    return _case([(below, exp.convert(is_under)), (above, exp.convert(not is_under))])


def _words(
    condition: Condition, column: exp.Expr, recorded: exp.Expr, source: Source
) -> list[tuple[exp.Expr, exp.Expr]]:
    from sqlglot import exp

    is_yes_no = source.is_yes_no(condition.column)
    branches: list[tuple[exp.Expr, exp.Expr]] = []
    for words, answer in ((condition.one_of, exp.true()), (condition.may, exp.Null())):
        if words:
            values = [exp.convert(word == "yes") if is_yes_no else exp.Literal.string(word) for word in words]
            branches.append((exp.and_(recorded.copy(), exp.In(this=column.copy(), expressions=values)), answer))
    if condition.others == "no":
        branches.append((recorded.copy(), exp.false()))
    return branches


def _otherwise(branches: list[tuple[exp.Expr, exp.Expr]], condition: Condition, source: Source) -> exp.Expr:
    """The branches, and what a blank says that stands for "there is none"."""
    from sqlglot import exp

    if condition.absent == "no" and source.has_why(condition.column):
        why = _column(f"{condition.column}__why")
        words = ("not_applicable", "ongoing", "no_by_convention")
        branches = [
            *branches,
            (exp.In(this=why, expressions=[exp.Literal.string(word) for word in words]), exp.false()),
        ]
    return _case(branches)


def _linked(condition: Condition, source: Source) -> exp.Expr:
    """Linked, and so soon; nothing in the window is no, everything that nobody could see is unknown."""
    from sqlglot import exp

    state, seconds = _column(f"{condition.link}|state"), _column(f"{condition.link}|seconds")
    is_linked = exp.EQ(this=state, expression=exp.Literal.string("linked"))
    if condition.found:
        return exp.and_(exp.not_(exp.Is(this=state, expression=exp.Null())), is_linked)
    none_seen = exp.EQ(this=state.copy(), expression=exp.Literal.string("none_seen"))
    if condition.within_days is None:
        return _case([(is_linked, exp.true()), (none_seen, exp.false())])
    within = exp.LTE(this=seconds, expression=exp.Literal.number(condition.within_days * DAY))
    until = exp.Add(this=exp.column("moment"), expression=exp.Literal.number(condition.within_days * DAY))
    seen_so_far = exp.and_(
        exp.EQ(this=state.copy(), expression=exp.Literal.string("window_open")),
        exp.LT(this=until, expression=exp.Literal.number(source.closes_at)),
    )
    return _case([(is_linked, within), (exp.or_(none_seen, seen_so_far), exp.false())])


def _ended(condition: Condition, source: Source) -> exp.Expr:
    from sqlglot import exp

    how, starts = _column("stay.how"), _column("stay.starts")
    least, most = _column("stay.ends_least"), _column("stay.ends_most")

    def is_(word: str) -> exp.Expr:
        return exp.EQ(this=how.copy(), expression=exp.Literal.string(word))

    def lasted(end: exp.Expr, days: int | None) -> exp.Expr:
        spent = exp.Sub(this=end.copy(), expression=starts.copy())
        return exp.GT(this=exp.Paren(this=spent), expression=exp.Literal.number((days or 0) * DAY))

    branches: list[tuple[exp.Expr, exp.Expr]] = []
    days = condition.within_days
    if condition.still and days is None:
        return _case([(is_("open"), exp.true()), (is_("ended"), exp.false())])
    if condition.still:
        closed: exp.Expr = exp.Literal.number(source.closes_at)
        return _case(
            [
                (is_("ended"), lasted(most, days)),
                (exp.and_(is_("open"), lasted(closed, days)), exp.true()),
                (exp.and_(is_("unknown"), lasted(least, days)), exp.true()),
                (exp.and_(is_("unknown"), exp.not_(lasted(most, days))), exp.false()),
            ]
        )
    if days is not None:
        closes = exp.Literal.number(source.closes_at)
        branches += [
            (exp.and_(is_("ended"), lasted(most, days)), exp.false()),
            (exp.and_(is_("open"), lasted(closes, days)), exp.false()),
            (exp.and_(is_("unknown"), lasted(least, days)), exp.false()),
        ]
    else:
        branches.append((is_("open"), exp.false()))
    ended = is_("ended")
    for when, answer in _words(condition, _column(condition.column), _recorded(condition.column, source), source):
        branches.append((exp.and_(ended.copy(), when), answer))
    return _case(branches)


def _column(name: str) -> exp.Expr:
    from sqlglot import exp

    return exp.column(name, quoted=True)


def _known(name: str) -> exp.Expr:
    from sqlglot import exp

    return exp.Not(this=exp.Is(this=exp.column(name), expression=exp.Null()))


def _recorded(column: str, source: Source) -> exp.Expr:
    from sqlglot import exp

    if source.has_why(column):
        return exp.EQ(this=_column(f"{column}__why"), expression=exp.Literal.string("recorded"))
    return exp.Not(this=exp.Is(this=_column(column), expression=exp.Null()))


def _case(branches: Sequence[tuple[exp.Expr, exp.Expr]]) -> exp.Expr:
    from sqlglot import exp

    if not branches:
        return exp.Null()
    return exp.Case(ifs=[exp.If(this=when.copy(), true=then.copy()) for when, then in branches])
