-- A request to change what is on the register. Its text (the proposal, and the state before and after) is sealed.

create table change_request (
  id text not null,
  county text not null,
  household_id text not null,
  base_version bigint not null,
  kind text not null,
  state text not null,
  submitted_by text not null,
  submitted_at text not null,
  decided_by text,
  decided_at text,
  key_id text not null,
  ciphertext bytea not null,
  outcome_key_id text,
  outcome_ciphertext bytea,
  constraint change_request_pk primary key (id),
  constraint change_request_base_fk
    foreign key (household_id, base_version) references household_document (household_id, version),
  constraint change_request_state_check check (state in ('submitted', 'approved', 'refused', 'withdrawn')),
  constraint change_request_decided_check
    check ((state = 'submitted') = (decided_by is null) and (state = 'submitted') = (decided_at is null)),
  -- Nobody approves or refuses alone; whoever submitted may withdraw.
  constraint change_request_two_persons_check check (decided_by <> submitted_by or state = 'withdrawn'),
  constraint change_request_outcome_check check ((outcome_key_id is null) = (outcome_ciphertext is null))
);

-- Lists the requests about one household.
create index change_request_household_index on change_request (household_id, id);

-- Lists what waits for a decision in a county.
create index change_request_state_index on change_request (county, state, id);

-- What was submitted stays as it was, and is decided once.
create function refuse_second_decision() returns trigger language plpgsql as $$
begin
  raise exception 'change_request is decided once';
end
$$;

create trigger change_request_update_refused
before update on change_request
for each row when (
  old.state <> 'submitted'
  or new.id is distinct from old.id
  or new.county is distinct from old.county
  or new.household_id is distinct from old.household_id
  or new.base_version is distinct from old.base_version
  or new.kind is distinct from old.kind
  or new.submitted_by is distinct from old.submitted_by
  or new.submitted_at is distinct from old.submitted_at
  or new.key_id is distinct from old.key_id
  or new.ciphertext is distinct from old.ciphertext
)
execute function refuse_second_decision();

create trigger change_request_delete_refused
before delete or truncate on change_request
for each statement execute function refuse_second_decision();
