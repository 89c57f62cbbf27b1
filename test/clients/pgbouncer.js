// Starts a PgBouncer for the owner of what the tools make; it ends with stop().
'use strict';

const {spawn} = require('child_process');
const {writeFileSync} = require('fs');
const net = require('net');
const {join} = require('path');
const {setTimeout: sleep} = require('timers/promises');
const {owner, ownersUrl, query, directory} = require('./databases');

const freePort = () => new Promise((resolve, reject) => {
	const server = net.createServer().on('error', reject).listen(0, '127.0.0.1', () => {
		const {port} = server.address();
		server.close(() => resolve(port));
	});
});

// In front of a database of LOCAL or REMOTE; url(name) is the owner's through it.
async function pgbouncer(which, poolMode)
{
	const at = directory();
	const port = await freePort();
	writeFileSync(join(at, 'users'), `"${owner}" "${process.env.SERVER_PASSWORD}"\n`);
	writeFileSync(join(at, 'ini'), `
[databases]
* = host=127.0.0.1 port=${process.env[`${which}_PORT`]}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(at, 'users')}
pool_mode = ${poolMode}
default_pool_size = 2
`);
	const child = spawn('pgbouncer', ['-q', join(at, 'ini')], {
		stdio: 'ignore', env: {...process.env, PATH: `${process.env.PATH}:/usr/sbin`},
	});
	let ended = null;
	child.on('error', (error) => { ended = error; });
	child.on('exit', (code) => { ended = ended || new Error(`pgbouncer ended with ${code}`); });
	const url = (name) => ownersUrl(port, name);
	for (let tries = 0; ; ++tries)
	{
		try
		{
			await query(url('postgres'), 'SELECT');
			break;
		}
		catch (error)
		{
			if (ended || tries >= 300)
				throw ended || error;
			await sleep(100);
		}
	}
	return {url, stop: () => child.kill()};
}

module.exports = {pgbouncer};
