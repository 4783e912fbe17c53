-- Without foreign_key_checks a parent may come later; it has to fit then.
create table c (a int, foreign key (a) references p (id));
set foreign_key_checks = 0;
create table c (a int, foreign key (a) references p (id));
create table d (a int, constraint fd foreign key (a) references p (id) on delete cascade);
set foreign_key_checks = 1;
create table p (id bigint primary key);
create table p (id int primary key);
drop table p;
set foreign_key_checks = 0;
drop table p;
set foreign_key_checks = 1;
create table p (id int primary key);
