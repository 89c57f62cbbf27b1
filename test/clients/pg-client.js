// node-postgres: parameters, named statements, more than five times for the sake of generic plans.
'use strict';

const assert = require('assert');
const {test, checkUser} = require('./report');

module.exports = async ({local, remote}) => {
	await test('parameters, RETURNING the key', async () => {
		const {rows} = await local.query(
			'INSERT INTO shop.users (name) VALUES ($1) RETURNING id', ['ann']);
		await checkUser(remote, rows[0].id, {name: 'ann'});
	});

	await test('RETURNING * shows the defaults', async () => {
		const {rows} = await local.query(
			'INSERT INTO shop.users (name, email) VALUES ($1, $2) RETURNING *', ['bob', 'bob@x']);
		const there = await checkUser(remote, rows[0].id, {name: 'bob', email: 'bob@x'});
		delete there.age;
		assert.deepStrictEqual(rows[0], there);
	});

	await test('an explicit NULL stays one', async () => {
		const {rows} = await local.query(
			'INSERT INTO shop.users (name, score) VALUES ($1, $2) RETURNING id', ['cid', null]);
		await checkUser(remote, rows[0].id, {name: 'cid', score: null});
	});

	await test('a named statement, eight times', async () => {
		const ids = new Set();
		for (let i = 0; i < 8; ++i)
		{
			const {rows} = await local.query({
				name: 'insert user',
				text: 'INSERT INTO shop.users (name, score) VALUES ($1, $2) RETURNING id',
				values: [`named ${i}`, i % 2 ? i : null],
			});
			ids.add(rows[0].id);
			await checkUser(remote, rows[0].id, {name: `named ${i}`, score: i % 2 ? i : null});
		}
		assert.strictEqual(ids.size, 8);
	});

	await test('several rows at once', async () => {
		const {rows} = await local.query(
			'INSERT INTO shop.users (name) VALUES ($1), ($2), ($3) RETURNING id, name', ['d', 'e', 'f']);
		assert.strictEqual(rows.length, 3);
		for (const {id, name} of rows)
			await checkUser(remote, id, {name});
	});

	await test('a uuid by default, an identity ALWAYS', async () => {
		const {rows} = await local.query(
			'INSERT INTO shop.documents (title) VALUES ($1) RETURNING *', ['one']);
		const there = await remote.query('SELECT * FROM documents WHERE id = $1', [rows[0].id]);
		assert.deepStrictEqual(rows, there.rows);
		assert.strictEqual(rows[0].state, 'draft');
	});

	await test('a violation keeps its SQLSTATE and names its constraint', async () => {
		await assert.rejects(
			local.query('INSERT INTO shop.users (name, email) VALUES ($1, $2)', ['bob', 'bob@x']),
			{code: '23505', message: /"users_email_key"/});
	});
};
