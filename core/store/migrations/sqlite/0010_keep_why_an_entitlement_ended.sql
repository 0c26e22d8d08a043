-- Why an entitlement ends, who said so and when. One that another takes the place of has no row here.

create table entitlement_end (
  entitlement_id text not null,
  ended_by text not null,
  ended_at text not null,
  key_id text not null,
  ciphertext blob not null,
  constraint entitlement_end_pk primary key (entitlement_id),
  constraint entitlement_end_entitlement_fk foreign key (entitlement_id) references entitlement (id)
);

-- It is said once.
create trigger entitlement_end_update_refused
before update on entitlement_end
begin
  select raise(abort, 'entitlement_end is said once');
end;

create trigger entitlement_end_delete_refused
before delete on entitlement_end
begin
  select raise(abort, 'entitlement_end is said once');
end;
