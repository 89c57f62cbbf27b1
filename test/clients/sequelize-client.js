// Sequelize: it writes DEFAULT for a key that the database makes, and sets timestamps by itself.
'use strict';

const assert = require('assert');
const {Sequelize, DataTypes} = require('sequelize');
const {test, checkUser} = require('./report');

module.exports = async ({remote, url}) => {
	const db = new Sequelize(url, {logging: false, dialectModule: require('pg')});
	const columns = {
		id: {type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true},
		name: DataTypes.TEXT,
		email: DataTypes.TEXT,
		score: DataTypes.INTEGER,
	};
	const User = db.define('user', columns, {
		schema: 'shop', tableName: 'users', createdAt: 'created_at', updatedAt: 'updated_at',
	});
	const Plain = db.define('plain', columns, {
		schema: 'shop', tableName: 'users', timestamps: false,
	});

	await test('create()', async () => {
		const user = await User.create({name: 'ned'});
		const {created_at} = await checkUser(
			remote, user.id, {name: 'ned', created_at: user.created_at});
		assert.ok(created_at instanceof Date);
	});

	await test('create() without timestamps of its own', async () => {
		const user = await Plain.create({name: 'oda', email: 'oda@x'});
		await checkUser(remote, user.id, {name: 'oda', email: 'oda@x'});
	});

	await test('create() of chosen fields', async () => {
		const user = await Plain.create({name: 'pia', score: 3}, {fields: ['name']});
		await checkUser(remote, user.id, {name: 'pia'});
	});

	await test('bulkCreate(), DEFAULT in every row', async () => {
		const users = await Plain.bulkCreate([{name: 'q1'}, {name: 'q2'}, {name: 'q3'}],
			{returning: true});
		assert.strictEqual(new Set(users.map((user) => user.id)).size, 3);
		for (const {id, name} of users)
			await checkUser(remote, id, {name});
	});

	await test('bulkCreate() with a key in one row alone', async () => {
		const users = await Plain.bulkCreate([{id: 100001, name: 'r1'}, {name: 'r2'}],
			{returning: true});
		assert.strictEqual(users[0].id, 100001);
		for (const {id, name} of users)
			await checkUser(remote, id, {name});
	});

	await test('create() in a transaction', async () => {
		const user = await db.transaction((transaction) =>
			Plain.create({name: 'sam'}, {transaction}));
		await checkUser(remote, user.id, {name: 'sam'});
	});

	await test('a violation is told as one', async () => {
		await assert.rejects(Plain.create({name: 'bob', email: 'bob@x'}),
			{name: 'SequelizeUniqueConstraintError'});
	});

	await db.close();
};
