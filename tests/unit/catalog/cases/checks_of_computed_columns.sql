-- A foreign key writes a column that another one is computed from, which a check names.
create table p (c int primary key);
create table t (a int, c int as (a + 1), check (c > 1), foreign key (a) references p (c) on delete set null);
create table u (a int, c int as (a + 1), d int as (c + 1), check (d > 1));
alter table u add foreign key (a) references p (c) on update cascade;
create table v (a int, c int as (a + 1), d int as (c + 1), e int as (d + 1) stored);
alter table v add foreign key (a) references p (c) on delete set null;
create table w (a int, foreign key (a) references p (c) on delete set null, check (a > 1));
