// Upserts, as knex, Sequelize and TypeORM send them, and by the statements of other mappers. The
// library must be there before the first of them: its sessions load it.
'use strict';

const assert = require('assert');
const {knex} = require('knex');
const {Client} = require('pg');
const {Sequelize, DataTypes} = require('sequelize');
const {DataSource, EntitySchema} = require('typeorm');
const {test, checkUser} = require('./report');

const options = '-c session_preload_libraries=datalinks';

// The remote's user of this address.
async function userOf(remote, email)
{
	const {rows} = await remote.query('SELECT * FROM users WHERE email = $1', [email]);
	assert.strictEqual(rows.length, 1, `the remote has one user ${email}`);
	return rows[0];
}

async function knexPart({remote, url})
{
	const db = knex({client: 'pg', connection: {connectionString: url, options}});
	const users = () => db.withSchema('shop').table('users');

	await test('knex, onConflict().merge()', async () => {
		const [{id}] = await users().insert({name: 'k1', email: 'k@up'}).onConflict('email').merge()
			.returning('id');
		const rows = await users().insert([{name: 'k2', email: 'k@up', score: 3},
			{name: 'k3', email: 'k3@up', score: 4}]).onConflict('email').merge().returning('id');
		assert.strictEqual(rows[0].id, id);
		await checkUser(remote, id, {name: 'k2', email: 'k@up', score: 3});
		await checkUser(remote, rows[1].id, {name: 'k3', email: 'k3@up', score: 4});
	});

	await test('knex, merge of chosen columns and where()', async () => {
		const insert = (score) => users().insert({name: 'other', email: 'k@up', score})
			.onConflict('email').merge(['score']).where('users.score', '<', 10);
		assert.strictEqual((await insert(50)).rowCount, 1);
		assert.strictEqual((await insert(60)).rowCount, 0);
		const {name, score} = await userOf(remote, 'k@up');
		assert.deepStrictEqual({name, score}, {name: 'k2', score: 50});
	});

	await test("knex, onConflict('email').ignore()", async () => {
		const rows = await users().insert([{name: 'no', email: 'k@up'}, {name: 'k4', email: 'k4@up'}])
			.onConflict('email').ignore().returning('name');
		assert.deepStrictEqual(rows, [{name: 'k4'}]);
	});
	await db.destroy();
}

async function sequelizePart({remote, url})
{
	const db = new Sequelize(url,
		{logging: false, dialectModule: require('pg'), dialectOptions: {options}});
	const User = db.define('user', {
		id: {type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true},
		name: DataTypes.TEXT,
		email: {type: DataTypes.TEXT, unique: true},
		score: DataTypes.INTEGER,
	}, {schema: 'shop', tableName: 'users', createdAt: 'created_at', updatedAt: 'updated_at'});

	await test('Sequelize, upsert()', async () => {
		const [made] = await User.upsert({name: 's1', email: 's@up'}, {conflictFields: ['email']});
		const [changed] = await User.upsert({name: 's2', email: 's@up', score: 9},
			{conflictFields: ['email']});
		assert.strictEqual(changed.id, made.id);
		const there = await userOf(remote, 's@up');
		assert.strictEqual(there.name, 's2');
		assert.strictEqual(there.score, 9);
		assert.deepStrictEqual(there.created_at, made.created_at);
	});

	await test('Sequelize, upsert() by the key', async () => {
		const {id} = await userOf(remote, 's@up');
		const [user] = await User.upsert({id, name: 's3', email: 's@up'});
		assert.strictEqual(user.id, id);
		assert.strictEqual((await userOf(remote, 's@up')).name, 's3');
	});

	await test('Sequelize, bulkCreate({updateOnDuplicate})', async () => {
		const {id} = await userOf(remote, 's@up');
		const users = await User.bulkCreate(
			[{id, name: 's4', email: 's@up'}, {id: 200001, name: 's5', email: 's5@up'}],
			{updateOnDuplicate: ['name', 'updated_at'], conflictAttributes: ['id']});
		assert.deepStrictEqual(users.map((user) => user.id), [id, 200001]);
		assert.strictEqual((await userOf(remote, 's@up')).name, 's4');
		assert.strictEqual((await userOf(remote, 's5@up')).name, 's5');
	});
	await db.close();
}

async function typeormPart({remote, url})
{
	const User = new EntitySchema({
		name: 'users',
		schema: 'shop',
		columns: {
			id: {type: 'int', primary: true, generated: true},
			name: {type: 'text'},
			email: {type: 'text', nullable: true, unique: true},
			active: {type: 'boolean', default: true},
			score: {type: 'int', nullable: true, default: 7},
		},
	});
	const db = await new DataSource(
		{type: 'postgres', url, entities: [User], extra: {options}}).initialize();
	const users = db.getRepository(User);

	await test('TypeORM, upsert()', async () => {
		await users.upsert({name: 't1', email: 't@up'}, ['email']);
		const {id} = await userOf(remote, 't@up');
		const {identifiers} = await users.upsert(
			[{name: 't2', email: 't@up', score: 1}, {name: 't3', email: 't3@up', score: 2}], ['email']);
		assert.strictEqual(identifiers[0].id, id);
		await checkUser(remote, id, {name: 't2', email: 't@up', score: 1});
		await checkUser(remote, identifiers[1].id, {name: 't3', email: 't3@up', score: 2});
	});

	await test('TypeORM, upsert() that skips what would not change', async () => {
		const upsert = () => users.upsert({name: 't4', email: 't@up', score: 1},
			{conflictPaths: ['email'], skipUpdateIfNoValuesChanged: true});
		assert.strictEqual((await upsert()).raw.length, 1);
		assert.strictEqual((await upsert()).raw.length, 0);
	});

	await test('TypeORM, orIgnore()', async () => {
		const {raw} = await users.createQueryBuilder().insert()
			.values({name: 'no', email: 't@up'}).orIgnore().execute();
		assert.strictEqual(raw.length, 0);
		assert.strictEqual((await userOf(remote, 't@up')).name, 't4');
	});
	await db.destroy();
}

const into = 'INSERT INTO "shop"."users"';
const statements = [
	['Prisma, upsert',
		`${into} ("email","name","score") VALUES ($1,$2,$3) ON CONFLICT ("email") DO UPDATE SET` +
			' "name" = $4, "score" = ("shop"."users"."score" + $5) WHERE ("shop"."users"."email" = $6' +
			' AND 1=1) RETURNING "shop"."users"."id", "shop"."users"."score"',
		(email) => [email, 'p', 1, 'p', 2, email], {name: 'p', score: 3}],
	['Django, bulk_create(update_conflicts=True)',
		`${into} ("email", "name", "score") SELECT * FROM UNNEST(($1)::text[], ($2)::text[],` +
			' ($3)::integer[]) ON CONFLICT("email") DO UPDATE SET "name" = EXCLUDED."name",' +
			' "score" = EXCLUDED."score" RETURNING "shop"."users"."id"',
		(email) => [[email], ['d'], [4]], {name: 'd', score: 4}],
	['ActiveRecord, upsert_all',
		`${into} ("email","name","created_at","updated_at") VALUES ($1, $2, CURRENT_TIMESTAMP,` +
			' CURRENT_TIMESTAMP) ON CONFLICT ("email") DO UPDATE SET updated_at=(CASE WHEN' +
			' ("users"."name" IS NOT DISTINCT FROM excluded."name") THEN "users".updated_at ELSE' +
			' CURRENT_TIMESTAMP END),"name"=excluded."name" RETURNING "id"',
		(email) => [email, 'ar'], {name: 'ar'}],
	['SQLAlchemy, on_conflict_do_update()',
		'INSERT INTO shop.users (name, email) VALUES ($1::VARCHAR, $2::VARCHAR) ON CONFLICT (email)' +
			' DO UPDATE SET name = $3::VARCHAR, score = excluded.score, updated_at = now()' +
			' WHERE (shop.users.active IS true) RETURNING shop.users.id',
		(email) => ['sa', email, 'sa up'], {name: 'sa up', score: 7}],
	['Ecto, on_conflict: [set: ..., inc: ...]',
		`${into} AS u0 ("email","name","score") VALUES ($1,$2,$3) ON CONFLICT ("email") DO UPDATE` +
			' SET "name" = $4, "score" = u0."score" + $5 RETURNING "id"',
		(email) => [email, 'e', 1, 'e up', 1], {name: 'e up', score: 2}],
];

async function statementsPart({remote, url})
{
	const db = new Client({connectionString: url, options});
	await db.connect();
	for (const [name, text, values, expected] of statements)
	{
		await test(`${name}: inserts, then updates`, async () => {
			const email = `${name}@up`;
			const ids = [];
			for (let i = 0; i < 2; ++i)
				ids.push((await db.query(text, values(email))).rows[0].id);
			assert.strictEqual(ids[0], ids[1]);
			await checkUser(remote, ids[0], {email, ...expected});
		});
		await test(`${name}, prepared`, async () => {
			for (let i = 0; i < 8; ++i)
			{
				const {rowCount} = await db.query({name, text, values: values(`${name} ${i}@up`)});
				assert.strictEqual(rowCount, 1);
			}
		});
	}
	await db.end();
}

module.exports = async (servers) => {
	await knexPart(servers);
	await sequelizePart(servers);
	await typeormPart(servers);
	await statementsPart(servers);
};
