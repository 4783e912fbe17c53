-- A column stays left out when the history of its table ends, and while it has not begun.
create table a (x int /*M! without system versioning */, y int);
alter table a /*M! add system versioning */;
create table b (x int /*M! without system versioning */, y int) /*M! with system versioning */;
alter table b /*M! drop system versioning */;
alter table b modify y bigint, add column z int;
create table c like b;
alter table b rename column x to w;
alter table b /*M! add system versioning */;
create table d (x int /*M! with system versioning */, y int);
alter table d /*M! drop system versioning */;
alter table d drop column x;
alter table d /*M! add system versioning */;
