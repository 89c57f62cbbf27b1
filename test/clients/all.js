// Run by make check-clients against two servers: what clients and tools do, through a link, as they do
// it. What comes back must be what the remote holds, its keys and defaults included.
'use strict';

const {Client} = require('pg');
const report = require('./report');
const {owner, ownersUrl} = require('./databases');
const {parts, checkTable} = require('./tools');

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

// As the README has an administrator do it: whatever database is made then can have links.
const template = `
	CREATE EXTENSION datalinks;
	GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO ${owner}`;

async function query(url, statements)
{
	const client = new Client({connectionString: url});
	await client.connect();
	await client.query(statements);
	await client.end();
}

async function main()
{
	const remote = new Client({connectionString: process.env.REMOTE_URL});
	const local = new Client({connectionString: process.env.LOCAL_URL});
	const role = `CREATE ROLE ${owner} LOGIN PASSWORD '${process.env.SERVER_PASSWORD}'`;
	await query(process.env.LOCAL_URL, role);
	await query(process.env.LOCAL_URL.replace(/postgres$/, 'template1'), template);
	await remote.connect();
	await local.connect();
	await remote.query(`${role}; ${tables}; GRANT ALL ON ALL TABLES IN SCHEMA public TO ${owner};
		GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${owner}`);
	await local.query('CREATE EXTENSION datalinks');
	await local.query("SELECT FROM datalink_create($1, 'shop')", [process.env.REMOTE_URL]);

	const servers = {
		local, remote, url: process.env.LOCAL_URL, remoteUrl: ownersUrl('REMOTE', 'postgres'),
	};
	await report.part('the README', () => checkTable(process.env.README));
	for (const part of parts)
		await report.part(part, () => require(`./${part}-client`)(servers));
	await local.end();
	await remote.end();
}

main().catch((error) => report.fail('all of them', error)).finally(report.close);
