/*
 * Marks that one of our own functions is at work: our event triggers then leave its statements
 * alone. It goes with the scope, whatever happens.
 */
#pragma once

namespace datalinks::link
{

class OwnStatements
{
public:
	OwnStatements() : outer_(running_)
	{
		running_ = true;
	}
	~OwnStatements()
	{
		running_ = outer_;
	}
	OwnStatements(const OwnStatements&) = delete;
	OwnStatements& operator=(const OwnStatements&) = delete;
	static bool running()
	{
		return running_;
	}

private:
	bool outer_;
	static inline bool running_ = false;
};

} // namespace datalinks::link
