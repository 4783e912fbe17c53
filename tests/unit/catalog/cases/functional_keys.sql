-- Keys on expressions, which MySQL alone has.
create table f1 (a int, b int not null, j json, c varchar(20), key ((a+1)), key ((a*2) desc), unique ((b+1)), key k3 (b, (a+b)), key (c), unique u2 (c), index fi ((lower(c))), key ((a+3)));
alter table f1 drop column a;
alter table f1 rename column c to cc;
alter table f1 add index ((cast(j->'$.x' as unsigned)));
alter table f1 drop index functional_index_2, drop index fi;
alter table f1 modify c varchar(30);
create table f2 (a int, primary key ((a+1)));
create table f3 (j json, key (j));
create table f4 (a int, key ((a)));
create table f5 (a int, key ((zz)));
create table f6 (a int as (1), b int, key kb ((b+1)), key ka (a), key kc (b));
alter table f6 drop column b
;
