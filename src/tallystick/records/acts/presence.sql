-- When somebody comes to a part and leaves it, with spans of one person that touch or overlap taken as one.
-- reads: spans (record, person_key, part, starts, ends), in seconds; ends null: beyond the last moment
-- gives: part, day, came, gone, seen_first, seen_last (each 0 or 1): one row for each coming and each leaving
--   seen_first: the first day on which somebody is there again; seen_last: the last one
-- Nobody is counted twice at one moment; who leaves and comes back on one day is seen once that day.
-- A row without a person key stands for itself.
-- :far moment   a moment after all others
with reached as (
  select
    part,
    starts,
    coalesce(ends, :far) as until,
    max(coalesce(ends, :far)) over (
      partition by part, coalesce(person_key, -1 - record)
      order by starts, coalesce(ends, :far), record
      rows between unbounded preceding and 1 preceding
    ) as reached_before,
    lead(record) over (
      partition by part, coalesce(person_key, -1 - record)
      order by starts, coalesce(ends, :far), record
    ) as following
  from spans
),
in_days as (
  select
    part,
    reached_before is null as is_first,
    starts > reached_before as comes_back,
    following is null and greatest(until, coalesce(reached_before, until)) < :far as leaves_for_good,
    cast(floor(starts / 86400.0) as bigint) as start_day,
    cast(floor(reached_before / 86400.0) as bigint) as day_before,
    cast(floor(greatest(until, coalesce(reached_before, until)) / 86400.0) as bigint) as last_day
  from reached
)
select
  part,
  start_day as day,
  1 as came,
  0 as gone,
  case when is_first or start_day > day_before then 1 else 0 end as seen_first,
  0 as seen_last
from in_days
where is_first or comes_back
union all
select
  part,
  day_before as day,
  0 as came,
  1 as gone,
  0 as seen_first,
  case when start_day > day_before then 1 else 0 end as seen_last
from in_days
where comes_back
union all
select part, last_day as day, 0 as came, 1 as gone, 0 as seen_first, 1 as seen_last
from in_days
where leaves_for_good
