-- What a table is partitioned by becomes a TEXT, a BLOB or a VECTOR, or is one.
create table a (x int, y longtext) partition by hash (x) partitions 2;
alter table a modify x longtext;
create table b (x int, y int) partition by range (x) (partition p values less than (5));
alter table b modify x json;
alter table b modify x tinyblob;
create table h (x int) partition by hash (x + 1) partitions 2;
alter table h modify x longtext;
create table c (x int, y int) partition by key (x) partitions 2;
alter table c modify x mediumtext;
create table d (x longtext) partition by key (x) partitions 2;
create table e (x longtext) partition by hash (x) partitions 2;
create table f (x int, y int) partition by list (x) (partition p values in (5));
alter table f modify x text;
create table g (x varchar(20)) partition by list columns (x) (partition p values in ('a'));
alter table g modify x text;
