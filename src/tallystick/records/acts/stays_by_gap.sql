-- A stay is what follows without a gap: a stint that begins soon after all earlier ones ended belongs to it.
-- reads: spans (record, person_key, starts, ends_least, ends_most, how)
-- gives: record, stay (null where a stint carries no person key)
-- :gap seconds   a longer time between two stints ends the stay
with reached as (
  select
    record,
    person_key,
    starts,
    coalesce(ends_most, starts) as until,
    max(coalesce(ends_most, starts)) over (
      partition by person_key
      order by starts, coalesce(ends_most, starts), record
      rows between unbounded preceding and 1 preceding
    ) as reached_before
  from spans
  where person_key is not null
),
numbered as (
  select
    record,
    person_key,
    sum(case when reached_before is null or starts - reached_before > :gap then 1 else 0 end) over (
      partition by person_key
      order by starts, until, record
      rows between unbounded preceding and current row
    ) as number
  from reached
)
select record, min(record) over (partition by person_key, number) as stay
from numbered
union all
select record, cast(null as bigint) as stay
from spans
where person_key is null
