-- How many were held on each day, from who came and who left: never by walking through days.
-- reads: presence (part, day, came, gone, seen_first, seen_last) and days (day)
-- gives: part, day, midnight (present when the day ends), came, gone, any_time (present at any time of the day)
-- For every day: midnight = midnight of the day before + came - gone.
with by_day as (
  select
    part,
    day,
    cast(sum(came) as bigint) as came,
    cast(sum(gone) as bigint) as gone,
    cast(sum(seen_first) as bigint) as seen_first,
    cast(sum(seen_last) as bigint) as seen_last
  from presence
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
    coalesce(by_day.seen_first, 0) as seen_first,
    coalesce(by_day.seen_last, 0) as seen_last
  from every_day
  left join by_day on by_day.part = every_day.part and by_day.day = every_day.day
)
select
  part,
  day,
  cast(sum(came - gone) over (
    partition by part order by day rows between unbounded preceding and current row
  ) as bigint) as midnight,
  came,
  gone,
  cast(sum(seen_first - seen_last) over (
    partition by part order by day rows between unbounded preceding and current row
  ) as bigint) + seen_last as any_time
from filled
