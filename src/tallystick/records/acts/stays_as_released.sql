-- A stay is what the release calls one: stints of one person that name the same beginning of their stay.
-- reads: spans (record, person_key, stay_moment)
-- gives: record, stay (null where the release does not say to which stay a stint belongs)
select
  record,
  case
    when person_key is not null and stay_moment is not null
      then min(record) over (partition by person_key, stay_moment)
  end as stay
from spans
