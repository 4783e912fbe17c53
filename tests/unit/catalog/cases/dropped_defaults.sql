create table a (x int, d int default 5, key k (d));
alter table a alter column d drop default;
alter table a alter column d drop default, modify d varchar(800) default '' first;
alter table a add column z int default 5, alter column z drop default;
alter table a add column y int, alter column y set default 5;
