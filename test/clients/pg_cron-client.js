// pg_cron: a job of the link's owner that refreshes the link, in the link's database.
'use strict';

const assert = require('assert');
const {setTimeout: sleep} = require('timers/promises');
const {test} = require('./report');
const {database, ownersUrl, owner, migration, withOptions, query} = require('./databases');

// Jobs begin with the minute.
async function until(condition)
{
	for (let seconds = 0; seconds < 180; ++seconds)
	{
		if (await condition())
			return;
		await sleep(1000);
	}
	assert.fail('not within three minutes');
}

module.exports = async ({local, remote, url: superuser, remoteUrl}) => {
	const url = await database(local, 'pg_cron');
	await remote.query(`CREATE SCHEMA cron_shop AUTHORIZATION ${owner}`);
	await query(ownersUrl('REMOTE', 'postgres'), 'CREATE TABLE cron_shop.orders (id integer)');
	await query(withOptions(url, remoteUrl), migration.replace("'orders_link',",
		"'orders_link', 'cron_shop',"));
	await query(superuser, 'CREATE EXTENSION pg_cron');

	await test('a job refreshes the link', async () => {
		await query(ownersUrl('REMOTE', 'postgres'), 'CREATE TABLE cron_shop.refunds (id integer)');
		await query(superuser, `SELECT cron.schedule_in_database('refresh orders_link', '* * * * *',
			'SELECT * FROM datalink_refresh(''orders_link'', skip_blocked => true)', 'pg_cron', '${owner}')`);
		const status = async () => (await query(superuser,
			'SELECT status FROM cron.job_run_details ORDER BY runid DESC LIMIT 1'))[0]?.status;
		await until(async () => ['succeeded', 'failed'].includes(await status()));
		const ran = await query(superuser, 'SELECT status, return_message FROM cron.job_run_details');
		assert.strictEqual(ran[0].status, 'succeeded', ran[0].return_message);
		await query(url, 'SELECT FROM orders_link.refunds');
	});
	await query(superuser, 'SELECT cron.unschedule(jobid) FROM cron.job');
};
