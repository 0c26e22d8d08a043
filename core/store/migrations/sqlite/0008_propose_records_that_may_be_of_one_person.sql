-- Two records that may be of one person, in one order. Why they may be is sealed; a person decides.

create table person_match (
  id text not null,
  county text not null,
  person_a text not null,
  person_b text not null,
  state text not null,
  proposed_at text not null,
  decided_by text,
  decided_at text,
  key_id text not null,
  ciphertext blob not null,
  constraint person_match_pk primary key (id),
  constraint person_match_pair_unique unique (person_a, person_b),
  constraint person_match_a_fk foreign key (person_a) references person (id),
  constraint person_match_b_fk foreign key (person_b) references person (id),
  constraint person_match_order_check check (person_a < person_b),
  constraint person_match_state_check check (state in ('proposed', 'merged', 'rejected', 'undone')),
  constraint person_match_decided_check
    check ((state = 'proposed') = (decided_by is null) and (state = 'proposed') = (decided_at is null))
);

-- Finds the pairs of a person who stands second.
create index person_match_b_index on person_match (person_b);

-- Lists what waits for a decision in a county.
create index person_match_state_index on person_match (county, state, id);
