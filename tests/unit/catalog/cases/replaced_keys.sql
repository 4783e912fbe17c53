create table p (id int primary key);
create table a (id int primary key, d int, i varchar(9), foreign key (d) references p (id));
create index si on a (i);
create index d on a (d);
create table b (id int primary key, d int, i varchar(9), foreign key (d) references p (id), key si (i));
alter table b add key d (d), drop index si, add key si (i);
