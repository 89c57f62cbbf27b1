/*
 * Reading the administrator's file of named URLs: see url_file.hpp.
 */
#include "remote/url_file.hpp"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace datalinks::remote
{

namespace
{

constexpr std::size_t largest = 1 << 20;

[[noreturn]] void fail(const char* what, int error)
{
	throw UrlFileError(std::string(what) + ": " + std::generic_category().message(error));
}

/* An open file, closed with the scope. */
class Descriptor
{
public:
	/* Never waits for the other end of a pipe. */
	explicit Descriptor(const std::string& path)
	    : number_(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC))
	{
		if (number_ < 0)
			fail("could not open it", errno);
	}
	~Descriptor()
	{
		close(number_);
	}
	Descriptor(const Descriptor&) = delete;
	Descriptor& operator=(const Descriptor&) = delete;
	int number() const
	{
		return number_;
	}

private:
	int number_;
};

struct Free
{
	void operator()(char* text) const
	{
		std::free(text);
	}
};

std::string real_path(const std::string& path)
{
	const std::unique_ptr<char, Free> real(realpath(path.c_str(), nullptr));
	if (!real)
		fail("could not open it", errno);
	return real.get();
}

void require_outside(const std::string& path, const std::string& directory)
{
	if (real_path(path).starts_with(real_path(directory) + "/"))
		throw UrlFileError("it stands in the data directory, and so in every base backup");
}

/* As check_ssl_key_file_permissions in libpq/be-secure-common.c. */
void require_secret(const struct stat& file)
{
	if (!S_ISREG(file.st_mode))
		throw UrlFileError("it is not a regular file");
	if (file.st_uid != geteuid() && file.st_uid != 0)
		throw UrlFileError("it must be owned by the server's user or by root");
	const mode_t others =
	    file.st_uid == geteuid() ? S_IRWXG | S_IRWXO : S_IWGRP | S_IXGRP | S_IRWXO;
	if ((file.st_mode & others) != 0)
		throw UrlFileError("it can be read or written by others: its permissions must be 0600, or "
		                   "0640 where root owns it");
}

std::string read_all(int descriptor)
{
	std::string text(largest + 1, '\0');
	std::size_t size = 0;
	while (size < text.size())
	{
		const ssize_t count = read(descriptor, text.data() + size, text.size() - size);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			fail("could not read it", errno);
		if (count == 0)
			break;
		size += static_cast<std::size_t>(count);
	}
	if (size > largest)
		throw UrlFileError("it has more than 1 MB");
	text.resize(size);
	return text;
}

} // namespace

std::string read_url_file(const std::string& path, const std::string& data_directory)
{
	const Descriptor file(path);
	struct stat status = {};
	if (fstat(file.number(), &status) != 0)
		fail("could not open it", errno);
	require_secret(status);
	require_outside(path, data_directory);
	return read_all(file.number());
}

} // namespace datalinks::remote
