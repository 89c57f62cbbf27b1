-- The local database of the demo: invoices for the remote's orders.

CREATE TABLE invoices (
	invoice_id integer PRIMARY KEY,
	order_id integer NOT NULL,
	amount numeric(10, 2) NOT NULL,
	paid_on date
);
INSERT INTO invoices
SELECT n, n * 3, 20 + n * 7919 % 100000 / 100.0,
	CASE WHEN n % 9 > 0 THEN date '2024-02-01' + n % 366 END
FROM generate_series(1, 5000) n;

ANALYZE;
