-- MySQL sorts unique keys by whether their expression may be NULL, whatever its columns may be.
create table f1 (c bigint not null, f int, primary key (c), unique (f, c), unique key k ((cast(c as char(10))) desc));
create table f2 (d int not null, a double, b int, primary key (d), unique (a, b), unique ((coalesce(b, 0))), unique ((ifnull(a, b))));
create table f3 (d int not null, f int not null, a int, primary key (d), unique k2 (a, d));
alter table f3 add unique k1 ((cast(f as char(10))));
alter table f3 add unique k3 ((case when a then d else 1 end)), add unique k4 ((case a when 1 then d end)), add unique k5 ((if(a, d, 2)));
create table f4 (a int not null, b int, unique x (b), unique k0 ((a + 1)), unique k1 ((a / 2)), unique k2 ((a % 2)), unique k3 ((a <=> b)), unique k4 ((b is null)), unique k5 ((cast(a as decimal(5, 2)))), unique k6 ((a in (1, null))), unique k7 ((field(b, 1))), unique k8 ((greatest(a, b))), unique k9 ((pow(a, 2))));
create table f5 (s varchar(20) not null, d date not null, b int, unique x (b), unique k0 ((lower(s))), unique k1 ((char_length(s))), unique k2 ((s like 'a%')), unique k3 ((year(d))), unique k4 ((d + interval 1 day)), unique k5 ((s = 'a' and d > '2020-01-01')), unique k6 ((concat(s, 'x'))), unique k7 ((not s)));
create table f6 (a int, b int not null, c int, primary key (a), unique y (c), unique k ((abs(a))), unique x (b));
create table f7 (a int, b int not null, c int, unique y (c), unique k ((abs(a))), primary key (a), unique x (b));
alter table f7 add column d int;
create table f8 (j json not null, a int, unique x (a), unique k ((cast(j as signed array))));
create table f9 (j json not null, key ((cast(j as signed array)) desc));
create table f9 (j json not null, key ((cast(j as signed array)) asc));
create table f9 (j json not null, `array` int, key ((`array` + 1) desc, (cast(j as signed array))));
alter table f4 modify b int not null;
