-- A check of no column goes with the hidden column of a key, and the name of a check is of the whole database.
create table a (a int, b int, key k (b) /*!80013 , key j ((a + 1)) */, check (1 = 1), check (b > 1));
alter table a rename index k to l;
alter table a drop index /*M! l */ /*!80013 j */;
create table c (a int, constraint d_chk_1 check (a > 1));
create table e (a int check (a > 2));
rename table e to d;
rename table e to f;
alter table f rename g;
create table h (a int check (a > 3));
alter table h rename G;
