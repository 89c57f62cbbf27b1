// node-pg-migrate: a migration that makes the link, up and down, in its one transaction.
'use strict';

const assert = require('assert');
const {writeFileSync} = require('fs');
const {join} = require('path');
const {test} = require('./report');
const {database, setting, migration, withOptions, query, npm, directory} = require('./databases');

module.exports = async ({local, remoteUrl}) => {
	const url = await database(local, 'node_pg_migrate');
	const migrations = directory();
	writeFileSync(join(migrations, '1700000000000_link.js'), `
exports.up = (pgm) => {
	pgm.sql(${JSON.stringify(migration)});
	pgm.createView('named', {}, 'SELECT id, name FROM orders_link.users');
};
exports.down = (pgm) => pgm.sql("SELECT datalink_drop('orders_link')");
`);
	const migrate = (direction, from, env) => npm('node-pg-migrate',
		[direction, '--migrations-dir', migrations], {DATABASE_URL: from, ...env});
	const links = () => query(url, 'SELECT name, state FROM datalink_list()');
	const valid = [{name: 'orders_link', state: 'valid'}];

	await test('up, with PGOPTIONS', async () => {
		await migrate('up', url, {PGOPTIONS: setting(remoteUrl)});
		assert.deepStrictEqual(await links(), valid);
		await query(url, 'SELECT FROM named');
	});

	await test('down, and up again with the URL in DATABASE_URL', async () => {
		await migrate('down', url);
		assert.deepStrictEqual(await links(), []);
		await migrate('up', withOptions(url, remoteUrl));
		assert.deepStrictEqual(await links(), valid);
	});
};
