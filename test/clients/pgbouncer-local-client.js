// PgBouncer in front of the local database, pooling transactions: it refuses options, so the URL is
// set in the transaction.
'use strict';

const assert = require('assert');
const {Client, Pool} = require('pg');
const {test, checkUser} = require('./report');
const {database, setting, migration, query} = require('./databases');
const {pgbouncer} = require('./pgbouncer');

module.exports = async ({local, remote, remoteUrl}) => {
	await database(local, 'pooled');
	const pooler = await pgbouncer('LOCAL', 'transaction');
	const url = pooler.url('pooled');

	await test('it refuses options', () => assert.rejects(async () => {
		const client = new Client({connectionString: url, options: setting(remoteUrl)});
		await client.connect();
	}, /options/));

	await test('the link, with SET LOCAL', async () => {
		await query(url, `BEGIN; SET LOCAL app.orders_url = '${remoteUrl}';
			${migration.replace("'orders_link'", "'shop'")}; COMMIT`);
		const [{state}] = await query(url, 'SELECT state FROM datalink_list()');
		assert.strictEqual(state, 'valid');
	});

	await test('more clients than sessions, in transactions', async () => {
		const pool = new Pool({connectionString: url, max: 6});
		const insert = async (i) => {
			const client = await pool.connect();
			try
			{
				await client.query('BEGIN');
				const {rows: [{id}]} = await client.query(
					'INSERT INTO shop.users (name, score) VALUES ($1, $2) RETURNING id', [`pb${i}`, i]);
				const {rows} = await client.query('SELECT name FROM shop.users WHERE id = $1', [id]);
				await client.query('COMMIT');
				assert.strictEqual(rows[0].name, `pb${i}`);
				return id;
			}
			finally
			{
				client.release();
			}
		};
		const ids = await Promise.all(Array.from({length: 24}, (_, i) => insert(i)));
		for (const [i, id] of ids.entries())
			await checkUser(remote, id, {name: `pb${i}`, score: i});
		await pool.end();
	});

	await test('keep_connections off: nothing stays open on the remote', async () => {
		await query(url, "ALTER SERVER shop OPTIONS (ADD keep_connections 'off')");
		for (let i = 0; i < 4; ++i)
			await query(url, 'SELECT count(*) FROM shop.users');
		const [{count}] = await query(url, 'SELECT count(*)::int FROM datalink_connections()');
		assert.strictEqual(count, 0);
	});
	pooler.stop();
};
