-- No key of MySQL is made of what is computed from a vector.
create table a (f vector(3), key ((cast(f as char(10)))));
create table b (f vector(3), key ((length(f))));
create table c (f vector(3), a int, key ((f is null)), key (a));
