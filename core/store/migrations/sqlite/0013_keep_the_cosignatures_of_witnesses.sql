-- What witnesses signed under our checkpoints. A cosignature comes after its checkpoint, if at all, so it is a row of its own.

create table cosignature (
  size bigint not null,
  witness text not null,
  line text not null,
  at text not null,
  constraint cosignature_pk primary key (size, witness),
  constraint cosignature_checkpoint_fk foreign key (size) references checkpoint (size)
);

-- Finds what a witness cosigned last, which is where its next proof begins.
create index cosignature_witness_index on cosignature (witness, size);

create trigger cosignature_update_refused
before update on cosignature
begin
  select raise(abort, 'cosignature is append-only');
end;

create trigger cosignature_delete_refused
before delete on cosignature
begin
  select raise(abort, 'cosignature is append-only');
end;
