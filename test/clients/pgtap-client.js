// pgTAP: a test makes the link in its transaction, and its ROLLBACK takes it away.
'use strict';

const assert = require('assert');
const {writeFileSync} = require('fs');
const {join} = require('path');
const {test} = require('./report');
const {database, setting, migration, query, run, directory} = require('./databases');

const script = `
BEGIN;
SELECT plan(5);
SELECT lives_ok($$${migration}$$, 'the link is made');
SELECT has_schema('orders_link');
SELECT col_type_is('orders_link', 'users', 'score', 'integer', 'a column has its type');
SELECT throws_ok($$INSERT INTO orders_link.users (name) VALUES (NULL)$$, '23502');
INSERT INTO orders_link.users (name, email) VALUES ('tap', 'tap@x');
SELECT results_eq($$SELECT name, score FROM orders_link.users WHERE email = 'tap@x'$$,
	$$VALUES ('tap', 7)$$, 'a row has its default');
SELECT * FROM finish();
ROLLBACK;
`;

module.exports = async ({local, remote, url: superuser, remoteUrl}) => {
	const url = await database(local, 'pgtap');
	await query(superuser.replace(/postgres$/, 'pgtap'), 'CREATE EXTENSION pgtap');
	const file = join(directory(), 'link.sql');
	writeFileSync(file, script);

	await test('a test of five, in a transaction', async () => {
		const told = await run('psql', ['-X', '-q', '-A', '-t', '-d', url, '-f', file],
			{PGOPTIONS: setting(remoteUrl)});
		assert.strictEqual(told.match(/^ok \d+/gm)?.length, 5, told);
		assert.doesNotMatch(told, /^(not ok|# Looks like)/m);
	});

	await test('nothing is left of it', async () => {
		assert.deepStrictEqual(await query(url, 'SELECT FROM datalink_list()'), []);
		const {rows} = await remote.query("SELECT FROM users WHERE email = 'tap@x'");
		assert.deepStrictEqual(rows, []);
	});
};
