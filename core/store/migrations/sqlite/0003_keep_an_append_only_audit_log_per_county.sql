-- The number of a leaf is its place in the Merkle tree: gapless from 0, so no sequence of the database makes it.

create table audit_leaf (
  county text not null,
  seq bigint not null,
  subject text not null,
  leaf text not null,
  leaf_hash blob not null,
  constraint audit_leaf_pk primary key (county, seq),
  constraint audit_leaf_seq_check check (seq >= 0),
  constraint audit_leaf_hash_check check (length(leaf_hash) = 32)
);

-- Finds what happened to one household, person or determination.
create index audit_leaf_subject_index on audit_leaf (subject);

create table audit_head (
  county text not null,
  size bigint not null,
  root blob not null,
  at text not null,
  constraint audit_head_pk primary key (county, size),
  constraint audit_head_size_check check (size >= 1),
  constraint audit_head_root_check check (length(root) = 32)
);

-- The inner nodes of each county's tree that are complete: node `position` of `level` stands over 2^level leaves. A proof
-- reads a few of them instead of every leaf.
create table audit_node (
  county text not null,
  level bigint not null,
  position bigint not null,
  hash blob not null,
  constraint audit_node_pk primary key (county, level, position),
  constraint audit_node_place_check check (level >= 1 and position >= 0),
  constraint audit_node_hash_check check (length(hash) = 32)
) without rowid;

-- The signed checkpoints of the log of heads, as they were written outside the database.
create table checkpoint (
  size bigint not null,
  note text not null,
  at text not null,
  constraint checkpoint_pk primary key (size),
  constraint checkpoint_size_check check (size >= 1)
);

-- Against mistakes, not against a database administrator: that one is found by the tree and the heads kept outside.
create trigger audit_leaf_update_refused
before update on audit_leaf
begin
  select raise(abort, 'audit_leaf is append-only');
end;

create trigger audit_leaf_delete_refused
before delete on audit_leaf
begin
  select raise(abort, 'audit_leaf is append-only');
end;

create trigger audit_head_update_refused
before update on audit_head
begin
  select raise(abort, 'audit_head is append-only');
end;

create trigger audit_head_delete_refused
before delete on audit_head
begin
  select raise(abort, 'audit_head is append-only');
end;

create trigger audit_node_update_refused
before update on audit_node
begin
  select raise(abort, 'audit_node is append-only');
end;

create trigger audit_node_delete_refused
before delete on audit_node
begin
  select raise(abort, 'audit_node is append-only');
end;

create trigger checkpoint_update_refused
before update on checkpoint
begin
  select raise(abort, 'checkpoint is append-only');
end;

create trigger checkpoint_delete_refused
before delete on checkpoint
begin
  select raise(abort, 'checkpoint is append-only');
end;
