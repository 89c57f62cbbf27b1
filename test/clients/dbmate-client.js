// dbmate: a migration that makes the link, one that builds on it, up, status and rollback.
'use strict';

const assert = require('assert');
const {writeFileSync} = require('fs');
const {join} = require('path');
const {test} = require('./report');
const {database, setting, migration, withOptions, query, npm, directory} = require('./databases');

module.exports = async ({local, remoteUrl}) => {
	const url = await database(local, 'dbmate');
	const migrations = directory();
	writeFileSync(join(migrations, '1_link.sql'), `-- migrate:up
${migration};
CREATE VIEW named AS SELECT id, name FROM orders_link.users;

-- migrate:down
SELECT datalink_drop('orders_link');
`);
	const dbmate = (from, command, env) => npm('dbmate',
		['--no-dump-schema', '--migrations-dir', migrations, command], {DATABASE_URL: from, ...env});
	const links = () => query(url, 'SELECT name, state FROM datalink_list()');
	const valid = [{name: 'orders_link', state: 'valid'}];
	const plain = `${url}?sslmode=disable`;

	await test('up, with PGOPTIONS', async () => {
		await dbmate(plain, 'up', {PGOPTIONS: setting(remoteUrl)});
		assert.deepStrictEqual(await links(), valid);
		await query(url, 'SELECT FROM named');
	});

	await test('rollback, and up again with the URL in DATABASE_URL', async () => {
		await dbmate(plain, 'rollback');
		assert.deepStrictEqual(await links(), []);
		await dbmate(`${withOptions(url, remoteUrl)}&sslmode=disable`, 'up');
		assert.deepStrictEqual(await links(), valid);
	});

	await test('status knows it as applied', async () => {
		assert.match(await dbmate(plain, 'status'), /Applied: 1\nPending: 0/);
	});
};
