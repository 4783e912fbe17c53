-- Keys of all kinds, checks, partitions and table options.
create table t7 (a int not null default 1, g point not null, spatial key (g), b int as (a+1) stored comment 'x', c int generated always as (a*2) virtual , d int invisible default 5, e varchar(10) as (concat('a',a)) unique);
create table t8 (a int, b datetime default current_timestamp comment 'x', c int default (1+1), d varchar(20) default (concat('a','b')), e int unsigned not null default '7' comment 'q', key using btree (a), key k2 (b) using btree, key k3 (c,d) comment 'zz' key_block_size=4) row_format=dynamic stats_persistent=1 key_block_size=0;
create table t9 (id int auto_increment primary key, a int, key z(a desc, id)) auto_increment=10 engine=innodb, comment 'c' partition by hash(id) partitions 4;
create table t11 (id int primary key, d varchar(10)) partition by key() partitions 3;
create table t12 (id int, d varchar(10)) partition by list columns(d) (partition a values in ('a','b'), partition b values in (NULL));
create table t15 (a int, `select` int, `b``c` int);
create table t16 (a varchar(100), key (a(100)), key k2 (a(20)), b varchar(800), key kb (b));
create table t17 (b text, unique (b));
create table t18 (b text, key (b));
create table t19 (a int, b int, c int, unique u3 (c), key k1 (a), unique u2 (b), primary key (a));
create table e (a int check (a > 0), b int, constraint ck check (b > 1), check (b < 5));
create table f (a int, b text, fulltext key (b), key k (a desc) comment 'k', unique (b(10)), key (a) using hash) row_format=compressed key_block_size=8 comment='t''c' auto_increment=5 ;
alter table f drop column a;
create table h (a int) engine=myisam default charset=latin1 pack_keys=1 max_rows=5 checksum=1 delay_key_write=1 min_rows=2 avg_row_length=5 stats_persistent=0;
create table t20 (a int, b int, foreign key (a,b) references t20 (b,a), key(b,a), unique(b,a), c text charset latin1, d tinytext charset latin1, e varchar(10000) charset latin1, f mediumtext charset latin1, g text charset utf8mb3, h char(3) charset latin1, key(c(10)), fulltext ft (c));
alter table t20 convert to character set utf8mb4;
