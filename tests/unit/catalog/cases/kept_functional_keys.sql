-- What a functional key gives is looked at when it is made, not when its columns change.
create table t (a int, d char(5), f varchar(40), key k1 ((coalesce(d, 0))), key k2 ((lower(f))));
alter table t modify d text;
alter table t modify f blob;
alter table t add key k3 ((lower(f)));
create table u (a longtext, b int not null, primary key (b, a(5)) /*M! ignored */);
