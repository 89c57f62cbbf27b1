// Databases of the plain role that owns what the tools make, and what tools are given to reach them.
'use strict';

const {execFile} = require('child_process');
const {mkdtempSync} = require('fs');
const {join} = require('path');
const {Client} = require('pg');

const owner = 'app';

// The owner's URL of a database; which is LOCAL or REMOTE, or the port.
function ownersUrl(which, name)
{
	const port = process.env[`${which}_PORT`] || which;
	return `postgres://${owner}:${process.env.SERVER_PASSWORD}@127.0.0.1:${port}/${name}`;
}

// Makes a database of the owner's on the local server, where sessions load the library, as those that
// send upserts want it; its URL.
async function database(local, name)
{
	await local.query(`CREATE DATABASE "${name}" OWNER ${owner}`);
	await local.query(`ALTER DATABASE "${name}" SET session_preload_libraries = 'datalinks'`);
	return ownersUrl('LOCAL', name);
}

// The setting that hands a link's URL over, as libpq's parameter "options" takes it, and the
// statement that the README has migrations send.
const setting = (url) => `-c app.orders_url=${url}`;
const migration =
	"SELECT datalink_create(current_setting('app.orders_url'), 'orders_link', if_not_exists => true)";

// The same within a URL.
const withOptions = (url, target) => `${url}?options=${encodeURIComponent(setting(target))}`;

async function query(url, text, values)
{
	const client = new Client({connectionString: url});
	await client.connect();
	try
	{
		return (await client.query(text, values)).rows;
	}
	finally
	{
		await client.end();
	}
}

// Runs a program; what it prints, also as the error where it fails.
function run(program, args, env = {}, cwd = undefined)
{
	return new Promise((resolve, reject) => {
		const options = {env: {...process.env, ...env}, cwd, timeout: 300000, maxBuffer: 1 << 26};
		execFile(program, args, options, (error, stdout, stderr) => {
			if (error)
				reject(new Error(`${program} ${args[0]}: ${error.message}\n${stdout}\n${stderr}`));
			else
				resolve(stdout);
		});
	});
}

// A program of an npm package.
const npm = (name, args, env, cwd) =>
	run(process.execPath, [join(process.env.NODE_PATH, '.bin', name), ...args], env, cwd);

const directory = () => mkdtempSync(join(process.env.TMPDIR, 'tool.'));

module.exports = {
	owner, ownersUrl, database, setting, migration, withOptions, query, run, npm, directory,
};
