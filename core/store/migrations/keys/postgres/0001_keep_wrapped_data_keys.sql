-- The data keys of persons and households, each wrapped under a key that is not here. This is a database of its own with a
-- shorter backup period than the register's: an old backup must not bring back who was erased.

create table data_key (
  id text not null,
  wrap_key_id text not null,
  wrapped bytea,
  created_at text not null,
  destroyed_at text,
  constraint data_key_pk primary key (id),
  constraint data_key_destroyed_check check ((wrapped is null) = (destroyed_at is not null))
);

-- Lists what a rotation of the wrap key has yet to wrap anew.
create index data_key_wrap_key_index on data_key (wrap_key_id, id) where destroyed_at is null;

-- A destroyed key never comes back, and that it was there is never forgotten.
create function refuse_key_revival() returns trigger language plpgsql as $$
begin
  raise exception 'data_key is destroyed once';
end
$$;

create trigger data_key_update_refused
before update on data_key
for each row when (
  old.destroyed_at is not null or new.id is distinct from old.id
)
execute function refuse_key_revival();

create trigger data_key_delete_refused
before delete or truncate on data_key
for each statement execute function refuse_key_revival();
