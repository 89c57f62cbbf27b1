// What passed and what failed, and how to look at what an INSERT left on the remote.
'use strict';

const assert = require('assert');

let passed = 0;
let failed = 0;
const results = [];

function fail(name, error)
{
	++failed;
	console.log(`not ok - ${name}\n${error.stack}`);
}

// Runs one test; an exception is its failure, and keeps no other test from running.
async function test(name, body)
{
	try
	{
		await body();
		++passed;
		console.log(`ok - ${name}`);
	}
	catch (error)
	{
		fail(name, error);
	}
}

async function part(name, body)
{
	console.log(`# ${name}`);
	const before = {passed, failed};
	await body().catch((error) => fail(name, error));
	results.push([name, passed - before.passed, failed - before.failed]);
}

// A line for each part, and the closing one.
function close()
{
	for (const [name, ...counts] of results)
		console.log(`${name.padEnd(20)} ${counts[0]} passed, ${counts[1]} failed`);
	console.log(`${passed} passed, ${failed} failed`);
	process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

// The remote's row of this id; it must hold every default that `given` does not replace.
async function checkUser(remote, id, given)
{
	const {rows} = await remote.query(
		'SELECT *, extract(epoch FROM clock_timestamp() - created_at) AS age FROM users WHERE id = $1',
		[id]);
	assert.strictEqual(rows.length, 1, `the remote has no user ${id}`);
	const expected = {active: true, score: 7, email: null, ...given};
	for (const [column, value] of Object.entries(expected))
		assert.deepStrictEqual(rows[0][column], value, column);
	if (!('created_at' in given))
		assert.ok(Math.abs(rows[0].age) < 600, 'created_at is the time of the INSERT');
	return rows[0];
}

module.exports = {test, part, fail, close, checkUser};
