/*
 * Secrets in texts that a remote sends: they are taken out, whatever they look like.
 */
#include <gtest/gtest.h>

#include "remote/secrets.hpp"

namespace
{

using datalinks::remote::without_secrets;

TEST(WithoutSecrets, TakesOutEveryOccurrence)
{
	EXPECT_EQ(without_secrets("a hunter2, hunter2hunter2", {"hunter2"}),
	          "a ********, ****************");
}

TEST(WithoutSecrets, EndsWhereTheSecretIsAsterisks)
{
	EXPECT_EQ(without_secrets("is ***", {"***"}), "is ********");
	EXPECT_EQ(without_secrets("is ********", {"********"}), "is ********");
}

TEST(WithoutSecrets, LeavesWhatStandsInAnyText)
{
	EXPECT_EQ(without_secrets("an error \n", {"a", "er"}), "an error");
}

} // namespace
