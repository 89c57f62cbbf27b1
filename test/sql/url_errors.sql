-- What is said of a URL that cannot be used: enough to mend it, and no piece of a password.
\getenv inputs PG_ABS_SRCDIR
\set include :inputs /include/remote.sql
\i :include

CREATE TABLE urls (what text, url text);
INSERT INTO urls VALUES
	('nothing', ''),
	('neither', 'orders'),
	('another scheme', 'mysql://app:s3cret@db.example.com/orders'),
	('unknown parameter', 'postgres://app:s3cret@db.example.com/orders?sslmod=require'),
	('unknown keyword', 'host=db.example.com user=app passwort=s3cret'),
	('forbidden', 'postgres://app:s3cret@db.example.com/orders?client_encoding=latin1'),
	('replication', 'postgres://app:s3cret@db.example.com/orders?replication=database'),
	('bad percent', 'postgres://app:s3%cret@db.example.com/orders'),
	('zero byte', 'postgres://app:s3%00cret@db.example.com/orders'),
	('not UTF-8', 'postgres://app:s3%FFcret@db.example.com/orders'),
	('two at signs', 'postgres://app:s3@cret@db.example.com/orders'),
	('slash in password', 'postgres://app:s3/cret@db.example.com/orders'),
	('port', 'postgres://app:s3cret@db.example.com:54x2/orders'),
	('IPv6', 'postgres://app:s3cret@[::1/orders'),
	('open quote', 'host=db.example.com password=''s3cret'),
	('no equals sign', 'host=db.example.com password s3cret'),
	('dbname is a URL', 'host=db.example.com dbname=postgres://app:s3cret@other/orders');
SELECT what || ': ' || failure(format('SELECT datalink_create(%L, %L)', url, 'sales')) FROM urls;
SELECT what FROM urls
WHERE failure(format('SELECT datalink_create(%L, %L)', url, 'sales')) ~ 's3|cret';
DROP TABLE urls;

-- Values that only the wrapper or libpq can judge.
SELECT failure($$SELECT datalink_create(url() || '?sslmode=maybe', 'sales')$$);
SELECT failure($$SELECT datalink_create(url() || '?connect_timeout=soon', 'sales')$$);
SELECT failure($$SELECT datalink_create(url() || '?target_session_attrs=any-old', 'sales')$$);

-- A remote that is not there, or does not let us in. A superuser is told why.
\set closed 'postgres://app:s3cret@127.0.0.1:1/orders'
SELECT failure(format('SELECT datalink_create(%L, %L)', :'closed', 'sales'));
SELECT failure(format('SELECT datalink_create(%L, %L)', url() || '_2', 'sales'));
SELECT failure(format('SELECT datalink_create(%L, %L)',
	replace(url(), 'only-for-tests', 'mistyped'), 'sales'));
-- All of the hosts are tried, and the first that answers is taken.
SELECT failure(format('SELECT datalink_create(%L, %L)',
	'postgres://app:s3cret@127.0.0.1:1,127.0.0.1:2/orders', 'sales'));
SELECT tables FROM datalink_create(replace(url(), '@', '@127.0.0.1:1,'), 'sales');
SELECT count(*) FROM sales.customers;
SELECT datalink_drop('sales');

-- Anybody else learns no more than that it failed.
CREATE ROLE datalinks_plain;
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO datalinks_plain;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO datalinks_plain', current_database()); END $$;
GRANT USAGE ON SCHEMA harness TO datalinks_plain;
SET ROLE datalinks_plain;
SELECT failure(format('SELECT datalink_create(%L, %L)', :'closed', 'sales'));
SELECT failure(format('SELECT datalink_create(%L, %L)', url() || '_2', 'sales'));
SELECT failure(format('SELECT datalink_create(%L, %L)',
	replace(url(), 'only-for-tests', 'mistyped'), 'sales'));
SELECT failure(format('SELECT datalink_create(%L, %L)', replace(url(), ':only-for-tests', ''), 'sales'));
SELECT failure($$SELECT datalink_create('service=orders', 'sales')$$);
SELECT failure($$SELECT datalink_create(url() || '?passfile=/etc/passwd', 'sales')$$);
RESET ROLE;
REVOKE ALL ON SCHEMA harness FROM datalinks_plain;
DROP OWNED BY datalinks_plain;
DROP ROLE datalinks_plain;

SELECT * FROM remains();
