-- No column is given the default NULL by the same statement that makes it a primary key.
create table t (f int default 1, b varchar(9) default 'x');
alter table t add primary key (f), alter column f set default null;
alter table t alter column b set default null, add primary key (b(5));
alter table t add column g int, alter column g set default null, add primary key (g);
alter table t alter column f drop default, add primary key (f);
alter table t drop primary key, modify f int default 2;
alter table t alter column f set default null;
alter table t alter column b set default null, add primary key (f);
