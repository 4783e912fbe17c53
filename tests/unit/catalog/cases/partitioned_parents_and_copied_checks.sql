-- MySQL makes no partitioned table that foreign keys wait for, nor a copy whose checks have names of others.
create table t2 (x int, check (x > 1));
rename table t2 to `T2`;
create table t2 like `T2`;
set foreign_key_checks = 0;
create table c (x int, foreign key (x) references p (id));
create table p (id int primary key) partition by hash (id) partitions 2;
create table q (id int primary key) partition by hash (id) partitions 2;
rename table q to p;
create table p like q;
