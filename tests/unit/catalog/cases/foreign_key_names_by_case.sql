-- Only a name in the very letters of its table follows the table, and counts for the next one.
create table p (id int primary key);
create table `Company` (a int, b int, c int, constraint `company_ibfk_3` foreign key (a) references p (id));
alter table `Company` add foreign key (b) references p (id);
rename table `Company` to `Entity`;
alter table `Entity` add foreign key (c) references p (id);
create table `order` (a int, constraint `Order_ibfk_1` foreign key (a) references p (id));
alter table `order` rename to `basket`;
