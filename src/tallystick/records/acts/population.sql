-- How many were held on each day, from who came and who left: never by walking through days.
-- reads: nights (part, day_in, day_out), visits (part, day_in, day_out), days (day)
--   nights: spans of presence by moment; visits: spans of presence by day. day_out null: still there
-- gives: part, day, midnight (present when the day ends), came, gone, any_time (present at any time of the day)
-- For every day: midnight = midnight of the day before + came - gone.
with changes as (
  select part, day_in as day, 1 as came, 0 as gone, 0 as seen, 0 as seen_last from nights
  union all
  select part, day_out as day, 0 as came, 1 as gone, 0 as seen, 0 as seen_last from nights where day_out is not null
  union all
  select part, day_in as day, 0 as came, 0 as gone, 1 as seen, 0 as seen_last from visits
  union all
  select part, day_out + 1 as day, 0 as came, 0 as gone, 0 as seen, 1 as seen_last
  from visits
  where day_out is not null
),
by_day as (
  select
    part,
    day,
    sum(came) as came,
    sum(gone) as gone,
    sum(seen) as seen,
    sum(seen_last) as seen_last
  from changes
  group by part, day
),
parts as (
  select part, min(day) as first_day
  from by_day
  group by part
),
every_day as (
  select parts.part, days.day
  from parts
  inner join days on days.day >= parts.first_day
),
filled as (
  select
    every_day.part,
    every_day.day,
    coalesce(by_day.came, 0) as came,
    coalesce(by_day.gone, 0) as gone,
    coalesce(by_day.seen, 0) as seen,
    coalesce(by_day.seen_last, 0) as seen_last
  from every_day
  left join by_day on by_day.part = every_day.part and by_day.day = every_day.day
)
select
  part,
  day,
  sum(came - gone) over (partition by part order by day rows between unbounded preceding and current row) as midnight,
  came,
  gone,
  sum(seen - seen_last) over (
    partition by part order by day rows between unbounded preceding and current row
  ) as any_time
from filled
