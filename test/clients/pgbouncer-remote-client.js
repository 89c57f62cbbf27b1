// PgBouncer in front of the remote, pooling sessions, and pooling transactions.
'use strict';

const assert = require('assert');
const {Client} = require('pg');
const {test, checkUser} = require('./report');
const {database, query} = require('./databases');
const {pgbouncer} = require('./pgbouncer');

module.exports = async ({local, remote}) => {
	for (const mode of ['session', 'transaction'])
	{
		const url = await database(local, `pgbouncer_${mode}`);
		const pooler = await pgbouncer('REMOTE', mode);
		const client = new Client({connectionString: url});
		await client.connect();

		await test(`${mode}: the link`, async () => {
			await client.query("SELECT FROM datalink_create($1, 'shop')", [pooler.url('postgres')]);
			assert.deepStrictEqual(await query(url, "SELECT change FROM datalink_diff('shop')"), []);
			const [{status}] = await query(url, 'SELECT status FROM datalink_check()');
			assert.strictEqual(status, 'ok');
		});

		await test(`${mode}: reads and writes in a transaction`, async () => {
			await client.query('BEGIN');
			const {rows: [{id}]} = await client.query(
				"INSERT INTO shop.users (name) VALUES ('pooled') RETURNING id");
			await client.query('UPDATE shop.users SET score = score + 1 WHERE id = $1', [id]);
			await client.query('SAVEPOINT one');
			await client.query('DELETE FROM shop.users WHERE id = $1', [id]);
			await client.query('ROLLBACK TO one');
			await client.query('COMMIT');
			await checkUser(remote, id, {name: 'pooled', score: 8});
		});

		await test(`${mode}: many rows in, and out`, async () => {
			const {rowCount} = await client.query(
				"INSERT INTO shop.users (name, score) SELECT 'bulk', i FROM generate_series(1, 5000) i");
			assert.strictEqual(rowCount, 5000);
			const {rows: [{sum}]} = await client.query(
				"SELECT sum(score)::int FROM shop.users u JOIN generate_series(1, 5000) i ON i = u.score" +
					" WHERE name = 'bulk'");
			assert.strictEqual(sum, 12502500);
			await client.query("DELETE FROM shop.users WHERE name = 'bulk'");
		});
		await client.end();
		pooler.stop();
	}
};
