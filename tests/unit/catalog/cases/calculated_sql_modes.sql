-- modes are added and taken away
SET sql_mode = DEFAULT;
SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES');
CREATE TABLE "z1" ("x" INT);
SET sql_mode = (SELECT REPLACE(REPLACE(@@SESSION.sql_mode, 'ANSI_QUOTES', ''), 'NO_BACKSLASH_ESCAPES', ''));
CREATE TABLE z2 (x VARCHAR(9) DEFAULT "a\\b");
