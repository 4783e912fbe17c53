"""The servers' own words for each error number."""

from __future__ import annotations

from stillroom.catalog.errors import DDLError
from stillroom.catalog.target import Target

_MESSAGES = {
    1007: "Can't create database '{}'; database exists",
    1008: "Can't drop database '{}'; database doesn't exist",
    1046: "No database selected",
    1049: "Unknown database '{}'",
    1050: "Table '{}' already exists",
    1051: "Unknown table '{}'",
    1054: "Unknown column '{}' in '{}'",
    1059: "Identifier name '{}' is too long",
    1060: "Duplicate column name '{}'",
    1061: "Duplicate key name '{}'",
    1066: "Not unique table/alias: '{}'",
    1063: "Incorrect column specifier for column '{}'",
    1067: "Invalid default value for '{}'",
    1068: "Multiple primary key defined",
    1069: "Too many keys specified; max {} keys allowed",
    1070: "Too many key parts specified; max {} parts allowed",
    1071: "Specified key was too long; max key length is {} bytes",
    1072: "Key column '{}' doesn't exist in table",
    1074: "Column length too big for column '{}' (max = {}); use BLOB or TEXT instead",
    1075: (
        "Incorrect table definition; there can be only one auto column and it must be defined"
        " as a key"
    ),
    1089: (
        "Incorrect prefix key; the used key part isn't a string, the used length is longer than"
        " the key part, or the storage engine doesn't support unique prefix keys"
    ),
    1090: "You can't delete all columns with ALTER TABLE; use DROP TABLE instead",
    1091: "Can't DROP '{}'; check that column/key exists",
    1097: "Too many strings for column {} and SET",
    1101: "BLOB, TEXT, GEOMETRY or JSON column '{}' can't have a default value",
    1102: "Incorrect database name '{}'",
    1103: "Incorrect table name '{}'",
    1113: "A table must have at least 1 column",
    1115: "Unknown character set: '{}'",
    1118: (
        "Row size too large. The maximum row size for the used table type, not counting BLOBs,"
        " is 65535. This includes storage overhead, check the manual. You have to change some"
        " columns to TEXT or BLOBs"
    ),
    1146: "Table '{}.{}' doesn't exist",
    1166: "Incorrect column name '{}'",
    1170: "BLOB/TEXT column '{}' used in key specification without a key length",
    1171: (
        "All parts of a PRIMARY KEY must be NOT NULL; if you need NULL in a key, use UNIQUE instead"
    ),
    1176: "Key '{}' doesn't exist in table '{}'",
    1193: "Unknown system variable '{}'",
    1221: "Incorrect usage of {}",
    1215: "Cannot add foreign key constraint",
    1231: "Variable '{}' can't be set to the value of '{}'",
    1239: (
        "Incorrect foreign key definition for '{}': Key reference and table reference don't match"
    ),
    1252: "All parts of a SPATIAL index must be NOT NULL",
    1253: "COLLATION '{}' is not valid for CHARACTER SET '{}'",
    1273: "Unknown collation: '{}'",
    1280: "Incorrect index name '{}'",
    1283: "Column '{}' cannot be part of FULLTEXT index",
    1286: "Unknown storage engine '{}'",
    1291: "Column '{}' has duplicated value '{}' in {}",
    1294: "Invalid ON UPDATE clause for '{}' column",
    1302: "Conflicting declarations: '{}' and '{}'",
    1347: "'{}.{}' is not {}",
    1359: "Trigger already exists",
    1360: "Trigger does not exist",
    1304: "{} {} already exists",
    1305: "{} {} does not exist",
    1367: "Illegal {} '{}' value found during parsing",
    1391: "Key part '{}' length cannot be 0",
    1425: "Too big scale {} specified for column '{}'. Maximum is {}.",
    1426: "Too-big precision {} specified for '{}'. Maximum is {}.",
    1427: "For float(M,D), double(M,D) or decimal(M,D), M must be >= D (column '{}').",
    1439: "Display width out of range for column '{}' (max = {})",
    1451: "Cannot delete or update a parent row: a foreign key constraint fails",
    1503: "A {} must include all columns in the table's partitioning function",
    1505: "Partition management on a not partitioned table is not possible",
    1507: "Error in list of partitions to {}",
    1508: "Cannot remove all partitions, use DROP TABLE instead",
    1517: "Duplicate partition name {}",
    1537: "Event '{}' already exists",
    1539: "Unknown event '{}'",
    1553: "Cannot drop index '{}': needed in a foreign key constraint",
    1629: "Comment for field '{}' is too long (max = {})",
    1628: "Comment for table '{}' is too long (max = {})",
    1688: "Comment for index '{}' is too long (max = {})",
    1701: "Cannot truncate a table referenced in a foreign key constraint ('{}', of '{}')",
    1709: "Index column size too large. The maximum column size is 767 bytes",
    1821: (
        "Failed to add the foreign key constraint. Missing index for constraint '{}' in the"
        " foreign table '{}'"
    ),
    1822: (
        "Failed to add the foreign key constraint. Missing index for constraint '{}' in the"
        " referenced table '{}'"
    ),
    1823: "Failed to add the foreign key constraint '{}' to system tables",
    1824: "Failed to open the referenced table '{}'",
    1825: (
        "Failed to add the foreign key constraint on table '{0}'. Incorrect options in FOREIGN KEY"
        " constraint '{1}/{2}'"
    ),
    1826: "Duplicate foreign key constraint name '{}'",
    1828: "Cannot drop column '{}': needed in a foreign key constraint '{}'",
    1829: "Cannot drop column '{}': needed in a foreign key constraint '{}' of table '{}'",
    1830: "Column '{}' cannot be NOT NULL: needed in a foreign key constraint '{}' SET NULL",
    1832: "Cannot change column '{}': used in a foreign key constraint '{}'",
    1833: "Cannot change column '{}': used in a foreign key constraint '{}' of table '{}'",
    1846: "ALGORITHM={} is not supported. Reason: {}. Try ALGORITHM={}.",
    1901: "Function or expression '{}' cannot be used in the {} clause of `{}`",
    1903: "Primary key cannot be defined upon a generated column",
    1905: "Cannot define foreign key with {} clause on a generated column",
    1907: "This is not yet supported for generated columns",
    3104: "Cannot define foreign key with {} clause on a generated column.",
    3106: "'{}' is not supported for generated columns.",
    3107: "Generated column can refer only to generated columns defined prior to it.",
    3105: "The value specified for generated column '{}' in table '{}' is not allowed.",
    3108: "Column '{}' has a generated column dependency.",
    3522: "A column that is part of an invisible index cannot be changed",
    3730: ("Cannot drop table '{}' referenced by a foreign key constraint '{}' on table '{}'."),
    3733: "Foreign key '{}' uses virtual column '{}' which is not supported.",
    3734: (
        "Failed to add the foreign key constraint. Missing column '{}' for constraint '{}' in the"
        " referenced table '{}'"
    ),
    3152: (
        "JSON column '{}' supports indexing only via generated columns on a specified JSON path."
    ),
    3756: "The primary key cannot be a functional index",
    3762: (
        "Functional index on a column is not supported. Consider using a regular index instead."
    ),
    3837: "Column '{}' has a functional index dependency and cannot be dropped or renamed.",
    3766: (
        "Column '{}' of table '{}' has a default value expression dependency and cannot be dropped"
        " or renamed."
    ),
    3780: (
        "Referencing column '{}' and referenced column '{}' in foreign key constraint '{}' are"
        " incompatible."
    ),
    3819: "Check constraint '{}' is violated.",
    3821: "Check constraint '{}' is not found in the table.",
    3822: "Duplicate check constraint name '{}'.",
    3823: (
        "Column '{}' cannot be used in a check constraint '{}': needed in a foreign key constraint"
        " '{}' referential action."
    ),
    3767: (
        "Default value expression of column '{}' cannot refer to a column defined after it if that "
        "column is a generated column or has an expression as default value."
    ),
    3813: "Column check constraint '{}' references other column.",
    4029: "Expression for field `{}` is referring to uninitialized field `{}`",
    3939: "Constraint '{}' is ambiguous",
    3940: "Constraint '{}' does not exist.",
    3959: "Check constraint '{}' uses column '{}', hence column cannot be dropped or renamed.",
    1025: (
        "Error on rename of './{0}/#sql-alter' to './{0}/{1}' (errno: 150"
        ' "Foreign key constraint is incorrectly formed")'
    ),
    1795: "InnoDB presently supports one FULLTEXT index creation at a time",
    4169: "AUTO_INCREMENT column `{}` cannot be used in the UNIQUE index `{}`",
    4078: "Cannot cast '{}' as '{}' in assignment of `{}`.`{}`",
    4092: "Unknown VIEW: '{}'",
    6125: (
        "Failed to add the foreign key constraint. Missing unique key for constraint '{}' in the"
        " referenced table '{}'"
    ),
}


def refusal(number: int, *details: object) -> DDLError:
    """The error that a server raises, worded as it does."""
    return DDLError(number, _MESSAGES[number].format(*details))


def cannot_drop(target: Target, kind: str, name: str) -> DDLError:
    """Error 1091; MariaDB names the kind of what is missing."""
    if target.mysql:
        return refusal(1091, name)
    return DDLError(1091, f"Can't DROP {kind} `{name}`; check that it exists")


def cannot_create(schema: str, table: str, errno: int) -> DDLError:
    """MariaDB's 1005 around an error of InnoDB: 150 a wrong foreign key, 121 a used name."""
    reason = {
        121: "Duplicate key on write or update",
        150: "Foreign key constraint is incorrectly formed",
    }[errno]
    return DDLError(1005, f'Can\'t create table `{schema}`.`{table}` (errno: {errno} "{reason}")')
