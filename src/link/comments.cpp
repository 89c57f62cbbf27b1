/*
 * Comments on a link's schema and server: see comments.hpp.
 */
#include "link/comments.hpp"

#include "postgres/function.hpp"
#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

namespace
{

using schema::compose;

/* What the link itself says; nothing where it cannot tell since when it stands. */
std::string text_of(const Link& link)
{
	constexpr size_t date = sizeof("2000-01-31") - 1;
	constexpr size_t time = sizeof("12:00:00") - 1;
	if (link.created_at.size() <= date + 1 + time)
		return {};
	return compose("data link %1% to %2%, made %3% %4% UTC", link.name,
	               remote::display(link.options, ""), link.created_at.substr(0, date),
	               link.created_at.substr(date + 1, time));
}

/* As they stand on the links' own schemas and servers, by server. */
std::map<unsigned, Comments> read_comments(const std::vector<Link>& links)
{
	std::vector<std::string> servers, schemas;
	for (const Link& link : links)
	{
		servers.push_back(std::to_string(link.server));
		schemas.push_back(std::to_string(own_schema_of(link)));
	}
	std::map<unsigned, Comments> comments;
	for (const pg::Row& row :
	     spi::query("SELECT server, pg_catalog.obj_description(schema, 'pg_namespace'),"
	                " pg_catalog.obj_description(server, 'pg_foreign_server')"
	                " FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]),"
	                "  pg_catalog.unnest($2::pg_catalog.oid[])) AS l(server, schema)",
	                {schema::array_literal(servers), schema::array_literal(schemas)}))
		comments[static_cast<unsigned>(std::stoul(*row[0]))] = {row[1].value_or(""),
		                                                        row[2].value_or("")};
	return comments;
}

void write(const char* kind, const std::string& name, const std::string& comment)
{
	if (!comment.empty())
		spi::execute(compose("COMMENT ON %1% %2% IS %3%", kind, schema::quote_identifier(name),
		                     schema::quote_literal(comment)));
}

} // namespace

void comment_on(const Link& link)
{
	comment_again(link, {text_of(link), text_of(link)});
}

void follow_with_comments(const Link& before, const Link& after)
{
	const std::string old_text = text_of(before);
	const std::string new_text = text_of(after);
	if (old_text == new_text)
		return;
	const Comments standing = read_comments(std::vector<Link>(1, after))[after.server];
	comment_again(after, {standing.schema == old_text ? new_text : "",
	                      standing.server == old_text ? new_text : ""});
}

std::map<unsigned, Comments> users_comments(const std::vector<Link>& links)
{
	std::map<unsigned, Comments> comments = read_comments(links);
	for (const Link& link : links)
	{
		Comments& written = comments[link.server];
		for (std::string* comment : {&written.schema, &written.server})
			if (*comment == text_of(link))
				comment->clear();
		if (written.schema.empty() && written.server.empty())
			comments.erase(link.server);
	}
	return comments;
}

void comment_again(const Link& link, const Comments& comments)
{
	write("SCHEMA", link.name, comments.schema);
	write("SERVER", link.server_name, comments.server);
}

} // namespace datalinks::link
