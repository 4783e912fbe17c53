-- Without checks, a foreign key of a table on itself: where the rows are copied, MariaDB looks at the old indexes.
set foreign_key_checks = 0;
create table a (a int not null, e tinyint not null, index a (a, e));
alter table a add constraint fk1 foreign key (a) references a (a), drop index a;
alter table a add constraint fk1 foreign key (a) references a (a), drop index a, modify e varchar(3);
create table b (a int not null, e int not null, primary key (a));
alter table b add constraint fk2 foreign key (e) references b (a), drop primary key;
create table c (a int not null, e int not null, index a (a, e));
alter table c add constraint fk3 foreign key (a) references c (a), drop index a, add check (e > 1);
create table p (a int primary key);
create table d (a int not null, e tinyint not null, primary key (a));
alter table d add constraint fk4 foreign key (a) references p (a) on delete restrict, add constraint fk5 foreign key (a) references p (a) on delete set default, modify e varchar(4);
