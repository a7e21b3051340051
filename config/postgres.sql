-- The application's role and database. The superuser runs this once on a new server. The embedded server and the
-- container in docker-compose.yml do it for you.
--
-- The role is ordinary on purpose: a superuser, or a role with BYPASSRLS, would see every trust's rows.
-- CREATEDB lets it create the test databases.
\getenv password SIGHTLINE_DATABASE_PASSWORD
CREATE ROLE sightline LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS CREATEDB PASSWORD :'password';
CREATE DATABASE sightline OWNER sightline;
REVOKE ALL ON DATABASE sightline FROM PUBLIC;
-- The role can still connect to the empty database `postgres`, where Django creates the test databases from.
