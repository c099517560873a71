-- One row for each stay: when it began and ended, what it is made of, which stint ended it.
-- reads: spans (record, person_key, starts, ends_least, ends_most, how, facility), told (record, stay)
-- gives: one row for each stay; seconds are those spent in facilities, overlapping stints counted once
-- The last stint is the one that ends last: one that goes on ends after all others, and of several that
-- end together the one that began last is it. Release reasons are read from it and from no other.
-- :closes_at moment   the end of the closing date; stays that go on are counted up to it
with inside as (
  select
    spans.record,
    spans.person_key,
    spans.facility,
    spans.starts,
    spans.ends_most,
    spans.how,
    told.stay,
    case spans.how when 'open' then 1 else 0 end as goes_on,
    coalesce(spans.ends_least, :closes_at) as until_least,
    coalesce(spans.ends_most, :closes_at) as until_most
  from spans
  inner join told on told.record = spans.record
  where told.stay is not null
),
ordered as (
  select
    *,
    max(until_least) over (
      partition by stay order by starts, until_most, record rows between unbounded preceding and 1 preceding
    ) as reached_least,
    max(until_most) over (
      partition by stay order by starts, until_most, record rows between unbounded preceding and 1 preceding
    ) as reached_most,
    lag(facility) over (partition by stay order by starts, until_most, record) as facility_before,
    row_number() over (partition by stay order by starts, until_most, record) as place,
    row_number() over (
      partition by stay order by goes_on desc, until_most desc, starts desc, record desc
    ) as place_from_end,
    row_number() over (partition by stay order by until_most - starts desc, starts, record) as place_by_length
  from inside
)
select
  stay,
  min(person_key) as person_key,
  min(starts) as starts,
  case when max(goes_on) = 0 then max(until_least) end as ends_least,
  case when max(case when ends_most is null then 1 else 0 end) = 0 then max(until_most) end as ends_most,
  max(case when place_from_end = 1 then how end) as how,
  count(*) as stints,
  cast(sum(case when facility <> facility_before then 1 else 0 end) as bigint) as moves,
  cast(sum(case when reached_least > starts then 1 else 0 end) as bigint) as overlapping,
  cast(sum(case when until_most = starts then 1 else 0 end) as bigint) as without_length,
  cast(sum(case when starts > reached_most then starts - reached_most else 0 end) as bigint) as gap_seconds,
  cast(sum(greatest(until_least - greatest(starts, coalesce(reached_least, starts)), 0)) as bigint) as seconds_least,
  cast(sum(greatest(until_most - greatest(starts, coalesce(reached_most, starts)), 0)) as bigint) as seconds_most,
  max(case when place = 1 then record end) as first_record,
  max(case when place_from_end = 1 then record end) as last_record,
  max(case when place_by_length = 1 then record end) as longest_record
from ordered
group by stay
