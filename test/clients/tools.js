// The tools of the README's table, by its first column, and the parts that try them. One that is not
// tried would have the reason in place of its parts.
'use strict';

const assert = require('assert');
const {readFileSync} = require('fs');
const {test} = require('./report');

const tools = {
	'psql, psycopg, all of libpq': ['psql', 'psycopg'],
	'dbmate': ['dbmate'],
	'node-pg-migrate': ['node-pg-migrate'],
	'graphile-migrate': ['graphile-migrate'],
	'knex': ['knex', 'upserts'],
	'Sequelize': ['sequelize', 'upserts'],
	'TypeORM': ['typeorm', 'upserts'],
	'Prisma': ['prisma'],
	'drizzle': ['drizzle'],
	'JDBC': ['jdbc'],
	'pgTAP': ['pgtap'],
	'pg_cron': ['pg_cron'],
	'PgBouncer in front of this database': ['pgbouncer-local'],
	'PgBouncer in front of the remote': ['pgbouncer-remote'],
};

const wanted = (process.env.TESTS || '*').split(/\s+/).filter(Boolean)
	.map((pattern) => new RegExp(`^${pattern.replace(/[^*\w]/g, '\\$&').replace(/\*/g, '.*')}$`));
const parts = [...new Set(['pg', 'statements', ...Object.values(tools).flat()])]
	.filter((part) => wanted.some((pattern) => pattern.test(part)));

// The README's table names the tools that stand here, and no others.
async function checkTable(file)
{
	await test('the table of tools names those that are tried', () => {
		const [, table] = /^\| tool \|.*\n\|[-|]+\n((?:\|.*\n)+)/m.exec(readFileSync(file, 'utf8'));
		const names = table.trim().split('\n').map((row) => row.split('|')[1].trim());
		assert.deepStrictEqual(names, Object.keys(tools));
	});
}

module.exports = {parts, checkTable};
