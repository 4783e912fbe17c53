-- An error ends none of these procedures: it is kept in @stillroom_failed, and whatever follows does
-- nothing. So a client comes to the end of the script, where they are dropped and it is told.

-- Finds out how far the database is: p_heads is a list of what the version table says before the
-- first revision, after the first, after the second …
CREATE PROCEDURE stillroom_open(
    p_family VARCHAR(10), p_heads LONGTEXT CHARACTER SET utf8mb4,
    p_versions TEXT CHARACTER SET utf8mb4, p_journal TEXT CHARACTER SET utf8mb4
)
BEGIN
    DECLARE v_at INT DEFAULT 0;
    DECLARE v_found INT DEFAULT NULL;
    DECLARE v_message VARCHAR(200) CHARACTER SET utf8mb4;
    {handler}
    SET @stillroom_open = NULL, @stillroom_failed = NULL, @stillroom_line = NULL;
    SET @stillroom_revision = NULL;
    IF (p_family = 'mariadb') <> (VERSION() LIKE '%MariaDB%') THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'this script is for another kind of server';
    END IF;
    IF COALESCE(IS_USED_LOCK({lock}), 0) <> CONNECTION_ID() THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'another deployer has the lock on this database';
    END IF;
    SET @stillroom_sql = p_versions;
    PREPARE stillroom_statement FROM @stillroom_sql;
    EXECUTE stillroom_statement;
    IF NOT EXISTS (
        SELECT 1 FROM information_schema.columns WHERE table_schema = DATABASE()
        AND table_name = '{versions_name}' AND column_name = '{sources}'
    ) THEN
        ALTER TABLE {versions} ADD COLUMN {sources} MEDIUMTEXT NULL;
    END IF;
    SET SESSION group_concat_max_len = 65535;
    SELECT COALESCE(GROUP_CONCAT(version_num ORDER BY CAST(version_num AS BINARY) SEPARATOR ' '), '')
        INTO @stillroom_heads FROM {versions};
    WHILE v_at < JSON_LENGTH(p_heads) DO
        IF CAST(JSON_UNQUOTE(JSON_EXTRACT(p_heads, CONCAT('$[', v_at, ']'))) AS BINARY)
            = CAST(@stillroom_heads AS BINARY)
        THEN
            SET v_found = v_at;
        END IF;
        SET v_at = v_at + 1;
    END WHILE;
    IF v_found IS NULL THEN
        SET v_message = CONCAT(
            'the database is at ''', LEFT(@stillroom_heads, 40),
            ''', where this script neither begins nor passes; nothing was done'
        );
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_message;
    END IF;
    SET @stillroom_sql = p_journal;
    PREPARE stillroom_statement FROM @stillroom_sql;
    EXECUTE stillroom_statement;
    DEALLOCATE PREPARE stillroom_statement;
    REPLACE INTO {journal} (line, kind, state, statement, digest, revision, direction, at) VALUES (
        0, 'deployer', 'sent', CONCAT(USER(), ' (a script)'), CONNECTION_ID(), '', '',
        DATE_FORMAT(NOW(6), '%Y-%m-%d %H:%i:%s.%f')
    );
    COMMIT;
    SET @stillroom_at = v_found, @stillroom_due = FALSE, @stillroom_begun = FALSE;
    SET @stillroom_revision = NULL, @stillroom_direction = NULL;
    SET @stillroom_open = CONNECTION_ID();
END $$

-- Begins a revision, or skips it, or goes on with it.
CREATE PROCEDURE stillroom_revision(
    p_number INT, p_revision VARCHAR(255) CHARACTER SET utf8mb4, p_direction VARCHAR(9),
    p_file TEXT CHARACTER SET utf8mb4, p_digest VARCHAR(49), p_source LONGTEXT
)
BEGIN
    DECLARE v_digest VARCHAR(60) CHARACTER SET utf8mb4 DEFAULT NULL;
    {handler}
    {guard}
    SET @stillroom_due = (@stillroom_at = p_number - 1);
    IF @stillroom_due THEN
        SET v_digest = (SELECT COALESCE(digest, '') FROM {journal} WHERE kind = 'revision');
        IF v_digest IS NULL THEN
            INSERT INTO {journal}
                (line, revision, direction, kind, state, statement, digest, answer, at)
            VALUES (
                1, p_revision, p_direction, 'revision', 'done', p_file, p_digest, UNHEX(p_source),
                DATE_FORMAT(NOW(6), '%Y-%m-%d %H:%i:%s.%f')
            );
            COMMIT;
        ELSEIF CAST(v_digest AS BINARY) <> CAST(p_digest AS BINARY) THEN
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
                'another upgrade has left a revision half-applied; `make status` shows it';
        END IF;
        SET @stillroom_revision = p_revision, @stillroom_direction = p_direction;
    END IF;
END $$

-- Notes what the revision has only read, or what the server refuses and the revision expects.
CREATE PROCEDURE stillroom_note(
    p_line INT, p_kind VARCHAR(11), p_state VARCHAR(7), p_digest VARCHAR(49),
    p_statement LONGTEXT CHARACTER SET utf8mb4, p_answer LONGTEXT
)
BEGIN
    {handler}
    {guard}
    IF @stillroom_due AND NOT EXISTS (SELECT 1 FROM {journal} WHERE line = p_line) THEN
        INSERT INTO {journal}
            (line, revision, direction, kind, state, statement, digest, answer, at)
        VALUES (
            p_line, @stillroom_revision, @stillroom_direction, p_kind, p_state, p_statement,
            p_digest, UNHEX(p_answer), DATE_FORMAT(NOW(6), '%Y-%m-%d %H:%i:%s.%f')
        );
        COMMIT;
    END IF;
END $$

-- Sets a variable of the session, whenever the script is run.
CREATE PROCEDURE stillroom_set(p_statement LONGTEXT CHARACTER SET utf8mb4)
BEGIN
    {handler}
    {guard}
    SET @stillroom_sql = p_statement;
    PREPARE stillroom_statement FROM @stillroom_sql;
    EXECUTE stillroom_statement;
    DEALLOCATE PREPARE stillroom_statement;
END $$

-- Changes rows, once: the journal's line is in the same transaction.
CREATE PROCEDURE stillroom_rows(
    p_line INT, p_digest VARCHAR(49), p_answer LONGTEXT, p_ends BOOLEAN,
    p_statement LONGTEXT CHARACTER SET utf8mb4
)
BEGIN
    {handler}
    {guard}
    SET @stillroom_line = p_line;
    IF @stillroom_due AND NOT EXISTS (SELECT 1 FROM {journal} WHERE line = p_line) THEN
        IF NOT @stillroom_begun THEN
            START TRANSACTION;
            SET @stillroom_begun = TRUE, @stillroom_count = 0;
        END IF;
        SET @stillroom_sql = p_statement;
        PREPARE stillroom_statement FROM @stillroom_sql;
        EXECUTE stillroom_statement;
        SET @stillroom_count = @stillroom_count + GREATEST(ROW_COUNT(), 0);
        DEALLOCATE PREPARE stillroom_statement;
        IF p_ends THEN
            INSERT INTO {journal}
                (line, revision, direction, kind, state, statement, digest, answer, at)
            VALUES (
                p_line, @stillroom_revision, @stillroom_direction, 'dml', 'done',
                LEFT(p_statement, 20000), p_digest,
                COALESCE(
                    UNHEX(p_answer),
                    CONCAT('[null, [], ', @stillroom_count, ', ', LAST_INSERT_ID(), ']')
                ),
                DATE_FORMAT(NOW(6), '%Y-%m-%d %H:%i:%s.%f')
            );
            COMMIT;
            SET @stillroom_begun = FALSE;
        END IF;
    END IF;
END $$

-- Whether a fact is so, into @stillroom_fact: what a statement makes or drops is there, or is not.
CREATE PROCEDURE stillroom_look(
    p_kind VARCHAR(10), p_table VARCHAR(64) CHARACTER SET utf8mb4,
    p_name VARCHAR(64) CHARACTER SET utf8mb4
)
BEGIN
    DECLARE v_table VARCHAR(64) CHARACTER SET utf8mb4 DEFAULT IF(p_table = '', p_name, p_table);
    SET v_table = IF(@@lower_case_table_names, LOWER(v_table), v_table);
    SET @stillroom_fact = CASE p_kind
        WHEN 'TABLE' THEN EXISTS (SELECT 1 FROM information_schema.tables
            WHERE table_schema = DATABASE() AND table_name = v_table)
        WHEN 'VIEW' THEN EXISTS (SELECT 1 FROM information_schema.views
            WHERE table_schema = DATABASE() AND table_name = v_table)
        WHEN 'TRIGGER' THEN EXISTS (SELECT 1 FROM information_schema.triggers
            WHERE trigger_schema = DATABASE() AND trigger_name = p_name)
        WHEN 'EVENT' THEN EXISTS (SELECT 1 FROM information_schema.events
            WHERE event_schema = DATABASE() AND event_name = p_name)
        WHEN 'PROCEDURE' THEN EXISTS (SELECT 1 FROM information_schema.routines
            WHERE routine_schema = DATABASE() AND routine_type = p_kind AND routine_name = p_name)
        WHEN 'FUNCTION' THEN EXISTS (SELECT 1 FROM information_schema.routines
            WHERE routine_schema = DATABASE() AND routine_type = p_kind AND routine_name = p_name)
        WHEN 'column' THEN EXISTS (SELECT 1 FROM information_schema.columns
            WHERE table_schema = DATABASE() AND table_name = v_table AND column_name = p_name)
        WHEN 'index' THEN EXISTS (SELECT 1 FROM information_schema.statistics
            WHERE table_schema = DATABASE() AND table_name = v_table AND index_name = p_name)
        WHEN 'constraint' THEN EXISTS (SELECT 1 FROM information_schema.table_constraints
            WHERE table_schema = DATABASE() AND table_name = v_table AND constraint_name = p_name
            AND constraint_type IN ('FOREIGN KEY', 'CHECK'))
        ELSE FALSE
    END;
END $$

-- Changes a table, once: a statement whose end nobody has seen is settled by its fact.
CREATE PROCEDURE stillroom_table(
    p_line INT, p_digest VARCHAR(49), p_kind VARCHAR(10),
    p_table VARCHAR(64) CHARACTER SET utf8mb4, p_name VARCHAR(64) CHARACTER SET utf8mb4,
    p_there BOOLEAN, p_statement LONGTEXT CHARACTER SET utf8mb4
)
BEGIN
    DECLARE v_state VARCHAR(8) CHARACTER SET utf8mb4 DEFAULT NULL;
    {handler}
    {guard}
    SET @stillroom_line = p_line;
    IF @stillroom_due THEN
        SET v_state = (SELECT state FROM {journal} WHERE line = p_line);
        IF v_state = 'sent' AND EXISTS (SELECT 1 FROM {journal} WHERE line > p_line) THEN
            SET v_state = 'done';
        ELSEIF v_state = 'sent' AND p_kind = 'rows' THEN
            SET @stillroom_sql = CONCAT('SELECT EXISTS (SELECT 1 FROM `', p_table, '`) INTO @stillroom_fact');
            PREPARE stillroom_statement FROM @stillroom_sql;
            EXECUTE stillroom_statement;
            IF @stillroom_fact THEN
                SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
                    'whether a TRUNCATE has happened cannot be told; `make repair` takes your answer';
            END IF;
        ELSEIF v_state = 'sent' AND p_kind <> 'again' THEN
            CALL stillroom_look(p_kind, p_table, p_name);
            IF @stillroom_fact = p_there THEN
                UPDATE {journal} SET state = 'done' WHERE line = p_line;
                COMMIT;
                SET v_state = 'done';
            END IF;
        END IF;
        IF v_state IS NULL THEN
            INSERT INTO {journal}
                (line, revision, direction, kind, state, statement, digest, before_it, at)
            VALUES (
                p_line, @stillroom_revision, @stillroom_direction, 'ddl', 'sent',
                LEFT(p_statement, 20000), p_digest,
                JSON_OBJECT('fact', p_kind, 'table', p_table, 'name', p_name,
                            'there', IF(p_there, '1', '')),
                DATE_FORMAT(NOW(6), '%Y-%m-%d %H:%i:%s.%f')
            );
            COMMIT;
        END IF;
        IF COALESCE(v_state, 'sent') = 'sent' THEN
            SET @stillroom_sql = p_statement;
            PREPARE stillroom_statement FROM @stillroom_sql;
            EXECUTE stillroom_statement;
            DEALLOCATE PREPARE stillroom_statement;
            UPDATE {journal} SET state = 'done' WHERE line = p_line;
            COMMIT;
        END IF;
    END IF;
END $$

-- Ends a revision: in one transaction the version table moves and the journal forgets.
CREATE PROCEDURE stillroom_done(
    p_number INT, p_gone LONGTEXT CHARACTER SET utf8mb4, p_new LONGTEXT CHARACTER SET utf8mb4,
    p_blob VARCHAR(40)
)
BEGIN
    DECLARE v_at INT DEFAULT 0;
    DECLARE v_sources LONGTEXT CHARACTER SET utf8mb4;
    {handler}
    {guard}
    IF @stillroom_due THEN
        START TRANSACTION;
        SET v_sources = COALESCE((SELECT MAX({sources}) FROM {versions}), '{}');
        SET @stillroom_sql = CONCAT('$."', @stillroom_revision, '"');
        IF @stillroom_direction = 'upgrade' THEN
            SET v_sources = JSON_SET(v_sources, @stillroom_sql, p_blob);
        ELSE
            SET v_sources = JSON_REMOVE(v_sources, @stillroom_sql);
        END IF;
        WHILE v_at < JSON_LENGTH(p_gone) DO
            DELETE FROM {versions}
                WHERE version_num = JSON_UNQUOTE(JSON_EXTRACT(p_gone, CONCAT('$[', v_at, ']')));
            SET v_at = v_at + 1;
        END WHILE;
        SET v_at = 0;
        WHILE v_at < JSON_LENGTH(p_new) DO
            INSERT INTO {versions} (version_num)
                VALUES (JSON_UNQUOTE(JSON_EXTRACT(p_new, CONCAT('$[', v_at, ']'))));
            SET v_at = v_at + 1;
        END WHILE;
        UPDATE {versions} SET {sources} = NULL;
        UPDATE {versions} SET {sources} = v_sources ORDER BY version_num LIMIT 1;
        DELETE FROM {journal} WHERE line > 0;
        COMMIT;
        SET @stillroom_at = p_number, @stillroom_due = FALSE;
    END IF;
END $$

-- Takes the journal away.
CREATE PROCEDURE stillroom_close()
BEGIN
    {handler}
    {guard}
    IF NOT EXISTS (SELECT 1 FROM {journal} WHERE line > 0) THEN
        DROP TABLE {journal};
    END IF;
    SET @stillroom_open = NULL;
    SELECT COALESCE(GROUP_CONCAT(version_num SEPARATOR ' '), 'base') AS `the database is at`
        FROM {versions};
END $$
