-- What goes with a column, and what keeps it.
create table z1 (a int, b int, c int, check (2 = 2), check (b > 1));
alter table z1 drop column c;
create table y7 (c int, d int, check (c > d), check (c > 1), check (d > 1));
alter table y7 drop column d;
create table y8 (c int, d int, check (c > 1), check (d > 1));
alter table y8 drop column d;
create table y9 (c int, d int, e int as (c + 1), f int default (d + 1), key (e));
alter table y9 drop column c;
alter table y9 drop column d;
alter table y9 drop column d, drop column f;
create table k1 (a int, b int, c int, key ab (a, b), unique (c), primary key (a, c));
alter table k1 drop column b;
create table k2 (a int);
alter table k2 drop column a;
alter table k2 drop column zz;
alter table k2 drop index zz;
alter table k2 drop foreign key zz;
