-- Partitions as they are printed.
create table t9 (id int auto_increment primary key, a int, key z (a desc, id)) auto_increment=10 comment 'c' partition by hash (id) partitions 4;
create table t10 (id int, d date) partition by range (year(d)) (partition p0 values less than (2000) comment 'a' engine=innodb, partition p1 values less than maxvalue engine=innodb);
create table t11 (id int primary key, d varchar(10)) partition by key () partitions 3;
create table t12 (id int, d varchar(10)) partition by list columns (d) (partition a values in ('a','b'), partition b values in (NULL));
create table t13 (id int, a int) partition by range columns (id, a) (partition p0 values less than (10, 20), partition p1 values less than (20, maxvalue));
create table t14 (id int, a int, primary key (id)) partition by range (a) (partition p0 values less than (10));
create table t15 (id int) partition by list (id) (partition p0 values in (1,2,-3), partition p1 values in (4));
create table t16 (id int) partition by linear hash (id) partitions 2;
create table t17 (id int) partition by linear key (id) partitions 2;
alter table t10 drop partition p1;
alter table t10 add partition (partition p2 values less than (2010), partition p3 values less than maxvalue);
alter table t15 drop partition nope;
alter table t15 remove partitioning;
alter table t15 drop partition p0;
alter table t15 partition by hash (id) partitions 2;
alter table t12 add column z int, comment 'x';
create table t18 (id int) partition by range (id) (partition p0 values less than (10), partition p0 values less than (20));
