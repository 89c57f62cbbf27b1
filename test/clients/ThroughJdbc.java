// ThroughJdbc.java URL USER PASSWORD OPTIONS: what programs do over JDBC, on a link, made first.

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

public class ThroughJdbc
{
	private static void expect(Object expected, Object got)
	{
		if (!expected.equals(got))
			throw new AssertionError("expected " + expected + ", got " + got);
	}

	private static long count(Connection connection) throws SQLException
	{
		try (Statement statement = connection.createStatement();
			ResultSet result = statement.executeQuery(
				"SELECT count(*) FROM orders_link.users WHERE email LIKE 'jdbc%'"))
		{
			result.next();
			return result.getLong(1);
		}
	}

	public static void main(String[] arguments) throws SQLException
	{
		Properties properties = new Properties();
		properties.setProperty("user", arguments[1]);
		properties.setProperty("password", arguments[2]);
		properties.setProperty("options", arguments[3]);
		try (Connection connection = DriverManager.getConnection(arguments[0], properties))
		{
			connection.setAutoCommit(false);
			makeLink(connection);
			insert(connection);
			read(connection);
			fail(connection);
			try (Statement statement = connection.createStatement())
			{
				expect(20, statement.executeUpdate(
					"DELETE FROM orders_link.users WHERE email LIKE 'jdbc%'"));
			}
			connection.commit();
		}
	}

	private static void makeLink(Connection connection) throws SQLException
	{
		try (Statement statement = connection.createStatement())
		{
			for (int i = 0; i < 2; ++i)
				statement.execute("SELECT datalink_create(current_setting('app.orders_url'),"
					+ " 'orders_link', if_not_exists => true)");
		}
		connection.commit();
		try (ResultSet tables = connection.getMetaData().getColumns(null, "orders_link", "users", "score"))
		{
			expect(true, tables.next());
			expect("int4", tables.getString("TYPE_NAME"));
		}
	}

	// Ten one by one, past the five after which the driver prepares on the server, and ten in a batch.
	private static void insert(Connection connection) throws SQLException
	{
		String insert = "INSERT INTO orders_link.users (name, email) VALUES (?, ?)";
		try (PreparedStatement one = connection.prepareStatement(insert, new String[] {"id", "score"}))
		{
			for (int i = 0; i < 10; ++i)
			{
				one.setString(1, "one");
				one.setString(2, "jdbc" + i + "@x");
				expect(1, one.executeUpdate());
				try (ResultSet keys = one.getGeneratedKeys())
				{
					expect(true, keys.next());
					expect(7, keys.getInt("score"));
				}
			}
			for (int i = 10; i < 20; ++i)
			{
				one.setString(1, "batch");
				one.setString(2, "jdbc" + i + "@x");
				one.addBatch();
			}
			expect(10, one.executeBatch().length);
		}
		connection.commit();
		expect(20L, count(connection));
	}

	// By a cursor, seven rows at a time.
	private static void read(Connection connection) throws SQLException
	{
		try (PreparedStatement select = connection.prepareStatement(
			"SELECT id FROM orders_link.users WHERE email LIKE ? ORDER BY id"))
		{
			select.setFetchSize(7);
			select.setString(1, "jdbc%");
			int rows = 0;
			try (ResultSet result = select.executeQuery())
			{
				while (result.next())
					++rows;
			}
			expect(20, rows);
		}
		connection.commit();
	}

	// The remote's error keeps its SQLSTATE; a savepoint and a rollback undo what is there.
	private static void fail(Connection connection) throws SQLException
	{
		try (Statement statement = connection.createStatement())
		{
			statement.executeUpdate("DELETE FROM orders_link.users WHERE email = 'jdbc0@x'");
			var savepoint = connection.setSavepoint();
			try
			{
				statement.executeUpdate(
					"INSERT INTO orders_link.users (name, email) VALUES ('again', 'jdbc1@x')");
				throw new AssertionError("no error");
			}
			catch (SQLException error)
			{
				expect("23505", error.getSQLState());
			}
			connection.rollback(savepoint);
			expect(19L, count(connection));
		}
		connection.rollback();
		expect(20L, count(connection));
	}
}
