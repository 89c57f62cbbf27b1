// The INSERTs that other mappers send, to the letter, through the extended protocol; each unnamed,
// and as a named statement often enough for a generic plan.
'use strict';

const assert = require('assert');
const {test, checkUser} = require('./report');

const now = new Date('2026-01-02T03:04:05.678Z');
const stamps = {created_at: now, updated_at: now};

// Each: who sends it, the statement, what it binds, and what each row then holds.
const statements = [
	['ActiveRecord, create',
		'INSERT INTO "shop"."users" ("name", "email", "created_at", "updated_at")' +
			' VALUES ($1, $2, $3, $4) RETURNING "id"',
		['ar', null, now, now], [{name: 'ar', ...stamps}]],
	['ActiveRecord, insert_all',
		'INSERT INTO "shop"."users" ("name","score") VALUES (\'ar1\', 1), (\'ar2\', NULL)' +
			' ON CONFLICT  DO NOTHING RETURNING "id"',
		[], [{name: 'ar1', score: 1}, {name: 'ar2', score: null}]],
	['Django, save',
		'INSERT INTO "shop"."users" ("name", "email", "active", "score") VALUES ($1, $2, $3, $4)' +
			' RETURNING "shop"."users"."id"',
		['dj', null, false, 5], [{name: 'dj', active: false, score: 5}]],
	['Django, bulk_create',
		'INSERT INTO "shop"."users" ("name", "score") SELECT * FROM UNNEST(($1)::text[],' +
			' ($2)::integer[]) RETURNING "shop"."users"."id"',
		[['dj1', 'dj2'], [1, null]], [{name: 'dj1', score: 1}, {name: 'dj2', score: null}]],
	['Django, db_default',
		'INSERT INTO "shop"."users" ("name", "score") VALUES ($1, DEFAULT)' +
			' RETURNING "shop"."users"."id", "shop"."users"."score"',
		['djd'], [{name: 'djd'}]],
	['Hibernate, GenerationType.IDENTITY',
		'insert into shop.users (active,email,name,id) values ($1,$2,$3,default) RETURNING *',
		[true, null, 'hib'], [{name: 'hib'}]],
	['Hibernate, @DynamicInsert',
		'insert into shop.users (name) values ($1) RETURNING "id"',
		['hib2'], [{name: 'hib2'}]],
	['Prisma, create',
		'INSERT INTO "shop"."users" ("name","active") VALUES ($1,$2) RETURNING "shop"."users"."id",' +
			' "shop"."users"."name", "shop"."users"."created_at"',
		['pri', true], [{name: 'pri'}]],
	['Prisma, createMany with skipDuplicates',
		'INSERT INTO "shop"."users" ("name","score") VALUES ($1,$2), ($3,$4)' +
			' ON CONFLICT DO NOTHING RETURNING "shop"."users"."id"',
		['pri1', 1, 'pri2', null], [{name: 'pri1', score: 1}, {name: 'pri2', score: null}]],
	['Prisma, DEFAULT throughout',
		'INSERT INTO "shop"."users" ("name","score") VALUES ($1,DEFAULT), ($2,DEFAULT)' +
			' RETURNING "shop"."users"."id"',
		['pri3', 'pri4'], [{name: 'pri3'}, {name: 'pri4'}]],
	['SQLAlchemy, insert',
		'INSERT INTO shop.users (name, email) VALUES ($1::VARCHAR, $2::VARCHAR)' +
			' RETURNING shop.users.id, shop.users.created_at',
		['sa', null], [{name: 'sa'}]],
	['SQLAlchemy, insertmanyvalues',
		'INSERT INTO shop.users (name, score) SELECT p0::VARCHAR, p1::INTEGER FROM (VALUES' +
			' ($1::VARCHAR, $2::INTEGER, 0), ($3::VARCHAR, $4::INTEGER, 1)) AS imp_sen(p0, p1,' +
			' sen_counter) ORDER BY sen_counter RETURNING shop.users.id, shop.users.id AS id__1',
		['sa1', 1, 'sa2', 2], [{name: 'sa1', score: 1}, {name: 'sa2', score: 2}]],
	['SQLAlchemy, every column by default but one',
		'INSERT INTO shop.users (name) VALUES ($1::VARCHAR) RETURNING shop.users.id,' +
			' shop.users.active, shop.users.score',
		['sa3'], [{name: 'sa3'}]],
	['Ecto, insert',
		'INSERT INTO "shop"."users" ("name","email","created_at","updated_at")' +
			' VALUES ($1,$2,$3,$4) RETURNING "id"',
		['ecto', null, now, now], [{name: 'ecto', ...stamps}]],
	['Ecto, insert_all, on_conflict: :nothing',
		'INSERT INTO "shop"."users" AS u0 ("name","score") VALUES ($1,DEFAULT),($2,DEFAULT)' +
			' ON CONFLICT DO NOTHING RETURNING "id"',
		['ecto1', 'ecto2'], [{name: 'ecto1'}, {name: 'ecto2'}]],
	['Prisma, createManyAndReturn of unlike rows',
		'INSERT INTO "shop"."users" ("name","score") VALUES ($1,$2), ($3,DEFAULT) RETURNING "id"',
		['mix1', 1, 'mix2'], [{name: 'mix1', score: 1}, {name: 'mix2'}]],
	['Ecto, insert_all of unlike rows',
		'INSERT INTO "shop"."users" ("name","score") VALUES ($1,DEFAULT),($2,$3) RETURNING "id"',
		['mix1', 'mix2', 1], [{name: 'mix1'}, {name: 'mix2', score: 1}]],
];

module.exports = async ({local, remote}) => {
	const insert = async (query, expected) => {
		const {rows} = await local.query(query);
		assert.strictEqual(rows.length, expected.length);
		for (const [i, {id}] of rows.entries())
			await checkUser(remote, id, expected[i]);
	};

	for (const [name, text, values, expected] of statements)
	{
		await test(name, () => insert({text, values}, expected));
		await test(`${name}, prepared`, async () => {
			for (let i = 0; i < 7; ++i)
				await insert({name, text, values}, expected);
		});
	}
};
