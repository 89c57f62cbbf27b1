// Run by make check-clients against two servers: INSERTs through a link as clients send them. What
// comes back must be what the remote holds, its keys and defaults included.
'use strict';

const {Client} = require('pg');
const report = require('./report');

const tables = `
	CREATE TABLE users (
		id serial PRIMARY KEY,
		name text NOT NULL,
		email text UNIQUE,
		active boolean NOT NULL DEFAULT true,
		score integer DEFAULT 7,
		created_at timestamptz NOT NULL DEFAULT now(),
		updated_at timestamptz NOT NULL DEFAULT now()
	);
	CREATE TABLE documents (
		id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
		number bigint GENERATED ALWAYS AS IDENTITY,
		title text NOT NULL,
		state text NOT NULL DEFAULT 'draft'
	)`;

async function main()
{
	const remote = new Client({connectionString: process.env.REMOTE_URL});
	const local = new Client({connectionString: process.env.LOCAL_URL});
	await remote.connect();
	await local.connect();
	await remote.query(tables);
	await local.query('CREATE EXTENSION datalinks');
	await local.query("SELECT FROM datalink_create($1, 'shop')", [process.env.REMOTE_URL]);

	const servers = {local, remote, url: process.env.LOCAL_URL};
	for (const part of ['pg', 'knex', 'sequelize', 'statements', 'upserts'])
		await report.part(part, () => require(`./${part}-client`)(servers));
	await local.end();
	await remote.end();
}

main().catch((error) => report.fail('all of them', error)).finally(report.close);
