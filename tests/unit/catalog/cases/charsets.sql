-- Character sets: inherited, written out, converted; and keys that foreign keys need.
create table t3 (a char(3) charset latin1, b char(3) charset latin1 collate latin1_swedish_ci, c char(3) charset utf8mb4, d char(3) collate utf8mb4_general_ci, e char(3), f enum('a') charset utf8mb4, g varchar(3) binary, h text charset utf8mb4, i char(3) character set utf8mb3) charset utf8mb4 collate utf8mb4_general_ci;
alter table t3 convert to charset latin1;
alter table t3 charset utf8mb4;
alter table t3 modify a char(4), modify e char(4);
create table t4 (a char(3) charset utf8mb4 collate utf8mb4_bin, b char(3) collate latin1_swedish_ci, c char(3)) collate latin1_swedish_ci;
create table p (id int primary key, a varchar(10), unique key(a)) engine=innodb;
create table c (id int primary key, pid int, x varchar(10), constraint fk1 foreign key (pid) references p(id) on delete cascade on update no action, foreign key (x) references p (a) on delete set null);
alter table c add index ix (pid, x);
alter table c drop index x;
alter table c drop foreign key c_ibfk_1;
alter table c add foreign key zz (x) references p(a), add constraint foreign key (pid) references p(id);
rename table c to d;
create table g like d;

create table conv1 (a varchar(10), b int);
alter table conv1 collate utf8mb4_bin, convert to character set utf8mb4;
create table conv2 (a varchar(10), b int);
alter table conv2 convert to character set utf8mb4, collate utf8mb4_bin;
create table conv3 (a varchar(10), b int);
alter table conv3 convert to character set utf8mb4, collate utf8mb4_bin, comment 'x';
create table conv4 (a varchar(10), b int);
alter table conv4 collate utf8mb4_bin, convert to character set utf8mb4 collate utf8mb4_unicode_ci;
create table conv5 (a varchar(10), b int);
alter table conv5 default charset utf8mb4, convert to character set utf8mb4 collate utf8mb4_unicode_ci;
