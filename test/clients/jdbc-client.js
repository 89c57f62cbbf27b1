// JDBC: ThroughJdbc.java beside this file, with Debian's driver.
'use strict';

const {join} = require('path');
const {test} = require('./report');
const {database, setting, run, owner} = require('./databases');

module.exports = async ({local, remoteUrl}) => {
	const {pathname, port} = new URL(await database(local, 'jdbc'));
	const url = `jdbc:postgresql://127.0.0.1:${port}${pathname}`;
	await test('the property options, generated keys, batches, cursors, a transaction', () =>
		run('java', ['-cp', '/usr/share/java/postgresql.jar', join(__dirname, 'ThroughJdbc.java'), url,
			owner, process.env.SERVER_PASSWORD, setting(remoteUrl)]));
};
