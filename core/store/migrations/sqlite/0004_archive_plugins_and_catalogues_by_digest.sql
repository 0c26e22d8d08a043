-- What a determination was computed with, kept for replay. It carries no county: the same bytes serve all of them.

create table archive (
  digest text not null,
  kind text not null,
  content blob not null,
  constraint archive_pk primary key (digest)
);
