-- One column gives the table a history; the others are left out of it, but not calculated ones.
create table a (x int not null auto_increment primary key, y int /*M! with system versioning */, z int as (y) stored, v int as (x) virtual);
create table b (x int comment 'c' check (x > 1), y timestamp(3) not null default current_timestamp(3) on update current_timestamp(3), z int /*M! with system versioning */);
create table c (x int, y int default 2 invisible comment 'c', z int /*M! with system versioning */);
create table d (x int, y int as (x) virtual /*M! with system versioning */);
create table e (x int, y int as (x) stored /*M! without system versioning */) /*M! with system versioning */;
