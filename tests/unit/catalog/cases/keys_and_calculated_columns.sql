-- a prefix as long as its column is the whole column to the key of a foreign key
CREATE TABLE p (f BIGINT NOT NULL PRIMARY KEY, g INT, KEY (g));
CREATE TABLE a (f BIGINT, FOREIGN KEY (f) REFERENCES p (f));
CREATE INDEX k1 ON a (f(8));
CREATE TABLE b (f INT DEFAULT 5, FOREIGN KEY (f) REFERENCES p (g));
ALTER TABLE b ADD UNIQUE KEY (f(4));
CREATE TABLE c (f INT, g INT, FOREIGN KEY (f) REFERENCES p (g));
ALTER TABLE c ADD KEY k2 (f(3));
ALTER TABLE c ADD KEY k3 (f(4), g);
CREATE TABLE d (f INT, KEY k4 (f(4)), FOREIGN KEY (f) REFERENCES p (g));
-- what is calculated from a column alone takes its values, or not
CREATE TABLE e1 (a INET4, b INT AS (a));
CREATE TABLE e2 (a POINT, b BIGINT AS (a));
CREATE TABLE e3 (a UUID, b DATE AS (a) STORED);
CREATE TABLE e4 (a INT, b UUID AS (a));
CREATE TABLE e5 (a INET4, b INET6 AS (a), c VARCHAR(60) AS (a));
CREATE TABLE e6 (a TEXT, b INET4 AS (a));
ALTER TABLE e6 MODIFY b UUID AS (a);
ALTER TABLE e6 MODIFY a DATE;
-- a partition function may be a decimal column of MariaDB
CREATE TABLE f1 (f DECIMAL(5,2)) PARTITION BY LIST (f) (PARTITION p0 VALUES IN (-1));
CREATE TABLE f2 (f NUMERIC(5) NOT NULL) PARTITION BY HASH (f) PARTITIONS 2;
CREATE TABLE f3 (f INT) PARTITION BY LIST (f) (PARTITION p0 VALUES IN (1));
ALTER TABLE f3 MODIFY f DECIMAL;
ALTER TABLE f3 MODIFY f DOUBLE;
-- MariaDB does not find a partitioned table that a foreign key refers to unchecked
CREATE TABLE q (f INT NOT NULL PRIMARY KEY) PARTITION BY HASH (f) PARTITIONS 2;
CREATE TABLE r (f INT);
SET foreign_key_checks = 0;
ALTER TABLE r ADD FOREIGN KEY (f) REFERENCES q (nothing);
-- MariaDB takes one check without a name inside a column, MySQL any
SET foreign_key_checks = 1;
CREATE TABLE g1 (n FLOAT CONSTRAINT ck CHECK (n > 0));
CREATE TABLE g2 (n FLOAT CHECK (n > 0) CHECK (n < 9));
CREATE TABLE g3 (n FLOAT CHECK (n > 0), m INT);
ALTER TABLE g3 ADD COLUMN o INT CONSTRAINT ck8 CHECK (o > 0);
ALTER TABLE g3 MODIFY m BIGINT CONSTRAINT ck9 CHECK (m > 1);
-- a text that is NULL by default is no part of a primary key of MySQL
CREATE TABLE h1 (d TEXT DEFAULT NULL, PRIMARY KEY (d(10)));
CREATE TABLE h2 (d TEXT, PRIMARY KEY (d(10)));
CREATE TABLE h3 (d INT);
ALTER TABLE h3 ADD COLUMN e BLOB DEFAULT NULL, ADD PRIMARY KEY (e(5));
-- bits and years are never negative, and MySQL calculates nothing from a vector
CREATE TABLE i1 (e BIT(3)) PARTITION BY RANGE (e) (PARTITION p0 VALUES LESS THAN (-1));
CREATE TABLE i2 (e YEAR) PARTITION BY LIST (e) (PARTITION p0 VALUES IN (1,-1));
CREATE TABLE i3 (v BINARY(12), a INT AS (length(v)));
CREATE TABLE i4 (v VECTOR(3), a INT AS (length(v)));
CREATE TABLE i5 (v VECTOR(3), a VECTOR(3) AS (v));
CREATE TABLE i6 (v VECTOR(3), a VECTOR(3) DEFAULT (v));
