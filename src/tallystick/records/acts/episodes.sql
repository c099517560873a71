-- Rows of one person that follow each other closely are one episode; one of them speaks for it.
-- reads: records (record, person_key, moment in seconds, and the columns named below)
-- gives: record, episode (the record that speaks), place (1 for the one that speaks)
-- A row without a person key or without a moment is an episode of its own.
-- :within seconds        a row later than this after the one before it opens a new episode
-- :within_days seconds   the same where both rows name a day and no time of day
-- :follows order         how the rows of a person follow each other
-- :speaks order          which row of an episode speaks for it: the first in this order
with followed as (
  select
    *,
    lag(moment) over (partition by person_key order by :follows) as moment_before
  from records
  where person_key is not null and moment is not null
),
opened as (
  select
    *,
    case
      when moment_before is null then 1
      when moment % 86400 = 0 and moment_before % 86400 = 0 and moment - moment_before > :within_days then 1
      when (moment % 86400 <> 0 or moment_before % 86400 <> 0) and moment - moment_before > :within then 1
      else 0
    end as opens
  from followed
),
numbered as (
  select
    *,
    sum(opens) over (
      partition by person_key
      order by :follows
      rows between unbounded preceding and current row
    ) as number
  from opened
),
placed as (
  select
    record,
    row_number() over (partition by person_key, number order by :speaks) as place,
    first_value(record) over (partition by person_key, number order by :speaks) as episode
  from numbered
)
select record, episode, place
from placed
union all
select record, record as episode, 1 as place
from records
where person_key is null or moment is null
