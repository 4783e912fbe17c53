-- a sign in parentheses: a literal on MariaDB, an expression on MySQL but for +
CREATE TABLE t (x VARCHAR(20) DEFAULT (-1), y VARCHAR(20) DEFAULT (+1), z INT DEFAULT (-2.0));
CREATE TABLE u (x VARCHAR(20) DEFAULT (+-1.50), y DECIMAL(5,2) DEFAULT ((-1)), z DOUBLE DEFAULT (-1e3));
CREATE TABLE v (a INT, x INT DEFAULT (-a));
ALTER TABLE v ALTER x SET DEFAULT (+1);
