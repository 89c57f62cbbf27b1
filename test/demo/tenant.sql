-- One of the demo's tenants, which the others are copies of.

CREATE TABLE orders (
	order_id integer PRIMARY KEY,
	total numeric(10,2) NOT NULL,
	channel text NOT NULL DEFAULT 'web'
);
INSERT INTO orders SELECT n, n % 90 + 10 FROM generate_series(1, 500) n;
ANALYZE orders;
ALTER TABLE orders OWNER TO app;
