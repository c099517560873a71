-- Spans of one person in one group that touch or overlap are one: nobody is counted twice at one moment.
-- reads: spans (record, person_key, part, starts, ends), in any unit of time; ends null: beyond the last moment
-- gives: part, starts, ends
-- A row without a person key stands for itself.
-- :far moment   a moment after all others
with reached as (
  select
    part,
    coalesce(person_key, -1 - record) as person,
    starts,
    coalesce(ends, :far) as until,
    max(coalesce(ends, :far)) over (
      partition by part, coalesce(person_key, -1 - record)
      order by starts, coalesce(ends, :far), record
      rows between unbounded preceding and 1 preceding
    ) as reached_before,
    record
  from spans
),
numbered as (
  select
    *,
    sum(case when reached_before is null or starts > reached_before then 1 else 0 end) over (
      partition by part, person
      order by starts, until, record
      rows between unbounded preceding and current row
    ) as number
  from reached
),
joined as (
  select part, person, number, min(starts) as starts, max(until) as until
  from numbered
  group by part, person, number
)
select part, starts, case when until < :far then until end as ends
from joined
