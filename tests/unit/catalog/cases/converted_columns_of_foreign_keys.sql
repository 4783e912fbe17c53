-- Both ends of a foreign key of a table on itself change at once, without their values being converted.
create table a (a varchar(9) primary key, b varchar(9), foreign key (b) references a (a)) charset = utf8mb3;
alter table a convert to character set utf8mb4;
alter table a convert to character set utf8mb4 collate utf8mb4_unicode_ci;
alter table a modify a varchar(20), modify b varchar(20);
alter table a modify a varchar(9), modify b varchar(9);
alter table a convert to character set latin1;
create table c (a char(9) primary key, b char(9), foreign key (b) references c (a)) charset = utf8mb3;
alter table c convert to character set utf8mb4;
create table e (a enum('x', 'y') primary key, b enum('x', 'y'), foreign key (b) references e (a)) charset = utf8mb3;
alter table e modify a enum('x', 'y', 'z'), modify b enum('x', 'y', 'z');
alter table e modify b enum('x', 'y', 'z', 'w');
alter table e modify a enum('z', 'y', 'x'), modify b enum('z', 'y', 'x');
create table i (a int primary key, b int, foreign key (b) references i (a));
alter table i modify a bigint, modify b bigint;
create table l (a varchar(9) primary key, b varchar(9), foreign key (b) references l (a)) charset = latin1;
alter table l convert to character set utf8mb4;
