// psql: a script of the README's, with the URL in PGOPTIONS; twice, as deployments run it.
'use strict';

const assert = require('assert');
const {writeFileSync} = require('fs');
const {join} = require('path');
const {test} = require('./report');
const {database, setting, migration, run, directory} = require('./databases');

module.exports = async ({local, remoteUrl}) => {
	const url = await database(local, 'psql');
	const script = join(directory(), 'link.sql');
	writeFileSync(script, `${migration};\n`);
	const psql = (...args) => run('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', url,
		...args], {PGOPTIONS: setting(remoteUrl)});

	await test('PGOPTIONS and a script, twice', async () => {
		for (let i = 0; i < 2; ++i)
			await psql('-f', script);
		assert.strictEqual(await psql('-c', 'SELECT state FROM datalink_list()'), 'valid\n');
	});

	await test('\\copy from a link and into it', async () => {
		const file = join(directory(), 'users');
		writeFileSync(file, 'p1,p1@psql\np2,p2@psql\n');
		await psql('-c', `\\copy orders_link.users (name, email) FROM '${file}' (FORMAT csv)`);
		const copied = await psql('-c',
			"\\copy (SELECT name FROM orders_link.users WHERE email LIKE '%@psql' ORDER BY 1) TO STDOUT");
		assert.strictEqual(copied, 'p1\np2\n');
	});
};
