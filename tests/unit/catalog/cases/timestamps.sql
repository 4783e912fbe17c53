-- DROP DEFAULT and ON UPDATE of moments.
create table p (a int primary key, e timestamp(6) null default now(6) on update now(6), f timestamp null default now(), g datetime default now() on update now(), h int default 5, i timestamp not null default now() on update now());
alter table p alter e drop default, alter f drop default, alter g drop default, alter h drop default, alter i drop default;
create table q (e timestamp(6) null default now(6) on update now(6), g datetime default now() on update now());
alter table q alter e set default null, alter g set default '2020-01-01';
create table r (a timestamp, b timestamp not null default current_timestamp, c datetime(3) default current_timestamp(3) on update localtimestamp(3));
alter table r modify b timestamp null;
alter table r modify c datetime default now(3);
