// Prisma: its client over the driver adapter, with the query compiler that comes inside the package.
// Its schema engine, which only prisma migrate needs, is a download: it is not tried, and the README
// keeps links out of it.
'use strict';

const assert = require('assert');
const {copyFileSync, symlinkSync} = require('fs');
const {join} = require('path');
const {PrismaPg} = require('@prisma/adapter-pg');
const {test, checkUser} = require('./report');
const {database, setting, migration, query, npm, directory} = require('./databases');

module.exports = async ({local, remote, remoteUrl}) => {
	const url = await database(local, 'prisma');
	const project = directory();
	const schema = join(project, 'schema.prisma');
	copyFileSync(join(__dirname, 'schema.prisma'), schema);
	symlinkSync(process.env.NODE_PATH, join(project, 'node_modules'));
	await npm('prisma', ['generate', '--schema', schema],
		{CHECKPOINT_DISABLE: '1', PRISMA_SCHEMA_ENGINE_BINARY: process.execPath}, project);
	const {PrismaClient} = require(join(project, 'generated'));
	const db = new PrismaClient({adapter: new PrismaPg({
		connectionString: url,
		options: setting(remoteUrl),
	})});

	await test('the link, by options of the adapter', async () => {
		await db.$executeRawUnsafe(migration);
		const [{state}] = await query(url, 'SELECT state FROM datalink_list()');
		assert.strictEqual(state, 'valid');
	});

	await test('create(), findUnique(), update() and delete()', async () => {
		const {id, score} = await db.users.create({data: {name: 'pr1', email: 'pr1@x'}});
		assert.strictEqual(score, 7);
		await checkUser(remote, id, {name: 'pr1', email: 'pr1@x'});
		assert.strictEqual((await db.users.findUnique({where: {email: 'pr1@x'}})).id, id);
		await db.users.update({where: {id}, data: {score: {increment: 2}}});
		await checkUser(remote, id, {name: 'pr1', email: 'pr1@x', score: 9});
		await db.users.delete({where: {id}});
		assert.strictEqual(await db.users.count({where: {id}}), 0);
	});

	await test('createManyAndReturn(), of unlike shapes', async () => {
		const rows = await db.users.createManyAndReturn({data: [{name: 'pr2', score: 1}, {name: 'pr3'}]});
		for (const {id, name} of rows)
			await checkUser(remote, id, {name, score: name === 'pr2' ? 1 : 7});
		assert.strictEqual(rows.length, 2);
	});

	await test('upsert()', async () => {
		const upsert = () => db.users.upsert({where: {email: 'pr4@x'},
			create: {name: 'pr4', email: 'pr4@x', score: 1}, update: {score: {increment: 1}}});
		const {id} = await upsert();
		assert.strictEqual((await upsert()).id, id);
		await checkUser(remote, id, {name: 'pr4', email: 'pr4@x', score: 2});
	});

	await test('a transaction that is rolled back', async () => {
		await assert.rejects(db.$transaction([
			db.users.create({data: {name: 'pr5', email: 'pr5@x'}}),
			db.users.create({data: {name: 'pr6', email: 'pr4@x'}}),
		]), {code: 'P2002'});
		assert.strictEqual(await db.users.count({where: {email: 'pr5@x'}}), 0);
	});
	await db.$disconnect();
};
