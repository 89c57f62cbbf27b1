// psycopg, 3 and 2: through_psycopg.py beside this file.
'use strict';

const {join} = require('path');
const {test} = require('./report');
const {database, setting, run} = require('./databases');

module.exports = async ({local, remoteUrl}) => {
	for (const module of ['psycopg', 'psycopg2'])
	{
		const url = await database(local, module);
		await test(`${module}: the parameter options, rows, COPY, a transaction`,
			() => run('/usr/bin/python3',
				[join(__dirname, 'through_psycopg.py'), module, url, setting(remoteUrl)]));
	}
};
