-- A decision adopts a determination or departs from it; there is one about each determination, at most.

create table decision (
  id text not null,
  determination_id text not null,
  household_id text not null,
  county text not null,
  outcome text not null,
  decided_by text not null,
  decided_at text not null,
  key_id text not null,
  ciphertext bytea not null,
  constraint decision_pk primary key (id),
  constraint decision_determination_unique unique (determination_id),
  constraint decision_determination_fk foreign key (determination_id) references determination (id),
  constraint decision_household_fk foreign key (household_id) references household (id),
  constraint decision_outcome_check check (outcome in ('adopt', 'depart'))
);

-- Lists the decisions about one household.
create index decision_household_index on decision (household_id, id);

-- What is due from the first day on and until the last, which is not part of it. Amount and payee are sealed.
create table entitlement (
  id text not null,
  decision_id text not null,
  determination_id text not null,
  household_id text not null,
  county text not null,
  kind text not null,
  starts_on text not null,
  ends_on text,
  superseded_by text,
  key_id text not null,
  ciphertext bytea not null,
  constraint entitlement_pk primary key (id),
  constraint entitlement_decision_fk foreign key (decision_id) references decision (id),
  constraint entitlement_determination_fk foreign key (determination_id) references determination (id),
  constraint entitlement_household_fk foreign key (household_id) references household (id),
  constraint entitlement_superseded_fk foreign key (superseded_by) references entitlement (id),
  constraint entitlement_superseded_check check (superseded_by <> id),
  constraint entitlement_dates_check check (starts_on <= ends_on)
);

-- Lists the entitlements of one household.
create index entitlement_household_index on entitlement (household_id, id);

-- It ends once and is superseded once. Nothing else about it ever changes.
create function refuse_entitlement_change() returns trigger language plpgsql as $$
begin
  raise exception 'entitlement ends and is superseded once';
end
$$;

create trigger entitlement_update_refused
before update on entitlement
for each row when (
  new.id is distinct from old.id
  or new.decision_id is distinct from old.decision_id
  or new.determination_id is distinct from old.determination_id
  or new.household_id is distinct from old.household_id
  or new.county is distinct from old.county
  or new.kind is distinct from old.kind
  or new.starts_on is distinct from old.starts_on
  or (old.ends_on is not null and new.ends_on is distinct from old.ends_on)
  or (old.superseded_by is not null and new.superseded_by is distinct from old.superseded_by)
  or new.key_id is distinct from old.key_id
  or new.ciphertext is distinct from old.ciphertext
)
execute function refuse_entitlement_change();

create trigger entitlement_delete_refused
before delete or truncate on entitlement
for each statement execute function refuse_entitlement_change();

-- One active benefit of a kind for one person, across all counties.
create table active_benefit (
  person_id text not null,
  kind text not null,
  entitlement_id text not null,
  household_id text not null,
  county text not null,
  constraint active_benefit_pk primary key (person_id, kind),
  constraint active_benefit_person_fk foreign key (person_id) references person (id),
  constraint active_benefit_entitlement_fk foreign key (entitlement_id) references entitlement (id)
);

-- Releases the benefits of one entitlement.
create index active_benefit_entitlement_index on active_benefit (entitlement_id);
