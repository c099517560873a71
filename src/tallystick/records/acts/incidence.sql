-- How many have ended, and how, by each length of time.
-- Those who go on when the records close are counted as long as they were seen (Kaplan and Meier 1958; Aalen and
-- Johansen 1978).
-- reads: lengths (enters, leaves, cause), in days; cause null: goes on when the records close
-- gives: length, cause, at_risk, ended, still (share that goes on just after), incidence (share ended by this cause)
-- What ends on the day it began has length 0, and all who were seen from the beginning are at risk of that.
-- Those who were seen from later on (enters > 0) are at risk from then on. Of what happens at one length,
-- ends come before closings.
with seen as (
  select case when enters = 0 then -1 else enters end as enters, leaves, cause
  from lengths
),
ends as (
  select leaves as length, cause, count(*) as ended
  from seen
  where cause is not null and leaves > enters
  group by leaves, cause
),
moments as (
  select length, sum(ended) as ended from ends group by length
),
changes as (
  select enters as length, 1 as came, 0 as gone from seen where leaves > enters
  union all
  select leaves as length, 0 as came, 1 as gone from seen where leaves > enters
  union all
  select length, 0 as came, 0 as gone from moments
),
summed as (
  select length, sum(came) as came, sum(gone) as gone from changes group by length
),
counted as (
  select
    length,
    sum(came) over (order by length rows between unbounded preceding and current row) - came
      - (sum(gone) over (order by length rows between unbounded preceding and current row) - gone) as at_risk
  from summed
),
steps as (
  select
    moments.length,
    counted.at_risk,
    moments.ended,
    sum(case when moments.ended < counted.at_risk then ln(1.0 - moments.ended / (1.0 * counted.at_risk)) else 0 end)
      over (order by moments.length rows between unbounded preceding and current row) as log_still,
    max(case when moments.ended < counted.at_risk then 0 else 1 end)
      over (order by moments.length rows between unbounded preceding and current row) as is_over
  from moments
  inner join counted on counted.length = moments.length
),
curve as (
  select
    length,
    at_risk,
    case is_over when 1 then 0.0 else exp(log_still) end as still
  from steps
),
before as (
  select *, coalesce(lag(still) over (order by length), 1.0) as still_before
  from curve
),
causes as (
  select distinct cause from ends
),
gained as (
  select
    before.length,
    causes.cause,
    before.at_risk,
    coalesce(ends.ended, 0) as ended,
    before.still,
    before.still_before * coalesce(ends.ended, 0) / (1.0 * before.at_risk) as gain
  from before
  cross join causes
  left join ends on ends.length = before.length and ends.cause = causes.cause
)
select
  length,
  cause,
  at_risk,
  ended,
  still,
  sum(gain) over (partition by cause order by length rows between unbounded preceding and current row) as incidence
from gained
