-- A key that goes with its column, or under another name, cannot be altered besides.
create table t (a int, b int, key k0 (a), key k1 (a, b));
alter table t drop column a, alter index k0 /*!80000 invisible */ /*M!100600 ignored */;
alter table t rename index k0 to k2, alter index k0 /*!80000 invisible */ /*M!100600 ignored */;
alter table t rename index k0 to k2, alter index k2 /*!80000 invisible */ /*M!100600 ignored */;
alter table t drop column a, alter index k1 /*!80000 invisible */ /*M!100600 ignored */;
