"""The servers' messages for each error number."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er
from stillroom.catalog.errors import DDLError
from stillroom.catalog.target import Target

_MESSAGES = {
    er.DB_CREATE_EXISTS: "Can't create database '{}'; database exists",
    er.DB_DROP_EXISTS: "Can't drop database '{}'; database doesn't exist",
    er.ERROR_ON_RENAME: (
        "Error on rename of './{0}/#sql-alter' to './{0}/{1}' (errno: 150 \"Foreign key "
        'constraint is incorrectly formed")'
    ),
    er.WRONG_VALUE_COUNT_ON_ROW: "Column count doesn't match value count at row 1",
    er.NO_DEFAULT_FOR_FIELD: "Field '{}' doesn't have a default value",
    er.BAD_NULL_ERROR: "Column '{}' cannot be null",
    er.NO_DB_ERROR: "No database selected",
    er.BAD_DB_ERROR: "Unknown database '{}'",
    er.TABLE_EXISTS_ERROR: "Table '{}' already exists",
    er.BAD_TABLE_ERROR: "Unknown table '{}'",
    er.BAD_FIELD_ERROR: "Unknown column '{}' in '{}'",
    er.TOO_LONG_IDENT: "Identifier name '{}' is too long",
    er.DUP_FIELDNAME: "Duplicate column name '{}'",
    er.DUP_KEYNAME: "Duplicate key name '{}'",
    er.WRONG_FIELD_SPEC: "Incorrect column specifier for column '{}'",
    er.NONUNIQ_TABLE: "Not unique table/alias: '{}'",
    er.INVALID_DEFAULT: "Invalid default value for '{}'",
    er.MULTIPLE_PRI_KEY: "Multiple primary key defined",
    er.TOO_MANY_KEYS: "Too many keys specified; max {} keys allowed",
    er.TOO_MANY_KEY_PARTS: "Too many key parts specified; max {} parts allowed",
    er.TOO_LONG_KEY: "Specified key was too long; max key length is {} bytes",
    er.KEY_COLUMN_DOES_NOT_EXIST: "Key column '{}' doesn't exist in table",
    er.TOO_BIG_FIELDLENGTH: (
        "Column length too big for column '{}' (max = {}); use BLOB or TEXT instead"
    ),
    er.WRONG_AUTO_KEY: (
        "Incorrect table definition; there can be only one auto column and it must be defined "
        "as a key"
    ),
    er.WRONG_SUB_KEY: (
        "Incorrect prefix key; the used key part isn't a string, the used length is longer than"
        " the key part, or the storage engine doesn't support unique prefix keys"
    ),
    er.CANT_REMOVE_ALL_FIELDS: (
        "You can't delete all columns with ALTER TABLE; use DROP TABLE instead"
    ),
    er.CANT_DROP_FIELD_OR_KEY: "Can't DROP '{}'; check that column/key exists",
    er.TOO_BIG_SET: "Too many strings for column {} and SET",
    er.BLOB_CANT_HAVE_DEFAULT: (
        "BLOB, TEXT, GEOMETRY or JSON column '{}' can't have a default value"
    ),
    er.WRONG_TABLE_NAME: "Incorrect table name '{}'",
    er.TABLE_MUST_HAVE_COLUMNS: "A table must have at least 1 column",
    er.UNKNOWN_CHARACTER_SET: "Unknown character set: '{}'",
    er.TOO_BIG_ROWSIZE: (
        "Row size too large. The maximum row size for the used table type, not counting BLOBs, "
        "is 65535. This includes storage overhead, check the manual. You have to change some "
        "columns to TEXT or BLOBs"
    ),
    er.NO_SUCH_TABLE: "Table '{}.{}' doesn't exist",
    er.WRONG_COLUMN_NAME: "Incorrect column name '{}'",
    er.BLOB_KEY_WITHOUT_LENGTH: (
        "BLOB/TEXT column '{}' used in key specification without a key length"
    ),
    er.PRIMARY_CANT_HAVE_NULL: (
        "All parts of a PRIMARY KEY must be NOT NULL; if you need NULL in a key, use UNIQUE instead"
    ),
    er.KEY_DOES_NOT_EXIST: "Key '{}' doesn't exist in table '{}'",
    er.CANNOT_ADD_FOREIGN: "Cannot add foreign key constraint",
    er.CHECK_NOT_IMPLEMENTED: "The storage engine for the table doesn't support {}",
    er.TABLE_CANT_HANDLE_FT: "The used table type doesn't support FULLTEXT indexes",
    er.ROW_IS_REFERENCED: ("Cannot delete or update a parent row: a foreign key constraint fails"),
    er.UNKNOWN_SYSTEM_VARIABLE: "Unknown system variable '{}'",
    er.WRONG_USAGE: "Incorrect usage of {}",
    er.WRONG_VALUE_FOR_VAR: "Variable '{}' can't be set to the value of '{}'",
    er.WRONG_FK_DEF: (
        "Incorrect foreign key definition for '{}': Key reference and table reference don't match"
    ),
    er.SPATIAL_CANT_HAVE_NULL: "All parts of a {} index must be NOT NULL",
    er.COLLATION_CHARSET_MISMATCH: "COLLATION '{}' is not valid for CHARACTER SET '{}'",
    er.UNKNOWN_COLLATION: "Unknown collation: '{}'",
    er.WRONG_NAME_FOR_INDEX: "Incorrect index name '{}'",
    er.BAD_FT_COLUMN: "Column '{}' cannot be part of FULLTEXT index",
    er.UNKNOWN_STORAGE_ENGINE: "Unknown storage engine '{}'",
    er.DUPLICATED_VALUE_IN_TYPE: "Column '{}' has duplicated value '{}' in {}",
    er.INVALID_ON_UPDATE: "Invalid ON UPDATE clause for '{}' column",
    er.CONFLICTING_DECLARATIONS: "Conflicting declarations: '{}' and '{}'",
    er.SP_ALREADY_EXISTS: "{} {} already exists",
    er.SP_DOES_NOT_EXIST: "{} {} does not exist",
    er.TRG_ALREADY_EXISTS: "Trigger already exists",
    er.TRG_DOES_NOT_EXIST: "Trigger does not exist",
    er.ILLEGAL_VALUE_FOR_TYPE: "Illegal {} '{}' value found during parsing",
    er.INVALID_YEAR_COLUMN_LENGTH: "Invalid display width. Use YEAR instead.",
    er.MARIADB_UNKNOWN_OPTION: "Unknown option '{}'",
    er.MARIADB_BAD_OPTION_VALUE: "Incorrect value '{}' for option '{}'",
    er.INVALID_FIELD_SIZE: "Invalid size for column '{}'.",
    er.INCORRECT_TYPE: "Incorrect type for argument {} in function {}.",
    er.CANNOT_ALTER_SRID_DUE_TO_INDEX: (
        "The SRID specification on the column '{}' cannot be changed because there is a spatial "
        "index on the column. Please remove the spatial index before altering the SRID "
        "specification."
    ),
    er.MARIADB_UNKNOWN_DATA_TYPE: "Unknown data type: '{}'",
    er.NON_SCALAR_USED_AS_KEY: "Non-scalar (e.g., vector) column '{}' cannot be used as key.",
    er.DATA_TOO_LONG_FOR_VECTOR: (
        "Data size ({} Bytes, {} dimensions) exceeds VECTOR max (65532 Bytes, 16383 dimensions) "
        "for column: '{}'"
    ),
    er.WRONG_ARGUMENTS: "Incorrect arguments to {}",
    er.NOT_SUPPORTED_YET: "This version doesn't yet support '{}'",
    er.TABLE_WITHOUT_PK: (
        "Unable to create or change a table without a primary key, when the system variable "
        "'sql_require_primary_key' is set. Add a primary key to the table or unset this variable "
        "to avoid this message."
    ),
    er.GENERATED_INVISIBLE_PK_NAME_EXISTS: (
        "Failed to generate invisible primary key. Column '{}' already exists."
    ),
    er.FIELD_NOT_FOUND_PART: ("Field in list of fields for partition function not found in table"),
    er.BLOB_FIELD_IN_PART_FUNC: "A BLOB field is not allowed in partition function",
    er.FOREIGN_KEY_ON_PARTITIONED: (
        "Foreign keys are not yet supported in conjunction with partitioning"
    ),
    er.PARTITION_CONST_DOMAIN: "Partition constant is out of partition function domain",
    er.FIELD_TYPE_NOT_ALLOWED_AS_PARTITION_FIELD: (
        "Field '{}' is of a not allowed type for this type of partitioning"
    ),
    er.PARTITION_FIELDS_TOO_LONG: "The total length of the partitioning fields is too large",
    er.PARTITION_WRONG_VALUES: ("Only {} PARTITIONING can use VALUES {} in partition definition"),
    er.PARTITION_MAXVALUE: "MAXVALUE can only be used in last partition definition",
    er.PARTITIONS_MUST_BE_DEFINED: "For {} partitions each partition must be defined",
    er.RANGE_NOT_INCREASING: (
        "VALUES LESS THAN value must be strictly increasing for each partition"
    ),
    er.MULTIPLE_DEF_CONST_IN_LIST_PART: (
        "Multiple definition of same constant in list partitioning"
    ),
    er.COALESCE_ONLY_ON_HASH_PARTITION: (
        "COALESCE PARTITION can only be used on HASH/KEY partitions"
    ),
    er.REORG_HASH_ONLY_ON_SAME_NO: (
        "REORGANIZE PARTITION can only be used to reorganize partitions not to change their numbers"
    ),
    er.REORG_NO_PARAM: (
        "REORGANIZE PARTITION without parameters can only be used on auto-partitioned tables "
        "using HASH PARTITIONs"
    ),
    er.ONLY_ON_RANGE_LIST_PARTITION: "{} PARTITION can only be used on RANGE/LIST partitions",
    er.ADD_PARTITION_NO_NEW_PARTITION: "At least one partition must be added",
    er.COALESCE_PARTITION_NO_PARTITION: "At least one partition must be coalesced",
    er.CONSECUTIVE_REORG_PARTITIONS: (
        "When reorganizing a set of partitions they must be in consecutive order"
    ),
    er.REORG_OUTSIDE_RANGE: (
        "Reorganize of range partitions cannot change total ranges except for last partition "
        "where it can extend the range"
    ),
    er.NULL_IN_VALUES_LESS_THAN: "Not allowed to use NULL value in VALUES LESS THAN",
    er.VALUES_IS_NOT_INT_TYPE: "VALUES value for partition '{}' must have type INT",
    er.UNKNOWN_PARTITION: "Unknown partition '{}' in table '{}'",
    er.TABLES_DIFFERENT_METADATA: "Tables have different definitions",
    er.PARTITION_FUNCTION_IS_NOT_ALLOWED: "This partition function is not allowed",
    er.KEY_PART_0: "Key part '{}' length cannot be 0",
    er.TOO_BIG_SCALE: "Too big scale {} specified for column '{}'. Maximum is {}.",
    er.TOO_BIG_PRECISION: "Too-big precision {} specified for '{}'. Maximum is {}.",
    er.M_BIGGER_THAN_D: (
        "For float(M,D), double(M,D) or decimal(M,D), M must be >= D (column '{}')."
    ),
    er.TOO_BIG_DISPLAYWIDTH: "Display width out of range for column '{}' (max = {})",
    er.ROW_IS_REFERENCED_2: "Cannot delete or update a parent row: a foreign key constraint fails",
    er.UNIQUE_KEY_NEED_ALL_FIELDS_IN_PF: (
        "A {} must include all columns in the table's partitioning function"
    ),
    er.PARTITION_MGMT_ON_NONPARTITIONED: (
        "Partition management on a not partitioned table is not possible"
    ),
    er.DROP_PARTITION_NON_EXISTENT: "Error in list of partitions to {}",
    er.DROP_LAST_PARTITION: "Cannot remove all partitions, use DROP TABLE instead",
    er.SAME_NAME_PARTITION: "Duplicate partition name {}",
    er.EVENT_ALREADY_EXISTS: "Event '{}' already exists",
    er.EVENT_DOES_NOT_EXIST: "Unknown event '{}'",
    er.DROP_INDEX_FK: "Cannot drop index '{}': needed in a foreign key constraint",
    er.TOO_LONG_TABLE_COMMENT: "Comment for table '{}' is too long (max = {})",
    er.TOO_LONG_FIELD_COMMENT: "Comment for field '{}' is too long (max = {})",
    er.TOO_LONG_INDEX_COMMENT: "Comment for index '{}' is too long (max = {})",
    er.TRUNCATE_ILLEGAL_FK: (
        "Cannot truncate a table referenced in a foreign key constraint ('{}', of '{}')"
    ),
    er.INDEX_COLUMN_TOO_LONG: "Index column size too large. The maximum column size is 767 bytes",
    er.INNODB_FT_LIMIT: "InnoDB presently supports one FULLTEXT index creation at a time",
    er.FK_NO_INDEX_CHILD: (
        "Failed to add the foreign key constraint. Missing index for constraint '{}' in the "
        "foreign table '{}'"
    ),
    er.FK_NO_INDEX_PARENT: (
        "Failed to add the foreign key constraint. Missing index for constraint '{}' in the "
        "referenced table '{}'"
    ),
    er.FK_FAIL_ADD_SYSTEM: "Failed to add the foreign key constraint '{}' to system tables",
    er.FK_CANNOT_OPEN_PARENT: "Failed to open the referenced table '{}'",
    er.FK_INCORRECT_OPTION: (
        "Failed to add the foreign key constraint on table '{0}'. Incorrect options in FOREIGN "
        "KEY constraint '{1}/{2}'"
    ),
    er.FK_DUP_NAME: "Duplicate foreign key constraint name '{}'",
    er.FK_COLUMN_CANNOT_DROP: "Cannot drop column '{}': needed in a foreign key constraint '{}'",
    er.FK_COLUMN_CANNOT_DROP_CHILD: (
        "Cannot drop column '{}': needed in a foreign key constraint '{}' of table '{}'"
    ),
    er.FK_COLUMN_NOT_NULL: (
        "Column '{}' cannot be NOT NULL: needed in a foreign key constraint '{}' SET NULL"
    ),
    er.FK_COLUMN_CANNOT_CHANGE: "Cannot change column '{}': used in a foreign key constraint '{}'",
    er.FK_COLUMN_CANNOT_CHANGE_CHILD: (
        "Cannot change column '{}': used in a foreign key constraint '{}' of table '{}'"
    ),
    er.ALTER_OPERATION_NOT_SUPPORTED_REASON: (
        "ALGORITHM={} is not supported. Reason: {}. Try ALGORITHM={}."
    ),
    er.MARIADB_FUNCTION_NOT_ALLOWED_IN_CLAUSE: (
        "Function or expression '{}' cannot be used in the {} clause of `{}`"
    ),
    er.MARIADB_PRIMARY_KEY_BASED_ON_GENERATED_COLUMN: (
        "Primary key cannot be defined upon a generated column"
    ),
    er.MARIADB_WRONG_FK_OPTION_FOR_GENERATED_COLUMN: (
        "Cannot define foreign key with {} clause on a generated column"
    ),
    er.MARIADB_UNSUPPORTED_ACTION_ON_GENERATED_COLUMN: (
        "This is not yet supported for generated columns"
    ),
    er.WRONG_FK_OPTION_FOR_GENERATED_COLUMN: (
        "Cannot define foreign key with {} clause on a generated column."
    ),
    er.UNSUPPORTED_ACTION_ON_GENERATED_COLUMN: "'{}' is not supported for generated columns.",
    er.GENERATED_COLUMN_NON_PRIOR: (
        "Generated column can refer only to generated columns defined prior to it."
    ),
    er.DEPENDENT_BY_GENERATED_COLUMN: "Column '{}' has a generated column dependency.",
    er.JSON_USED_AS_KEY: (
        "JSON column '{}' supports indexing only via generated columns on a specified JSON path."
    ),
    er.FK_CANNOT_DROP_PARENT: (
        "Cannot drop table '{}' referenced by a foreign key constraint '{}' on table '{}'."
    ),
    er.FK_CANNOT_USE_VIRTUAL_COLUMN: (
        "Foreign key '{}' uses virtual column '{}' which is not supported."
    ),
    er.FK_NO_COLUMN_PARENT: (
        "Failed to add the foreign key constraint. Missing column '{}' for constraint '{}' in "
        "the referenced table '{}'"
    ),
    er.FUNCTIONAL_INDEX_PRIMARY_KEY: "The primary key cannot be a functional index",
    er.FUNCTIONAL_INDEX_ON_FIELD: (
        "Functional index on a column is not supported. Consider using a regular index instead."
    ),
    er.DEPENDENT_BY_DEFAULT_GENERATED_VALUE: (
        "Column '{}' of table '{}' has a default value expression dependency and cannot be "
        "dropped or renamed."
    ),
    er.DEFAULT_VAL_GENERATED_NON_PRIOR: (
        "Default value expression of column '{}' cannot refer to a column defined after it if "
        "that column is a generated column or has an expression as default value."
    ),
    er.FK_INCOMPATIBLE_COLUMNS: (
        "Referencing column '{}' and referenced column '{}' in foreign key constraint '{}' are "
        "incompatible."
    ),
    er.COLUMN_CHECK_CONSTRAINT_REFERENCES_OTHER_COLUMN: (
        "Column check constraint '{}' references other column."
    ),
    er.CHECK_CONSTRAINT_NOT_FOUND: "Check constraint '{}' is not found in the table.",
    er.CHECK_CONSTRAINT_DUP_NAME: "Duplicate check constraint name '{}'.",
    er.CHECK_CONSTRAINT_CLAUSE_USING_FK_REFER_ACTION_COLUMN: (
        "Column '{}' cannot be used in a check constraint '{}': needed in a foreign key "
        "constraint '{}' referential action."
    ),
    er.DEPENDENT_BY_FUNCTIONAL_INDEX: (
        "Column '{}' has a functional index dependency and cannot be dropped or renamed."
    ),
    er.MULTIPLE_CONSTRAINTS_WITH_SAME_NAME: "Constraint '{}' is ambiguous",
    er.CONSTRAINT_NOT_FOUND: "Constraint '{}' does not exist.",
    er.DEPENDENT_BY_CHECK_CONSTRAINT: (
        "Check constraint '{}' uses column '{}', hence column cannot be dropped or renamed."
    ),
    er.MARIADB_EXPRESSION_REFERS_TO_UNINIT_FIELD: (
        "Expression for field `{}` is referring to uninitialized field `{}`"
    ),
    er.MARIADB_CANNOT_CAST: "Cannot cast '{}' as '{}' in assignment of `{}`.`{}`",
    er.MARIADB_NOT_SEQUENCE: "'{}' is not a SEQUENCE",
    er.MARIADB_NOT_SEQUENCE2: "'{}' is not a SEQUENCE",
    er.MARIADB_UNKNOWN_SEQUENCES: "Unknown SEQUENCE: '{}'",
    er.PK_INDEX_CANT_BE_INVISIBLE: "A primary key index cannot be invisible",
    er.TABLE_MUST_HAVE_VISIBLE_COLUMN: "A table must have at least one visible column.",
    er.MARIADB_PK_INDEX_CANT_BE_IGNORED: "A primary key cannot be marked as IGNORE",
    er.MARIADB_VERS_ALTER_NOT_ALLOWED: (
        "Not allowed for system-versioned `{}`.`{}`. Change @@system_versioning_alter_history to "
        "proceed with ALTER."
    ),
    er.MARIADB_VERS_TABLE_MUST_HAVE_COLUMNS: "Table `{}` must have at least one versioned column",
    er.MARIADB_VERS_NOT_VERSIONED: "Table `{}` is not system-versioned",
    er.MARIADB_VERS_ALREADY_VERSIONED: "Table `{}` is already system-versioned",
    er.MARIADB_VERS_NOT_SUPPORTED: "System-versioned tables do not support {}",
    er.MARIADB_UNKNOWN_VIEW: "Unknown VIEW: '{}'",
    er.MARIADB_NO_AUTOINCREMENT_WITH_UNIQUE: (
        "AUTO_INCREMENT column `{}` cannot be used in the UNIQUE index `{}`"
    ),
    er.PREFIX_KEY_IN_PARTITION_BY_KEY: (
        "Column '{}.{}.{}' having prefix key part '{}({})' in the PARTITION BY KEY() clause is not"
        " supported."
    ),
    er.FK_NO_UNIQUE_INDEX_PARENT: (
        "Failed to add the foreign key constraint. Missing unique key for constraint '{}' in "
        "the referenced table '{}'"
    ),
}


def refusal(number: int, *details: object) -> DDLError:
    """The error that a server raises, worded as it does."""
    return DDLError(number, _MESSAGES[number].format(*details))


def cannot_drop(target: Target, kind: str, name: str) -> DDLError:
    """Error 1091; MariaDB names the kind of what is missing."""
    if target.mysql:
        return refusal(er.CANT_DROP_FIELD_OR_KEY, name)
    return DDLError(er.CANT_DROP_FIELD_OR_KEY, f"Can't DROP {kind} `{name}`; check that it exists")


def cannot_create(schema: str, table: str, errno: int) -> DDLError:
    """MariaDB's 1005 around an error of InnoDB: 150 a wrong foreign key, 121 a used name."""
    reason = {
        121: "Duplicate key on write or update",
        150: "Foreign key constraint is incorrectly formed",
    }[errno]
    return DDLError(
        er.CANT_CREATE_TABLE,
        f'Can\'t create table `{schema}`.`{table}` (errno: {errno} "{reason}")',
    )
