// TypeORM: a migration that makes the link, and a repository on its table.
'use strict';

const assert = require('assert');
const {DataSource, EntitySchema} = require('typeorm');
const {test, checkUser} = require('./report');
const {database, setting, migration, query} = require('./databases');

class link1700000000000
{
	up(runner)
	{
		return runner.query(migration);
	}

	down(runner)
	{
		return runner.query("SELECT datalink_drop('orders_link')");
	}
}

module.exports = async ({local, remote, remoteUrl}) => {
	const url = await database(local, 'typeorm');
	const User = new EntitySchema({
		name: 'user',
		tableName: 'users',
		schema: 'orders_link',
		synchronize: false,
		columns: {
			id: {type: 'int', primary: true, generated: true},
			name: {type: 'text'},
			email: {type: 'text', nullable: true},
			score: {type: 'int', nullable: true, default: 7},
		},
	});
	const db = await new DataSource({type: 'postgres', url, entities: [User],
		migrations: [link1700000000000], extra: {options: setting(remoteUrl)}}).initialize();
	const users = db.getRepository(User);

	await test('a migration, undone and run again', async () => {
		await db.runMigrations();
		await db.undoLastMigration();
		assert.deepStrictEqual(await query(url, 'SELECT FROM datalink_list()'), []);
		await db.runMigrations();
	});

	await test('synchronize() leaves the link alone', async () => {
		await db.synchronize();
		const [{state}] = await query(url, 'SELECT state FROM datalink_list()');
		assert.strictEqual(state, 'valid');
	});

	await test('save(), find(), save() again and remove()', async () => {
		const [user] = await users.save([{name: 'to1', email: 'to1@x'}, {name: 'to2', score: 2}]);
		assert.strictEqual(user.score, 7);
		await checkUser(remote, user.id, {name: 'to1', email: 'to1@x'});
		const found = await users.findOneByOrFail({email: 'to1@x'});
		found.name = 'to3';
		await users.save(found);
		await checkUser(remote, user.id, {name: 'to3', email: 'to1@x'});
		await users.remove(found);
		assert.strictEqual(await users.countBy({email: 'to1@x'}), 0);
	});

	await test('a transaction that is rolled back', async () => {
		await assert.rejects(db.transaction(async (manager) => {
			await manager.save(User, {name: 'to4', email: 'to4@x'});
			throw new Error('undone');
		}), /undone/);
		assert.strictEqual(await users.countBy({email: 'to4@x'}), 0);
	});
	await db.destroy();
};
