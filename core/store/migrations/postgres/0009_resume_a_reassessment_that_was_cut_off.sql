-- How far a reassessment of all households of a division has come. It advances in the transaction that stores its batch,
-- so one that was cut off goes on where its last batch ended. The tally is counts alone.

create table reassessment (
  id text not null,
  as_of text not null,
  known_at text not null,
  division text not null,
  after_household text,
  started_at text not null,
  finished_at text,
  given_up_at text,
  tally text not null,
  constraint reassessment_pk primary key (id),
  constraint reassessment_after_fk foreign key (after_household) references household (id),
  constraint reassessment_ended_check check (finished_at is null or given_up_at is null)
);

-- One at a time for a date and a division.
create unique index reassessment_open_unique on reassessment (as_of, division)
where finished_at is null and given_up_at is null;
