// drizzle: tables of pgSchema(), queries, relations by join, upserts and transactions.
'use strict';

const assert = require('assert');
const {Pool} = require('pg');
const {drizzle} = require('drizzle-orm/node-postgres');
const {eq, like, sql} = require('drizzle-orm');
const {pgSchema, serial, text, boolean, integer} = require('drizzle-orm/pg-core');
const {test, checkUser} = require('./report');
const {database, setting, migration} = require('./databases');

const users = pgSchema('orders_link').table('users', {
	id: serial().primaryKey(),
	name: text().notNull(),
	email: text(),
	active: boolean().notNull().default(true),
	score: integer().default(7),
});

module.exports = async ({local, remote, remoteUrl}) => {
	const pool = new Pool({
		connectionString: await database(local, 'drizzle'),
		options: setting(remoteUrl),
	});
	const db = drizzle(pool);

	await test('a migration, by options of the pool', () => db.execute(sql.raw(migration)));

	await test('insert().returning(), select(), update() and delete()', async () => {
		const [user] = await db.insert(users).values({name: 'dz1', email: 'dz1@x'}).returning();
		assert.strictEqual(user.score, 7);
		await checkUser(remote, user.id, {name: 'dz1', email: 'dz1@x'});
		assert.deepStrictEqual(await db.select().from(users).where(eq(users.email, 'dz1@x')), [user]);
		await db.update(users).set({name: 'dz2', score: sql`${users.score} + 1`})
			.where(eq(users.id, user.id));
		await checkUser(remote, user.id, {name: 'dz2', email: 'dz1@x', score: 8});
		await db.delete(users).where(eq(users.id, user.id));
		assert.strictEqual(await db.$count(users, eq(users.id, user.id)), 0);
	});

	await test('several rows, of unlike shapes', async () => {
		const rows = await db.insert(users).values([{name: 'dz3', score: 1}, {name: 'dz4'}]).returning();
		assert.deepStrictEqual(rows.map(({score}) => score), [1, 7]);
		for (const {id, name, score} of rows)
			await checkUser(remote, id, {name, score});
	});

	await test('onConflictDoUpdate()', async () => {
		const upsert = (name) => db.insert(users).values({name, email: 'dz5@x'})
			.onConflictDoUpdate({target: users.email, set: {name}}).returning();
		const [{id}] = await upsert('dz5');
		assert.strictEqual((await upsert('dz6'))[0].id, id);
		await checkUser(remote, id, {name: 'dz6', email: 'dz5@x'});
	});

	await test('a transaction that is rolled back', async () => {
		await assert.rejects(db.transaction(async (transaction) => {
			await transaction.insert(users).values({name: 'dz7', email: 'dz7@x'});
			transaction.rollback();
		}));
		assert.strictEqual(await db.$count(users, like(users.email, 'dz7@%')), 0);
	});
	await pool.end();
};
