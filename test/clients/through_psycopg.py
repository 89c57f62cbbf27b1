# through_psycopg.py MODULE URL OPTIONS: what psycopg and psycopg2 do on a link, which it makes first.

import importlib
import io
import sys

module, url, options = sys.argv[1:]
psycopg = importlib.import_module(module)
connection = psycopg.connect(url, options=options)
cursor = connection.cursor()


def one(statement, values=()):
    cursor.execute(statement, values)
    return cursor.fetchone()


def expect(expected, got):
    assert expected == got, f'expected {expected!r}, got {got!r}'


email = module + '-%s@x'
for _ in range(2):
    cursor.execute("SELECT datalink_create(current_setting('app.orders_url'), 'orders_link',"
                   ' if_not_exists => true)')
connection.commit()

(key, score) = one('INSERT INTO orders_link.users (name, email) VALUES (%s, %s) RETURNING id, score',
                   ('py', email % 0))
expect(7, score)
connection.commit()

cursor.executemany('INSERT INTO orders_link.users (name, email) VALUES (%s, %s)',
                   [('many', email % i) for i in range(1, 6)])
connection.commit()
count = 'SELECT count(*) FROM orders_link.users WHERE email LIKE %s'
expect((6,), one(count, (module + '-%',)))

rows = ''.join('copied\t%s\n' % (email % i) for i in range(6, 9))
if module == 'psycopg':
    with cursor.copy('COPY orders_link.users (name, email) FROM STDIN') as copy:
        copy.write(rows)
else:
    cursor.copy_expert('COPY orders_link.users (name, email) FROM STDIN', io.StringIO(rows))
expect((9,), one(count, (module + '-%',)))
connection.rollback()
expect((6,), one(count, (module + '-%',)))

# A server-side cursor, as for results that do not fit into memory.
named = connection.cursor(name='all_users')
named.execute('SELECT id FROM orders_link.users WHERE email LIKE %s ORDER BY id', (module + '-%',))
expect(6, len(named.fetchmany(4)) + len(named.fetchmany(4)))
named.close()
connection.commit()

# An error of the remote's keeps its class, and the connection goes on after a rollback.
try:
    cursor.execute('INSERT INTO orders_link.users (name, email) VALUES (%s, %s)', ('py', email % 0))
    raise AssertionError('no error')
except psycopg.errors.UniqueViolation:
    connection.rollback()

cursor.execute('UPDATE orders_link.users SET name = %s WHERE id = %s', ('renamed', key))
expect(1, cursor.rowcount)
connection.commit()
cursor.execute('DELETE FROM orders_link.users WHERE email LIKE %s', (module + '-%',))
expect(6, cursor.rowcount)
connection.commit()
connection.close()
