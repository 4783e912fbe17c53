-- MariaDB misses the index of a foreign key that goes along, but where the table is copied.
create table t (f int, a int, foreign key (f) references t (f));
alter table t drop index f, drop foreign key t_ibfk_1;
alter table t drop index f, drop foreign key t_ibfk_1, add check (a is not null);
create table u (f int, a int check (a > 1), foreign key (f) references u (f));
alter table u drop index f, drop foreign key u_ibfk_1;
