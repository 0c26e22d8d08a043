-- Why an entitlement ends, who said so and when. One that another takes the place of has no row here.

create table entitlement_end (
  entitlement_id text not null,
  ended_by text not null,
  ended_at text not null,
  key_id text not null,
  ciphertext bytea not null,
  constraint entitlement_end_pk primary key (entitlement_id),
  constraint entitlement_end_entitlement_fk foreign key (entitlement_id) references entitlement (id)
);

-- It is said once.
create function refuse_entitlement_end_change() returns trigger language plpgsql as $$
begin
  raise exception 'entitlement_end is said once';
end
$$;

create trigger entitlement_end_change_refused
before update or delete or truncate on entitlement_end
for each statement execute function refuse_entitlement_end_change();
