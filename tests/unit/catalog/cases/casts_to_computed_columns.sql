-- A column that is computed from now on is not converted; a foreign key that goes binds no name.
create table o (d binary(16) not null /*M! , u inet6, v uuid */, e int);
alter table o modify d bigint as (e) stored;
alter table o /*M! modify u bigint as ('x') stored, modify v int as (e) stored */;
alter table o /*M! modify u inet6 */;
create table t (b bigint not null primary key, constraint fk2 foreign key (b) references t (b));
alter table t change b f int, drop foreign key fk2, drop primary key;
