-- FIRST and AFTER, several in one statement: what is moved keeps its old place until its turn.
create table t (a int, b int, c int);
alter table t add x int after a, modify a int first;
alter table t add y int after c, modify c int first;
alter table t modify c int after b, add w int after c;
alter table t add v int after c, modify c int after x;
alter table t modify a int after c, modify c int after b;
alter table t change c q int first, add u int after q;
alter table t change q c int first, add uu int after q;
alter table t change q c int, add uuu int after c;
alter table t drop column c, add k int after c;
