// knex: insert().returning(), arrays of rows, batches and transactions.
'use strict';

const assert = require('assert');
const {knex} = require('knex');
const {test, checkUser} = require('./report');

module.exports = async ({remote, url}) => {
	const db = knex({client: 'pg', connection: url, pool: {min: 0, max: 2}});
	const users = (using = db) => using.withSchema('shop').table('users');

	await test("insert().returning('id')", async () => {
		const [{id}] = await users().insert({name: 'gil'}).returning('id');
		await checkUser(remote, id, {name: 'gil'});
	});

	await test("insert() of several rows, returning('*')", async () => {
		const rows = await users().insert([{name: 'hal'}, {name: 'ida'}]).returning('*');
		assert.deepStrictEqual(rows.map((row) => row.name), ['hal', 'ida']);
		for (const {id, name} of rows)
			await checkUser(remote, id, {name});
	});

	await test('rows of unlike columns', async () => {
		const given = [{name: 'jo', score: 1}, {name: 'ken'}];
		const rows = await users().insert(given).returning('id');
		for (const [i, {id}] of rows.entries())
			await checkUser(remote, id, given[i]);
		assert.strictEqual(rows.length, 2);
	});

	await test('batchInsert()', async () => {
		const rows = Array.from({length: 25}, (_, i) => ({name: `batch ${i}`}));
		const ids = await db.batchInsert('shop.users', rows, 10).returning('id');
		assert.strictEqual(new Set(ids.map((row) => row.id)).size, 25);
		await checkUser(remote, ids[24].id, {name: 'batch 24'});
	});

	await test('onConflict().ignore()', async () => {
		const rows = await users().insert({name: 'lee', email: 'bob@x'}).onConflict().ignore()
			.returning('id');
		assert.deepStrictEqual(rows, []);
	});

	await test('a transaction that is rolled back', async () => {
		let id;
		await assert.rejects(db.transaction(async (transaction) => {
			[{id}] = await users(transaction).insert({name: 'mia'}).returning('id');
			throw new Error('undone');
		}), /undone/);
		const {rows} = await remote.query('SELECT FROM users WHERE id = $1', [id]);
		assert.strictEqual(rows.length, 0);
	});

	await db.destroy();
};
