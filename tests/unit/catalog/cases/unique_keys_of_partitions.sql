-- Every unique key has the columns that a table is partitioned by, and each of them as a whole.
create table a (c varchar(20) not null, primary key (c)) partition by key (c) partitions 2;
create unique index k on a (c(10));
create unique index k on a (c(20));
create table b (c varchar(20) not null, unique (c(10))) partition by key (c) partitions 2;
create table b (c varchar(20) not null, d int, unique (d, c(10))) partition by range columns (c) (partition p values less than (maxvalue));
create table b (c varchar(20) not null, d int not null, unique (d, c(10))) partition by hash (d);
create unique index u on b (c(5), d);
create unique index v on b (c);
create table e (c int not null, d int not null, unique (c), unique (d)) partition by key ();
create table e (c int not null, d int not null, unique (c), unique (d, c)) partition by key ();
alter table e add unique (d);
create table g (c varchar(20) not null primary key, d int, key k (c(10), d)) partition by key (c) partitions 2;
create table h (c varchar(20) not null primary key, d int, key k (c(10), d)) partition by key () partitions 2;
create table i (c varchar(20) not null, d int not null, primary key (c, d), key k (c(10), d)) partition by key (d) partitions 2;
create table j (c varchar(20) not null primary key, d int) partition by key (c) partitions 2;
alter table j add key k (c(10), d);
