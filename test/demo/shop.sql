-- The remote of the demo: customers and orders, all of them made up, the same on every run.

CREATE TABLE customers (
	customer_id integer PRIMARY KEY,
	name text NOT NULL,
	city text NOT NULL
);
INSERT INTO customers
SELECT n,
	(ARRAY['Ada', 'Bruno', 'Chloe', 'Dario', 'Elif', 'Farid', 'Greta'])[n % 7 + 1] || ' '
		|| (ARRAY['Novak', 'Okafor', 'Pereira', 'Quist', 'Rossi'])[n % 5 + 1] || ' ' || n,
	(ARRAY['Lisbon', 'Nairobi', 'Oslo', 'Quito', 'Riga', 'Turin'])[n % 6 + 1]
FROM generate_series(1, 2000) n;

CREATE TABLE orders (
	order_id serial PRIMARY KEY,
	customer_id integer NOT NULL REFERENCES customers,
	ordered_on date NOT NULL DEFAULT '2025-01-01'
);
INSERT INTO orders (customer_id, ordered_on)
SELECT n * 37 % 2000 + 1, date '2024-01-01' + n % 366
FROM generate_series(1, 20000) n;

CREATE VIEW busy_customers AS
SELECT customer_id, name, count(*) AS orders
FROM customers JOIN orders USING (customer_id)
GROUP BY customer_id
HAVING count(*) > 10;

ANALYZE;

CREATE ROLE app LOGIN PASSWORD :'password';
GRANT SELECT, INSERT, UPDATE, DELETE ON customers, orders, busy_customers TO app;
GRANT USAGE ON SEQUENCE orders_order_id_seq TO app;
