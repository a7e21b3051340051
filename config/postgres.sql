-- The application's role and database. Run once, by the superuser, on a new server: the embedded one does it,
-- and so does the container of docker-compose.yml.
--
-- The role is ordinary on purpose: a superuser, or a role with BYPASSRLS, would see every trust's rows.
-- CREATEDB lets it make the test databases, and nothing outside its own.
\getenv password SIGHTLINE_DATABASE_PASSWORD
CREATE ROLE sightline LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS CREATEDB PASSWORD :'password';
CREATE DATABASE sightline OWNER sightline;
REVOKE ALL ON DATABASE sightline FROM PUBLIC;
-- The empty database `postgres` stays open to it: Django connects there to make the test databases.
