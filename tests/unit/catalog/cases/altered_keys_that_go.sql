-- A key that goes with its column, or under another name, cannot be altered besides; nor one that rows are kept by.
create table t (a int, b int, key k0 (a), key k1 (a, b));
alter table t drop column a, alter index k0 /*!80000 invisible */ /*M!100600 ignored */;
alter table t rename index k0 to k2, alter index k0 /*!80000 invisible */ /*M!100600 ignored */;
alter table t rename index k0 to k2, alter index k2 /*!80000 invisible */ /*M!100600 ignored */;
alter table t drop column a, alter index k1 /*!80000 invisible */ /*M!100600 ignored */;
create table u (c int not null, d int not null, unique (c), unique k (d));
alter table u alter index c /*!80000 visible */ /*M!100600 not ignored */;
alter table u modify c int null, alter index c /*!80000 invisible */ /*M!100600 ignored */;
alter table u alter index k /*!80000 invisible */ /*M!100600 ignored */;
