"""What is asked of the units of a release, answered for each: the table ``looked``.

One row for each unit (and window, where units last): `record`, `person_key`, `number` (of the window; null where the
day is unknown), `m` (belongs to the population), `x0`, `x1` … (has what a variant counts), `least` and `most` (what it
weighs), `d0` … (classes told apart), `place`, `suggested`, and what lengths and curves need.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tallystick.assessing import own_alias
from tallystick.laying import LASTING, TABLES, lay_windows
from tallystick.measures.conditions import Source, all_of, code_column, code_test, holds
from tallystick.measures.unit_measure import Condition, Dimension, UnitMeasure, UnitRule
from tallystick.measures.windows import Window, windows_of
from tallystick.policies.assessment import fields_of, undecidable
from tallystick.policies.bounds import Evaluator, Rule
from tallystick.policies.profiles import columns_of, masked, profiles_in_engine, state_columns, suffixes_of
from tallystick.question import LENGTHS, OUTSIDE, STAY_ENDS, Counts, Desk, Question
from tallystick.records.populating import lay_kinds
from tallystick.terms.errors import cannot


class Asked:
    """One measure under one question, on one release."""

    def __init__(self, desk: Desk, measure: UnitMeasure, question: Question) -> None:
        self.desk, self.measure, self.question = desk, measure, question
        self.layout = desk.bench.layout
        self.opened = desk.bench.acts.opened
        self.unit: UnitRule = desk.book.units[measure.units]
        self.dimensions = [self._known(desk.book.dimension(name)) for name in question.by]
        self.place = self._place()
        self.over = self._known(desk.book.dimension(measure.over)) if measure.over else None
        release = self.opened.release
        first, last = question.since or release.covers_from, question.until or release.closes_on
        self.windows: list[Window] = windows_of(question.period, first, last, desk.book.eras)
        self.lasts = self.unit.rows in LASTING
        self.is_whole = question.period == "release" and not (question.since or question.until or self.lasts)
        self._refuse_apart()
        self.rules = self._rules()
        self.counts = self._counts()

    # the question

    def _refuse_apart(self) -> None:
        """A curve is taken over the whole release, and concentration over the nation."""
        told = bool(self.dimensions) or self.place is not None
        if (self.measure.estimator == "incidence" and (told or not self.is_whole)) or (
            self.measure.estimator == "concentration" and told
        ):
            raise cannot(
                "TS189",
                f"{self.measure.title}: is taken for the whole nation" + (" and release." if not self.over else "."),
                fix="Leave --place, --by and --period out; the measures beside it can be told apart.",
            )

    def _known(self, dimension: Dimension) -> Dimension:
        if self.unit.id not in dimension.columns:
            known = ", ".join(one.id for one in self.desk.book.dimensions.values() if self.unit.id in one.columns)
            title = self.measure.title
            raise cannot("TS189", f"{title}: cannot be told apart by {dimension.id}.", fix=f"It can by: {known}.")
        return dimension

    def _place(self) -> Dimension | None:
        kind = self.question.place
        if not kind:
            return None
        fit = {
            one.place: one for one in self.desk.book.dimensions.values() if self.unit.id in one.columns and one.place
        }
        if kind not in fit:
            places = ", ".join(fit) or "the nation only"
            raise cannot(
                "TS189", f"{self.measure.title}: cannot be told apart by {kind[:40]}.", fix=f"Places: {places}."
            )
        return fit[kind]

    def _rules(self) -> dict[str, Rule]:
        """Name of a column of truths -> the rule that it tells."""
        found = {condition.fact: Rule.of(condition.fact) for condition in self.measure.conditions if condition.fact}
        policy = self.question.policy
        if self.measure.estimator != "tiers":
            return found
        if policy is None:
            raise cannot(
                "TS189", f"{self.measure.title}: under which policy?", fix="Add --policy; tallystick policy list"
            )
        if not policy.tiers:
            raise cannot("TS185", f"{policy.id} has no tiers: {policy.no_tiers_because}.", fix="tallystick policy list")
        for tier in policy.tiers:
            core = tier.rule.without(undecidable(self._evaluator, tier.rule))
            if core is not None:
                found[f"core {tier.id}"] = core
            found[f"strict {tier.id}"] = tier.rule
        if policy.classes:
            found["scope"] = Rule("any", tuple(tier.rule for tier in policy.classes))
        return found

    def _counts(self) -> list[Counts]:
        if self.measure.estimator != "tiers":
            return [Counts(variant.id, variant.title) for variant in self.measure.variants] or [Counts("", "")]
        outside = Counts("strict", OUTSIDE, OUTSIDE)
        split = [name.split(" ", 1) for name in self.rules if name != "scope"]
        return [*(Counts(kind, tier, tier) for kind, tier in split), *([outside] if "scope" in self.rules else [])]

    @property
    def _evaluator(self) -> Evaluator:
        return self.desk.bench.evaluator(self.question.view, self.unit.id)

    @property
    def _truth_columns(self) -> dict[str, str]:
        """Rule -> the column in which its answer stands."""
        return {name: f"t{number}" for number, name in enumerate(self.rules)}

    # what must be laid

    def _columns(self, fields: Sequence[str]) -> dict[str, dict[str, None]]:
        """Alias -> columns of the release that must be laid.

        Raises:
            TallystickError: TS188 for what the release does not hold.
        """
        found: dict[str, dict[str, None]] = {}
        there = self.layout.aliases(self.unit)
        for name in self._names():
            alias, column = name.split(".", 1)
            if alias == "link":
                alias, column = column, ""
            if alias not in there:
                self._refuse_alias(alias)
            own = found.setdefault(alias, {})
            if column:
                own[column] = None
                if alias in TABLES:
                    self._refuse_absent(alias, column)
                    own |= {f"{column}__why": None} if self._has_why(name) else {}
        for alias, columns in self.desk.bench.columns(self.unit, fields).items() if self.rules else ():
            if alias in there:
                found.setdefault(alias, {}).update(columns)
        if {"det", "det_first"} & set(found):
            found.setdefault("stay", {})
        return found

    def _names(self) -> Iterator[str]:
        for condition in self.measure.conditions:
            yield from (name for name in condition.reads if name != "stay.end")
            if condition.outcome or condition.still:
                yield from STAY_ENDS
        for dimension in (*self.dimensions, self.place, self.over):
            if dimension is not None:
                yield dimension.columns[self.unit.id]
                yield from (
                    more[self.unit.id] for more in (dimension.inferred, dimension.onward) if self.unit.id in more
                )
        if self.measure.value:
            yield from LENGTHS[self.measure.value].reads
        if self.measure.estimator == "incidence":
            yield from STAY_ENDS

    def _refuse_alias(self, alias: str) -> None:
        what = "stays" if alias in ("stay", "det", "det_first") else TABLES.get(alias, alias)
        raise cannot(
            "TS188",
            f"{self.measure.title}: {self.opened.release.id} has no {what} beside {self.unit.id} here.",
            why="What is linked to a record cannot be asked without the other table.",
            fix="Build with the files that hold it; tallystick get --list shows what each release has.",
        )

    def _refuse_absent(self, alias: str, column: str) -> None:
        table = TABLES[alias]
        if table == "stints" and column == "facility":
            return  # the code of a facility, or its name where there is no code
        if column not in dict(self.opened.rules[table].stored):
            raise cannot("TS151", f"'{column[:40]}' is not a stored column of {table}.", where=self.measure.id)
        if self.layout.is_absent(table, column):
            holding = ", ".join(self.desk.holding(table, column)) or "none that is registered"
            raise cannot(
                "TS188",
                f"{self.measure.title}: {self.opened.release.id} does not hold '{column}' of {table}.",
                why="Without it the figure is not zero but unknown.",
                fix=f"Releases that hold it: {holding}.",
            )

    def link_rules(self) -> str:
        """The link rules that the conditions rest on, in words."""
        aliases = {name.split(".")[0] for one in self.measure.conditions for name in one.reads}
        aliases |= {one.link for one in self.measure.conditions if one.link} | set(
            self.unit.evidence if self.rules else ()
        )
        aliases |= {"stay"} if {"det", "det_first"} & aliases else set()
        pairs = {self.unit.beside[alias] for alias in aliases if alias in self.unit.beside}
        return ", ".join(f"{pair}: {rule}" for pair, rule in sorted(self.layout.links.items()) if pair in pairs)

    # laying

    def lay(self) -> None:
        """Make the table ``looked``.

        Raises:
            TallystickError: TS181, TS182, TS188.
        """
        self.layout.needs(self.unit)
        fields = fields_of(self.rules.values(), self._evaluator) if self.rules else ()
        there = self.layout.lay(self.unit, self._columns(fields), self.windows)
        joins = [self._lay_truths(fields, there)] if self.rules else []
        joins += self._lay_codes()
        number, where = "0", ""
        if self.lasts:
            number = "source.window_number"
        elif not self.is_whole:
            lay_windows(self.opened.ask, self.windows)
            joins.append("left join calendar on calendar.day = source.day")
            number, where = "calendar.number", "where calendar.number is not null or source.day is null"
        source = Source(self._is_yes_no, self._has_why, self.opened.closes_at, self._truth_columns)
        member = all_of(self.measure.where, source).sql("duckdb")
        selected = [
            "source.record", "source.person_key", f"{number} as number", f"(source.member and {member}) as m",
            *(f"({counted}) as x{place}" for place, counted in enumerate(self._counted(source))),
            "source.least", "source.most",
        ]  # fmt: skip
        for place, dimension in enumerate(self.dimensions):
            selected.append(f"{self._class_of(dimension, joins)} as d{place}")
        if self.place is not None:
            inferred = self.place.inferred.get(self.unit.id)
            selected.append(f"{self._class_of(self.place, joins)} as place")
            selected.append((f"coalesce(\"{inferred}\", '')" if inferred else "''") + " as suggested")
        if self.over is not None:
            selected.append(f"{self._class_of(self.over, joins)} as over_class")
        if self.measure.value:
            length = LENGTHS[self.measure.value]
            ends = f"{length.least} as value_least, {length.most} as value_most"
            selected.append(ends.replace("CLOSES", str(self.opened.closes_at - 1)))
        if self.measure.estimator == "incidence":
            selected += [f'"{name}" as {name.split(".")[1]}' for name in STAY_ENDS]
            selected.append(f"{self._causes(source)} as cause")
        query = f"select {', '.join(selected)} from unit_source as source {' '.join(joins)} {where}"
        self.opened.make("looked", query)

    def _stored(self, column: str) -> str:
        """The type of a column of a record table; '' for one of stays."""
        alias, name = column.split(".", 1)
        return dict(self.opened.rules[TABLES[alias]].stored).get(name, "") if alias in TABLES else ""

    def _is_yes_no(self, column: str) -> bool:
        return self._stored(column) == "BOOLEAN"

    def _has_why(self, column: str) -> bool:
        return bool(self._stored(column))

    def _counted(self, source: Source) -> Iterator[str]:
        if self.measure.estimator == "tiers":
            for entry in self.counts:
                is_outside = entry.tier == OUTSIDE
                name = "scope" if is_outside else f"{entry.variant} {entry.tier}"
                yield f"{'not ' if is_outside else ''}{self._truth_columns[name]}"
        elif self.measure.variants:
            yield from (holds(variant, source).sql("duckdb") for variant in self.measure.variants)
        else:
            yield "true"

    def _causes(self, source: Source) -> str:
        told = (
            f"when {holds(variant, source).sql('duckdb')} then {place}"
            for place, variant in enumerate(self.measure.variants)
        )
        return f"case {' '.join(told)} else {len(self.measure.variants)} end"

    def _class_of(self, dimension: Dimension, joins: list[str]) -> str:
        column = dimension.columns[self.unit.id]
        if dimension.age_bands:
            return _age_band(column, dimension.age_bands)
        if dimension.place not in ("facility", "edge"):
            return f"coalesce(cast(\"{column}\" as varchar), '')"
        ends = [column, *([dimension.onward[self.unit.id]] if dimension.onward else [])]
        names = [self._named_facility(end, joins) for end in ends]
        return f"coalesce({' || chr(8594) || '.join(names)}, '')"  # an arrow between both ends of a flow

    def _named_facility(self, column: str, joins: list[str]) -> str:
        """A facility by its code; those of exposed kinds by their kind alone."""
        kinds = f'"kinds of {column}"'
        join = f'left join kinds as {kinds} on {kinds}.facility = source."{column}"'
        if join not in joins:
            lay_kinds(self.opened, self.desk.kinds)
            joins.append(join)
        unnamed = ", ".join(f"'{kind.id}'" for kind in self.desk.kinds.kinds if not kind.named)
        return f"case when {kinds}.kind in ({unnamed}) then 'any ' || {kinds}.kind else \"{column}\" end"

    def _lay_codes(self) -> list[str]:
        """Answer every test of offense codes once for each code; the joins that bring the answers."""
        asked: dict[str, dict[str, Condition]] = {}
        for condition in self.measure.conditions:
            if code_test(condition):
                asked.setdefault(condition.column, {})[code_test(condition)] = condition
        joins = []
        for place, (column, tests) in enumerate(asked.items()):
            query = f'select distinct "{column}" from unit_source where "{column}" is not null order by 1'
            named = ", ".join(f'"{code_column(column, test)}" boolean' for test in tests)
            self.opened.ask(f"create or replace table codes_{place} (code varchar, {named})", ())
            for row in self.opened.ask(query, ()):
                answers = [self._says_of_code(condition, str(row[0])) for condition in tests.values()]
                marks = ", ".join("?" for _ in answers)
                self.opened.ask(f"insert into codes_{place} values (?, {marks})", [row[0], *answers])
            joins.append(f'left join codes_{place} on codes_{place}.code = source."{column}"')
        return joins

    def _says_of_code(self, condition: Condition, code: str) -> bool | None:
        """Whether a code stands high enough, or is counted by a reading; None where the code leaves it open."""
        known = self.desk.offenses
        if condition.reading:
            low, high = known.readings[condition.reading].ends(code)
        elif condition.rung_from:
            order = [rung.id for rung in known.ladder.rungs]
            ends = known.ladder.ends(code)
            if ends is None:
                return None
            low, high = (order.index(end) >= order.index(condition.rung_from) for end in ends)
        else:  # a free-text code could be any member of its family
            is_free = code[2:] in known.ladder.free_text
            low = code.startswith(condition.family)
            high = low or (is_free and any(one.startswith(code[:2]) for one in condition.family))
        return low if low == high else None

    def _lay_truths(self, fields: Sequence[str], there: Sequence[str]) -> str:
        """Evaluate rules once for each distinct profile of their fields; the join that brings the answers back.

        Nothing of this is ever written to a file: no table joins a tier to a person or a row outside memory.
        """
        regions = self.desk.bench.regions
        states = state_columns(
            regions, fields, there, home=own_alias(self.unit), view=self.question.view, hindsight=self.measure.hindsight
        )
        names = ["event_region", *columns_of(regions, fields)]
        quoted = ", ".join(f'"{name}"' for name in names)
        told = ", ".join(state.sql("duckdb") for state in states)
        self.opened.make("stated", f"select record as own_record, window_number as own_window, {told} from unit_source")
        self.opened.make(
            "profiles",
            f"select {quoted}, count(*) as records, row_number() over (order by {quoted}) as profile from stated "
            f"group by {quoted}",
        )
        for number, (name, rule) in enumerate(self.rules.items()):
            self._lay_truth(number, self._truth_columns[name], rule, fields)
        same = " and ".join(f'stated."{name}" is not distinct from profiles."{name}"' for name in names)
        joined = " ".join(f"left join truth_{number} using (profile)" for number in range(len(self.rules)))
        chosen = ", ".join(self._truth_columns.values())
        self.opened.make(
            "truths",
            f"select distinct own_record, own_window, {chosen} from stated inner join profiles on {same} {joined}",
        )
        return (
            "left join truths on truths.own_record = source.record "
            "and truths.own_window is not distinct from source.window_number"
        )

    def _lay_truth(self, number: int, name: str, rule: Rule, fields: Sequence[str]) -> None:
        evaluator, regions = self._evaluator, self.desk.bench.regions
        bits = evaluator.fields(rule)
        profiles = profiles_in_engine(self.unit.id, fields, "profiles", self.opened.ask)
        known = self.desk.bench.book.known
        columns = [(f"{one}{suffix}", bits[one]) for one in bits for suffix in suffixes_of(known.fields[one])]
        with_event = any(regions.asks_event(one) for one in bits)
        answers: list[tuple[int | bool | None, ...]] = []
        for row, (_, states) in zip(profiles.ask(columns, with_event), profiles.states(regions, bits), strict=True):
            low, high = evaluator.ends(rule, states)
            answers.append((*row[:-1], low if low == high else None))
        keys = [f"k{place}" for place in range(len(columns) + 1)]
        typed = ", ".join(f"{key} bigint" for key in keys)
        self.opened.ask(f"create or replace table answers ({typed}, answer boolean)", ())
        for start in range(0, len(answers), 1000):
            rows = ", ".join(
                f"({', '.join(_literal(value) for value in row)})" for row in answers[start : start + 1000]
            )
            self.opened.ask(f"insert into answers values {rows}", ())
        asked = zip(masked(columns, with_event=with_event), keys, strict=True)
        same = " and ".join(f"({expression}) is not distinct from answers.{key}" for expression, key in asked)
        self.opened.make(
            f"truth_{number}", f"select profile, answer as {name} from profiles left join answers on {same}"
        )


def _literal(value: int | bool | None) -> str:
    return "null" if value is None else str(int(value)) if not isinstance(value, bool) else str(value).lower()


def _age_band(column: str, edges: Sequence[int]) -> str:
    """The band of an age on the day of the event; '' where the year of birth leaves two open or is not recorded."""
    age = f'(extract(year from source.event) - "{column}")'
    branches = []
    for low, high in zip([0, *edges], [*edges, 0], strict=True):
        label = f"under {high}" if not low else f"{low} and over" if not high else f"{low} to {high - 1}"
        tests = [f"{age} - 1 >= {low}"] if low else []
        tests += [f"{age} < {high}"] if high else []
        branches.append(f"when {' and '.join(tests)} then '{label}'")
    return f"coalesce(case {' '.join(branches)} end, '')"
