/*
 * Marks that one of our own functions is at work: our event triggers then leave its statements
 * alone. It goes with the scope, whatever happens.
 */
#pragma once

namespace datalinks::link
{

class Operation
{
public:
	Operation() : outer_(running_)
	{
		running_ = true;
	}
	~Operation()
	{
		running_ = outer_;
	}
	Operation(const Operation&) = delete;
	Operation& operator=(const Operation&) = delete;
	static bool running()
	{
		return running_;
	}

private:
	bool outer_;
	static inline bool running_ = false;
};

} // namespace datalinks::link
