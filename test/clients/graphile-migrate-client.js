// graphile-migrate: current.sql run as often as it is saved, committed by way of the shadow database,
// and migrated to elsewhere.
'use strict';

const assert = require('assert');
const {mkdirSync, writeFileSync} = require('fs');
const {join} = require('path');
const {test} = require('./report');
const {database, setting, migration, query, npm, directory} = require('./databases');

module.exports = async ({local, url: rootUrl, remoteUrl}) => {
	const url = await database(local, 'graphile');
	const shadow = await database(local, 'graphile_shadow');
	const production = await database(local, 'graphile_production');
	const project = directory();
	mkdirSync(join(project, 'migrations', 'committed'), {recursive: true});
	writeFileSync(join(project, '.gmrc'), '{}');
	writeFileSync(join(project, 'migrations', 'current.sql'), `${migration};
DROP VIEW IF EXISTS named;
CREATE VIEW named AS SELECT id, name FROM orders_link.users;
`);
	const migrate = (of, ...args) => npm('graphile-migrate', args, {
		DATABASE_URL: of, SHADOW_DATABASE_URL: shadow, ROOT_DATABASE_URL: rootUrl,
		PGOPTIONS: setting(remoteUrl),
	}, project);
	const valid = async (of) => {
		const links = await query(of, 'SELECT name, state FROM datalink_list()');
		assert.deepStrictEqual(links, [{name: 'orders_link', state: 'valid'}]);
		await query(of, 'SELECT FROM named');
	};

	await test('watch --once, twice', async () => {
		for (let i = 0; i < 2; ++i)
			await migrate(url, 'watch', '--once');
		await valid(url);
	});

	await test('commit: the shadow database has the link too', async () => {
		await migrate(url, 'commit', '--message', 'link');
		await valid(shadow);
	});

	await test('migrate', async () => {
		await migrate(production, 'migrate');
		await valid(production);
	});
};
