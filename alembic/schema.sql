-- The tables and rows that the revisions make. Stillroom's verb `snapshot` writes this file.
-- format: 1
-- target: mariadb 10.11
-- heads: e3c87c4a7bde
-- revisions: 47ea502d849c75ae73a3b4145f25cfdc74ef74858a88ea3aa421a3e9b2405894
-- content: 73834d60b82800ab08dd6528e40b803c22e02f4b0b4e74fc2df52f1aa2f5beb2
SET NAMES utf8mb4;
SET foreign_key_checks = 0;
SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES';

CREATE TABLE `alembic_version` (
  `version_num` varchar(32) NOT NULL,
  PRIMARY KEY (`version_num`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `article` (
  `id` int(11) NOT NULL AUTO_INCREMENT COMMENT '文章编号',
  `uuid` varchar(32) NOT NULL COMMENT '文章唯一标识',
  `title` varchar(255) NOT NULL COMMENT '文章标题',
  `subTitle` varchar(255) DEFAULT NULL COMMENT '文章副标题',
  `coverImage` longtext DEFAULT NULL COMMENT '文章封面',
  `content` longtext NOT NULL COMMENT '文章内容',
  `views` int(11) DEFAULT NULL COMMENT '浏览次数',
  `author` varchar(255) DEFAULT NULL COMMENT '文章作者',
  `create_time` datetime DEFAULT NULL COMMENT '创建时间',
  `last_update_time` datetime DEFAULT NULL COMMENT '最后更新时间',
  PRIMARY KEY (`id`),
  UNIQUE KEY `uq_article_uuid` (`uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='文章';

CREATE TABLE `user` (
  `id` int(11) NOT NULL AUTO_INCREMENT COMMENT '用户编号',
  `name` varchar(255) NOT NULL COMMENT '用户名',
  `email` varchar(255) DEFAULT NULL COMMENT '邮箱',
  `create_time` datetime NOT NULL COMMENT '创建时间',
  PRIMARY KEY (`id`),
  UNIQUE KEY `uq_user_name` (`name`),
  KEY `ix_user_email` (`email`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='用户';

INSERT INTO `alembic_version` (`version_num`) VALUES ('e3c87c4a7bde');

SET sql_mode = DEFAULT;
SET foreign_key_checks = 1;

-- End of the snapshot.
